import { mkdirSync, rmSync, writeFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";

import { azureNames, registryHost } from "../../../lib/azure/names";
import { findModel } from "../../../lib/catalog/catalog";
import { rules } from "../../../policies/rules";
import { fromRoot, parseEnvironment } from "../../../stacks/environment";
import { readEnvironment } from "../../../tools/lib/environment";
import { plainSettings, policyConfig } from "../../../tools/lib/policy-config";
import { messageOf } from "../../support/errors";

const models = { chat: { engine: "ollama", model: "qwen3-0.6b", coldStart: { loadSeconds: 300 } } };

/** A lock that holds what the model needs. */
const lock = ".slm/policy-config-lock.json";
beforeAll(() => {
  mkdirSync(fromRoot(".slm"), { recursive: true });
  writeFileSync(fromRoot(lock), JSON.stringify({ "library:qwen3:0.6b": { licence: "cc-by-4.0", files: { "blobs/x": "a".repeat(64) } } }));
});
afterAll(() => rmSync(fromRoot(lock)));

/** What the pack is given of an environment with this name and these settings; `written` stands in its file only. */
function configOf(
  name: string,
  policies: object = {},
  more: object = {},
  written: object = {},
): Record<string, { enforcementLevel: string }> {
  const own = Object.fromEntries(Object.entries({ models, policies, ...more }).filter(([, value]) => value !== undefined));
  const text = stringify({
    config: Object.fromEntries(Object.entries({ ...own, ...written }).map(([key, value]) => [`slm:${key}`, value])),
  });
  const file = {
    name,
    file: "stacks/Pulumi.test.yaml",
    text,
    environment: parseEnvironment(name, { ...own, lock }, "stacks/Pulumi.test.yaml"),
  };
  return policyConfig(file, ["198.18.0.2:5000"]) as Record<string, { enforcementLevel: string }>;
}

const levels = (name: string, policies?: object): string[] =>
  [...new Set(Object.values(configOf(name, policies)).map(({ enforcementLevel }) => enforcementLevel))].sort();

describe("levels", () => {
  it("warn where things are tried out, and end the preview elsewhere", () => {
    for (const name of ["dev", "local", "pr", "pr-17"]) expect(levels(name), name).toEqual(["advisory"]);
    for (const name of ["lab", "staging", "mine", "device", "my-dev", "local2"])
      expect(levels(name), name).toEqual(["advisory", "mandatory", "remediate"]);
    expect(levels("prod")).toEqual(["mandatory", "remediate"]);
  });

  it("ask for private endpoints in production, and fix what can be fixed", () => {
    const of = (name: string, rule: string) => configOf(name)[rule]!.enforcementLevel;
    expect([of("prod", "private-endpoints"), of("staging", "private-endpoints")]).toEqual(["mandatory", "advisory"]);
    expect([of("prod", "tags"), of("prod", "labels"), of("dev", "tags")]).toEqual(["remediate", "remediate", "advisory"]);
  });

  it("are what the environment says, for all rules or for one", () => {
    expect(levels("dev", { level: "mandatory" })).toEqual(["mandatory"]);
    expect(configOf("prod", { levels: { drain: "disabled" } })["drain"]!.enforcementLevel).toBe("disabled");
  });
});

describe("licences", () => {
  const others = { tiny: { model: "smollm2-135m-instruct" }, mine: { model: "mine" } };
  const allowed = ["apache-2.0", "acme-1"];
  const mine = { ...findModel("qwen3-0.6b")!.model, id: "mine", licence: "acme-1" };
  const served = { chat: { ...models.chat, ollama: { additionalModels: others } } };
  const reported = (more: object) =>
    configOf("prod", {}, { models: served, catalog: { mine }, allowedLicences: allowed, ...more })["model-licence"];

  it("are those of the environment's own models, else of the lock, for every model of a server; the catalog's stay with the pack", () => {
    expect(reported({})).toEqual({
      enforcementLevel: "mandatory",
      exempt: {},
      licences: allowed,
      models: {
        chat: {
          loadSeconds: 300,
          model: "qwen3-0.6b",
          licence: "cc-by-4.0",
          others: [
            { model: "smollm2-135m-instruct", licence: undefined },
            { model: "mine", licence: "acme-1" },
          ],
        },
      },
    });
  });

  it("are any where the environment names none", () =>
    expect(reported({ allowedLicences: undefined })).toMatchObject({ licences: undefined }));
});

it("tells each rule the facts that it asks for, and no other", () => {
  const config = configOf("prod", { usdPerMonth: 5000, tags: { owner: "team-a" }, exempt: { drain: { chat: "has nothing to finish" } } });
  expect(config["monthly-cost"]).toEqual({ enforcementLevel: "mandatory", exempt: {}, usdPerMonth: 5000 });
  expect(config["tags"]).toEqual({ enforcementLevel: "remediate", exempt: {}, tags: { owner: "team-a" } });
  expect(config["drain"]).toEqual({ enforcementLevel: "mandatory", exempt: { chat: "has nothing to finish" } });
  expect(config["startup-budget"]).toMatchObject({ models: { chat: { loadSeconds: 300, model: "qwen3-0.6b" } } });
  expect(config["gpu-tolerations"]).toEqual({ enforcementLevel: "mandatory", exempt: {}, pools: [] });
  expect(Object.keys(config)).toEqual(rules.map(({ name }) => name));
});

describe("registries", () => {
  const registries = (...args: Parameters<typeof configOf>) =>
    (configOf(...args)["image-registry"] as { registries?: string[] }).registries;

  it("are those of the components, unless the environment says otherwise, and those that belong to it", () => {
    expect(registries("prod")).toEqual([
      "docker.io/ollama",
      "docker.io/vllm",
      "docker.io/envoyproxy",
      "docker.io/grafana",
      "docker.io/library/python",
      "ghcr.io/kedacore",
      "ghcr.io/open-telemetry",
      "mcr.microsoft.com",
      "nvcr.io/nvidia",
      "quay.io/prometheus",
      "registry.k8s.io",
      "198.18.0.2:5000",
    ]);
    expect(registries("prod", { registries: ["registry.example"] })).toEqual(["registry.example", "198.18.0.2:5000"]);
  });

  it("on Azure are also the registry that the environment makes", () => {
    const azure = readEnvironment("prod");
    const config = policyConfig(azure) as Record<string, { registries?: string[] }>;
    const { prefix } = azure.environment.azure!;
    const host = registryHost(azureNames({ prefix, environment: "prod", region: azure.environment.region }));
    expect(config["image-registry"]!.registries!.slice(-2)).toEqual(["registry.k8s.io", host]);
  });
});

it("leaves daemons that need their node out of the rules of pods that serve, beside what the environment leaves out", () => {
  const azure = readEnvironment("prod");
  const policies = { ...azure.environment.policies, exempt: { "host-access": { mine: "reads the node's own log" } } };
  const config = policyConfig({ ...azure, environment: { ...azure.environment, policies } }) as Record<string, { exempt: object }>;
  const daemons = ["nv36ads-a10-v5-device-plugin", "nv36ads-a10-v5-dcgm-exporter"];
  const exempt = Object.entries(config).flatMap(([rule, { exempt }]) => Object.keys(exempt).map((resource) => `${rule} ${resource}`));
  expect(exempt).toEqual([
    ...daemons.map((daemon) => `host-access ${daemon}`),
    "host-access mine",
    ...daemons.map((daemon) => `network-policy ${daemon}`),
    "restricted-namespace gpu-system",
    ...daemons.map((daemon) => `restricted-pod ${daemon}`),
  ]);
});

it("shows the pack the settings in clear, and none that is encrypted", () => {
  const config = configOf("prod", {}, {}, { hfToken: { secure: "v1:abc" }, note: "plain" });
  expect(config["plain-secrets"]).toMatchObject({ settings: { "slm:note": "plain", "slm:models.chat.model": "qwen3-0.6b" } });
  expect(JSON.stringify(config)).not.toContain("v1:abc");
  expect(plainSettings({ a: [1, "x", { secure: "v1:y" }], b: null })).toEqual({ "a.1": "x" });
  expect(plainSettings({ hook: { url: { secret: "hook", key: "url" } }, mail: { secret: "in clear" } })).toEqual({
    "mail.secret": "in clear",
  });
  const gateway = (secret: string) => ({ "slm:gateway": { tls: { secret }, clientCertificates: { secret } } });
  expect(plainSettings(gateway("front-tls"))).toEqual({});
  const key = `sk-${"a".repeat(30)}`;
  expect(plainSettings(gateway(key))).toEqual({ "slm:gateway.tls.secret": key, "slm:gateway.clientCertificates.secret": key });
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
