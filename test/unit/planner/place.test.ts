import { describe, expect, it } from "vitest";

import { vmSizes } from "../../../lib/accelerators/vm-size";
import type { Model } from "../../../lib/catalog/schema";
import type { ModelRequest, PlanRequest } from "../../../lib/planner/types";
import { planned, toy } from "../../support/toy-model";

/** The toy on a GPU needs 1.47 GiB, so that every GPU fits. */
const small: ModelRequest = { model: toy, engine: "vllm", contextTokens: 8192, sharedVolume: true };
/** A cache of 2 × 64 layers × 32 heads × 128 × 2 bytes = 1 MiB a token: 3 requests of 32,768 tokens take 96 GiB. */
const wide: Model = { ...toy, attention: { full: { layers: 64, kvHeads: 32, headDim: 128 } } };
const large: ModelRequest = { model: wide, engine: "vllm", contextTokens: 32_768, concurrency: 3, sharedVolume: true };

const price = (name: string, region = "eastus"): number => vmSizes.find((size) => size.name === `Standard_${name}`)!.usdPerHour[region]!;
const placed = (request: ModelRequest, more: Partial<PlanRequest> = {}) => {
  const { size, gpuCount, migProfile, nodes } = planned(request, more).placement;
  return [size.replace("Standard_", ""), gpuCount, migProfile, nodes];
};
const reason = (request: ModelRequest, size: string, more: Partial<PlanRequest> = {}) =>
  planned(request, more).rejected.find((rejection) => rejection.size === `Standard_${size}`)?.reason;

it("is the cheapest that fits; every other size that was asked for has a line, the cheapest first and those without a price last", () => {
  const { placement, rejected } = planned(small);
  const driver = "AKS installs no driver for it, and its GPU's compute support is not sourced";
  const unsourced = "its GPU count or memory is not sourced";
  const more = (name: string) => `fits, and costs $${(price(name) - price("NV6ads_A10_v5")).toFixed(2)} more per hour`;
  expect(placement.size).toBe("Standard_NV6ads_A10_v5");
  expect(rejected.map(({ size, reason }) => [size.replace("Standard_", ""), reason])).toEqual([
    ["NV4ads_V710_v5", driver],
    ["NC4as_T4_v3", more("NC4as_T4_v3")],
    ["NV8ads_V710_v5", driver],
    ["NC8as_T4_v3", more("NC8as_T4_v3")],
    ["NV12ads_A10_v5", more("NV12ads_A10_v5")],
    ["NV12ads_V710_v5", driver],
    ["NC16as_T4_v3", more("NC16as_T4_v3")],
    ["NC32ds_xl_RTXPRO6000BSE_v6", unsourced],
    ["NV18ads_A10_v5", more("NV18ads_A10_v5")],
    ["NV24ads_V710_v5", driver],
    ["NC64ds_xl_RTXPRO6000BSE_v6", unsourced],
    ["NV36ads_A10_v5", more("NV36ads_A10_v5")],
    ["NC24ads_A100_v4", more("NC24ads_A100_v4")],
    ["NC64as_T4_v3", more("NC64as_T4_v3")],
    ["NV36adms_A10_v5", more("NV36adms_A10_v5")],
    ["NC128ds_xl_RTXPRO6000BSE_v6", unsourced],
    ["NV72ads_A10_v5", more("NV72ads_A10_v5")],
    ["NC40ads_H100_v5", more("NC40ads_H100_v5")],
    ["NC48ads_A100_v4", more("NC48ads_A100_v4")],
    ["NC256ds_xl_RTXPRO6000BSE_v6", unsourced],
    ["NC80adis_H100_v5", more("NC80adis_H100_v5")],
    ["NC96ads_A100_v4", more("NC96ads_A100_v4")],
    ["NC320ds_xl_RTXPRO6000BSE_v6", unsourced],
    ["ND96asr_v4", more("ND96asr_v4")],
    ["ND96amsr_A100_v4", more("ND96amsr_A100_v4")],
    ["ND96isr_H100_v5", more("ND96isr_H100_v5")],
    ["NC16ads_A10_v4", unsourced],
    ["NC32ads_A10_v4", unsourced],
    ["NC8ads_A10_v4", unsourced],
    ["NCC40ads_H100_v5", unsourced],
    ["ND96isr_H200_v5", "no price in eastus is known"],
    ["ND96isr_MI300X_v5", "this plan's vLLM image is for CUDA"],
  ]);
});

describe("of two that fit at the same price", () => {
  it.each<[string, ModelRequest, (string | number | null)[]]>([
    ["a whole card goes before a slice", { ...small, size: "Standard_NC24ads_A100_v4" }, ["NC24ads_A100_v4", 1, null, 1]],
    ["one card goes before two", { ...small, size: "Standard_NC48ads_A100_v4" }, ["NC48ads_A100_v4", 1, null, 1]],
    [
      "the larger slice goes before the smaller",
      { ...small, size: "Standard_NC24ads_A100_v4", replicas: 2 },
      ["NC24ads_A100_v4", 1, "MIG3g", 1],
    ],
    ["three need smaller ones", { ...small, size: "Standard_NC24ads_A100_v4", replicas: 3 }, ["NC24ads_A100_v4", 1, "MIG2g", 1]],
    ["seven the smallest", { ...small, size: "Standard_NC24ads_A100_v4", replicas: 7 }, ["NC24ads_A100_v4", 1, "MIG1g", 1]],
    ["eight a second node", { ...small, size: "Standard_NC24ads_A100_v4", replicas: 8 }, ["NC24ads_A100_v4", 1, "MIG1g", 2]],
  ])("%s", (_what, request, expected) => {
    expect(placed(request)).toEqual(expected);
  });

  it("the first of the table is taken", () => {
    // outside Azure the memory of the cards decides, and these three have one T4 each
    expect(placed({ ...small, gpu: "t4" }, { target: "kubernetes" })).toEqual(["NC4as_T4_v3", 1, null, 1]);
  });
});

describe("a reason not to take a size", () => {
  const cache = "cache 96.30 GiB at utilisation 0.92";
  it.each<[string, ModelRequest, Partial<PlanRequest>, string, string]>([
    ["a card without bfloat16", { ...small, dtype: "bfloat16" }, {}, "NC4as_T4_v3", "NVIDIA T4 has no bfloat16: use dtype float16"],
    [
      "a card too old for the cache",
      { ...small, kvCacheDtype: "fp8" },
      {},
      "NC4as_T4_v3",
      "kvCacheDtype fp8 needs compute capability 8.0, NVIDIA T4 has 7.5",
    ],
    ["a card without CUDA", small, { region: "westeurope" }, "ND96isr_MI300X_v5", "this plan's vLLM image is for CUDA"],
    ["a region without it", small, {}, "ND96isr_H200_v5", "no price in eastus is known"],
    // weights 0.58 GiB and 12 MiB of rotary tables, engine 0.25 and the least of graphs, 0.25
    [
      "too little memory: (0.59 + 0.06 + 0.50 + 96.30) / 0.92",
      large,
      {},
      "NC24ads_A100_v4",
      `needs 105.92 GiB, NVIDIA A100 80GB PCIe has 79.25 GiB: weights 0.59 GiB, activations 0.06 GiB, engine 0.50 GiB, ${cache}`,
    ],
    [
      "too little memory of several cards, of the largest split: (0.15 + 0.03 + 1.05 + 24.30) / 0.92",
      large,
      {},
      "NC64as_T4_v3",
      "needs 27.75 GiB, each of 4 NVIDIA T4 has 14.56 GiB: weights 0.15 GiB, activations 0.03 GiB, engine 1.05 GiB, cache 24.30 GiB at utilisation 0.92",
    ],
    [
      "too little memory of linked cards, whatever others need: (0.30 + 0.04 + 2.33 + 96.30) / 0.92",
      { ...large, concurrency: 6 },
      {},
      "NC48ads_A100_v4",
      `needs 107.57 GiB, each of 2 NVIDIA A100 80GB PCIe has 79.25 GiB: weights 0.30 GiB, activations 0.04 GiB, engine 2.33 GiB, ${cache}`,
    ],
    [
      "too little memory of a share",
      { ...large, concurrency: 1, contextTokens: 4096 },
      {},
      "NV6ads_A10_v5",
      "needs 5.92 GiB, NVIDIA A10 has 3.68 GiB: weights 0.59 GiB, activations 0.06 GiB, engine 0.50 GiB, cache 4.30 GiB at utilisation 0.92",
    ],
    [
      // weights 310,378,496 × 4.8944 bits, buffers 130 MiB, the process 0.75, a cache of 8 GiB; 8 GiB keep 25 % of 4 and 20 % of 4
      "too little memory of a node",
      { model: wide, engine: "ollama", contextTokens: 8192 },
      {},
      "D2s_v5",
      "needs 9.35 GiB, the node has 6.20 GiB: weights 0.18 GiB, activations 0.13 GiB, engine 0.75 GiB, cache 8.30 GiB at utilisation 1",
    ],
    [
      "the cheapest way to fit",
      { ...small, replicas: 2 },
      {},
      "NC24ads_A100_v4", // two slices of one node, not two nodes
      `fits, and costs $${(price("NC24ads_A100_v4") - 2 * price("NV6ads_A10_v5")).toFixed(2)} more per hour`,
    ],
    [
      "no advantage",
      { model: toy, engine: "ollama", replicas: 2, gpu: "t4", sharedVolume: true },
      {},
      "NC8as_T4_v3",
      "fits, and costs $0.45 more per hour",
    ],
    ["a larger one where nothing is priced", small, { target: "kubernetes" }, "NC8as_T4_v3", "fits, and is larger"],
  ])("is %s", (_what, request, more, size, expected) => {
    expect(reason(request, size, more)).toBe(expected);
  });

  it("is not its price where that is the same: two nodes of one card, and one node of two", () => {
    const two = { ...large, concurrency: 2, replicas: 2, gpu: "a100" }; // 70 GiB: no slice has them
    expect(placed(two)).toEqual(["NC24ads_A100_v4", 1, null, 2]);
    expect(reason(two, "NC48ads_A100_v4")).toBe("fits at the same price");
  });
});

describe("a size that was not asked for has no line", () => {
  it.each<[string, ModelRequest, string]>([
    ["another size", { ...small, size: "Standard_NC4as_T4_v3" }, "NC8as_T4_v3"],
    ["another GPU", { ...small, gpu: "a100" }, "NC8as_T4_v3"],
    ["no GPU", { ...small, gpu: "a100" }, "D8s_v5"],
    ["no GPU, of vLLM that nobody wants on a CPU", small, "D8s_v5"],
    ["a CPU where a GPU is wanted", { model: toy, engine: "ollama", cpu: false }, "D8s_v5"],
    ["a GPU where a CPU is wanted", { model: toy, engine: "ollama", cpu: true }, "NC8as_T4_v3"],
    ["too few cards", { ...small, tensorParallel: 2 }, "NC8as_T4_v3"],
  ])("%s", (_what, request, size) => expect(reason(request, size)).toBeUndefined());

  it("each line says of which kind it is", () => {
    const kinds = (request: ModelRequest, more: Partial<PlanRequest> = {}) =>
      Object.fromEntries(planned(request, more).rejected.map(({ size, kind }) => [size.replace("Standard_", ""), kind]));
    expect(kinds({ ...small, dtype: "bfloat16" })).toMatchObject({
      NC4as_T4_v3: "incompatible",
      ND96isr_H200_v5: "not available",
      NV12ads_A10_v5: "not available",
    });
    expect(kinds(large)).toMatchObject({ NC24ads_A100_v4: "too small", NC64as_T4_v3: "too small" });
  });
});
