import { expect, it } from "vitest";

import { findModel } from "../../../lib/catalog/catalog";
import { vllmMemory } from "../../../lib/engines/vllm-memory";
import { answer } from "../../../lib/planner/estimate";
import { type CacheShape, cacheCapacity, cacheLayout } from "../../../lib/planner/kv-cache";
import { bytesPerGib } from "../../../lib/units";

/**
 * Item by item, what the same logs print besides the cache: H100, utilisation 0.95, 8,192 tokens
 * (llm-d-incubation/llm-d-planner accuracy/results/v0.19.0, read 2026-11-24).
 */
it.each([
  ["meta-llama/Llama-3.1-8B-Instruct", "0.19.0", 14.99, 1.89],
  ["Qwen/Qwen2.5-7B-Instruct", "0.19.0", 14.25, 2.21],
  ["RedHatAI/Qwen2.5-7B-Instruct-FP8-dynamic", "0.19.0", 8.14, 2.21],
  ["Qwen/Qwen3-14B", "0.16.0", 27.52, 5.64],
  ["Qwen/Qwen3-14B", "0.18.0", 27.52, 2.23],
])("%s in vLLM %s: weights and activation within 2 %", (model, engineVersion, weightsGib, activationGib) => {
  const result = answer({ model, engineVersion, gpu: "H100", gpuMemoryUtilization: 0.95, maxModelLen: 8192 });
  if (!("estimate" in result)) throw new Error(JSON.stringify(result));
  expect(Math.abs(result.estimate.weightsGib / weightsGib - 1)).toBeLessThan(0.02);
  expect(Math.abs(result.estimate.activationGib / activationGib - 1)).toBeLessThan(0.02);
});

/** Given the bytes that a log prints, to its two decimals, the layout gives its tokens and concurrency. */
it.each([
  // model, version, context, batch, bytes per element, GPUs, GiB -> tokens, concurrency
  ["google/gemma-3-12b-it", "0.19.0", 8192, 8192, 2, 47.72, 130_304, 15.88],
  ["google/gemma-4-E2B-it", "0.29.0", 16_384, 2048, 2, 4.66, 519_681, 31.72],
  ["Qwen/Qwen3.8-27B", "0.28.0", 262_144, 2048, 2, 19.54, 313_650, 1.2],
  ["meta-llama/Llama-3.1-8B-Instruct", "0.19.0", 8192, 8192, 1, 58.11, 952_032, 116.22],
  ["ibm-granite/granite-4.0-micro", "0.11.0", 131_072, 2048, 2, 35.34, 463_136, 3.53],
])(
  "%s in vLLM %s at %i tokens: the log's tokens and concurrency",
  (name, version, contextTokens, batchedTokens, elementBytes, gib, tokens, concurrency) => {
    const { model } = findModel(name)!;
    const shape: CacheShape = {
      model,
      elementBytes,
      activationBytes: 2,
      tensorParallel: 1,
      contextTokens,
      batchedTokens,
      memory: vllmMemory(version),
    };
    const layout = cacheLayout(shape);
    if (typeof layout === "string") throw new Error(layout);
    const capacity = cacheCapacity(layout, gib * bytesPerGib, shape);
    expect(Math.abs(capacity.tokens / tokens - 1)).toBeLessThan(0.0015);
    expect(Math.abs(capacity.concurrency / concurrency - 1)).toBeLessThan(0.005);
  },
);
