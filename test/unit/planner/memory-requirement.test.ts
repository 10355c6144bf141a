import { describe, expect, it } from "vitest";

import { findGpu } from "../../../lib/accelerators/gpu";
import { findModel } from "../../../lib/catalog/catalog";
import { faultMessage } from "../../../lib/planner/fault";
import { type MemoryRequirement, memoryRequirement, plannedBatch } from "../../../lib/planner/memory-requirement";
import { type Resolved, resolve } from "../../../lib/planner/resolve";
import type { ModelRequest } from "../../../lib/planner/types";
import { weightBytes } from "../../../lib/planner/weights";
import { gib } from "../../../lib/units";
import { environment } from "../../support/plan";
import { faultsOf, planned, toy } from "../../support/toy-model";

const vllm: ModelRequest = { model: toy, engine: "vllm", contextTokens: 1024 };

function resolved(request: ModelRequest): Resolved {
  const result = resolve("chat", request, environment({}));
  if (Array.isArray(result)) throw new Error(result.map(faultMessage).join("\n"));
  return result;
}

/** What one device of a server on L4s must have. */
function requirement(request: ModelRequest, gpuCount = 1): MemoryRequirement {
  const result = memoryRequirement(resolved(request), { gpu: findGpu("l4")!, gpuCount });
  if (typeof result === "string") throw new Error(`unknown: ${result}`);
  return result;
}

describe("a batch", () => {
  const batch = (more: Partial<ModelRequest>) => plannedBatch(resolved({ ...vllm, ...more }));

  it.each<[Partial<ModelRequest>, number, number]>([
    [{}, 2048, 16],
    [{ concurrency: 40 }, 2048, 80],
    [{ concurrency: 200 }, 2048, 256],
    [{ maxNumBatchedTokens: 256 }, 256, 16],
    [{ contextTokens: 4096, vllm: { chunkedPrefill: false } }, 4096, 16],
    [{ contextTokens: 4096 }, 2048, 16],
  ])("of %o holds %i tokens of %i sequences", (more, batchedTokens, sequences) => {
    expect(batch(more)).toEqual({ batchedTokens, sequences });
  });
});

describe("the memory of one device", () => {
  // Half of the weights go when they are quantized: the load is what takes most.
  const { model: wide } = findModel("qwen3-14b")!;
  const online: ModelRequest = { ...vllm, model: wide, quantization: "fp8", engineVersion: "0.10.2" };

  it.each([1, 2])("holds the weights in 16 bits while a release that quantizes them loads, split over %i", (tensorParallel) => {
    const weights = gib(weightBytes(wide, { dtype: "bfloat16", tensorParallel })!);
    const { usableGib, reason } = requirement({ ...online, tensorParallel }, tensorParallel);
    expect(usableGib).toBeCloseTo(weights + 0.07, 9);
    expect(reason()).toBe(
      `vLLM 0.10.2 loads ${weights.toFixed(2)} GiB of 16-bit weights before it quantizes them to fp8; tensorParallel splits them, and a newer engineVersion goes layer by layer`,
    );
  });

  it("does not where a release goes layer by layer", () => {
    const whole = requirement(online).usableGib;
    const later = requirement({ ...online, engineVersion: "0.33.0" });
    expect(later.usableGib).toBeLessThan(0.75 * whole);
    expect(later.reason()).toMatch(/^weights .*, activations .*, engine .*, cache .* at utilisation 0\.92$/);
  });

  it("leaves room beside the budget for what a release does not count in it", () => {
    const at = (gpuMemoryUtilization: number) => requirement({ ...vllm, engineVersion: "0.10.2", gpuMemoryUtilization }).usableGib;
    expect(at(0.98) / at(0.97)).toBeCloseTo(1.5, 9); // two thirds of the share beside it: half as much again
    expect(at(0.97)).toBeGreaterThan(at(0.9));
  });
});

it.each([
  [undefined, {}],
  ["f16", {}],
  ["float16", {}],
  ["q8_0", { OLLAMA_KV_CACHE_TYPE: "q8_0", OLLAMA_FLASH_ATTENTION: "1" }],
  ["fp8", { OLLAMA_KV_CACHE_TYPE: "q8_0", OLLAMA_FLASH_ATTENTION: "1" }],
  ["q4_0", { OLLAMA_KV_CACHE_TYPE: "q4_0", OLLAMA_FLASH_ATTENTION: "1" }],
])("a cache of %s reaches Ollama by the name that it has there", (kvCacheDtype, expected) => {
  const { environment: variables } = planned({
    model: toy,
    engine: "ollama",
    contextTokens: 4096,
    concurrency: 2,
    ...(kvCacheDtype ? { kvCacheDtype } : {}),
  });
  expect(variables).toEqual({
    OLLAMA_CONTEXT_LENGTH: "4096",
    OLLAMA_NUM_PARALLEL: "2",
    OLLAMA_MAX_LOADED_MODELS: "1",
    ...expected,
  });
});

it("a cache type that the release has, but whose size is not known, is refused", () => {
  expect(faultsOf({ ...vllm, kvCacheDtype: "octave_k3v4" })).toEqual([
    'models.chat.kvCacheDtype: must be a type whose size is known: auto, bfloat16, float16, fp8, int8_per_token_head or nvfp4, got "octave_k3v4"; use auto or fp8',
  ]);
});
