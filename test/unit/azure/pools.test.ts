import { describe, expect, it } from "vitest";

import { maxNodes, type NodePool, type PoolsSettings, poolFaults, poolsOf } from "../../../lib/azure/pools";
import { faultMessage } from "../../../lib/planner/fault";
import { plan } from "../../../lib/planner/plan";
import type { EnvironmentPlan } from "../../../lib/planner/types";
import { a10, a100, type Planned, planOf } from "../../support/azure-cluster";
import { chat, environment } from "../../support/plan";

const settings: PoolsSettings = { production: false, zones: [], pools: {} };
const two = planOf({ chat: { nodes: 2 }, draft: {} });
const cut = planOf({ chat: { size: a100, gpu: "a100-80gb-pcie", migProfile: "MIG3g" } });
const only = (plan: EnvironmentPlan, change: Partial<PoolsSettings> = {}): NodePool => {
  const [pool, ...others] = poolsOf(plan, { ...settings, ...change });
  expect(others).toEqual([]);
  return pool!;
};

describe("pools of a plan", () => {
  it("are one for all models of a size, with a node for each that they need and one to spare", () => {
    expect(only(two)).toEqual({
      name: expect.stringMatching(/^ga10[a-z0-9]{4}$/),
      key: "nv36ads-a10-v5",
      size: a10,
      gpu: { key: "a10", driver: "Install", migProfile: null },
      scale: { kind: "auto", minNodes: 0, maxNodes: 4 },
      spot: null,
      zones: [],
      osDiskGib: 256,
      models: ["chat", "draft"],
    });
  });

  it("are several for several sizes, and for several ways to cut the GPUs of one, in the order of the models", () => {
    const on = (size: string, migProfile: string | null = null): Planned => ({ size, gpu: "a100-80gb-pcie", migProfile });
    const pools = poolsOf(planOf({ a: on(a100), b: on(a100, "MIG3g"), c: on("Standard_NC48ads_A100_v4"), d: on(a100) }), settings);
    expect(pools.map(({ key, models }) => [key, models])).toEqual([
      ["nc24ads-a100-v4", ["a", "d"]],
      ["nc24ads-a100-v4-mig3g", ["b"]],
      ["nc48ads-a100-v4", ["c"]],
    ]);
    expect(new Set(pools.map(({ name }) => name)).size).toBe(3);
  });

  it("are none where no model is planned", () => expect(poolsOf(planOf({}), settings)).toEqual([]));

  it("never shrink below what is planned in production", () => {
    expect(only(two, { production: true }).scale).toEqual({ kind: "auto", minNodes: 3, maxNodes: 4 });
  });

  it("with MIG-partitioned GPUs have as many nodes as planned, in production too", () => {
    for (const production of [false, true])
      expect(only(cut, { production })).toMatchObject({
        key: "nc24ads-a100-v4-mig3g",
        gpu: { key: "a100-80gb-pcie", driver: "Install", migProfile: "MIG3g" },
        scale: { kind: "fixed", nodes: 1 },
      });
  });

  it.each([
    ["an NVIDIA GPU gets AKS's driver", a10, "a10", /^ga10/, { key: "a10", driver: "Install", migProfile: null }],
    [
      "AMD's gets none",
      "Standard_ND96isr_MI300X_v5",
      "mi300x-192gb",
      /^gmi300x/,
      { key: "mi300x-192gb", driver: "None", migProfile: null },
    ],
    ["processors alone get none", "Standard_D2s_v5", null, /^cd2sv5/, null],
  ])("%s", (_, size, gpu, name, expected) => {
    const pool = only(planOf({ chat: { size, gpu } }));
    expect(pool.gpu).toEqual(expected);
    expect(pool.name).toMatch(name);
  });

  it("take what the environment says about all pools, and rather what it says about their size", () => {
    const spot = { maxUsdPerHour: -1, eviction: "Delete" as const };
    const scale = { kind: "fixed" as const, nodes: 5 };
    expect(only(two, { zones: ["1", "2"] })).toMatchObject({ zones: ["1", "2"], spot: null, osDiskGib: 256 });
    const own = { zones: ["3"], spot, scale, osDiskGib: 512 };
    expect(only(two, { zones: ["1", "2"], pools: { [a10]: own } })).toMatchObject(own);
    expect(only(two, { zones: ["1"], pools: { [a10]: { zones: [] } } }).zones).toEqual([]);
    expect(only(two, { pools: { [a100]: own } })).toEqual(only(two));
  });

  it("are renamed by what AKS cannot change in place, keep their key, and keep their name through all else", () => {
    const before = only(two);
    const renamed = [{ spot: { maxUsdPerHour: -1, eviction: "Delete" as const } }, { zones: ["1"] }, { osDiskGib: 512 }].map((change) =>
      only(two, { pools: { [a10]: change } }),
    );
    expect(new Set([before, ...renamed].map(({ name }) => name)).size).toBe(4);
    expect(new Set([before, ...renamed].map(({ key }) => key)).size).toBe(1);
    const grown = only(planOf({ chat: { nodes: 7 } }), { production: true, pools: { [a10]: { scale: { kind: "fixed", nodes: 9 } } } });
    expect(grown.name).toBe(before.name);
    expect(only(planOf({ chat: { size: "Standard_NV72ads_A10_v5" } })).name).not.toBe(before.name);
  });

  it("have at most the nodes that their scale says", () => {
    expect(maxNodes({ scale: { kind: "fixed", nodes: 2 } })).toBe(2);
    expect(maxNodes({ scale: { kind: "auto", minNodes: 1, maxNodes: 4 } })).toBe(4);
  });

  it("fit the planner: a part of an A10 is a pool like others, as Azure cuts the GPU", () => {
    const request = { ...chat, model: "qwen3-0.6b", size: "Standard_NV6ads_A10_v5", concurrency: 1 };
    expect(only(plan(environment({ m0: request })))).toMatchObject({
      key: "nv6ads-a10-v5",
      gpu: { key: "a10", driver: "Install", migProfile: null },
      scale: { kind: "auto", minNodes: 0, maxNodes: 2 },
      models: ["m0"],
    });
  });
});

it("a mistake in pools where nothing is planned can only be removed", () => {
  expect(poolFaults(planOf({}), { ...settings, pools: { [a10]: {} } })).toEqual([
    { path: `pools.${a10}`, value: a10, bound: "no model is planned on this size", fix: "remove it" },
  ]);
});

describe("the disk of a pool's nodes", () => {
  const full = planOf({ chat: { size: "Standard_ND96asr_v4", gpu: "a100-40gb", replicas: 8, nodes: 1, diskGib: 44 } });
  const message =
    "pools.Standard_ND96asr_v4.osDiskGib: must hold what models.chat asks of one node's disk, 357.2 GiB: 8 pods with 44 GiB, the engine's image of 5.22 GiB; 10 % stay free";

  it("must hold what the pods of one node ask for", () => {
    expect(poolFaults(full, settings).map(faultMessage)).toEqual([expect.stringContaining(`${message}, got 256; use 397 or more`)]);
    expect(poolFaults(full, { ...settings, pools: { Standard_ND96asr_v4: { osDiskGib: 397 } } })).toEqual([]);
  });

  it("counts the models of its own pool alone", () => {
    const other = planOf({ chat: { diskGib: 220 }, draft: { size: a100, gpu: "a100-80gb-pcie", diskGib: 220 } });
    expect(poolFaults(other, settings)).toEqual([]);
  });
});
