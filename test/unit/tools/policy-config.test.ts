import { mkdirSync, rmSync, writeFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";

import { fromRoot, parseEnvironment } from "../../../stacks/environment";
import { plainSettings, policyConfig } from "../../../tools/lib/policy-config";
import { messageOf } from "../../support/errors";

const models = { chat: { engine: "ollama", model: "qwen3-0.6b", coldStart: { loadSeconds: 300 } } };

/** A lock that holds what the model needs. */
const lock = ".slm/policy-config-lock.json";
beforeAll(() => {
  mkdirSync(fromRoot(".slm"), { recursive: true });
  writeFileSync(fromRoot(lock), JSON.stringify({ "library:qwen3:0.6b": { files: { "blobs/x": "a".repeat(64) } } }));
});
afterAll(() => rmSync(fromRoot(lock)));

/** What the pack is told of an environment with this name and these settings. */
function configOf(name: string, policies: object = {}, more: object = {}): Record<string, { enforcementLevel: string }> {
  const own = { models, policies, ...more };
  const text = stringify({ config: Object.fromEntries(Object.entries(own).map(([key, value]) => [`slm:${key}`, value])) });
  const file = {
    name,
    file: "stacks/Pulumi.test.yaml",
    text,
    environment: parseEnvironment(name, { models, policies, lock }, "stacks/Pulumi.test.yaml"),
  };
  return policyConfig(file, ["198.18.0.2:5000"]) as Record<string, { enforcementLevel: string }>;
}

const levels = (name: string, policies?: object): string[] =>
  [...new Set(Object.values(configOf(name, policies)).map(({ enforcementLevel }) => enforcementLevel))].sort();

describe("levels", () => {
  it("warn where things are tried out, and end the preview elsewhere", () => {
    for (const name of ["dev", "local", "pr", "pr-17"]) expect(levels(name), name).toEqual(["advisory"]);
    for (const name of ["lab", "staging", "mine", "device"]) expect(levels(name), name).toEqual(["advisory", "mandatory", "remediate"]);
    expect(levels("prod")).toEqual(["mandatory", "remediate"]);
  });

  it("ask for private endpoints in production, and mend what can be mended", () => {
    const of = (name: string, rule: string) => configOf(name)[rule]!.enforcementLevel;
    expect([of("prod", "private-endpoints"), of("staging", "private-endpoints")]).toEqual(["mandatory", "advisory"]);
    expect([of("prod", "tags"), of("prod", "labels"), of("dev", "tags")]).toEqual(["remediate", "remediate", "advisory"]);
  });

  it("are what the environment says, for all rules or for one", () => {
    expect(levels("dev", { level: "mandatory" })).toEqual(["mandatory"]);
    expect(configOf("prod", { levels: { drain: "disabled" } })["drain"]!.enforcementLevel).toBe("disabled");
  });
});

it("tells each rule the facts that it asks for, and no other", () => {
  const config = configOf("prod", { usdPerMonth: 5000, tags: { owner: "team-a" }, exempt: { drain: { chat: "has nothing to finish" } } });
  expect(config["monthly-cost"]).toEqual({ enforcementLevel: "mandatory", exempt: {}, usdPerMonth: 5000 });
  expect(config["tags"]).toEqual({ enforcementLevel: "remediate", exempt: {}, tags: { owner: "team-a" } });
  expect(config["drain"]).toEqual({ enforcementLevel: "mandatory", exempt: { chat: "has nothing to finish" } });
  expect(config["startup-budget"]).toMatchObject({ models: { chat: { loadSeconds: 300, model: "qwen3-0.6b" } } });
  expect(config["image-registry"]).toMatchObject({ registries: expect.arrayContaining(["docker.io/ollama", "198.18.0.2:5000"]) });
});

it("shows the pack the settings in clear, and none that is encrypted", () => {
  const config = configOf("prod", {}, { hfToken: { secure: "v1:abc" }, note: "plain" });
  expect(config["plain-secrets"]).toMatchObject({ settings: { "slm:note": "plain", "slm:models.chat.model": "qwen3-0.6b" } });
  expect(JSON.stringify(config)).not.toContain("v1:abc");
  expect(plainSettings({ a: [1, "x", { secure: "v1:y" }], b: null })).toEqual({ "a.1": "x" });
  expect(plainSettings({ hook: { url: { secret: "hook", key: "url" } }, mail: { secret: "in clear" } })).toEqual({
    "mail.secret": "in clear",
  });
});

it.each([
  [{ level: "loud" }, '✖ must be "disabled", "advisory" or "mandatory"\n  → at policies.level'],
  [{ exempt: { drain: { chat: "no" } } }, "✖ must say why, in 10 characters or more\n  → at policies.exempt.drain.chat"],
  [{ usdPerMonth: 0 }, "✖ must be more than $0 per month\n  → at policies.usdPerMonth"],
])("refuses %o", (policies, message) => {
  expect(messageOf(() => parseEnvironment("it", { models, policies }, "it"))).toBe(`it is invalid:\n${message}`);
});

it("refuses a rule that is none, and lists them", () => {
  expect(messageOf(() => parseEnvironment("it", { models, policies: { levels: { drian: "advisory" } } }, "it"))).toMatch(
    /✖ drian: no such rule; use one of allowed-region, .*→ at policies\.levels/s,
  );
});
