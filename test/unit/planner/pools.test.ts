import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { gpus } from "../../../lib/accelerators/gpu";
import { vmSizes } from "../../../lib/accelerators/vm-size";
import { catalog } from "../../../lib/catalog/catalog";
import { reservedGib } from "../../../lib/planner/place";
import { plan } from "../../../lib/planner/plan";
import type { ModelRequest, PlanRequest } from "../../../lib/planner/types";
import { environment } from "../../support/plan";
import { faultsOf, planned, toy } from "../../support/toy-model";

const small: ModelRequest = { model: toy, engine: "vllm", contextTokens: 8192, sharedVolume: true };
const [a100, t4] = ["Standard_NC24ads_A100_v4", "Standard_NC4as_T4_v3"];
const at = (pools: PlanRequest["pools"], request: ModelRequest = small) =>
  planned(request, { target: "kubernetes", region: "nowhere", ...(pools ? { pools } : {}) });

describe("the cost", () => {
  it.each<[string, ModelRequest, string, number, number]>([
    // 0.454 an hour for a sixth of an A10, one replica on each node; 730 hours a month
    ["one replica", small, "eastus", 0.454, 331.42],
    ["three replicas", { ...small, replicas: 3 }, "eastus", 1.362, 994.26],
    ["no replica", { ...small, replicas: 0 }, "eastus", 0, 0],
  ])("is that of the nodes of %s", (_what, request, region, usdPerHour, usdPerMonth) => {
    expect(planned(request, { region }).placement).toMatchObject({ usdPerHour, usdPerMonth });
  });

  it("is chosen for one replica where none runs yet", () => {
    expect(planned({ ...small, replicas: 0 }).placement).toMatchObject({ size: "Standard_NV6ads_A10_v5", nodes: 0 });
  });

  it("is summed over models", () => {
    const result = plan(environment({ a: small, b: { ...small, replicas: 2 } }));
    expect([result.name, result.region, result.usdPerHour, result.usdPerMonth]).toEqual(["test", "eastus", 1.362, 994.26]);
    expect(result.models.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("is nothing outside Azure, and warnings are reported with the model's name", () => {
    const result = plan(environment({ a: small }, { target: "kubernetes" }));
    expect([result.usdPerHour, result.usdPerMonth, result.faults]).toEqual([0, 0, []]);
    expect(result.warnings).toEqual(result.models[0]!.warnings.map((warning) => `a: ${warning}`));
    expect(result.warnings.length).toBeGreaterThan(0);
  });
});

describe("elsewhere than on Azure", () => {
  it.each<[string, ModelRequest, string, number]>([
    ["a CPU before any GPU", { model: toy, engine: "ollama" }, "Standard_D2s_v5", 0],
    // 12 × 0.5 GiB of cache and 1.37 besides: of a node of 16 GiB 13.4 are left, of one of 8 GiB 6.2
    ["a larger CPU before any GPU", { model: toy, engine: "ollama", contextTokens: 32_768, concurrency: 12 }, "Standard_D4s_v5", 0],
    ["the smallest GPU", small, "Standard_NV6ads_A10_v5", 1],
    ["one whole card before two smaller", { ...small, gpu: "a100" }, a100, 1],
    ["two small cards before two large", { ...small, tensorParallel: 2 }, "Standard_NC64as_T4_v3", 2],
  ])("takes %s", (_what, request, size, gpuCount) => {
    expect(at(undefined, request).placement).toMatchObject({ size, gpuCount });
  });

  it("takes only what the pools have, and finds their nodes by size", () => {
    const { placement, rejected } = at([{ size: a100, maxNodes: 1 }]);
    expect(placement).toMatchObject({
      size: a100,
      migProfile: null,
      nodeLabels: { "node.kubernetes.io/instance-type": a100 },
      usdPerHour: 0,
    });
    expect(new Set(rejected.map(({ reason }) => reason))).toEqual(
      new Set([
        "no pool has this size",
        "its GPU count or memory is not sourced",
        "AKS installs no driver for it, and its GPU's compute support is not sourced",
      ]),
    );
  });

  it("finds no node by size where no pool is named", () => {
    expect(at(undefined).placement.nodeLabels).toEqual({});
    expect(at([]).placement).toEqual(at(undefined).placement);
  });

  it("takes slices of a pool that is cut, whole cards of one that is not, either where there are both", () => {
    const cut = { size: a100, maxNodes: 1, migProfile: "MIG2g" };
    const taken = (pools: PlanRequest["pools"]) => at(pools).placement.migProfile;
    expect([taken([cut]), taken([{ size: a100, maxNodes: 1 }]), taken([cut, { size: a100, maxNodes: 1 }])]).toEqual([
      "MIG2g",
      null,
      "MIG2g",
    ]);
  });

  it("says what a slice lacks, and what the pool's cards are partitioned into", () => {
    const large = { ...small, model: { ...toy, parameters: 4e10 } };
    const eighth = (79.25 * 0.965) / 8;
    expect(faultsOf(large, { target: "kubernetes", pools: [{ size: a100, maxNodes: 1, migProfile: "MIG1g" }] })).toEqual([
      `models.chat: must fit a size of the pools; ${a100}: needs 82.06 GiB, NVIDIA A100 80GB PCIe MIG1g has ${eighth.toFixed(2)} GiB: weights 74.51 GiB, activations 0.06 GiB, engine 0.50 GiB, cache 0.42 GiB at utilisation 0.92, got "toy"; choose a smaller model`,
    ]);
  });

  it("prefers a pool with the smaller card", () => {
    const pools = [
      { size: a100, maxNodes: 1 },
      { size: t4, maxNodes: 1 },
    ];
    expect(at(pools).placement.size).toBe(t4);
    expect(at(pools).rejected.find(({ size }) => size === a100)?.reason).toBe("fits, and is larger");
  });

  it("is not what pools on Azure limit: others can be made", () => {
    expect(planned(small, { pools: [{ size: a100, maxNodes: 1 }] }).placement.size).toBe("Standard_NV6ads_A10_v5");
  });
});

it.each([
  [2, 0.5],
  [4, 1],
  [8, 1.8],
  [16, 2.6],
  [128, 2.6 + 112 * 0.06],
  [228, 2.6 + 112 * 0.06 + 2],
])("a node of %d GiB keeps %d GiB for itself", (memoryGib, reserved) => {
  expect(reservedGib(memoryGib)).toBeCloseTo(reserved, 10);
});

const request = fc.record({
  model: fc.constantFrom(...catalog.filter(({ attention, parameters }) => attention && parameters).map(({ id }) => id)),
  engine: fc.constant("vllm" as const),
  contextTokens: fc.integer({ min: 256, max: 2048 }),
  concurrency: fc.integer({ min: 1, max: 64 }),
  replicas: fc.integer({ min: 1, max: 9 }),
  sharedVolume: fc.constant(true),
});
const cost = (wanted: ModelRequest): number =>
  plan(environment({ chat: wanted })).models[0]?.placement.usdPerHour ?? Number.POSITIVE_INFINITY;

/** Every kind of GPU of a size with a price. */
const kinds = [...new Set(vmSizes.flatMap(({ gpu, unusable, usdPerHour }) => (gpu && !unusable && usdPerHour["eastus"] ? [gpu] : [])))];
const eighths: Readonly<Record<string, number>> = { MIG1g: 1, MIG2g: 2, MIG3g: 4, MIG4g: 4 };

describe("properties", () => {
  it("a free choice never costs more than one GPU's sizes, and the best of all GPUs costs the same", () => {
    fc.assert(
      fc.property(request, (wanted) => {
        const each = kinds.map((gpu) => cost({ ...wanted, gpu }));
        expect(Math.min(...each)).toBe(cost(wanted));
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  it("more replicas, requests or context never cost less", () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 1, max: 5 }), (wanted, more) => {
        const base = cost(wanted);
        expect(cost({ ...wanted, replicas: wanted.replicas + more })).toBeGreaterThanOrEqual(base);
        expect(cost({ ...wanted, concurrency: wanted.concurrency * (1 + more) })).toBeGreaterThanOrEqual(base);
        expect(cost({ ...wanted, contextTokens: Math.min(2048, wanted.contextTokens * (1 + more)) })).toBeGreaterThanOrEqual(base);
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it("what is planned holds its weights, everything beside them, and the requests asked for", () => {
    fc.assert(
      fc.property(request, (wanted) => {
        const [model] = plan(environment({ chat: wanted })).models;
        fc.pre(model !== undefined);
        const { weightsGib, activationGib, overheadGib, kvGib, maxConcurrency, kvTokens } = model!.memory;
        expect(weightsGib).toBeGreaterThan(0);
        expect(kvGib).toBeGreaterThanOrEqual(0.3);
        expect(maxConcurrency).toBeGreaterThanOrEqual(wanted.concurrency);
        expect(kvTokens).toBeGreaterThanOrEqual(wanted.concurrency * wanted.contextTokens);
        const { gpu, gpuFraction, migProfile } = model!.placement;
        const card = gpus.find(({ key }) => key === gpu)!.usableGib;
        const share = migProfile ? (eighths[migProfile]! / 8) * 0.965 : gpuFraction;
        expect(weightsGib + activationGib + overheadGib + kvGib).toBeCloseTo(0.92 * card * share, 6);
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});
