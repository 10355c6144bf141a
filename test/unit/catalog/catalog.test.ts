import { describe, expect, it } from "vitest";

import { catalog, factSources, findModel, similarModels } from "../../../lib/catalog/catalog";
import { fromConfigJson } from "../../../lib/catalog/from-config-json";
import { modelClass, modelSchema } from "../../../lib/catalog/schema";

describe("catalog", () => {
  it("holds more than 60 models of every class, each by the schema and with explained sources", () => {
    expect(catalog.length).toBeGreaterThan(60);
    for (const model of catalog) {
      expect(modelSchema.parse(model)).toEqual(model);
      for (const fact of model.facts) expect(Object.keys(factSources), model.id).toContain(fact);
    }
    expect(new Set(catalog.map(modelClass))).toEqual(new Set(["micro", "small", "medium", "large"]));
    expect(new Set(catalog.map(({ id }) => id)).size).toBe(catalog.length);
  });

  it("keeps layers with their own cache only, by kind", () => {
    expect(findModel("gemma-4-e2b-it")!.model.attention).toEqual({
      full: { layers: 3, kvHeads: 1, headDim: 512 },
      sliding: { layers: 12, kvHeads: 1, headDim: 256, windowTokens: 512 },
    });
    expect(findModel("qwen3.8-27b")!.model.attention).toEqual({
      full: { layers: 16, kvHeads: 4, headDim: 256 },
      linear: { layers: 48, convolutionElements: 30_720, recurrentElements: 786_432 },
    });
  });

  it("leaves unknown facts unknown", () => {
    expect(findModel("gemma-4-12b-it")!.model.attention).toBeNull();
  });
});

describe("findModel", () => {
  it.each([
    ["Qwen/Qwen3-8B", "qwen3-8b", undefined],
    ["qwen/qwen3-8b-fp8", "qwen3-8b", "fp8"],
    ["Qwen/Qwen2.5-7B-Instruct-AWQ", "qwen2.5-7b-instruct", "awq"],
    ["Qwen/Qwen2.5-7B", "qwen2.5-7b-instruct", undefined],
    ["RedHatAI/Qwen2.5-7B-Instruct-FP8-dynamic", "qwen2.5-7b-instruct", "fp8"],
    ["Qwen/Qwen2.5-14B-Instruct-GPTQ-Int4", "qwen2.5-14b-instruct", "gptq"],
    ["nvidia/Qwen3.6-35B-A3B-NVFP4", "qwen3.6-35b-a3b", "nvfp4"],
    ["unsloth/Meta-Llama-3.1-8B-Instruct-bnb-4bit", "llama-3.1-8b-instruct", "bitsandbytes"],
    ["google/gemma-3-12b-pt", "gemma-3-12b-it", undefined],
  ])("finds %s", (name, id, quantization) => {
    const found = findModel(name)!;
    expect([found.model.id, found.quantization]).toEqual([id, quantization]);
  });

  it("names what is close to a name it does not know", () => {
    expect(findModel("qwen3-9b")).toBeUndefined();
    expect(similarModels("qwen3-9b")).toContain("qwen3-8b");
  });
});

describe("fromConfigJson", () => {
  const identity = { huggingFace: "Qwen/Qwen3-8B", licence: "apache-2.0" };
  const config = {
    model_type: "qwen3",
    num_hidden_layers: 36,
    hidden_size: 4096,
    intermediate_size: 12_288,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 128,
    vocab_size: 151_936,
    max_position_embeddings: 40_960,
    tie_word_embeddings: false,
  };

  it("computes the parameters that the checkpoint has, to 0.01 %", () => {
    const model = fromConfigJson(config, identity);
    expect(model.attention).toEqual({ full: { layers: 36, kvHeads: 8, headDim: 128 } });
    expect(model.parameters! / findModel("qwen3-8b")!.model.parameters!).toBeCloseTo(1, 4);
  });

  it("counts layers by kind and derives the state of linear ones", () => {
    const hybrid = {
      text_config: {
        ...config,
        num_hidden_layers: 4,
        layer_types: ["linear_attention", "linear_attention", "linear_attention", "full_attention"],
        linear_num_key_heads: 16,
        linear_num_value_heads: 48,
        linear_key_head_dim: 128,
        linear_value_head_dim: 128,
        linear_conv_kernel_dim: 4,
      },
    };
    const { attention, parameters, tower } = fromConfigJson(hybrid, identity);
    expect(attention).toEqual({
      full: { layers: 1, kvHeads: 8, headDim: 128 },
      linear: { layers: 3, convolutionElements: 30_720, recurrentElements: 786_432, recurrentBytes: 2 },
    });
    expect([parameters, tower]).toEqual([null, "dynamic"]);
  });

  it("does not guess what layers of an unknown kind keep", () => {
    expect(fromConfigJson({ ...config, layer_types: ["mamba"] }, identity).attention).toBeNull();
  });

  it("treats a window shorter than the context as one of every layer, unless it is off", () => {
    const windowed = { ...config, model_type: "mistral", sliding_window: 4096 };
    expect(fromConfigJson(windowed, identity).attention).toEqual({ sliding: { layers: 36, kvHeads: 8, headDim: 128, windowTokens: 4096 } });
    expect(fromConfigJson({ ...windowed, use_sliding_window: false }, identity).attention?.full?.layers).toBe(36);
  });

  it("names the fields that are missing", () => {
    expect(() => fromConfigJson({ hidden_size: 1 }, identity)).toThrow(/num_hidden_layers/);
  });
});
