import { describe, expect, it } from "vitest";

import { findModel, findShape, similarModels, variantOf } from "../../../lib/catalog/catalog";
import { parseModelName } from "../../../lib/catalog/model-name";

describe("a name's ending", () => {
  it.each([
    ["org/Toy-8B-NVFP4", "nvfp4"],
    ["org/Toy-8B-NVFP4A16", "nvfp4"],
    ["org/Toy-8B-nvfp4-experts", "nvfp4"],
    ["org/Toy-8B.nvfp4", "nvfp4"],
    ["org/Toy-8B-FP8", "fp8"],
    ["org/Toy-8B-FP8-dynamic", "fp8"],
    ["org/Toy-8B-fp8_block", "fp8"],
    ["org/Toy-8B-MXFP4", "mxfp4"],
    ["org/Toy-8B-INT8", "int8"],
    ["org/Toy-8B-GPTQ-4b-128g", "gptq"],
    ["org/Toy-8B-int4-AutoRound", "gptq"],
    ["org/Toy-8B-W4A16-AWQ", "awq"],
    ["org/Toy-8B-AWQ", "awq"],
    ["org/Toy-8B-awq-int4", "awq"],
    ["org/Toy-8B-AWQ-4bit", "awq"],
    ["org/Toy-8B-AWQ-Marlin-g128", "awq"],
    ["org/Toy-8B-GPTQ", "gptq"],
    ["org/Toy-8B-GPTQ-Int4", "gptq"],
    ["org/Toy-8B-gptq-4bit-g128-marlin", "gptq"],
    ["org/Toy-8B-GPTQ-Int8", "int8"],
    ["org/Toy-8B-gptq_int8", "int8"],
    ["org/Toy-8B-quantized.w8a8", "int8"],
    ["org/Toy-8B-W8A8", "int8"],
    ["org/Toy-8B-quantized.w4a16", "gptq"],
    ["org/Toy-8B-W4A16-G128", "gptq"],
    ["org/Toy-8B-AutoRound", "gptq"],
    ["org/Toy-8B-autoround-int4", "gptq"],
    ["org/Toy-8B-qat-w4a16-ct", "gptq"],
    ["org/Toy-8B-Int4", "gptq"],
    ["org/Toy-8B-bnb-4bit", "bitsandbytes"],
    ["org/Toy-8B-unsloth-bnb-4bit", "bitsandbytes"],
  ])("of %s announces %s", (name, quantization) => {
    expect(parseModelName(name)).toEqual({ key: "toy-8b", quantization, variant: /qat/.test(name) });
  });

  it.each([
    ["org/Toy-8B-base", "toy-8b"],
    ["org/Toy-8B-pt", "toy-8b"],
    ["org/Toy-8B-Instruct-abliterated", "toy-8b"],
    ["org/Toy-8B-it-qat-unquantized", "toy-8b"],
    ["org/Toy-8B-MTP", "toy-8b"],
    ["org/Toy-8B-abliterated-v2", "toy-8b"],
    ["huihui-ai/Huihui-Toy-8B-Instruct-abliterated", "toy-8b"],
    ["org/Toy-8B-Thinking", "toy-8b"],
    ["org/Toy-8B-Thinking-2507", "toy-8b-2507"],
    ["org/Toy-8B-it-qat-q4_0-unquantized", "toy-8b"], // trained for Q4_0, stored in 16 bits
    ["org/Toy-8B-it-qat-int4-unquantized", "toy-8b"],
    ["org/Toy-8B-it-qat-q4_0", "toy-8b"],
    ["org/Toy-8B-GGUF", "toy-8b"],
  ])("of %s tells other weights of the shape %s", (name, key) => expect(parseModelName(name)).toEqual({ key, variant: true }));

  it.each([
    ["org/Toy-8B", "toy-8b"],
    ["Toy-8B", "toy-8b"],
    ["a/b/Toy-8B", "toy-8b"],
    ["org/Toy-8B-FP8-tuned", "toy-8b-fp8-tuned"],
    ["org/fp8", "fp8"],
    ["org/abc-fp8", "abc-fp8"], // what is left would be too short to be a model's name
    ["org/Meta-Toy-8B", "toy-8b"],
    ["org/Not-Meta-Toy-8B", "not-meta-toy-8b"],
    ["org/Toy-8B-Instruct", "toy-8b"],
    ["org/Toy-8B-it", "toy-8b"],
    ["org/Toy-8B-Chat-hf", "toy-8b"],
    ["org/Toy-8B-baseline", "toy-8b-baseline"],
    ["org/Toy-8B-bf16", "toy-8b"],
    ["org/Toy-8B-Instruct-2507", "toy-8b-2507"],
    ["org/Toy-8B-Item", "toy-8b-item"],
    ["org/Toy-8B-Instruct-v0.3", "toy-8b"],
    ["org/Toy-8B_v1.0", "toy-8b"],
    ["org/Toy-8B-v2.0", "toy-8b-v2.0"],
  ])("of %s announces none, and it is the shape %s", (name, key) => {
    expect(parseModelName(name)).toEqual({ key, variant: false });
  });

  it.each([
    ["org/Toy-8B-NVFP4-MTP", "nvfp4"],
    ["org/Toy-8B-MTP-FP8", "fp8"],
    ["org/Toy-8B-abliterated-AWQ-4bit", "awq"],
    ["org/Toy-8B-AWQ-abliterated-v3", "awq"],
    ["org/Toy-8B-it-qat-bnb-4bit", "bitsandbytes"],
    ["org/Toy-8B-it-qat-q4_0-gguf", "Q4_0"],
    ["org/Toy-8B-MTP-Q4_K_M-GGUF", "Q4_K_M"],
  ])("of %s is a variant that is stored as %s", (name, quantization) => {
    expect(parseModelName(name)).toEqual({ key: "toy-8b", quantization, variant: true });
  });

  it.each(["org/Toy-8B-FP8-KV", "org/Toy-8B-FP8-Dynamic-KV", "org/Toy-8B-fp8_kv"])("of %s announces an FP8 cache too", (name) => {
    expect(parseModelName(name)).toEqual({ key: "toy-8b", quantization: "fp8", cache: "fp8", variant: false });
  });

  it("leaves what a name must have: four letters", () => {
    expect(parseModelName("org/abcd-fp8")).toEqual({ key: "abcd", quantization: "fp8", variant: false });
  });
});

describe("findModel", () => {
  it.each<[string, string, object]>([
    ["qwen3-8b", "qwen3-8b", {}],
    ["QWEN3-8B", "qwen3-8b", {}],
    ["Qwen/Qwen3-8B", "qwen3-8b", {}],
    ["QWEN/qwen3-8b", "qwen3-8b", {}],
    ["Qwen/Qwen3-8B-FP8", "qwen3-8b", { quantization: "fp8", repository: "Qwen/Qwen3-8B-FP8" }],
    ["Qwen/Qwen3-8B-Base", "qwen3-8b", { repository: "Qwen/Qwen3-8B-Base" }],
  ])("finds %s, and where a variant lies that is named in full", (name, id, more) => {
    const { model, ...rest } = findModel(name)!;
    expect([model.id, rest]).toEqual([id, more]);
  });

  it.each(["qwen3-8b-fp8", "qwen3-8b-awq", "gemma-3-12b-pt", "qwen3-8b-base"])(
    "finds nothing for %s: nobody says which repository that is",
    (name) => {
      expect(findModel(name)).toBeUndefined();
      expect(variantOf(name)!.id).toMatch(/^(qwen3-8b|gemma-3-12b-it)$/);
      expect(variantOf(`org/${name}`)).toBeUndefined();
    },
  );

  it("finds the shape of a variant all the same, for a question about memory", () => {
    expect(findShape("qwen3-8b-fp8")).toMatchObject({ model: { id: "qwen3-8b" }, quantization: "fp8" });
    expect(findShape("org/Qwen3-8B-AWQ")).toMatchObject({ model: { id: "qwen3-8b" }, quantization: "awq", repository: "org/Qwen3-8B-AWQ" });
  });

  it.each(["qwen3-8b", "nonsense", "Qwen/Qwen3-8B-AWQ", "qwen2.5-7b"])("%s is no variant without its publisher", (name) => {
    expect(variantOf(name)).toBeUndefined();
  });

  it("finds the first of those that have the same shape", () => {
    expect(findModel("other/Mistral-7B")!.model.id).toBe("mistral-7b-instruct-v0.3");
  });

  it("finds nothing for a name that is none", () => {
    expect([findModel(""), findModel("/"), findModel("qwen3"), findModel("org/qwen3-8")]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

it("suggests names as the catalog writes them, whatever the publisher and the case", () => {
  expect(similarModels("Qwen/QWEN3-9B")).toEqual(["qwen3-4b", "qwen3-8b", "qwen3-14b"]);
  expect(similarModels("zzzzzzzzzzzzzzzzzzzzzz")).toEqual([]);
});
