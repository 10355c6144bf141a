import { describe, expect, it } from "vitest";

import { planned, toy } from "../../support/toy-model";

/** Of an image nobody but the user knows how its weights are stored. */
const vllm = { kind: "image", reference: `r/x@sha256:${"a".repeat(64)}` } as const;
const of = (engine: "vllm" | "ollama", quantization: string, engineVersion?: string): string =>
  planned(
    { model: toy, engine, contextTokens: 4096, quantization, weights: { vllm }, ...(engineVersion ? { engineVersion } : {}) },
    { target: "kubernetes" },
  ).quantization;

describe("a quantization is read as vLLM and people write it", () => {
  it.each([
    ["fp8", "fp8"],
    ["FP8-dynamic", "fp8"],
    ["awq", "awq"],
    ["AWQ-Marlin", "awq"],
    ["gptq", "gptq"],
    ["gptq_marlin", "gptq"],
    ["auto-round", "gptq"],
    ["auto_round", "gptq"],
    ["AutoRound", "gptq"],
    ["compressed-tensors w4a16", "gptq"],
    ["int4", "gptq"],
    ["moe_wna16", "gptq"],
    ["inc", "gptq"],
    ["int8", "int8"],
    ["w8a8", "int8"],
    ["w8a16", "int8"],
    ["gptq-int8", "int8"],
    ["nvfp4", "nvfp4"],
    ["modelopt", "nvfp4"],
    ["modelopt_fp4", "nvfp4"],
    ["mxfp4", "mxfp4"],
  ])("%s is %s", (text, quantization) => {
    expect(of("vllm", text)).toBe(quantization);
  });

  it.each(["bitsandbytes", "bnb-4bit"])("%s is bitsandbytes, of a release that has it", (text) => {
    expect(of("vllm", text, "0.10.2")).toBe("bitsandbytes");
  });

  it.each([
    ["q4_k_m", "Q4_K_M"],
    ["Q8_0", "Q8_0"],
    ["f16", "F16"],
    ["iq3_xxs", "IQ3_XXS"],
  ])("%s is the GGUF type %s", (text, type) => {
    expect(of("ollama", text)).toBe(type);
  });
});
