import { describe, expect, it } from "vitest";

import { answer, shownEstimate } from "../../../lib/planner/estimate";
import type { VllmEstimate } from "../../../lib/planner/vllm-estimate";
import { base, estimate, gib, messages, parameters, rotary, token } from "../../support/questions";

describe("a question", () => {
  it("has the defaults of the version that a plan runs, and the whole context of the model", () => {
    const { maxModelLen: _context, ...question } = base;
    const result = answer(question);
    if (!("estimate" in result)) throw new Error(JSON.stringify(result));
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
    expect(estimate({ enforceEager: false }).overheadGib).toBeCloseTo(0.25 + 0.018 * 28, 10);
  });

  it("leaves a tower out for text alone", () => {
    const of = (more: object) => estimate({ model: "gemma-3-4b-it", ...more });
    const [whole, also, text] = [of({}), of({ languageModelOnly: false }), of({ languageModelOnly: true })];
    expect(also).toEqual(whole);
    expect(whole.activationGib - text.activationGib).toBeCloseTo(0.25, 10);
    expect((whole.weightsGib - text.weightsGib) * gib).toBeCloseTo(419_816_304 * 2, 0); // its image tower
  });
});

it("shows two decimals", () => {
  const { weightsGib, activationGib, overheadGib, kvGib, kvTokens, maxConcurrency, reason } = estimate({});
  const two = (value: number): number => Number(value.toFixed(2));
  expect(shownEstimate({ estimate: estimate({}) })).toEqual({
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
    ["pipelineParallel", 1, 64, true],
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
      'batch: is not a field of an estimate, got ["batch"]; use model, gpu, engine, gpuMemoryGib, tensorParallel, pipelineParallel, engineVersion, gpuMemoryUtilization, maxModelLen, maxNumBatchedTokens, maxNumSeqs, dtype, quantization, kvCacheDtype, enforceEager, languageModelOnly, adapters, speculative, concurrency',
    ],
    [
      "an unknown field of adapters",
      { adapters: { count: 1, rank: 8, size: 2 } },
      'adapters.size: is not a field of an estimate, got ["size"]; use count, rank',
    ],
    [
      "an unknown field of speculation",
      { speculative: { method: "ngram", tokens: 2, k: 3 } },
      'speculative.k: is not a field of an estimate, got ["k"]; use method, tokens, model',
    ],
    [
      "a way to guess tokens",
      { speculative: { method: "medusa", tokens: 2 } },
      `speculative.method: must be ngram, mtp, draft_model, eagle or eagle3, got "medusa"; ${fix}`,
    ],
    [
      "a draft model without a name",
      { speculative: { method: "draft_model", tokens: 2 } },
      "speculative.model: draft_model guesses with a model of its own, got nothing; name the draft model",
    ],
    [
      "a draft model that nobody knows",
      { speculative: { method: "eagle", tokens: 2, model: "zzzzzzzzzzzzzzzzzzzzzz" } },
      'speculative.model: must be a model of the catalog, got "zzzzzzzzzzzzzzzzzzzzzz"; add it with its config.json',
    ],
    [
      "a model that is not read",
      { speculative: { method: "ngram", tokens: 2, model: "qwen3-0.6b" } },
      'speculative.model: is not read by ngram, got "qwen3-0.6b"; leave it out, or use method draft_model',
    ],
    [
      "a field of other engines",
      { concurrency: 2 },
      "concurrency: is not a field of vllm, got 2; leave it out: the answer says how many requests fit",
    ],
    [
      "a method that holds several formats, of a name that says none",
      { quantization: "compressed-tensors" },
      'quantization: holds several formats, and neither qwen3-0.6b nor its name says which, got "compressed-tensors"; write the format too, such as compressed-tensors w4a16, or name the repository that is stored so',
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
  ])("is reported %s", (_what, question, message) => {
    expect(messages(question)).toEqual([message]);
  });

  it("names a model, a card, a quantization and a cache at once", () => {
    const paths = messages({ model: "qwen3-9b", gpu: "H1000", quantization: "zip", kvCacheDtype: "zip" }).map((line) => line.split(":")[0]);
    expect(paths).toEqual(["model", "gpu", "quantization", "kvCacheDtype"]);
  });
});
