import { describe, expect, it } from "vitest";

import { type AzureSection, azureFaults, needsOf, nodesOf } from "../../../lib/azure/faults";
import { defaultAddresses } from "../../../lib/azure/network";
import { type PoolsSettings, poolsOf } from "../../../lib/azure/pools";
import { verdict } from "../../../lib/azure/preflight";
import { plan } from "../../../lib/planner/plan";
import type { EnvironmentPlan, ModelRequest } from "../../../lib/planner/types";
import { chat, environment } from "../../support/plan";

const a10 = "Standard_NV36ads_A10_v5";
const planned = (...models: ModelRequest[]): EnvironmentPlan =>
  plan(environment(Object.fromEntries(models.map((model, index) => [`m${index}`, model]))));
const settings: PoolsSettings = { production: false, zones: [], pools: {} };
const onA10 = planned({ ...chat, size: a10, concurrency: 1, replicas: 2 }, { ...chat, size: a10, concurrency: 1 });
/** A plan whose GPU is cut; which one the planner cuts is its own matter. */
const cut: EnvironmentPlan = {
  ...onA10,
  models: [
    {
      ...onA10.models[0]!,
      placement: { ...onA10.models[0]!.placement, size: "Standard_NC24ads_A100_v4", gpu: "a100-80gb-pcie", migProfile: "MIG3g", nodes: 1 },
    },
  ],
};

describe("pools of a plan", () => {
  it("are one for each size, with a node for each replica and one to spare", () => {
    const [pool, ...others] = poolsOf(onA10, settings);
    expect(others).toEqual([]);
    expect(pool).toMatchObject({
      key: "nv36ads-a10-v5",
      size: a10,
      gpu: { key: "a10", driver: "Install", migProfile: null },
      scale: { kind: "auto", minNodes: 0, maxNodes: 4 },
      spot: null,
      models: ["m0", "m1"],
      osDiskGib: 256,
    });
    expect(pool!.name).toMatch(/^ga10[a-z0-9]{4}$/);
  });

  it("never shrink below what is planned in production", () => {
    expect(poolsOf(onA10, { ...settings, production: true })[0]!.scale).toEqual({ kind: "auto", minNodes: 3, maxNodes: 4 });
  });

  it("with GPUs that are cut do not scale", () => {
    expect(poolsOf(cut, settings)[0]!).toMatchObject({ key: "nc24ads-a100-v4-mig3g", scale: { kind: "fixed", nodes: 1 } });
  });

  it("are renamed by what AKS cannot change in place, and keep their key", () => {
    const before = poolsOf(onA10, settings)[0]!;
    for (const change of [{ spot: { maxUsdPerHour: -1, eviction: "Delete" as const } }, { zones: ["1"] }, { osDiskGib: 512 }]) {
      const after = poolsOf(onA10, { ...settings, pools: { [a10]: change } })[0]!;
      expect(after.key).toBe(before.key);
      expect(after.name).not.toBe(before.name);
    }
    const grown = poolsOf(onA10, { ...settings, pools: { [a10]: { scale: { kind: "auto", minNodes: 3, maxNodes: 9 } } } })[0]!;
    expect(grown.name).toBe(before.name);
  });

  it("of a part of an A10 are pools like others: Azure cuts the GPU, so no slices are asked for", () => {
    const [pool] = poolsOf(planned({ ...chat, model: "qwen3-0.6b", size: "Standard_NV6ads_A10_v5", concurrency: 1 }), settings);
    expect(pool).toMatchObject({ key: "nv6ads-a10-v5", gpu: { key: "a10", driver: "Install", migProfile: null }, scale: { kind: "auto" } });
  });

  it("without a GPU take no driver", () => {
    const [pool] = poolsOf(planned({ model: "qwen3-0.6b", engine: "ollama", cpu: true }), settings);
    expect(pool).toMatchObject({ gpu: null, models: ["m0"] });
    expect(pool!.name).toMatch(/^c/);
  });
});

const section: AzureSection = {
  ...settings,
  kubernetesVersion: "1.36",
  longTermSupport: false,
  systemPool: { size: "Standard_D4s_v5", minNodes: 2, maxNodes: 3 },
  workPool: { size: "Standard_D4s_v5", minNodes: 1, maxNodes: 3 },
  network: { kind: "create", ...defaultAddresses },
};
const today = "2026-11-25";

describe("mistakes", () => {
  it("are none in a good section", () => expect(azureFaults(onA10, section, today)).toEqual([]));

  it.each<[string, EnvironmentPlan, Partial<AzureSection>, string]>([
    [
      "cut GPUs with the autoscaler",
      cut,
      { pools: { Standard_NC24ads_A100_v4: { scale: { kind: "auto", minNodes: 1, maxNodes: 2 } } } },
      'azure.pools.Standard_NC24ads_A100_v4.scale: the autoscaler does not know GPUs that are cut (MIG3g), got "auto"; use kind fixed, nodes 1, or plan whole GPUs',
    ],
    [
      "spot for the only replica of a model in production",
      onA10,
      { production: true, pools: { [a10]: { spot: { maxUsdPerHour: -1, eviction: "Delete" } } } },
      `azure.pools.${a10}.spot: Azure may take spot nodes back at any time, and models.m1 would have no other replica, got 1; give m1 2 replicas, or take spot away`,
    ],
    [
      "an expired version",
      onA10,
      { kubernetesVersion: "1.33" },
      'azure.kubernetesVersion: must be supported; its support ended with 2026-07, got "1.33"; use 1.34, 1.35, 1.36, 1.37',
    ],
    [
      "ranges that overlap",
      onA10,
      { network: { kind: "create", ...defaultAddresses, pods: "10.240.0.0/16" } },
      'azure.network.pods: must not overlap azure.network.network (10.240.0.0/16), got "10.240.0.0/16"; choose another range',
    ],
    [
      "a pool too small for its models",
      onA10,
      { pools: { [a10]: { scale: { kind: "fixed", nodes: 2 } } } },
      `azure.pools.${a10}.scale: must allow 3 nodes, for m0, m1, got 2; allow 3 nodes`,
    ],
    [
      "a pool that is smaller at most than at least",
      onA10,
      { pools: { [a10]: { scale: { kind: "auto", minNodes: 5, maxNodes: 4 } } } },
      `azure.pools.${a10}.scale.minNodes: must be at most maxNodes (4), got 5; lower it`,
    ],
    [
      "a pool of a size that nobody plans on",
      onA10,
      { pools: { Standard_NC24ads_A100_v4: {} } },
      `azure.pools.Standard_NC24ads_A100_v4: no model is planned on this size, got "Standard_NC24ads_A100_v4"; write ${a10}, or remove it`,
    ],
    [
      "a pool of a size that is not",
      onA10,
      { pools: { Standard_NV36ads_A10_v4: {} } },
      `azure.pools.Standard_NV36ads_A10_v4: must be a known VM size, got "Standard_NV36ads_A10_v4"; write ${a10}, or remove it`,
    ],
    [
      "a system pool upside down",
      onA10,
      { systemPool: { size: "Standard_D4s_v5", minNodes: 4, maxNodes: 3 } },
      "azure.systemPool.minNodes: must be at most maxNodes (3), got 4; lower it",
    ],
  ])("%s", (_, of, change, message) => {
    expect(azureFaults(of, { ...section, ...change }, today)).toEqual([message]);
  });

  it("are told all at once", () => {
    const bad = {
      kubernetesVersion: "1.33",
      pools: { nonsense: {} },
      network: { kind: "create" as const, ...defaultAddresses, services: "10.244.0.0/16" },
    };
    expect(azureFaults(onA10, { ...section, ...bad }, today)).toHaveLength(3);
  });
});

describe("preflight", () => {
  const family = "StandardNVADSA10v5Family";
  const sku = {
    name: a10,
    resourceType: "virtualMachines",
    family,
    locationInfo: [{ location: "eastus", zones: ["3", "1"] }],
    capabilities: [{ name: "vCPUs", value: "36" }],
  };
  const need = { path: `azure.pools.${a10}`, size: a10, nodes: 4, zones: [] as string[] };
  const usage = (limit: number, currentValue = 0) => [{ name: { value: family.toLowerCase() }, limit, currentValue }];

  it("asks for all nodes of all pools", () => {
    expect(needsOf(onA10, section).map(({ path, nodes }) => [path, nodes])).toEqual([
      ["azure.systemPool", 3],
      ["azure.workPool", 3],
      [`azure.pools.${a10}`, 4],
    ]);
    expect(nodesOf(onA10, section)).toBe(10);
  });

  it("passes what is offered", () => expect(verdict([need], [sku], usage(144), "eastus")).toEqual({ faults: [], warnings: [] }));

  it.each([
    [
      { ...need, zones: ["1", "2"] },
      [sku],
      usage(144),
      { path: `${need.path}.zones`, bound: `${a10} is not in zone 2 of eastus`, fix: "use zones 1, 3" },
    ],
    [need, [], usage(144), { path: need.path, bound: "must be offered in eastus", fix: "choose another size or region" }],
    [
      need,
      [{ ...sku, restrictions: [{ type: "Location", reasonCode: "NotAvailableForSubscription" }] }],
      usage(144),
      { path: need.path, bound: "must be offered in eastus (NotAvailableForSubscription)" },
    ],
    [
      { ...need, zones: ["1"] },
      [{ ...sku, restrictions: [{ type: "Zone", reasonCode: "NotAvailableForSubscription", restrictionInfo: { zones: ["1"] } }] }],
      usage(144),
      { bound: `${a10} is not in zone 1 of eastus`, fix: "use zones 3" },
    ],
    [
      need,
      [sku],
      usage(143),
      { path: need.path, bound: `needs 144 vCPUs of ${family}, and the quota is 143`, fix: "ask for more quota, or lower maxNodes" },
    ],
  ])("refuses %#", (asked, skus, usages, fault) => {
    const { faults } = verdict([asked], skus, usages, "eastus");
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject(fault);
  });

  it("warns where the quota is in use, which may be by this very environment", () => {
    expect(verdict([need], [sku], usage(144, 100), "eastus")).toEqual({
      faults: [],
      warnings: [`4 × ${a10} may need 144 vCPUs of ${family}; 44 of 144 are free, less what this environment runs already`],
    });
  });
});
