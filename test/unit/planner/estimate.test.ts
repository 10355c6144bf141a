import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { gpus } from "../../../lib/accelerators/gpu";
import { catalog } from "../../../lib/catalog/catalog";
import { answer } from "../../../lib/planner/estimate";
import { faultMessage } from "../../../lib/planner/fault";
import type { VllmEstimate } from "../../../lib/planner/vllm-estimate";

function estimate(question: object): VllmEstimate {
  const result = answer(question);
  if (!("estimate" in result)) throw new Error(JSON.stringify(result));
  return result.estimate;
}

const messages = (question: unknown): string[] => {
  const result = answer(question);
  return "faults" in result ? result.faults.map(faultMessage) : [];
};

const llama = { model: "meta-llama/Llama-3.1-8B-Instruct", gpu: "L4" };

describe("versions", () => {
  it("take their own default utilisation", () => {
    const at = (engineVersion: string) => estimate({ ...llama, engineVersion }).utilisation;
    expect([at("0.10.2"), at("0.19.0"), at("0.22.0"), at("0.33.0")]).toEqual([0.9, 0.9, 0.92, 0.92]);
  });

  it("take larger batches on an H100 than on an A100", () => {
    const batch = (gpu: string) => estimate({ ...llama, gpu }).batchedTokens;
    expect([batch("H100"), batch("A100-80GB"), batch("L4")]).toEqual([8192, 2048, 2048]);
  });

  it("are near two other estimators' known points: Llama 3.1 8B on an L4, Phi-4-mini on an A10", () => {
    const l4 = estimate({ ...llama, gpuMemoryUtilization: 0.92, enforceEager: true, maxModelLen: 8192 });
    expect(l4.kvTokens / 40_208).toBeGreaterThan(0.9);
    expect(l4.kvTokens / 40_208).toBeLessThan(1.1);
    const a10 = estimate({ model: "phi-4-mini-instruct", gpu: "A10" });
    expect(a10.kvTokens / 83_640).toBeGreaterThan(0.9);
    expect(a10.kvTokens / 83_640).toBeLessThan(1.2);
  });
});

describe("memory as given", () => {
  it("reads a card's label as the card, and any other number as measured", () => {
    const usable = (gpuMemoryGib?: number) => estimate({ ...llama, ...(gpuMemoryGib ? { gpuMemoryGib } : {}) }).kvGib;
    expect(usable(24)).toBe(usable());
    expect(usable(22.5)).toBeGreaterThan(usable());
  });

  it("follows the tightest card when a model is split", () => {
    const alone = estimate({ ...llama, gpu: "H100" });
    const four = estimate({ ...llama, gpu: "H100", tensorParallel: 4 });
    expect(four.weightsGib).toBeLessThan(alone.weightsGib / 3.9);
    expect(four.kvTokens / four.kvGib).toBeCloseTo((4 * alone.kvTokens) / alone.kvGib, -2);
  });
});

/** Each is read in the code of vLLM 0.33.0 or 0.10.2: lib/compatibility. */
describe("what vLLM would refuse", () => {
  it.each<[object, string]>([
    // vllm#26431: v1/attention/backends
    [
      { model: "qwen3-8b", gpu: "T4", quantization: "fp8", kvCacheDtype: "fp8", maxModelLen: 4096 },
      "gpu: kvCacheDtype fp8 needs compute capability 8.0, NVIDIA T4 has 7.5",
    ],
    // vllm#22288: quantization/mxfp4.py, get_min_capability
    [{ model: "gpt-oss-20b", gpu: "T4", tensorParallel: 4 }, "gpu: MXFP4 weights need compute capability 8.0, NVIDIA T4 has 7.5"],
    // vllm#14817: config/model.py, _FLOAT16_NOT_SUPPORTED_MODELS
    [{ model: "gemma-3-1b-it", gpu: "L4", dtype: "float16" }, "dtype: vLLM does not run gemma3_text in float16"],
    // vllm#946: platforms/cuda.py
    [{ model: "qwen3-8b-awq", gpu: "T4", dtype: "bfloat16" }, "gpu: NVIDIA T4 has no bfloat16"],
    [{ model: "Qwen/Qwen3.5-4B", gpu: "A10", engineVersion: "0.10.2" }, "model: vLLM 0.10.2 does not know the architecture"],
    // quantization/fp8.py, process_weights_after_loading
    [
      { model: "qwen3-14b", gpu: "A10", engineVersion: "0.10.2", quantization: "fp8", maxModelLen: 4096 },
      "quantization: vLLM 0.10.2 loads 27.52 GiB of 16-bit weights",
    ],
    // config/scheduler.py
    [{ ...llama, maxNumSeqs: 512, maxNumBatchedTokens: 511 }, "maxNumBatchedTokens: must be at least the 512 sequences"],
    // config/speculative.py
    [
      { ...llama, speculative: { method: "mtp", tokens: 1 } },
      "speculative: meta-llama/Llama-3.1-8B-Instruct has no head for multi-token prediction",
    ],
  ])("%j", (asked, reason) => {
    const reported = messages(asked);
    expect(reported.join()).toContain(reason);
    expect(reported).toHaveLength(1);
  });

  it.each<object>([
    { model: "Qwen/Qwen3-8B-AWQ", gpu: "T4", maxModelLen: 4096 },
    { model: "gpt-oss-20b", gpu: "L4", maxModelLen: 4096 },
    { model: "gemma-3-1b-it", gpu: "L4", dtype: "bfloat16" },
    { model: "qwen3-14b", gpu: "A10", engineVersion: "0.12.0", quantization: "fp8", maxModelLen: 4096 },
    { model: "qwen3-14b", gpu: "A10", engineVersion: "0.10.2", quantization: "fp8", maxModelLen: 4096, tensorParallel: 2 },
    { ...llama, maxNumSeqs: 512, maxNumBatchedTokens: 512 },
    { model: "qwen3.5-4b", gpu: "L4", maxModelLen: 4096, speculative: { method: "mtp", tokens: 1 } },
    // of a release without a table nothing is known, and neither is of another maker's cards
    { model: "gpt-oss-20b", gpu: "T4", tensorParallel: 4, engineVersion: "0.20.0" },
    { model: "qwen3-8b", gpu: "MI300X", kvCacheDtype: "fp8" },
  ])("and not %j", (asked) => expect(messages(asked)).toEqual([]));
});

describe("bad input", () => {
  it.each<[unknown, string[]]>([
    [{ gpu: "L4" }, ["model: must be a catalog name or a Hugging Face id, got nothing; add model"]],
    [
      { ...llama, model: "qwen3-9b" },
      ['model: must be a model of the catalog, got "qwen3-9b"; did you mean qwen3-4b, qwen3-8b, qwen3-14b?'],
    ],
    [{ ...llama, gpu: "H1000" }, ['gpu: must be a known GPU, got "H1000"; did you mean h100, a4000, a5000? or give gpuMemoryGib']],
    [{ ...llama, maxModelLen: -1 }, ["maxModelLen: must be at least 1, got -1; correct it or leave it out for the default"]],
    [
      { ...llama, gpuMemoryUtilization: 92 },
      ["gpuMemoryUtilization: must be at most 1, got 92; correct it or leave it out for the default"],
    ],
    [{ ...llama, maxNumSeqs: 1.5 }, ["maxNumSeqs: must be a whole number, got 1.5; correct it or leave it out for the default"]],
    [{ ...llama, tensorParallel: 3 }, ["tensorParallel: 32 attention heads do not divide by 3 GPUs, got 3; use 1, 2, 4, 8"]],
    [
      { ...llama, quantization: "zip" },
      [
        'quantization: must be fp8, int8, awq, gptq, bitsandbytes, nvfp4, mxfp4 or a GGUF type, got "zip"; use one of these, or leave it out for unquantized weights',
      ],
    ],
    [
      { ...llama, kvCacheDtype: "zip" },
      ['kvCacheDtype: must be auto, bfloat16, float16 or an 8-bit or 4-bit type, got "zip"; use auto or fp8'],
    ],
    [
      { ...llama, model: "gemma-4-12b-it" },
      [
        'model: its layers by attention kind must be known, and no source gives it, got "gemma-4-12b-it"; add the model with that fact, or from its config.json',
      ],
    ],
    ["text", ['(line): must be a JSON object, got "text"; correct it or leave it out for the default']],
  ])("%j", (question, expected) => {
    expect(messages(question)).toEqual(expected);
  });

  it("tells every mistake at once", () => {
    expect(messages({ ...llama, maxModelLen: 0, tensorParallel: 0 })).toHaveLength(2);
  });
});

/** Of a known shape. */
const known = catalog.filter(({ attention, parameters }) => attention && parameters);
const model = fc.constantFrom(...known.map(({ id }) => id));
/** Contexts that every one of them reads, also with 1,024 tokens more. */
const shortest = Math.min(...known.map(({ contextTokens }) => contextTokens)) - 1024;
const gpu = fc.constantFrom(...gpus.map(({ key }) => key));
const question = fc.record({
  model,
  gpu,
  engineVersion: fc.constantFrom("0.8.5", "0.10.2", "0.16.0", "0.19.0", "0.22.0", "0.28.0", "0.33.0"),
  maxModelLen: fc.integer({ min: 256, max: shortest }),
  maxNumBatchedTokens: fc.constantFrom(1024, 2048, 8192),
  maxNumSeqs: fc.constantFrom(16, 256, 1024),
  gpuMemoryGib: fc.double({ min: 4, max: 200, noNaN: true }).map((value) => value + 0.123),
});

/** The estimate, of what vLLM does not refuse. */
function started(asked: object): VllmEstimate {
  const result = answer(asked);
  fc.pre("estimate" in result);
  return estimate(asked);
}

describe("properties", () => {
  it("more memory never makes what fits not fit", () => {
    fc.assert(
      fc.property(question, fc.double({ min: 0.1, max: 100, noNaN: true }), (q, more) => {
        const gpuMemoryGib = q.gpuMemoryGib + more;
        fc.pre(!gpus.some(({ memoryGib }) => Math.abs(memoryGib - gpuMemoryGib) < 0.01)); // a label is the card, which reports less
        const [small, large] = [started(q), started({ ...q, gpuMemoryGib })];
        expect(large.kvGib).toBeGreaterThanOrEqual(small.kvGib);
        expect(large.fits || !small.fits).toBe(true);
      }),
    );
  }, 60_000);

  it("a longer context never needs less cache, nor a larger batch less activation", () => {
    fc.assert(
      fc.property(question, fc.integer({ min: 1, max: 1024 }), (q, more) => {
        const base = started(q);
        expect(started({ ...q, maxModelLen: q.maxModelLen + more }).requestGib).toBeGreaterThanOrEqual(base.requestGib);
        expect(started({ ...q, maxNumBatchedTokens: q.maxNumBatchedTokens + more }).activationGib).toBeGreaterThanOrEqual(
          base.activationGib,
        );
      }),
    );
  }, 60_000);

  it("a smaller data type never needs more", () => {
    fc.assert(
      fc.property(question, (q) => {
        const weights = (more: object): number => started({ ...q, ...more }).weightsGib;
        const sizes = [
          weights({ dtype: "float32", quantization: "none" }),
          weights({}),
          weights({ quantization: "fp8" }),
          weights({ quantization: "awq" }),
        ];
        if (!/gpt-oss|ministral-3/.test(q.model)) expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
        expect(started({ ...q, kvCacheDtype: "fp8" }).requestGib).toBeLessThanOrEqual(started(q).requestGib);
      }),
    );
  }, 60_000);

  it("what is shown adds up to the budget", () => {
    fc.assert(
      fc.property(question, (q) => {
        const { weightsGib, activationGib, overheadGib, kvGib, utilisation } = started(q);
        expect(weightsGib + activationGib + overheadGib + kvGib).toBeCloseTo(utilisation * q.gpuMemoryGib, 6);
      }),
    );
  }, 60_000);
});
