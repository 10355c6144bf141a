import { describe, expect, it } from "vitest";

import { answer } from "../../../lib/planner/estimate";
import type { VllmEstimate } from "../../../lib/planner/vllm-estimate";

const base = { model: "qwen3-0.6b", gpu: "L4", maxModelLen: 8192 };
function estimate(question: object): VllmEstimate {
  const result = answer({ ...base, ...question });
  if (!("estimate" in result)) throw new Error(JSON.stringify(result));
  return result.estimate;
}

const gib = 2 ** 30;
/** Elements that a token of Qwen3-0.6B caches (config.json): 28 layers of 8 heads × 128. */
const token = 28 * 2 * 8 * 128;

describe("what is held beside the model", () => {
  const eager = { enforceEager: true, maxNumSeqs: 8, gpu: "H100", maxModelLen: 4096 };
  const of = (more: object): VllmEstimate => estimate({ ...eager, ...more });

  it("is a slot for each adapter", () => {
    const [one, eight] = [1, 8].map((count) => of({ adapters: { count, rank: 16 } }).overheadGib - of({}).overheadGib);
    expect(one).toBeGreaterThan(0.01);
    expect(eight! / one!).toBeCloseTo(8, 6);
    expect(of({ adapters: { count: 1, rank: 64 } }).overheadGib - of({}).overheadGib).toBeCloseTo(4 * one!, 6);
  });

  it("is a draft model, with its cache", () => {
    const speculative = { method: "draft_model", tokens: 4, model: "qwen3-0.6b" };
    const [alone, both, draft] = [of({ model: "qwen3-8b" }), of({ model: "qwen3-8b", speculative }), of({})];
    expect(both.weightsGib).toBeCloseTo(alone.weightsGib + draft.weightsGib, 6);
    expect(both.requestGib).toBeCloseTo(alone.requestGib + draft.requestGib, 6);
    const quantized = of({ model: "qwen3-8b", speculative: { ...speculative, model: "Qwen/Qwen3-0.6B-FP8" } });
    expect(quantized.weightsGib).toBeCloseTo(alone.weightsGib + of({ quantization: "fp8" }).weightsGib, 6);
  });

  it("is nothing where the prompt's own n-grams guess", () => {
    const { reason: _reason, ...ngram } = of({ speculative: { method: "ngram", tokens: 4 } });
    expect(of({})).toMatchObject(ngram);
  });

  it("is the model's own head, with one layer more of cache and a state for each guess", () => {
    const hybrid = { model: "qwen3.6-27b", maxModelLen: 100_352 };
    const [alone, head] = [of(hybrid), of({ ...hybrid, speculative: { method: "mtp", tokens: 3 } })];
    expect((head.weightsGib - alone.weightsGib) * gib).toBeCloseTo(424_673_280 * 2, 0);
    const fp8 = of({ ...hybrid, quantization: "fp8", speculative: { method: "mtp", tokens: 3 } });
    expect((fp8.weightsGib - of({ ...hybrid, quantization: "fp8" }).weightsGib) * gib).toBeCloseTo(424_673_280, 0);
    // 784 tokens in a block of 4,096 bytes for each layer: 128 of 16 layers and 3 groups of 2 states; with the head 17 layers, and 5 states
    const page = 784 * 2 * 4 * 256 * 2;
    expect(alone.requestGib * gib).toBe((128 + 3 * 2) * 16 * page);
    expect(head.requestGib * gib).toBe((128 + 3 * 5) * 17 * page);
  });
});

describe("stages of a pipeline", () => {
  /** Llama-3.1-8B in vLLM 0.19 (llm-d-planner accuracy report): 14.99 GiB on one stage, 7.51 on each of two, 4.26 on the first of four. */
  it.each([
    [1, 14.99],
    [2, 7.51],
    [4, 4.26],
  ])("%i hold what the logs of Llama-3.1-8B say: %d GiB", (pipelineParallel, weightsGib) => {
    const question = { model: "llama-3.1-8b-instruct", gpu: "H100", engineVersion: "0.19.0", pipelineParallel };
    const { weightsGib: computed, requestGib } = estimate(question);
    expect(Math.abs(computed / weightsGib - 1)).toBeLessThan(0.01);
    expect(requestGib).toBeCloseTo(estimate({ ...question, pipelineParallel: 1 }).requestGib / pipelineParallel, 10);
  });

  it("round a stage's layers up", () => {
    const of = (pipelineParallel: number) => estimate({ pipelineParallel, enforceEager: true }).requestGib * gib;
    expect(of(3)).toBe((8192 * token * 2 * 10) / 28); // 28 layers: 10, 9 and 9
  });
});

describe("sequences of a model with linear layers", () => {
  /**
   * Public reports of vLLM's own refusal: 969 blocks for 1,024 sequences of a checkpoint of 4 bits (vllm#49064: it also runs on two cards
   * of 20 GiB), 856 of one in FP8 (vllm-project/recipes#551). A block of 784 tokens holds 4,096 bytes of each of 16 layers.
   */
  it.each([
    [{ model: "org/Qwen3.8-27B-NVFP4", gpu: "H100", engineVersion: "0.28.0", gpuMemoryUtilization: 0.9, maxModelLen: 132_000 }, 969],
    [{ model: "Qwen/Qwen3.6-27B-FP8", gpu: "H100", engineVersion: "0.20.2", gpuMemoryUtilization: 0.95 }, 856],
  ])("%j are no more than the %i blocks of its cache", (question, blocks) => {
    const refused = estimate({ maxModelLen: null, ...question });
    expect(Math.abs((refused.kvGib * gib) / (784 * 4096 * 16) / blocks - 1)).toBeLessThan(0.035);
    expect(refused.fits).toBe(false);
    expect(refused.reason).toMatch(
      /^1,024 sequences need a block each of a cache with linear-attention layers, 49.00 GiB, .*: lower maxNumSeqs$/,
    );
    expect(estimate({ ...question, maxNumSeqs: blocks - 100 }).fits).toBe(true);
  });

  it("are not bound before 0.20, without graphs, or where all layers keep every token", () => {
    const question = { model: "org/Qwen3.8-27B-NVFP4", gpu: "H100", gpuMemoryUtilization: 0.9, maxModelLen: 132_000, maxNumSeqs: 1024 };
    const bound = (more: object) => /block each/.test(estimate({ ...question, ...more }).reason);
    expect(bound({ engineVersion: "0.28.0" })).toBe(true);
    expect(bound({ engineVersion: "0.19.1" })).toBe(false);
    expect(bound({ engineVersion: "0.28.0", enforceEager: true })).toBe(false);
    expect(bound({ model: "qwen3-14b", maxModelLen: 8192, engineVersion: "0.28.0" })).toBe(false);
  });
});
