import { describe, expect, it } from "vitest";

import { answer, shownEstimate } from "../../../lib/planner/estimate";
import { faultMessage } from "../../../lib/planner/fault";
import type { VllmEstimate } from "../../../lib/planner/vllm-estimate";

const base = { model: "qwen3-0.6b", gpu: "L4", maxModelLen: 8192 };

function estimate(question: object): VllmEstimate {
  const result = answer({ ...base, ...question });
  if ("faults" in result) throw new Error(result.faults.map(faultMessage).join("\n"));
  return result.estimate;
}

const messages = (question: object): string[] => {
  const result = answer({ ...base, ...question });
  return "faults" in result ? result.faults.map(faultMessage) : [];
};

const gib = 2 ** 30;
/** Qwen3-0.6B (config.json): 28 layers of 8 heads × 128, 40,960 tokens; 596,049,920 parameters. */
const [parameters, rotary, token] = [596_049_920, 40_960 * 128 * 2, 28 * 2 * 8 * 128];

describe("a question", () => {
  it("has the defaults of the version that a plan runs, and the whole context of the model", () => {
    const { maxModelLen: _context, ...question } = base;
    const result = answer(question);
    if ("faults" in result) throw new Error("refused");
    expect(result.estimate).toMatchObject({ utilisation: 0.92, batchedTokens: 2048, sequences: 256 });
    expect(result.estimate.requestGib * gib).toBe(40_960 * token * 2);
    expect(result.estimate.weightsGib * gib).toBe(parameters * 2 + rotary);
  });

  it("may leave a field empty", () => {
    const empty = ["gpuMemoryGib", "tensorParallel", "engineVersion", "dtype", "quantization", "kvCacheDtype", "enforceEager"];
    expect(estimate(Object.fromEntries(empty.map((key) => [key, null])))).toEqual(estimate({}));
  });

  it.each<[string, object, Partial<VllmEstimate>]>([
    ["gpuMemoryUtilization", { gpuMemoryUtilization: 0.5 }, { utilisation: 0.5 }],
    ["maxNumBatchedTokens", { maxNumBatchedTokens: 512 }, { batchedTokens: 512 }],
    ["maxNumSeqs", { maxNumSeqs: 32 }, { sequences: 32 }],
    ["engineVersion", { engineVersion: "0.10.2" }, { utilisation: 0.9 }],
    ["maxModelLen", { maxModelLen: 1024 }, { requestGib: (1024 * token * 2) / gib }],
    ["tensorParallel", { tensorParallel: 2 }, { weightsGib: (parameters + rotary) / gib, requestGib: (8192 * token) / gib }],
    ["dtype", { dtype: "float32" }, { weightsGib: (parameters * 4 + 2 * rotary) / gib, requestGib: (8192 * token * 4) / gib }],
    ["kvCacheDtype", { kvCacheDtype: "fp8" }, { requestGib: (8192 * token) / gib }],
    ["enforceEager", { enforceEager: true }, { overheadGib: 0.25 }],
    ["gpuMemoryGib", { gpuMemoryGib: 10, gpuMemoryUtilization: 1, enforceEager: true, maxNumSeqs: 1 }, { utilisation: 1 }],
  ])("passes %s on", (_field, question, expected) => {
    expect(estimate(question)).toMatchObject(expected);
  });

  it("takes graphs unless they are turned off", () => {
    expect(estimate({ enforceEager: false }).overheadGib).toBeCloseTo(0.25 + 0.016 * 28, 10);
  });

  it("leaves a tower out for text alone", () => {
    const tower = (more: object) => estimate({ model: "gemma-3-4b-it", enforceEager: true, ...more }).overheadGib;
    expect([tower({}), tower({ languageModelOnly: false }), tower({ languageModelOnly: true })]).toEqual([0.5, 0.5, 0.25]);
  });
});

describe("data types", () => {
  it.each([
    ["auto", 2],
    ["half", 2],
    ["float16", 2],
    ["bfloat16", 2],
    ["float", 4],
    ["float32", 4],
  ])("%s is %i bytes", (dtype, bytes) => {
    expect(estimate({ dtype }).weightsGib * gib).toBe((parameters + rotary / 2) * bytes);
  });

  it.each([
    ["auto", 2],
    ["none", 2],
    ["bf16", 2],
    ["bfloat16", 2],
    ["half", 2],
    ["float16", 2],
    ["fp16", 2],
    ["f16", 2],
    ["fp8", 1],
    ["fp8_e5m2", 1],
    ["int8_per_token_head", 1],
    ["q8_0", 1],
    ["nvfp4", 9 / 16], // 16 values in 8 bytes, and a scale
    ["q4_0", 18 / 32],
  ])("a cache in %s takes %d bytes for each element", (kvCacheDtype, bytes) => {
    // pages are of whole bytes per block of 16 tokens
    expect(estimate({ kvCacheDtype }).requestGib * gib).toBe(8192 * token * bytes);
  });

  it.each(["bf16x", "xbf16", "f160", "q8_00", "xq8_0", "q4_00", "xq4_0", "autos", "xnone", "f32"])(
    "a cache in %s is unknown",
    (kvCacheDtype) => {
      expect(messages({ kvCacheDtype })).toEqual([
        `kvCacheDtype: must be auto, bfloat16, float16 or an 8-bit or 4-bit type, got "${kvCacheDtype}"; use auto or fp8`,
      ]);
    },
  );

  it("follow the cache where it is wider than the weights", () => {
    expect(estimate({ dtype: "float32", kvCacheDtype: "bfloat16" }).requestGib * gib).toBe(8192 * token * 2);
  });
});

describe("quantization", () => {
  const weights = (question: object): number => estimate(question).weightsGib;
  it("is what the name announces, unless the question says otherwise", () => {
    const named = weights({ model: "Qwen/Qwen3-0.6B-FP8" });
    expect(named).toBe(weights({ quantization: "fp8" }));
    expect(weights({ model: "Qwen/Qwen3-0.6B-FP8", quantization: "awq" })).toBe(weights({ quantization: "awq" }));
    expect(weights({ model: "Qwen/Qwen3-0.6B-FP8", quantization: "none" })).toBe(weights({}));
  });
  it.each(["none", "NULL", "auto"])("%s is none", (quantization) => {
    expect(weights({ quantization })).toBe(weights({}));
  });
  it.each(["nonee", "xauto", "zip"])("%s is unknown", (quantization) => {
    expect(messages({ quantization })).toEqual([
      `quantization: must be fp8, int8, awq, gptq, bitsandbytes, nvfp4, mxfp4 or a GGUF type, got "${quantization}"; use one of these, or leave it out for unquantized weights`,
    ]);
  });
});

describe("memory of the device", () => {
  /** GiB of the device, from what is shown of it. */
  const memory = (question: object): number => {
    const { weightsGib, activationGib, overheadGib, kvGib, utilisation } = estimate(question);
    return (weightsGib + activationGib + overheadGib + kvGib) / utilisation;
  };
  it.each([
    ["a card's own", { gpu: "L4" }, 22.03],
    ["the card's for its label", { gpu: "L4", gpuMemoryGib: 24 }, 22.03],
    ["the card's near its label", { gpu: "L4", gpuMemoryGib: 24.004 }, 22.03],
    ["as given, a little beside the label", { gpu: "L4", gpuMemoryGib: 24.006 }, 24.006],
    ["as given, a little below the label", { gpu: "L4", gpuMemoryGib: 23.994 }, 23.994],
    ["as given for an unknown card", { gpu: "X9000", gpuMemoryGib: 30 }, 30],
    ["95 % of a slice's profile", { gpu: "A100 40GB MIG 1g.5gb" }, 4.75],
    ["95 % of a slice's profile, written shortly", { gpu: "H100 3g.40gb" }, 38],
    ["95 % of a slice's profile, written with dashes", { gpu: "A100-80GB-MIG-2g.20gb" }, 19],
    ["a slice's for its profile's size", { gpu: "A100 40GB MIG 1g.5gb", gpuMemoryGib: 5 }, 4.75],
  ])("is %s", (_what, question, gibs) => {
    expect(memory(question)).toBeCloseTo(gibs, 6);
  });
  it("is not linked between slices", () => {
    expect(estimate({ gpu: "H100 3g.40gb", tensorParallel: 2, enforceEager: true }).overheadGib).toBeCloseTo(0.65, 10);
    expect(estimate({ gpu: "H100", tensorParallel: 2, enforceEager: true }).overheadGib).toBeCloseTo(2.08, 10);
  });
});

it("shows two decimals", () => {
  const { weightsGib, activationGib, overheadGib, kvGib, kvTokens, maxConcurrency, reason } = estimate({});
  const two = (value: number): number => Number(value.toFixed(2));
  expect(shownEstimate(estimate({}))).toEqual({
    fits: true,
    weightsGib: two(weightsGib),
    activationGib: two(activationGib),
    overheadGib: two(overheadGib),
    kvGib: two(kvGib),
    kvTokens,
    maxConcurrency,
    reason,
  });
});

describe("a bad question", () => {
  const bounds: readonly [string, number, number, boolean][] = [
    ["gpuMemoryGib", 1, 1024, false],
    ["tensorParallel", 1, 64, true],
    ["gpuMemoryUtilization", 0.01, 1, false],
    ["maxModelLen", 1, 10_485_760, true],
    ["maxNumBatchedTokens", 1, 1_048_576, true],
    ["maxNumSeqs", 1, 65_536, true],
  ];
  const fix = "correct it or leave it out for the default";
  it.each(bounds)("has %s from %d to %d", (field, low, high, whole) => {
    const said = (value: number) => messages({ [field]: value }).filter((line) => !/attention heads|context of/.test(line));
    expect([said(low), said(high)]).toEqual([[], []]);
    const [below, above] = whole ? [low - 1, high + 1] : [low - 0.001, high + 0.001];
    expect(said(below)).toEqual([`${field}: must be at least ${low}, got ${below}; ${fix}`]);
    expect(said(above)).toEqual([`${field}: must be at most ${high}, got ${above}; ${fix}`]);
    expect(said(low + 0.5)).toEqual(whole ? [`${field}: must be a whole number, got ${low + 0.5}; ${fix}`] : []);
  });

  it.each<[string, object, string]>([
    ["a version without numbers", { engineVersion: "new" }, `engineVersion: must be a version such as 0.33.0, got "new"; ${fix}`],
    ["a data type", { dtype: "int4" }, `dtype: must be auto, half, float16, bfloat16, float or float32, got "int4"; ${fix}`],
    ["a word for true", { enforceEager: "yes" }, `enforceEager: must be true or false, got "yes"; ${fix}`],
    ["a word for text alone", { languageModelOnly: 1 }, `languageModelOnly: must be true or false, got 1; ${fix}`],
    ["a number as text", { maxModelLen: "8192" }, `maxModelLen: must be a number, got "8192"; ${fix}`],
    ["no GPU", { gpu: undefined }, "gpu: must be the name of a GPU, got nothing; add gpu"],
    ["a GPU like none", { gpu: "zzzzzzzzzzzz" }, 'gpu: must be a known GPU, got "zzzzzzzzzzzz"; give gpuMemoryGib'],
    [
      "a model like none",
      { model: "zzzzzzzzzzzzzzzzzzzzzz" },
      'model: must be a model of the catalog, got "zzzzzzzzzzzzzzzzzzzzzz"; add it with its config.json',
    ],
    [
      "an unknown field",
      { batch: 1 },
      'batch: is not a field of an estimate, got ["batch"]; use model, gpu, gpuMemoryGib, tensorParallel, engineVersion, gpuMemoryUtilization, maxModelLen, maxNumBatchedTokens, maxNumSeqs, dtype, quantization, kvCacheDtype, enforceEager, languageModelOnly',
    ],
    [
      "a split that leaves heads over",
      { tensorParallel: 5 },
      "tensorParallel: 16 attention heads do not divide by 5 GPUs, got 5; use 1, 2, 4, 8",
    ],
    [
      "a split of 14 heads",
      { model: "qwen2.5-0.5b-instruct", tensorParallel: 4 },
      "tensorParallel: 14 attention heads do not divide by 4 GPUs, got 4; use 1, 2",
    ],
    [
      "a split of 10 key-value heads",
      { model: "phi-4", tensorParallel: 4 },
      "tensorParallel: 10 key-value heads do not divide by 4 GPUs, nor 4 by them, got 4; use 1, 2",
    ],
    [
      "a context beyond the model's",
      { model: "qwen3-8b", maxModelLen: 40_961 },
      "maxModelLen: must be at most the context of qwen3-8b, 40960 tokens, got 40961; lower it",
    ],
  ])("is told of %s", (_what, question, message) => {
    expect(messages(question)).toEqual([message]);
  });

  it("is told of a model, a card, a quantization and a cache at once", () => {
    const paths = messages({ model: "qwen3-9b", gpu: "H1000", quantization: "zip", kvCacheDtype: "zip" }).map((line) => line.split(":")[0]);
    expect(paths).toEqual(["model", "gpu", "quantization", "kvCacheDtype"]);
  });
});
