import { expect, it } from "vitest";

import { answer } from "../../../lib/planner/estimate";
import type { VllmEstimate } from "../../../lib/planner/vllm-estimate";

/** Models with few attention layers, a state of fixed size or latent attention, against what is published of them. */

function estimate(question: object): VllmEstimate {
  const result = answer({ gpu: "H200", maxModelLen: 8192, ...question });
  if (!("estimate" in result)) throw new Error(JSON.stringify(result));
  return result.estimate;
}

// safetensors of the repositories in GiB, which a public inventory lists; 29.3 of DeepSeek-V2-Lite: vLLM PR 4650
it.each([
  ["ibm-granite/granite-4.0-h-tiny", 12.93],
  ["ibm-granite/granite-4.0-h-small", 59.99],
  ["ibm-granite/granite-4.0-h-small-FP8", 31.19],
  ["deepseek-ai/DeepSeek-V2-Lite", 29.3],
])("%s weighs its %d GiB", (model, gib) => {
  expect(Math.abs(estimate({ model }).weightsGib / gib - 1)).toBeLessThan(0.03);
});

it("leaves a head that predicts ahead in the file, until it is asked for", () => {
  // 151.49 GiB of files, 3.07 of them the head
  const next = { model: "Qwen/Qwen3-Next-80B-A3B-Instruct", tensorParallel: 2 };
  expect(2 * estimate(next).weightsGib).toBeCloseTo(151.49 - 3.07, 0);
  expect(2 * estimate({ ...next, speculative: { method: "mtp", tokens: 1 } }).weightsGib).toBeCloseTo(151.49, 0);
});

/** Bytes of a block over the layers that share it: attention's page has to hold a whole state (v1/core/kv_cache_utils.py). */
it.each([
  // (9,984 + 393,216) x 2 bytes; 2 x 4 heads x 128 x 2 bytes a token: pages of 400 tokens, four layers a group
  ["granite-4.0-h-tiny", 400 * 2048 * 4],
  // 36,864 x 2 + 1,310,720 x 4 bytes; 4 KiB a token: 1,312 tokens
  ["nvidia-nemotron-nano-9b-v2", 1312 * 4096 * 4],
  // 4,096 x 2 bytes of a convolution, below sixteen tokens of 2 KiB
  ["lfm2-1.2b", 16 * 2048 * 6],
])("a block of %s has %d bytes", (model, bytes) => {
  expect(estimate({ model, maxNumSeqs: 1 }).leastGib * 1024 ** 3).toBeCloseTo(bytes, 0);
});

it("keeps one vector of 576 elements for a token and layer of latent attention, on each GPU alike", () => {
  for (const tensorParallel of [1, 2])
    expect(estimate({ model: "deepseek-v2-lite-chat", tensorParallel }).requestGib * 1024 ** 3).toBe(8192 * 1152 * 27);
});
