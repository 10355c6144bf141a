import { describe, expect, it } from "vitest";
import { z } from "zod";

import { regions } from "../../lib/accelerators/vm-size";
import { policyFacts, policySettings, ruleExemptions, ruleNames } from "../../lib/policy-facts";

const says = (schema: z.ZodType, value: unknown): string => {
  const { error } = schema.safeParse(value);
  return error ? z.prettifyError(error) : "";
};

it("rules are named in the order of the alphabet, each once", () => {
  expect(ruleNames).toHaveLength(29);
  expect([...new Set(ruleNames)].sort()).toEqual([...ruleNames]);
});

describe("facts", () => {
  it("hold where an environment says nothing", () => {
    expect(policyFacts.parse({})).toEqual({
      registries: [
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
      ],
      regions,
      maxGpuNodes: 10,
      tags: {},
      pools: [],
      models: {},
      settings: {},
    });
  });

  it("are what an environment says", () => {
    const given = {
      registries: ["r.example"],
      regions: ["eastus"],
      usdPerMonth: 1,
      maxGpuNodes: 0,
      tags: { owner: "a" },
      licences: ["mit"],
      pools: [{ size: "s", maxNodes: 0 }],
      models: { chat: { loadSeconds: 1, model: "m", licence: "mit", others: [{ model: "n" }] }, code: { loadSeconds: 2, others: [] } },
      settings: { "a.b": "c" },
    };
    expect(policyFacts.parse(given)).toEqual(given);
  });

  it.each<[object, string]>([
    [{ usdPerMonth: 0 }, "✖ must be more than $0 per month\n  → at usdPerMonth"],
    [{ maxGpuNodes: -1 }, "✖ must be at least 0 nodes\n  → at maxGpuNodes"],
    [{ maxGpuNodes: 1001 }, "✖ must be at most 1000 nodes\n  → at maxGpuNodes"],
    [{ maxGpuNodes: 1.5 }, "✖ must be a whole number of nodes\n  → at maxGpuNodes"],
    [{ maxGpuNodes: 1000 }, ""],
    [{ pools: [{ size: "s", maxNodes: -1 }] }, "✖ Too small: expected number to be >=0\n  → at pools[0].maxNodes"],
    [{ models: { chat: { loadSeconds: 0 } } }, "✖ Too small: expected number to be >0\n  → at models.chat.loadSeconds"],
    [{ models: { chat: { loadSeconds: 0.5 } } }, "✖ Invalid input: expected int, received number\n  → at models.chat.loadSeconds"],
  ])("%j is reported %j", (facts, message) => {
    expect(says(policyFacts, facts)).toBe(message);
  });
});

describe("settings", () => {
  it("leave every level to the environment's name, and exempt nothing", () => {
    expect(policySettings.parse({})).toEqual({ levels: {}, exempt: {} });
  });

  it.each(["disabled", "advisory", "mandatory"])("take the level %s, for all rules or one", (level) => {
    expect(policySettings.parse({ level, levels: { drain: level } })).toEqual({ level, levels: { drain: level }, exempt: {} });
  });

  it("fix by rule alone", () => {
    expect(policySettings.parse({ levels: { tags: "remediate" } }).levels).toEqual({ tags: "remediate" });
    expect(says(policySettings, { level: "remediate" })).toBe('✖ must be "disabled", "advisory" or "mandatory"\n  → at level');
  });

  it("take facts that an environment decides, and no other", () => {
    const given = { registries: ["r"], regions: ["eastus"], usdPerMonth: 5, maxGpuNodes: 2, tags: { owner: "a" } };
    expect(policySettings.parse(given)).toEqual({ ...given, levels: {}, exempt: {} });
    expect(says(policySettings, { pools: [] })).toBe('✖ Unrecognized key: "pools"');
  });

  it.each<[object, string]>([
    [{ levels: { drain: "off" } }, '✖ must be "disabled", "advisory", "mandatory" or "remediate"\n  → at levels.drain'],
    [{ levels: { drian: "mandatory" } }, `✖ drian: no such rule; use one of ${ruleNames.join(", ")}\n  → at levels`],
    [{ exempt: { drian: {} } }, `✖ drian: no such rule; use one of ${ruleNames.join(", ")}\n  → at exempt`],
    [{ exempt: { drain: { chat: "too short" } } }, "✖ must say why, in 10 characters or more\n  → at exempt.drain.chat"],
    [{ exempt: { drain: { chat: "ten chars." } } }, ""],
    [{ levels: 7 }, "✖ Invalid input: expected record, received number\n  → at levels"],
  ])("%j are reported %j", (settings, message) => {
    expect(says(policySettings, settings)).toBe(message);
  });
});

it("exempts nothing of a rule unless its configuration says so, with a reason", () => {
  expect(ruleExemptions.parse(undefined)).toEqual({});
  expect(ruleExemptions.parse({ chat: "nothing to finish" })).toEqual({ chat: "nothing to finish" });
  expect(says(ruleExemptions, { chat: "because" })).toBe("✖ must say why, in 10 characters or more\n  → at chat");
});
