import { describe, expect, it } from "vitest";

import {
  type AzureSection,
  addressPlan,
  azureFaults,
  networkFaults,
  nodesOf,
  outdatedFault,
  poolRequirements,
} from "../../../lib/azure/faults";
import { defaultAddresses } from "../../../lib/azure/network";
import { faultMessage } from "../../../lib/planner/fault";
import type { EnvironmentPlan } from "../../../lib/planner/types";
import { a10, a100, planOf } from "../../support/azure-cluster";

const two = planOf({ chat: { nodes: 2 }, draft: {} });
const cut = planOf({ chat: { size: a100, gpu: "a100-80gb-pcie", migProfile: "MIG3g" } });

const section: AzureSection = {
  production: false,
  zones: [],
  pools: {},
  kubernetesVersion: "1.36",
  longTermSupport: false,
  systemPool: { size: "Standard_D4s_v5", minNodes: 2, maxNodes: 3 },
  workPool: { size: "Standard_D2s_v5", minNodes: 1, maxNodes: 4 },
  network: { kind: "create", ...defaultAddresses },
  api: { kind: "private" },
  unprotect: [],
  observability: { budget: {} },
};
const today = "2026-11-25";

describe("mistakes", () => {
  it("are none in a good section", () => expect(azureFaults(two, section, today).map(faultMessage)).toEqual([]));

  it.each<[string, EnvironmentPlan, Partial<AzureSection>, string]>([
    [
      "MIG-partitioned GPUs with the autoscaler",
      cut,
      { pools: { [a100]: { scale: { kind: "auto", minNodes: 1, maxNodes: 2 } } } },
      'azure.pools.Standard_NC24ads_A100_v4.scale: the autoscaler does not know GPUs partitioned by MIG (MIG3g), got "auto"; use kind fixed, nodes 1, or plan whole GPUs',
    ],
    [
      "spot for the only replica of a model in production",
      two,
      { production: true, pools: { [a10]: { spot: { maxUsdPerHour: -1, eviction: "Delete" } } } },
      `azure.pools.${a10}.spot: Azure may take spot nodes back at any time, and models.draft would have no other replica, got 1; give draft 2 replicas, or take spot away`,
    ],
    [
      "a version that is not out yet",
      two,
      { kubernetesVersion: "1.99" },
      'azure.kubernetesVersion: must be a version of the AKS calendar of 2026-08-21, got "1.99"; use 1.34, 1.35, 1.36, 1.37',
    ],
    [
      "an unprotected pool that is none",
      two,
      { unprotect: [a10, a100] },
      `azure.unprotect: must be the VM size of a pool, got "${a100}"; write ${a10}, or remove it`,
    ],
    [
      "an unprotected pool where there is none",
      planOf({}),
      { unprotect: [a10] },
      `azure.unprotect: must be the VM size of a pool, got "${a10}"; remove it`,
    ],
    ...["2026-10", "2027-12"].map((from): [string, EnvironmentPlan, Partial<AzureSection>, string] => [
      `a budget from ${from}`,
      two,
      { observability: { budget: { from } } },
      `azure.observability.budget.from: must be a month from 2026-11 to 2027-11: Azure takes no other for a new budget, got "${from}"; leave it out: a new budget starts this month, and one that is there keeps its start`,
    ]),
    [
      "a range of AKS's own, in a network that is there",
      two,
      { network: { kind: "existing", pods: "10.244.0.0/16", services: "172.30.4.0/24" } },
      'azure.network.services: must not overlap 172.30.0.0/16, which AKS keeps for itself, got "172.30.4.0/24"; choose another range',
    ],
    [
      "a range of AKS's own, in a network that is to be made",
      two,
      { network: { kind: "create", ...defaultAddresses, pods: "172.16.0.0/12" } },
      'azure.network.pods: must not overlap 172.30.0.0/16, which AKS keeps for itself, got "172.16.0.0/12"; choose another range',
    ],
    [
      "ranges that overlap",
      two,
      { network: { kind: "create", ...defaultAddresses, pods: "10.240.0.0/16" } },
      'azure.network.pods: must not overlap azure.network.network (10.240.0.0/16), got "10.240.0.0/16"; choose another range',
    ],
    [
      "a pool too small for its models",
      two,
      { pools: { [a10]: { scale: { kind: "fixed", nodes: 2 } } } },
      `azure.pools.${a10}.scale: must allow 3 nodes, for chat, draft, got 2; allow 3 nodes`,
    ],
    [
      "a pool that is smaller at most than at least",
      two,
      { pools: { [a10]: { scale: { kind: "auto", minNodes: 5, maxNodes: 4 } } } },
      `azure.pools.${a10}.scale.minNodes: must be at most maxNodes (4), got 5; lower it`,
    ],
    [
      "a pool of a size that nobody plans on",
      two,
      { pools: { [a100]: {} } },
      `azure.pools.Standard_NC24ads_A100_v4: no model is planned on this size, got "Standard_NC24ads_A100_v4"; write ${a10}, or remove it`,
    ],
    [
      "a pool of a size that is not",
      two,
      { pools: { Standard_NV36ads_A10_v4: {} } },
      `azure.pools.Standard_NV36ads_A10_v4: must be a known VM size, got "Standard_NV36ads_A10_v4"; write ${a10}, or remove it`,
    ],
    [
      "a system pool upside down",
      two,
      { systemPool: { size: "Standard_D4s_v5", minNodes: 4, maxNodes: 3 } },
      "azure.systemPool.minNodes: must be at most maxNodes (3), got 4; lower it",
    ],
    [
      "a work pool upside down",
      two,
      { workPool: { size: "Standard_D4s_v5", minNodes: 4, maxNodes: 3 } },
      "azure.workPool.minNodes: must be at most maxNodes (3), got 4; lower it",
    ],
    [
      "more nodes than the network has room for, those of the system and of other work with them",
      planOf({ chat: { nodes: 20 } }),
      { network: { kind: "create", ...defaultAddresses, nodes: "10.240.0.0/27" } },
      `azure.network.nodes: must hold 28 nodes and Azure's 5 addresses, got "10.240.0.0/27"; choose a larger range, or fewer nodes`,
    ],
  ])("%s", (_, of, change, message) => {
    expect(azureFaults(of, { ...section, ...change }, today).map(faultMessage)).toEqual([message]);
  });

  it.each<[string, EnvironmentPlan, Partial<AzureSection>]>([
    [
      "as many nodes as the network has room for",
      planOf({ chat: { nodes: 19 } }),
      { network: { kind: "create", ...defaultAddresses, nodes: "10.240.0.0/27" } },
    ],
    ["a pool that never changes its size", two, { pools: { [a10]: { scale: { kind: "auto", minNodes: 3, maxNodes: 3 } } } }],
    [
      "own pools that never change theirs",
      two,
      { systemPool: { ...section.systemPool, minNodes: 3 }, workPool: { ...section.workPool, minNodes: 3 } },
    ],
    ["a fixed pool that just holds its models", two, { pools: { [a10]: { scale: { kind: "fixed", nodes: 3 } } } }],
    ["MIG-partitioned GPUs with as many nodes as planned", cut, { pools: { [a100]: { scale: { kind: "fixed", nodes: 1 } } } }],
    ["a version that long-term support covers", two, { kubernetesVersion: "1.35", longTermSupport: true }],
    [
      "spot in production with a second replica",
      planOf({ chat: { nodes: 2 } }),
      { production: true, pools: { [a10]: { spot: { maxUsdPerHour: -1, eviction: "Delete" } } } },
    ],
    [
      "spot for a single replica elsewhere",
      planOf({ chat: {} }),
      { pools: { [a10]: { spot: { maxUsdPerHour: -1, eviction: "Delete" } } } },
    ],
    ["a version past its support, which a cluster that is there may run", two, { kubernetesVersion: "1.33" }],
    ["an unprotected pool", two, { unprotect: [a10] }],
    ...["2026-11", "2027-11"].map((from): [string, EnvironmentPlan, Partial<AzureSection>] => [
      `a budget from ${from}`,
      two,
      { observability: { budget: { from } } },
    ]),
    [
      "a network that is there, whose ranges are not known",
      two,
      { network: { kind: "existing", pods: "10.0.0.0/16", services: "10.0.0.0/16" } },
    ],
  ])("are none in %s", (_, of, change) => expect(azureFaults(of, { ...section, ...change }, today).map(faultMessage)).toEqual([]));

  it("are reported all at once, in the order of the settings, before those of the network", () => {
    const bad = {
      kubernetesVersion: "1.99",
      systemPool: { size: "s", minNodes: 2, maxNodes: 1 },
      workPool: { size: "s", minNodes: 3, maxNodes: 2 },
      pools: { nonsense: {} },
      network: { kind: "create" as const, ...defaultAddresses, services: "10.244.0.0/16" },
    };
    expect(azureFaults(two, { ...section, ...bad }, today).map(faultMessage)).toEqual([
      'azure.kubernetesVersion: must be a version of the AKS calendar of 2026-08-21, got "1.99"; use 1.34, 1.35, 1.36, 1.37',
      "azure.systemPool.minNodes: must be at most maxNodes (1), got 2; lower it",
      "azure.workPool.minNodes: must be at most maxNodes (2), got 3; lower it",
      `azure.pools.nonsense: must be a known VM size, got "nonsense"; write ${a10}, or remove it`,
      'azure.network.services: must not overlap azure.network.pods (10.244.0.0/16), got "10.244.0.0/16"; choose another range',
    ]);
  });
});

describe("a version whose support has ended", () => {
  it("is distinguished from other mistakes, because a cluster that is there may run it", () => {
    expect(outdatedFault({ ...section, kubernetesVersion: "1.33" }, today)).toMatchObject({
      path: "azure.kubernetesVersion",
      value: "1.33",
      bound: "must be supported; its support ended with 2026-07",
    });
    for (const kubernetesVersion of ["1.36", "1.99"]) expect(outdatedFault({ ...section, kubernetesVersion }, today)).toBeUndefined();
  });
});

describe("a private API server", () => {
  const peers = ["/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/hub"];
  const create = { kind: "create", ...defaultAddresses } as const;

  it("in a network that the update makes, joined to no other, is what an update minds and a preview does not", () => {
    expect(networkFaults({ api: { kind: "private" }, network: create })).toEqual([
      {
        path: "azure.api.kind",
        value: "private",
        bound: "the network that the update makes is joined to no other, so nobody reaches the API server in it",
        fix: "name the network that the program runs in under azure.network.peers, use azure.network.kind existing, or make the API server public for some ranges",
        neededBy: "update",
      },
    ]);
  });

  it.each<[string, Pick<AzureSection, "api" | "network">]>([
    ["one that is public", { api: { kind: "public" }, network: create }],
    ["a network that is peered", { api: { kind: "private" }, network: { ...create, peers } }],
    ["a network that is there", { api: { kind: "private" }, network: { kind: "existing", pods: "10.0.0.0/16", services: "10.1.0.0/16" } }],
  ])("is reached: %s", (_, section) => expect(networkFaults(section)).toEqual([]));
});

describe("an environment's pools", () => {
  it("ask Azure for all nodes that they may grow to, where they may be", () => {
    const zoned = { ...section, zones: ["1"], pools: { [a10]: { zones: ["2", "3"] } } };
    expect(poolRequirements(two, zoned)).toEqual([
      { path: "azure.systemPool", size: "Standard_D4s_v5", nodes: 3, zones: ["1"], spot: false, surge: 1 },
      { path: "azure.workPool", size: "Standard_D2s_v5", nodes: 4, zones: ["1"], spot: false, surge: 1 },
      { path: `azure.pools.${a10}`, size: a10, nodes: 4, zones: ["2", "3"], spot: false, surge: 0 },
    ]);
  });

  it("ask for spot nodes where they are spot, and for a surge node where an upgrade makes one", () => {
    const spot = { maxUsdPerHour: -1, eviction: "Delete" } as const;
    const cpu = planOf({ tiny: { size: "Standard_D2s_v5", gpu: null } });
    const requirements = (pools: AzureSection["pools"]) => poolRequirements(cpu, { ...section, pools }).at(-1);
    expect(requirements({})).toMatchObject({ size: "Standard_D2s_v5", spot: false, surge: 1 });
    expect(requirements({ Standard_D2s_v5: { spot } })).toMatchObject({ spot: true, surge: 0 });
  });

  it("have together as many nodes as each may grow to", () => {
    expect(nodesOf(two, section)).toBe(3 + 4 + 4);
    expect(nodesOf(planOf({}), section)).toBe(3 + 4);
    expect(nodesOf(cut, section)).toBe(3 + 4 + 1);
  });

  it("have the ranges that the section says", () => {
    expect(addressPlan({ kind: "create", ...defaultAddresses })).toEqual(defaultAddresses);
  });
});
