import { readdirSync, rmSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ruleNames } from "../../lib/policy-facts";
import { rules } from "../../policies/rules";
import { workDir } from "../../tools/lib/paths";
import { policyConfig } from "../../tools/lib/policy-config";
import { bundlePolicies } from "../../tools/lib/policy-pack";
import { Stack } from "../../tools/lib/stack";
import { labEnvironment } from "../support/lab";
import { type Previewed, previewSeeded } from "../support/policies/preview";
import { seededFacts, seeds } from "../support/policies/seeds";

/** Every rule at one level, given the facts of the seeded program. */
const config = (enforcementLevel: string): Record<string, object> =>
  Object.fromEntries(
    rules.map(({ name, facts }) => [
      name,
      {
        enforcementLevel,
        ...Object.fromEntries(
          facts.flatMap((fact) => (fact in seededFacts ? [[fact, seededFacts[fact as keyof typeof seededFacts]]] : [])),
        ),
      },
    ]),
  );

describe("the seeded program", () => {
  let seeded: Previewed;
  beforeAll(async () => {
    seeded = await previewSeeded("seeded", config("mandatory"));
  });

  it("ends with an error", () => {
    expect(seeded.exitCode, seeded.output).not.toBe(0);
  });

  it.each(ruleNames)("%s: each seeded violation is caught, and no other resource", (rule) => {
    const caught = seeded.violations.filter((violation) => violation.rule === rule);
    const expected = [...new Set(seeds[rule].map(({ name }) => name).filter((name) => name.startsWith(rule)))];
    const settings = rule === "plain-secrets" ? ["seeded-seeded"] : [];
    expect([...new Set(caught.map(({ resource }) => resource))].sort()).toEqual([...expected, ...settings].sort());
    expect(expected.length).toBeGreaterThan(1);
    for (const { level, message } of caught) {
      expect(level).toBe("mandatory");
      expect(message).toMatch(new RegExp(`: .+, got .+; .+ \\(rule ${rule}: docs/policies/${rule}\\.md\\)`));
    }
  });
});

it("finds the same as one file, as the package brings it, beside nothing but its description", async () => {
  const folder = path.join(workDir, "policies-test");
  try {
    bundlePolicies(folder);
    expect(readdirSync(folder).sort()).toEqual(["PulumiPolicy.yaml", "index.js", "package.json"]);
    const [bundled, sources] = [
      await previewSeeded("seeded", config("advisory"), folder),
      await previewSeeded("seeded", config("advisory")),
    ];
    expect(bundled.violations.length).toBeGreaterThan(ruleNames.length);
    expect(bundled.violations.map(reported).sort()).toEqual(sources.violations.map(reported).sort());
    expect(bundled.output).toMatch(/slm@v0\.1\.0/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const reported = ({ rule, resource, level }: Previewed["violations"][number]): string => `${rule} ${resource} ${level}`;

it("finds nothing in a clean program, in mandatory mode", async () => {
  const { exitCode, violations, output } = await previewSeeded("clean", { ...config("mandatory"), "plain-secrets": "mandatory" });
  expect(violations).toEqual([]);
  expect(exitCode, output).toBe(0);
});

it("warns and goes on where it is advisory, and remediates where it is asked to", async () => {
  const remediate = { enforcementLevel: "remediate" };
  const { exitCode, violations, remediated } = await previewSeeded("seeded", { ...config("advisory"), labels: remediate, tags: remediate });
  expect(exitCode).toBe(0);
  expect([...remediated].sort()).toEqual(["labels labels-1", "labels labels-2", "tags tags-1", "tags tags-2"]);
  expect([...new Set(violations.map(({ rule }) => rule))].sort()).toEqual(ruleNames.filter((rule) => rule !== "labels" && rule !== "tags"));
});

it("refuses a configuration that a rule does not know how to read", async () => {
  const { exitCode, output } = await previewSeeded("clean", { "gpu-pool-size": { maxGpuNodes: "many" } });
  expect(exitCode).not.toBe(0);
  expect(output).toContain("gpu-pool-size: maxGpuNodes: Invalid type. Expected: integer, given: string");
});

describe("the lab's environment", () => {
  let stack: Stack;
  const environment = labEnvironment("policy-test", () => undefined);
  beforeAll(async () => {
    stack = await Stack.open({
      ...environment,
      environment: { ...environment.environment, policies: { level: "mandatory", levels: {}, exempt: {} } },
    });
  });
  afterAll(() => stack.destroy());

  it("is clean, with every rule mandatory", async () => {
    expect(
      Object.values(policyConfig(stack.environment)).every((rule) => "enforcementLevel" in rule && rule.enforcementLevel === "mandatory"),
    ).toBe(true);
    const output = await stack.pulumi(["preview", ...stack.policies()], { quiet: true });
    expect(output).toMatch(/Policies:\s+✅ slm@v0\.1\.0/);
    expect(output).not.toContain("docs/policies");
  });
});
