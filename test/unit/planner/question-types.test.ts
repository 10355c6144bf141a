import { describe, expect, it } from "vitest";

import { estimate, gib, messages, parameters, rotary, token } from "../../support/questions";

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
    ["nvfp4", 9 / 16], // 16 values in 8 bytes, and a scale
  ])("a cache in %s takes %d bytes for each element", (kvCacheDtype, bytes) => {
    // pages are of whole bytes per block of 16 tokens
    expect(estimate({ kvCacheDtype }).requestGib * gib).toBe(8192 * token * bytes);
  });

  it.each(["bf16x", "xbf16", "f160", "q8_0", "q4_0", "autos", "xnone", "f32"])("a cache in %s is unknown", (kvCacheDtype) => {
    expect(messages({ kvCacheDtype })).toEqual([
      `kvCacheDtype: must be auto, bfloat16, float16 or an 8-bit or 4-bit type, got "${kvCacheDtype}"; use auto or fp8`,
    ]);
  });

  it.each([
    ["nvidia/Llama-3.1-8B-Instruct-FP8", {}, 1],
    ["nvidia/Llama-3.1-8B-Instruct-NVFP4", {}, 1],
    ["org/Llama-3.1-8B-Instruct-FP8-KV", {}, 1],
    ["org/Llama-3.1-8B-Instruct-FP8", {}, 2],
    ["nvidia/Llama-3.1-8B-Instruct-FP8", { kvCacheDtype: "bfloat16" }, 2],
    ["nvidia/Llama-3.1-8B-Instruct-FP8", { kvCacheDtype: "auto" }, 1],
    ["nvidia/Llama-3.1-8B-Instruct-FP8", { engineVersion: "0.14.1" }, 2], // releases before 0.15 do not look
    ["nvidia/Qwen3.6-35B-A3B-NVFP4", {}, 2], // a log of vLLM 0.29 has a 16-bit cache
  ])("of the cache are the checkpoint's own: %s with %j, %d bytes", (model, more, bytes) => {
    const of = (question: object): number => estimate({ gpu: "H100", model, maxNumSeqs: 8, ...question }).requestGib;
    const wide = of({ kvCacheDtype: "bfloat16" });
    expect(bytes === 2 ? of(more) / wide : Math.round((wide / of(more)) * 10) / 10).toBe(bytes === 2 ? 1 : 2);
  });

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
  it.each([
    ["Qwen/Qwen3-0.6B-FP8", "compressed-tensors", "fp8"],
    ["org/Qwen3-0.6B-quantized.w4a16", "compressed-tensors", "gptq"],
    ["org/Qwen3-0.6B-NVFP4", "compressed-tensors", "nvfp4"],
    ["nvidia/Qwen3-0.6B-FP8", "modelopt", "fp8"],
    ["nvidia/Qwen3-0.6B-NVFP4", "modelopt_mixed", "nvfp4"],
    ["qwen3-0.6b", "modelopt", "nvfp4"],
    ["qwen3-0.6b", "modelopt_fp4", "nvfp4"],
    ["qwen3-0.6b", "compressed-tensors w4a16", "gptq"],
  ])("of %s by %s is what the checkpoint says: %s", (model, quantization, stored) => {
    expect(weights({ model, quantization })).toBe(weights({ quantization: stored }));
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
