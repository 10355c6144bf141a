import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { upgradeFault, versionFault } from "../../../lib/azure/kubernetes-version";
import { azureNames, fingerprint, poolName, registryHost } from "../../../lib/azure/names";
import { registryTier } from "../../../lib/azure/registry-tier";
import { type Role, roleDefinitionId, roles } from "../../../lib/azure/roles";
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
  it.each([
    [
      "prod",
      {
        resourceGroup: "rg-contoso-prod-swedencentral",
        network: "vnet-contoso-prod",
        cluster: "aks-contoso-prod",
        registry: "crcontosoproda4fu6g",
        vault: "kv-contoso-prod-a4fu6g",
        monitor: "amw-contoso-prod",
        grafana: "amg-contoso-prod-a4fu6g",
        logs: "log-contoso-prod",
        alerts: "ag-contoso-prod",
        budget: "budget-contoso-prod",
      },
    ],
    [
      "-Feature_A--with.a-long-name",
      {
        resourceGroup: "rg-contoso-feature-a-zzpycg-swedencentral",
        network: "vnet-contoso-feature-a-zzpycg",
        cluster: "aks-contoso-feature-a-zzpycg",
        registry: "crcontosofeatureazzpycgci0doi",
        vault: "kv-contoso-featur-ci0doi",
        monitor: "amw-contoso-feature-a-zzpycg",
        grafana: "amg-contoso-feat-ci0doi",
        logs: "log-contoso-feature-a-zzpycg",
        alerts: "ag-contoso-feature-a-zzpycg",
        budget: "budget-contoso-feature-a-zzpycg",
      },
    ],
  ])("of %s are these", (environment, names) => {
    expect(azureNames({ prefix: "contoso", environment, region: "swedencentral" })).toEqual(names);
  });

  it("of environments that begin alike, or that are spelled alike, differ everywhere", () => {
    const of = (environment: string) => Object.entries(azureNames({ prefix: "contoso", environment, region: "swedencentral" }));
    const pairs = [
      ["feature-with-a-long-name-1", "feature-with-a-long-name-2"],
      ["dev-1", "dev_1"],
    ] as const;
    for (const [one, other] of pairs) {
      const others = Object.fromEntries(of(other));
      for (const [role, name] of of(one)) expect(others[role], role).not.toBe(name);
    }
  });

  it("say where an environment's registry answers before it is made", () => {
    expect(registryHost(azureNames({ prefix: "contoso", environment: "prod", region: "swedencentral" }))).toBe(
      "crcontosoproda4fu6g.azurecr.io",
    );
  });

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

  it.each([
    ["gpu", "a10", "ga106g85"],
    ["cpu", "D4s_v5-and-more", "cd4sv5an6g85"],
  ] as const)("of a %s pool of %s is its kind, up to seven characters of what it is, and four of a fingerprint", (kind, what, name) => {
    expect(poolName(kind, what, { size: "x" })).toBe(name);
  });

  it.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ])("carry the last six digits of FNV-1a: of %j", (text, hash) => {
    expect(fingerprint(text)).toBe(hash.toString(36).slice(-6));
  });

  it("carry six characters even where the number is small", () => expect(fingerprint("50")).toBe("0lb7og"));
});

it("tags say whose, for what, and made by whom, within Azure's 256 characters", () => {
  fc.assert(
    fc.property(environment, fc.string({ minLength: 1, maxLength: 256 }), (name, owner) => {
      const tags = azureTags(name, { owner, costCentre: "1042" });
      expect(tags).toEqual({ environment: name, owner, "cost-centre": "1042", "managed-by": "pulumi" });
      for (const value of Object.values(tags)) expect(value.length).toBeLessThanOrEqual(256);
    }),
  );
});

describe("Kubernetes version", () => {
  /** First and last day of each version, without and with long-term support; null: since before the calendar. */
  const supported: [version: string, from: string | null, until: string, longTermUntil: string][] = [
    ["1.33", null, "2026-07-31", "2026-07-31"],
    ["1.34", null, "2026-11-30", "2027-11-30"],
    ["1.35", null, "2027-03-31", "2028-03-31"],
    ["1.36", null, "2027-06-30", "2028-06-30"],
    ["1.37", "2026-10-01", "2027-10-31", "2028-10-31"],
  ];
  const dayAfter = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

  it.each(supported)("%s is good from its first day (%s) to its last (%s; long-term %s)", (version, from, until, longTermUntil) => {
    if (from) expect(versionFault(version, from, false)).toBeUndefined();
    for (const [last, longTerm] of [
      [until, false],
      [longTermUntil, true],
    ] as const) {
      expect(versionFault(version, last, longTerm)).toBeUndefined();
      expect(versionFault(version, dayAfter(last), longTerm)?.bound).toBe(`must be supported; its support ended with ${last.slice(0, 7)}`);
    }
  });

  it.each([
    [
      "1.34",
      "2026-12-01",
      false,
      { bound: "must be supported; its support ended with 2026-11", fix: "use 1.35, 1.36, 1.37", outdated: true },
    ],
    [
      "1.33",
      "2026-11-25",
      false,
      { bound: "must be supported; its support ended with 2026-07", fix: "use 1.34, 1.35, 1.36, 1.37", outdated: true },
    ],
    [
      "1.33",
      "2027-07-01",
      true,
      { bound: "must be supported; its support ended with 2026-07", fix: "use 1.34, 1.35, 1.36, 1.37", outdated: true },
    ],
    [
      "1.37",
      "2026-09-30",
      false,
      { bound: "must be generally available; it is from 2026-10", fix: "use 1.34, 1.35, 1.36", outdated: false },
    ],
    [
      "1.99",
      "2026-11-25",
      false,
      { bound: "must be a version of the AKS calendar of 2026-08-21", fix: "use 1.34, 1.35, 1.36, 1.37", outdated: false },
    ],
  ])("%s on %s, long-term %s: says what is wrong and what is good", (version, today, longTerm, expected) => {
    expect(versionFault(version, today, longTerm)).toEqual(expected);
  });
});

describe("an upgrade", () => {
  it.each(["1.36", "1.37"])("from 1.36.2 to %s is AKS's own way", (version) => expect(upgradeFault(version, "1.36.2")).toBeUndefined());

  it.each([
    ["1.35", "must not be below 1.36.2, which the cluster runs: AKS goes up only", 'write "1.36"'],
    ["1.38", "must be at most one minor version above 1.36.2, which the cluster runs", 'go by "1.37" first'],
  ])("from 1.36.2 to %s is none", (version, bound, fix) => expect(upgradeFault(version, "1.36.2")).toEqual({ bound, fix }));
});

describe("roles", () => {
  it("are Azure's built-in ones, by the ids that Azure publishes", () => {
    expect(roles).toEqual({
      networkContributor: "4d97b98b-1d4f-4787-a291-c67834d212e7",
      privateDnsZoneContributor: "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
      acrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
      keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
      keyVaultSecretsOfficer: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
      monitoringDataReader: "b0d8363b-8ddd-447d-831f-62ca05bff136",
      grafanaAdmin: "22926164-76b3-42b3-bc55-97df8dab3e41",
      grafanaViewer: "60921a7e-fef1-4a43-9b16-a26c52ad4769",
      aksClusterAdmin: "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
    } satisfies Record<Role, string>);
  });

  it("are named in full, as Azure gives them back", () => {
    expect(roleDefinitionId("sub", "acrPull")).toBe(
      "/subscriptions/sub/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d",
    );
  });
});

it.each([
  [{}, "Standard"],
  [{ untaggedDays: 0 }, "Premium"],
  [{ regions: ["northeurope"] }, "Premium"],
  [{ zoneRedundant: true }, "Premium"],
  [{ privateLink: true }, "Premium"],
  [{ zoneRedundant: false, regions: [] }, "Standard"],
])("a registry with %o is %s", (requirements, tier) => expect(registryTier(requirements)).toBe(tier));
