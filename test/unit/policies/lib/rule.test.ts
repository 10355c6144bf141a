import type { ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { describe, expect, it } from "vitest";

import type { PolicyFacts } from "../../../../lib/policy-facts";
import { imageDigest } from "../../../../policies/image-digest";
import { labels } from "../../../../policies/labels";
import { each, known, type Resource, resourceRule, stackRule } from "../../../../policies/lib/rule";
import { networkPolicy } from "../../../../policies/network-policy";
import { rules } from "../../../../policies/rules";
import { evaluate, remediate } from "../../../support/policies/evaluate";
import { changed, denyAll, deployment, type Fixture, server, vault } from "../../../support/policies/fixtures";

/** The error that the SDK throws in a preview when a value is read that is known only after deployment. */
class UnknownValueError extends Error {}

/** A copy of a fixture, some values of which are not known yet. */
function unknown(base: Fixture, ...paths: string[]): Fixture {
  const copy = changed(base, base.name);
  for (const path of paths) {
    const keys = path.split(".");
    const owner = keys.slice(0, -1).reduce<Record<string, unknown>>((value, key) => value[key] as Record<string, unknown>, copy.props);
    Object.defineProperty(owner, keys.at(-1)!, {
      enumerable: true,
      get: () => {
        throw new UnknownValueError(path);
      },
    });
  }
  return copy;
}

const floating = changed(deployment, "chat", {
  [`${server}.image`]: "app",
  "spec.template.spec.initContainers": [{ name: "setup", image: "app" }],
});

describe("a value that is known only after deployment", () => {
  it("hides what depends on it and nothing else", () => {
    expect(evaluate(imageDigest, [floating])).toHaveLength(2);
    expect(evaluate(imageDigest, [unknown(floating, `${server}.image`)])).toEqual([
      'chat: spec.template.spec.initContainers[setup].image: must be pinned by digest (name@sha256:<64 hex>), got "app"; name the digest that the tag has in its registry',
    ]);
  });

  it("hides one resource of a stack, not the others", () => {
    const bare = changed(deployment, "bare", {}, { dependsOn: [] });
    expect(evaluate(networkPolicy, [denyAll, unknown(changed(deployment, "chat"), "metadata"), bare])).toHaveLength(1);
  });

  it.each(rules.map((rule) => [rule.name, rule] as const))("%s: is no violation and no crash, wherever it is", (name, rule) => {
    const found = [
      ...["spec", "metadata.namespace", "metadata", `${server}.image`].map((path) => unknown(deployment, path)),
      ...["properties", "tags", "location"].map((path) => unknown(vault, path)),
    ].flatMap((resource) => evaluate(rule, [resource]));
    // No policy of these pods is among the resources; all else holds.
    expect(found.filter((message) => !(name === "network-policy" && message.includes("must hold a network policy")))).toEqual([]);
  });

  it("is the only error that is kept quiet", () => {
    const failing = (error: unknown) => () => {
      throw error;
    };
    expect(known(() => 1)).toBe(1);
    expect(known(failing(new UnknownValueError()))).toBeUndefined();
    expect(() => known(failing(new TypeError("a bug of the rule")))).toThrow("a bug of the rule");
    expect(() => known(failing("text"))).toThrow("text");
    expect(each([1, 2, 3], (item) => (item === 2 ? failing(new UnknownValueError())() : [item, item]))).toEqual([1, 1, 3, 3]);
  });
});

describe("an exempt resource", () => {
  const bad = changed(deployment, "chat", { [`${server}.image`]: "app" }, { dependsOn: [], parent: undefined });
  const exempt = { chat: "pinned by its own pipeline" };

  it("is left out of the rule that says so", () => {
    expect(evaluate(imageDigest, [bad], { exempt })).toEqual([]);
    expect(evaluate(networkPolicy, [bad], { exempt })).toEqual([]);
  });

  it.each(["other", "constructor", "toString"])("is not one of another name: %s", (name) => {
    expect(evaluate(imageDigest, [{ ...bad, name }], { exempt })).toHaveLength(1);
    expect(evaluate(networkPolicy, [{ ...bad, name }], { exempt })).toHaveLength(1);
  });

  it("needs a reason of ten characters", () => {
    expect(() => evaluate(imageDigest, [bad], { exempt: { chat: "123456789" } })).toThrow("must say why, in 10 characters or more");
    expect(evaluate(imageDigest, [bad], { exempt: { chat: "1234567890" } })).toEqual([]);
  });

  it("is not fixed either", () => {
    const bare = changed(deployment, "chat", { "metadata.labels": {} });
    expect(remediate(labels, bare)).toBeDefined();
    expect(remediate(labels, bare, { exempt })).toBeUndefined();
  });
});

describe("a rule", () => {
  const fault = { path: "spec.x", value: 7, bound: "must be 8", fix: "add one" };
  const about = { name: "drain", description: "Holds.", severity: "low", facts: ["regions"] } as const;
  const message = "chat: spec.x: must be 8, got 7; add one (rule drain: docs/policies/drain.md)";
  const resource = { ...deployment, name: "chat", urn: "urn:chat", type: "azure-native:keyvault/v20230701:Vault" };

  it("of resources reports a message with resource, value, bound, fix, rule and page, and is given its facts", () => {
    const asked: unknown[] = [];
    const check = ({ type }: Resource, { regions }: PolicyFacts) => {
      asked.push(type, regions);
      return [fault, fault];
    };
    const rule = resourceRule({ ...about, check });
    const reported: unknown[] = [];
    const validate = rule as { validateResource(args: ResourceValidationArgs, report: (...found: unknown[]) => void): void };
    validate.validateResource({ ...resource, getConfig: () => ({ regions: ["here"] }) } as unknown as ResourceValidationArgs, (...found) =>
      reported.push(...found),
    );
    expect(reported).toEqual([message, message]);
    expect(asked).toEqual(["azure-native:keyvault:Vault", ["here"]]);
    expect(rule).toMatchObject({ name: "drain", description: "Holds.", severity: "low", facts: ["regions"] });
    expect(rule).not.toHaveProperty("remediateResource");
    expect(rule).not.toHaveProperty("enforcementLevel");
  });

  it("makes of its settings what it needs once, and again when they are others", () => {
    const reported: unknown[] = [];
    const check = (_seen: Resource, { regions }: PolicyFacts) => {
      reported.push(regions);
      return [];
    };
    const rule = resourceRule({ ...about, check }) as {
      validateResource(args: ResourceValidationArgs, report: () => void): void;
    };
    const [here, there] = [["here"], ["there"]];
    for (const config of [{ regions: here }, { regions: here }, { regions: there }, { regions: there, exempt: { chat: "long enough" } }])
      rule.validateResource({ ...resource, getConfig: () => config } as unknown as ResourceValidationArgs, () => undefined);
    expect(reported).toEqual([here, here, there]);
    expect(reported[0]).toBe(reported[1]);
  });

  it("that can remediate does so by itself, unless its configuration says otherwise", () => {
    const rule = resourceRule({ ...about, check: () => [], remediate: ({ props }) => ({ ...props, remediated: true }) });
    expect(rule.enforcementLevel).toBe("remediate");
    expect(remediate(rule, deployment)).toEqual({ ...deployment.props, remediated: true });
  });

  it("of a stack reports the same, with the resource's URN", () => {
    const rule = stackRule({ ...about, check: ([first]) => [{ resource: first!, fault }] });
    const reported: unknown[] = [];
    const validate = rule as { validateStack(args: StackValidationArgs, report: (...found: unknown[]) => void): void };
    validate.validateStack({ resources: [resource], getConfig: () => ({}) } as unknown as StackValidationArgs, (...found) =>
      reported.push(...found),
    );
    expect(reported).toEqual([message, "urn:chat"]);
  });

  it("tells the engine what it may be configured with", () => {
    for (const { configSchema, facts } of rules) expect(Object.keys(configSchema!.properties)).toEqual([...facts, "exempt"]);
    const registries = rules.find(({ name }) => name === "image-registry")!.configSchema!.properties["registries"]!;
    expect(registries).toMatchObject({ type: "array", items: { type: "string" }, default: expect.arrayContaining(["docker.io/vllm"]) });
  });
});
