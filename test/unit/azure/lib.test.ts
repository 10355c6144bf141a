import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { addressAt, overlap, parseCidr, within } from "../../../lib/azure/cidr";
import { versionFault } from "../../../lib/azure/kubernetes-version";
import { prefix as prefixSchema, spotMaxUsd } from "../../../lib/azure/limits";
import { azureNames, fingerprint, poolName } from "../../../lib/azure/names";
import { addressFaults, defaultAddresses } from "../../../lib/azure/network";
import { registryTier } from "../../../lib/azure/registry-tier";
import { azureTags } from "../../../lib/azure/tags";

const prefix = fc.stringMatching(/^[a-z][a-z0-9]{1,7}$/);
/** Whatever Pulumi takes as the name of a stack. */
const environment = fc.stringMatching(/^[A-Za-z0-9_.-]{1,60}$/);
const region = fc.stringMatching(/^[a-z]{4,20}[0-9]?$/);

/** Rules of azure-docs, resource-name-rules.md; Grafana's of its own documentation. */
const rules = {
  resourceGroup: /^[\w-]{1,63}$/,
  network: /^[a-zA-Z0-9][\w.-]{0,62}\w$/,
  cluster: /^[a-zA-Z0-9]([\w-]{0,61}[a-zA-Z0-9])?$/,
  registry: /^[a-zA-Z0-9]{5,50}$/,
  vault: /^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/,
  monitor: /^[a-zA-Z0-9][a-zA-Z0-9-]{2,42}[a-zA-Z0-9]$/,
  grafana: /^[a-zA-Z][a-zA-Z0-9-]{0,21}[a-zA-Z0-9]$/,
  logs: /^[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]$/,
  alerts: /^[\w-]{1,63}$/,
  budget: /^[\w-]{1,63}$/,
};

describe("names", () => {
  it("are within Azure's rules, whatever the stack is called", () => {
    fc.assert(
      fc.property(prefix, environment, region, (prefix, environment, region) => {
        const names = azureNames({ prefix, environment, region });
        for (const [role, rule] of Object.entries(rules)) expect(names[role as keyof typeof names], role).toMatch(rule);
      }),
    );
  });

  it("that are global differ between prefixes, environments and regions", () => {
    const of = (prefix: string, environment: string, region: string) => azureNames({ prefix, environment, region }).registry;
    expect(
      new Set([of("a1", "prod", "eastus"), of("a2", "prod", "eastus"), of("a1", "dev", "eastus"), of("a1", "prod", "westus3")]).size,
    ).toBe(4);
  });

  it("of pools are 1 to 12 lower-case letters and digits, starting with a letter", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("gpu" as const, "cpu" as const),
        fc.string(),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (kind, what, fixed) => {
          expect(poolName(kind, what, fixed)).toMatch(/^[a-z][a-z0-9]{0,11}$/);
        },
      ),
    );
  });

  it("of pools change with what cannot be changed in place, and with nothing else", () => {
    expect(poolName("gpu", "a10", { size: "x" })).toBe(poolName("gpu", "a10", { size: "x" }));
    expect(poolName("gpu", "a10", { size: "x" })).not.toBe(poolName("gpu", "a10", { size: "y" }));
    expect(fingerprint("a", "b")).not.toBe(fingerprint("ab"));
  });

  it.each(["a", "1a", "A1", "toolongprefix", "a-b"])("refuse the prefix %s", (value) => {
    expect(prefixSchema.safeParse(value).success).toBe(false);
  });
});

it("tags say whose, for what, and made by whom, within Azure's 256 characters", () => {
  fc.assert(
    fc.property(environment, fc.string({ minLength: 1, maxLength: 256 }), (name, owner) => {
      const tags = azureTags(name, { owner, costCentre: "1042" });
      expect(Object.keys(tags)).toEqual(["environment", "owner", "cost-centre", "managed-by"]);
      for (const value of Object.values(tags)) expect(value.length).toBeLessThanOrEqual(256);
    }),
  );
});

describe("ranges", () => {
  const range = fc
    .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 8, max: 30 }))
    .map(([address, bits]) => `${dotted(address - (address % 2 ** (32 - bits)))}/${bits}`);
  const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

  it("overlap when, and only when, one holds the first address of the other", () => {
    fc.assert(
      fc.property(range, range, (one, other) => {
        const [a, b] = [parseCidr(one)!, parseCidr(other)!];
        const holds = (outer: typeof a, address: number): boolean => address >= outer.first && address <= outer.last;
        expect(overlap(a, b)).toBe(holds(a, b.first) || holds(b, a.first));
        expect(within(a, a)).toBe(true);
      }),
    );
  });

  it.each(["10.0.0.1/16", "10.0.0.0/33", "10.0.0/16", "300.0.0.0/8", "x"])("does not read %s", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it("counts addresses", () => expect(addressAt("10.0.0.0/16", 10)).toBe("10.0.0.10"));
});

describe("address plan", () => {
  it("has nothing against the default", () => expect(addressFaults(defaultAddresses, 50)).toEqual([]));

  it.each([
    [
      { pods: "10.240.0.0/14" },
      'network.pods: must not overlap network.network (10.240.0.0/16), got "10.240.0.0/14"; choose another range',
    ],
    [
      { services: "10.244.8.0/24" },
      'network.services: must not overlap network.pods (10.244.0.0/16), got "10.244.8.0/24"; choose another range',
    ],
    [
      { endpoints: "10.240.8.0/24" },
      'network.endpoints: must not overlap network.nodes (10.240.0.0/20), got "10.240.8.0/24"; choose another range',
    ],
    [{ nodes: "10.1.0.0/20" }, 'network.nodes: must lie in network.network (10.240.0.0/16), got "10.1.0.0/20"; choose a part of it'],
    [
      { pods: "10.244.0.0/20" },
      'network.pods: must hold a /24 for each of 50 nodes, got "10.244.0.0/20"; choose a larger range, or fewer nodes',
    ],
    [
      { nodes: "10.240.0.0/27" },
      `network.nodes: must hold 50 nodes and Azure's 5 addresses, got "10.240.0.0/27"; choose a larger range, or fewer nodes`,
    ],
    [{ pods: "ten" }, 'network.pods: must be a range such as 10.0.0.0/16, got "ten"; write it from its first address'],
  ])("refuses %o", (change, message) => {
    expect(addressFaults({ ...defaultAddresses, ...change }, 50)).toEqual([message]);
  });
});

describe("Kubernetes version", () => {
  it.each([
    ["1.36", "2026-11-25", false, undefined],
    ["1.34", "2026-11-30", false, undefined],
    ["1.34", "2026-12-01", false, { bound: "must be supported; its support ended with 2026-11", fix: "use 1.35, 1.36, 1.37" }],
    ["1.34", "2026-12-01", true, undefined],
    ["1.33", "2026-11-25", false, { bound: "must be supported; its support ended with 2026-07", fix: "use 1.34, 1.35, 1.36, 1.37" }],
    ["1.37", "2026-09-30", false, { bound: "must be generally available; it is from 2026-10", fix: "use 1.34, 1.35, 1.36" }],
    ["1.99", "2026-11-25", false, { bound: "must be a version of the AKS calendar of 2026-08-21", fix: "use 1.34, 1.35, 1.36, 1.37" }],
  ])("%s on %s, long-term %s", (version, today, longTerm, expected) => {
    expect(versionFault(version, today, longTerm)).toEqual(expected);
  });
});

it.each([
  [{}, "Standard"],
  [{ untaggedDays: 0 }, "Premium"],
  [{ regions: ["northeurope"] }, "Premium"],
  [{ zoneRedundant: true }, "Premium"],
  [{ contentTrust: true }, "Premium"],
  [{ privateLink: true }, "Premium"],
  [{ zoneRedundant: false, regions: [] }, "Standard"],
])("a registry with %o is %s", (needs, tier) => expect(registryTier(needs)).toBe(tier));

it.each([
  [-1, true],
  [0.12345, true],
  [0.123456, false],
  [0, false],
  [-2, false],
])("spot price %s: %s", (price, good) => expect(spotMaxUsd.safeParse(price).success).toBe(good));
