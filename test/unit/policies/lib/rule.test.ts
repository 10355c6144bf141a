import { describe, expect, it } from "vitest";

import { imageDigest } from "../../../../policies/image-digest";
import { networkPolicy } from "../../../../policies/network-policy";
import { rules } from "../../../../policies/rules";
import { changed, denyAll, deployment, type Fixture, server } from "../../../support/policies/fixtures";
import { judge, mend } from "../../../support/policies/judge";

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

describe("a value that is known only after deployment", () => {
  const floating = changed(deployment, "chat", { [`${server}.image`]: "app", "spec.template.spec.initContainers.0.image": "app" });

  it("hides what depends on it and nothing else", () => {
    expect(judge(imageDigest, [floating])).toHaveLength(2);
    expect(judge(imageDigest, [unknown(floating, `${server}.image`)])).toHaveLength(1);
  });

  it("hides one resource of a stack, not the others", () => {
    const bare = changed(deployment, "bare", {}, { dependsOn: [] });
    expect(judge(networkPolicy, [denyAll, unknown(changed(deployment, "chat"), "metadata"), bare])).toHaveLength(1);
  });

  it.each(rules.map((rule) => [rule.name, rule] as const))("%s: is no violation and no crash, wherever it is", (_, rule) => {
    const resources = [unknown(deployment, "spec"), unknown(deployment, "metadata.namespace"), unknown(deployment, "metadata")];
    expect(
      judge(
        rule,
        resources.map((resource, index) => ({ ...resource, name: `it-${index}` })),
      ).filter(absent),
    ).toEqual([]);
  });
});

/** A resource without a network policy is one; the rule is told of none here. */
const absent = (message: string): boolean => !message.includes("network policy");

describe("an exempt resource", () => {
  const bad = changed(deployment, "chat", { [`${server}.image`]: "app" });
  const exempt = { chat: "pinned by its own pipeline" };

  it("is left out of the rule that says so", () => {
    expect(judge(imageDigest, [bad], { exempt })).toEqual([]);
    expect(judge(networkPolicy, [bad], { exempt })).toEqual([]);
    expect(judge(imageDigest, [{ ...bad, name: "other" }], { exempt })).toHaveLength(1);
  });

  it("needs a reason", () => {
    expect(() => judge(imageDigest, [bad], { exempt: { chat: "why not" } })).toThrow("must say why, in 10 characters or more");
  });

  it("is not mended either", () => {
    const labels = rules.find(({ name }) => name === "labels")!;
    const bare = changed(deployment, "chat", { "metadata.labels": {} });
    expect(mend(labels, bare)).toBeDefined();
    expect(mend(labels, bare, { exempt })).toBeUndefined();
  });
});

it("tells the engine what each rule may be configured with", () => {
  for (const { configSchema, facts } of rules) expect(Object.keys(configSchema!.properties)).toEqual([...facts, "exempt"]);
  const registries = rules.find(({ name }) => name === "image-registry")!.configSchema!.properties["registries"]!;
  expect(registries).toMatchObject({ type: "array", items: { type: "string" }, default: expect.arrayContaining(["docker.io/vllm"]) });
});
