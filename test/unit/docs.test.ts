import { readFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { monitoring } from "../../lib/environment/monitoring-config";
import { toPlanRequest } from "../../lib/environment/plan-request";
import { faultMessage } from "../../lib/planner/fault";
import { plan } from "../../lib/planner/plan";
import { parseEnvironment } from "../../stacks/environment";
import { repoRoot } from "../../tools/lib/paths";

const text = (file: string): string => readFileSync(path.join(repoRoot, file), "utf8");
const blocks = (file: string, language: string): string[] =>
  [...text(file).matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, block]) => block!);

it.each(["README.md", "CONTRIBUTING.md"])("%s: every make target that it shows is there", async (file) => {
  const targets = blocks(file, "sh").flatMap((block) => [...block.matchAll(/^make ([a-z-]+)/gm)].map(([, target]) => target!));
  expect(targets.length).toBeGreaterThan(2);
  for (const target of targets)
    expect((await execa("make", ["--dry-run", target], { cwd: repoRoot, reject: false })).exitCode, target).toBe(0);
});

it("README.md: the environment that it shows is the lab's", () => {
  const [shown] = blocks("README.md", "yaml");
  expect(parse(shown!)).toEqual(parse(text("stacks/Pulumi.lab.yaml")));
  const config = Object.entries(parse(shown!).config).map(([key, value]) => [key.replace("slm:", ""), value]);
  expect(() => parseEnvironment("lab", Object.fromEntries(config), "README.md")).not.toThrow();
});

it("README.md: every file that it links to is there", () => {
  for (const [, link] of text("README.md").matchAll(/\]\((?!http)([^)]+)\)/g)) expect(() => text(link!), link).not.toThrow();
});

describe("docs/serving.md", () => {
  it.each(blocks("docs/serving.md", "yaml").map((block, index) => [index + 1, block]))("example %i has a plan", (_index, block) => {
    const settings = Object.fromEntries(Object.entries(parse(String(block))).map(([key, value]) => [key.replace("slm:", ""), value]));
    const { lock: _lock, ...request } = toPlanRequest(parseEnvironment("docs", settings, "docs/serving.md"));
    expect(plan(request).faults.map(faultMessage)).toEqual([]);
  });
});

it("docs/monitoring.md: the section that it shows is valid, and asks for what it tells of", () => {
  const [shown] = blocks("docs/monitoring.md", "yaml");
  const section = monitoring.parse(parse(shown!)["slm:monitoring"]);
  expect(section).toMatchObject({ mode: "standalone", logs: { kind: "files" }, traces: { ratio: 0.01 } });
});
