import { describe, expect, it } from "vitest";

import type { Model } from "../../../lib/catalog/schema";
import type { ModelRequest, PlanRequest } from "../../../lib/planner/types";
import { faultsOf, toy } from "../../support/toy-model";

/** What a fault tells to change. */
function advice(request: ModelRequest, more: Partial<PlanRequest> = {}): string {
  const faults = faultsOf(request, more);
  expect(faults).toHaveLength(1);
  return faults[0]!.slice(faults[0]!.lastIndexOf("; ") + 2);
}

const a100 = "Standard_NC24ads_A100_v4";
const sixth = "Standard_NV6ads_A10_v5"; // 3.68 GiB
/** 16 KiB of cache a token, 0.5 GiB for 32,768; beside it 0.58 GiB of weights, 0.06 and 0.25. */
const vllm: ModelRequest = { model: toy, engine: "vllm", contextTokens: 32_768, sharedVolume: true, size: sixth, enforceEager: true };
/** Layers of 20 times the width: 4.4 GB in 16 bits, 2.3 in 8 and 1.3 in 4. */
const wide: Model = { ...toy, parameters: 2_000_000_000, intermediateSize: 40_960 };

describe("what does not fit is answered with what would", () => {
  it.each<[string, ModelRequest, Partial<PlanRequest>, string]>([
    [
      // 3.68 × 0.92 - 0.89 - 0.3 = 2.19 GiB: 4 requests of 0.5, or 8 in 8 bits
      "half the cache, half the context, half the requests, another size",
      { ...vllm, concurrency: 8 },
      {},
      "change one: kvCacheDtype fp8, or 16,384 tokens of context, or concurrency 4, or Standard_NC4as_T4_v3",
    ],
    [
      "nothing of a cache that is in 8 bits already",
      { ...vllm, concurrency: 16, kvCacheDtype: "fp8" },
      {},
      "change one: 16,384 tokens of context, or concurrency 8, or Standard_NV12ads_A10_v5", // a T4 reads no such cache
    ],
    [
      // 18 × 8,192 tokens take 2.25 GiB, 18 × 4,096 half of it; 8 × 30,000 take 3.66 GiB
      "the largest power of two below that fits",
      { ...vllm, concurrency: 18, contextTokens: 30_000 },
      {},
      "change one: 4,096 tokens of context, or concurrency 4, or Standard_NC4as_T4_v3",
    ],
    [
      // 100 × 1,024 tokens take 1.56 GiB, and 2,048 in 8 bits too
      "the least context, 1,024 tokens",
      { ...vllm, concurrency: 100, contextTokens: 2048 },
      {},
      "change one: kvCacheDtype fp8, or 1,024 tokens of context, or concurrency 64, or Standard_NC4as_T4_v3",
    ],
    [
      // 64 layers: 2 GiB for 32,768 tokens
      "a single request",
      { ...vllm, concurrency: 2, model: { ...toy, attention: { full: { layers: 64, kvHeads: 4, headDim: 64 } } } },
      {},
      "change one: kvCacheDtype fp8, or 16,384 tokens of context, or concurrency 1, or Standard_NC4as_T4_v3",
    ],
    [
      // 64 requests take 2 GiB
      "no context below 1,024 tokens",
      { ...vllm, concurrency: 4096, contextTokens: 2048 },
      {},
      "change one: concurrency 64, or Standard_NC48ads_A100_v4",
    ],
    ["a size alone where no change of the model is enough", { ...vllm, model: { ...wide, parameters: 20e9 } }, {}, `change one: ${a100}`],
    ["weights in 8 bits", { ...vllm, model: wide, contextTokens: 1024 }, {}, "change one: quantization fp8, or Standard_NC4as_T4_v3"],
    [
      "no weights in 4 bits, which are another repository",
      { ...vllm, model: { ...wide, parameters: 3_500_000_000, intermediateSize: 71_000 }, contextTokens: 1024 },
      {},
      "change one: Standard_NC4as_T4_v3",
    ],
    [
      // 4.45 GiB at 8.5008 bits, 2.56 at 4.8944, and 0.96 besides
      "smaller weights of Ollama",
      { ...vllm, engine: "ollama", contextTokens: 1024, model: { ...toy, parameters: 4.5e9 }, quantization: "Q8_0" },
      {},
      "change one: quantization Q4_K_M, or Standard_D2s_v5",
    ],
    [
      // 2.85 GiB at 4.8944 bits, 2.00 at 3.4375
      "even smaller weights of Ollama",
      { ...vllm, engine: "ollama", contextTokens: 1024, model: { ...toy, parameters: 5e9 } },
      {},
      "change one: quantization Q3_K, or Standard_D2s_v5",
    ],
    [
      // 16.6 GiB
      "no other weights of the ONNX server",
      { ...vllm, engine: "onnx", contextTokens: 1024, model: { ...toy, parameters: 9e9 } },
      {},
      "change one: Standard_D8s_v5",
    ],
    [
      "another size than the GPU, the number or the processor that was wished for",
      { model: { ...toy, parameters: 20e9 }, engine: "vllm", contextTokens: 32_768, sharedVolume: true, tensorParallel: 4, gpu: "a10" },
      {},
      `change one: ${a100}`,
    ],
    ["a smaller model where no size is enough", { ...vllm, model: { ...toy, parameters: 1e13 } }, {}, "choose a smaller model"],
    [
      "only sizes of the pools",
      { ...vllm, concurrency: 8 },
      { target: "kubernetes", pools: [{ size: sixth, maxNodes: 1 }] },
      "change one: kvCacheDtype fp8, or 16,384 tokens of context, or concurrency 4",
    ],
  ])("%s", (_what, request, more, expected) => {
    expect(advice(request, more)).toBe(expected);
  });
});

describe("the place that is too small is named", () => {
  const bound = (request: ModelRequest, more: Partial<PlanRequest> = {}): string =>
    /^models\.chat: (must fit .*?)(?:: |, got)/.exec(faultsOf(request, more)[0]!)![1]!;
  const huge: ModelRequest = { model: { ...toy, parameters: 1e13 }, engine: "vllm", sharedVolume: true };
  it.each<[string, ModelRequest, Partial<PlanRequest>, string]>([
    ["the size asked for", { ...huge, size: a100 }, {}, `must fit ${a100}; ${a100}`],
    ["the GPU asked for, by its dearest size", { ...huge, gpu: "a10" }, {}, "must fit a10; Standard_NV72ads_A10_v5"],
    ["the CPU asked for", { ...huge, cpu: true }, {}, "must fit a CPU; Standard_D16s_v5"],
    ["any size of the region", huge, {}, "must fit a size in eastus; Standard_ND96isr_H100_v5"],
    ["the pools", huge, { target: "kubernetes", pools: [{ size: a100, maxNodes: 1 }] }, `must fit a size of the pools; ${a100}`],
    [
      "a size that cannot be had, with its reason",
      { ...huge, size: "Standard_ND96isr_H200_v5" },
      {},
      "must fit Standard_ND96isr_H200_v5; Standard_ND96isr_H200_v5",
    ],
  ])("%s", (_what, request, more, expected) => {
    expect(bound(request, more)).toBe(expected);
  });
});
