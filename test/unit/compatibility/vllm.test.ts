import { describe, expect, it } from "vitest";

import { findGpu } from "../../../lib/accelerators/gpu";
import { deviceReason, refusals } from "../../../lib/compatibility/compatibility";
import type { Deployment } from "../../../lib/compatibility/deployment";
import { toyDeployment as base, toy } from "../../support/toy-model";

const refused = (change: Partial<Deployment>): string[] =>
  refusals({ ...base, ...change }).map(({ field, bound, fix }) => `${field}: ${bound}; ${fix}`);
const on = (gpu: string, change: Partial<Deployment> = {}, count = 1): string | undefined =>
  deviceReason({ ...base, ...change }, { gpu: findGpu(gpu)!, count });
const model = (change: Partial<typeof toy>): Pick<Deployment, "model"> => ({ model: { ...toy, ...change } });

describe("whatever the device", () => {
  it("nothing is refused of a plain model, nor of a release of which nothing is known", () => {
    expect(refused({})).toEqual([]);
    expect(refused({ version: "0.20.0", cacheType: "nonsense", features: { toolParser: "nonsense" } })).toEqual([]);
  });

  it.each([
    ["0.33.0", "Qwen3_5ForConditionalGeneration", []],
    [
      "0.10.2",
      "Qwen3_5ForConditionalGeneration",
      [
        "model: vLLM 0.10.2 does not know the architecture Qwen3_5ForConditionalGeneration of org/toy; choose a newer engineVersion that does, or another model or engine",
      ],
    ],
    ["0.33.0", "BertModel", []],
    ["0.33.0", null, []],
  ] as const)("%s and the architecture %s", (version, architecture, expected) => {
    expect(refused({ version, ...model({ architecture }) })).toEqual(expected);
  });

  it.each(["gemma2", "gemma3", "gemma3_text", "glm4"])("%s does not run in float16, but in bfloat16", (modelType) => {
    expect(refused({ dtype: "float16", ...model({ modelType }) })).toEqual([
      `dtype: vLLM does not run ${modelType} in float16: it is numerically unstable; use bfloat16, on a GPU that has it`,
    ]);
    expect(refused({ dtype: "bfloat16", ...model({ modelType }) })).toEqual([]);
  });

  it("float16 is taken of other models", () => expect(refused({ dtype: "float16" })).toEqual([]));

  it.each([
    ["0.33.0", "bitsandbytes", true],
    ["0.10.2", "bitsandbytes", false],
    ["0.33.0", "nvfp4", false],
    ["0.33.0", "awq", false],
    ["0.10.2", "gptq", false],
  ] as const)("%s and weights stored as %s", (version, stored, isRefused) => {
    expect(refused({ version, stored })).toEqual(
      isRefused
        ? [expect.stringMatching(/^stored: vLLM 0\.33\.0 has no bitsandbytes weights; use awq, gptq, fp8, int8, nvfp4, mxfp4,/)]
        : [],
    );
  });

  it.each([
    ["0.33.0", "nvfp4", []],
    ["0.33.0", "bfloat16", []],
    ["0.10.2", "bfloat16", [expect.stringMatching(/^cacheType: must be a cache type of vLLM 0\.10\.2; use /)]],
    ["0.33.0", "fp8_e4m4", ["cacheType: must be a cache type of vLLM 0.33.0; use fp8_e4m3, fp8_e5m2, fp8"]],
  ] as const)("%s and the cache type %s", (version, cacheType, expected) => expect(refused({ version, cacheType })).toEqual(expected));

  it("a batch holds a whole prompt while chunked prefill is off", () => {
    const off = { features: { chunkedPrefill: false } };
    expect(refused({ ...off, batchedTokens: 8191 })).toEqual([
      "batchedTokens: must be at least the context of 8192 tokens while vllm.chunkedPrefill is false; raise it, shorten contextTokens, or leave chunked prefill on",
    ]);
    expect(refused({ ...off, batchedTokens: 8192 })).toEqual([]);
    expect(refused(off)).toEqual([]);
    expect(refused({ batchedTokens: 256 })).toEqual([]);
  });

  it.each([
    ["toolParser", "llama3.1", "0.33.0", /^features\.toolParser: must be a parser of vLLM 0\.33\.0; did you mean llama3_json/],
    ["toolParser", "gemma4", "0.10.2", /^features\.toolParser: must be a parser of vLLM 0\.10\.2; /],
    ["reasoningParser", "deepseek", "0.33.0", /^features\.reasoningParser: must be a parser of vLLM 0\.33\.0; did you mean deepseek_/],
  ] as const)("%s %s is none of %s", (field, name, version, message) => {
    expect(refused({ version, features: { [field]: name } })).toEqual([expect.stringMatching(message)]);
  });

  it("parsers that a release has are taken", () => {
    expect(refused({ features: { toolParser: "llama3_json", reasoningParser: "qwen3" } })).toEqual([]);
    expect(refused({ version: "0.10.2", features: { toolParser: "hermes", reasoningParser: "deepseek_r1" } })).toEqual([]);
  });

  it.each([
    ["ngram", {}, "0.33.0", []],
    [
      "mtp",
      {},
      "0.33.0",
      [
        "features.speculative: org/toy has no head for multi-token prediction (mtp) that vLLM 0.33.0 reads; use ngram, or leave speculative out",
      ],
    ],
    ["mtp", { modelType: "qwen3_5", unloadedParameters: 1000 }, "0.33.0", []],
    ["mtp", { modelType: null, architecture: null, unloadedParameters: 1000 }, "0.33.0", [expect.stringContaining("has no head")]],
    ["mtp", { modelType: "constructor", architecture: null, unloadedParameters: 1000 }, "0.33.0", [expect.stringContaining("has no head")]],
    ["mtp", { modelType: "qwen3_5", unloadedParameters: 0 }, "0.33.0", [expect.stringContaining("has no head")]],
    ["mtp", { modelType: "qwen3_5", unloadedParameters: 1000 }, "0.10.2", [expect.stringContaining("has no head")]],
  ] as const)("speculation by %s of %o in %s", (method, change, version, expected) => {
    const speculative = { method, tokens: 2 };
    expect(refused({ version, features: { speculative }, ...model(change) })).toEqual(expected);
  });
});

describe("on a GPU", () => {
  it.each([
    ["t4", { dtype: "bfloat16" }, "NVIDIA T4 has no bfloat16: use dtype float16"],
    ["t4", { dtype: "float16" }, undefined],
    ["t4", {}, undefined],
    ["t4", { stored: "mxfp4" }, "MXFP4 weights need compute capability 8.0, NVIDIA T4 has 7.5"],
    ["a10", { stored: "mxfp4" }, undefined],
    ["t4", { online: "fp8" }, undefined],
    ["t4", { online: "fp8", version: "0.10.2" }, "FP8 weights need compute capability 8.0, NVIDIA T4 has 7.5"],
    ["t4", { stored: "awq", version: "0.10.2" }, undefined],
    ["v100", {}, "vLLM needs compute capability 7.5, it has 7.0"],
    ["mi300x", {}, "this plan's vLLM image is for CUDA"],
  ] as const)("%s and %o", (gpu, change, reason) => expect(on(gpu, change)).toBe(reason));

  it("without bfloat16 a model that float16 breaks is refused", () => {
    expect(on("t4", model({ modelType: "gemma3" }))).toBe("NVIDIA T4 has no bfloat16, and vLLM does not run gemma3 in float16");
    expect(on("a10", model({ modelType: "gemma3" }))).toBeUndefined();
  });

  it.each([
    ["t4", "fp8", 128, "kvCacheDtype fp8 needs compute capability 8.0, NVIDIA T4 has 7.5"],
    ["a10", "fp8", 128, undefined],
    ["a10", "fp8", 96, "kvCacheDtype fp8 needs compute capability 8.9, NVIDIA A10 has 8.6"],
    ["l4", "fp8", 96, undefined],
    ["a10", "fp8_e5m2", 64, undefined],
    ["a10", "nvfp4", 128, undefined],
    ["a10", "nvfp4", 64, "kvCacheDtype nvfp4 needs compute capability 10.0, NVIDIA A10 has 8.6"],
    ["a10", "nvfp4_4over6", 128, "kvCacheDtype nvfp4_4over6 needs compute capability 10.0, NVIDIA A10 has 8.6"],
    ["t4", "int8_per_token_head", 80, undefined],
    ["h100", "turboquant_k8v4", 128, "no attention backend of vLLM 0.33.0 reads kvCacheDtype turboquant_k8v4 with this model's heads"],
    ["t4", "bfloat16", 128, "NVIDIA T4 has no bfloat16 for the cache: use kvCacheDtype float16"],
    ["t4", "float16", 128, undefined],
  ] as const)("%s and a cache of %s with heads of %i", (gpu, cacheType, headDim, reason) => {
    expect(on(gpu, { cacheType, ...model({ attention: { full: { layers: 4, kvHeads: 4, headDim } } }) })).toBe(reason);
  });

  it("of a release without a list of backends no cache type is refused by the GPU", () => {
    expect(on("t4", { cacheType: "fp8", version: "0.10.2" })).toBeUndefined();
  });

  it.each([
    [16, 4, 2, undefined],
    [16, 4, 8, undefined],
    [14, 2, 4, "14 attention heads do not divide by 4 GPUs"],
    [40, 10, 4, "10 key-value heads do not divide by 4 GPUs, nor 4 by them"],
    [40, 10, 2, undefined],
    [40, 10, 1, undefined],
  ])("%i heads and %i key-value heads on %i GPUs", (attentionHeads, kvHeads, count, reason) => {
    expect(on("a100-80gb", model({ attentionHeads, attention: { full: { layers: 4, kvHeads, headDim: 64 } } }), count)).toBe(reason);
  });
});

describe("Ollama and the ONNX server", () => {
  it.each([
    ["ollama", { cacheType: "q8_0" }, []],
    ["ollama", { cacheType: "fp8" }, []],
    ["ollama", { cacheType: "nvfp4" }, ["cacheType: must be a cache type of Ollama; use f16, q8_0, q4_0"]],
    ["ollama", { dtype: "float16" }, ["dtype: Ollama runs the type of the GGUF file; leave it out, or choose a quantization such as F16"]],
    ["onnx", { cacheType: "fp8" }, ["cacheType: the ONNX server keeps its cache in the type of the model's folder; leave it out"]],
    ["onnx", { dtype: "float16" }, ["dtype: the ONNX server runs the type of the model's folder; leave it out"]],
    ["onnx", { cacheType: "auto" }, []],
    ["ollama", { cacheType: "auto" }, []],
    ["onnx", {}, []],
  ] as const)("%s and %o", (engine, change, expected) => expect(refused({ engine, version: "1", ...change })).toEqual(expected));

  it.each([
    ["qwen3_5", 2, true],
    ["qwen3_5", 1, false],
    ["qwen3_5_moe", 4, true],
    ["nemotron_h", 2, true],
    ["qwen3", 4, false],
    ["my_lfm2", 4, false],
  ])("%s with %i requests at once", (modelType, concurrency, isRefused) => {
    expect(refused({ engine: "ollama", concurrency, ...model({ modelType }) })).toEqual(
      isRefused
        ? [
            `concurrency: Ollama serves ${modelType} one request at a time, whatever OLLAMA_NUM_PARALLEL says; set concurrency 1 and more replicas, or use engine vllm`,
          ]
        : [],
    );
  });

  it("have images for CUDA alone", () => {
    for (const engine of ["ollama", "onnx"] as const) {
      expect(on("mi300x", { engine })).toBe(`this plan's ${engine} image is for CUDA`);
      expect(on("t4", { engine })).toBeUndefined();
    }
  });
});
