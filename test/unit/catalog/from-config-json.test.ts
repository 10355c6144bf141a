import { describe, expect, it } from "vitest";
import { z } from "zod";

import { fromConfigJson } from "../../../lib/catalog/from-config-json";
import { toyConfig as config } from "../../support/toy-model";

const identity = { huggingFace: "Org/Toy-1B", licence: "mit" };
const read = (more: object, known: object = {}) => fromConfigJson({ ...config, ...more }, { ...identity, ...known });
/** Query and output 1,024 × 1,024, key and value 1,024 × 256; three of 1,024 × 4,096; two norms of a layer, one of the model. */
const [attention, feedForward] = [2 * 1024 * 1024 + 2 * 1024 * 256, 3 * 1024 * 4096];
const parameters = 1000 * 1024 + 2 * (attention + feedForward + 2 * 1024) + 1024;

it("makes an entry of what config.json says, and leaves unknown what it does not", () => {
  expect(read({})).toEqual({
    id: "toy-1b",
    huggingFace: "Org/Toy-1B",
    family: "toy",
    parameters,
    hiddenSize: 1024,
    intermediateSize: 4096,
    vocabularySize: 1000,
    attentionHeads: 16,
    contextTokens: 8192,
    attention: { full: { layers: 2, kvHeads: 4, headDim: 64 } },
    layers: 2,
    tiedEmbeddings: true,
    mixture: null,
    tower: null,
    towerParameters: 0,
    unloadedParameters: 0,
    checkpointQuantization: null,
    cacheQuantization: null,
    architecture: null,
    modelType: "toy",
    notUnderstood: [],
    layerEmbeddingParameters: 0,
    publishedWeightsGib: null,
    licence: "mit",
    gated: null,
    sources: { huggingFace: { repository: "Org/Toy-1B", revision: null }, ollama: null, onnx: [] },
    facts: ["config.json"],
  });
});

describe("an entry", () => {
  it("names architecture and type", () => {
    expect(read({ architectures: ["ToyForCausalLM", "Other"] })).toMatchObject({ architecture: "ToyForCausalLM", modelType: "toy" });
    expect(read({ model_type: undefined }).modelType).toBeNull();
  });
});

describe("a field", () => {
  const linearFields = {
    layer_types: ["linear_attention", "full_attention"],
    linear_num_key_heads: 2,
    linear_num_value_heads: 4,
    linear_key_head_dim: 8,
    linear_value_head_dim: 16,
    linear_conv_kernel_dim: 4,
  };
  it.each<[string, object, object]>([
    ["of a kind that is not named", { model_type: undefined }, { family: "unknown" }],
    ["that nothing reads", { rope_theta: 1e6 }, { parameters }],
    ["of as many KV heads as heads", { num_key_value_heads: undefined }, { attention: { full: { layers: 2, kvHeads: 16, headDim: 64 } } }],
    ["of one KV head", { num_key_value_heads: 1 }, { attention: { full: { layers: 2, kvHeads: 1, headDim: 64 } } }],
    ["of the heads' size", { head_dim: 128 }, { attention: { full: { layers: 2, kvHeads: 4, headDim: 128 } } }],
    ["of no heads' size", { head_dim: null }, { attention: { full: { layers: 2, kvHeads: 4, headDim: 64 } } }],
    ["of heads that do not divide", { num_attention_heads: 15 }, { attention: { full: { layers: 2, kvHeads: 4, headDim: 68 } } }],
    ["of two tables", { tie_word_embeddings: false }, { tiedEmbeddings: false, parameters: parameters + 1000 * 1024 }],
    ["of perhaps two tables", { tie_word_embeddings: undefined }, { tiedEmbeddings: null, parameters: null }],
    ["of no width", { intermediate_size: undefined }, { intermediateSize: null, parameters: null }],
    [
      "of a window",
      { model_type: "mistral", sliding_window: 1024 },
      { attention: { sliding: { layers: 2, kvHeads: 4, headDim: 64, windowTokens: 1024 } } },
    ],
    [
      "of a window as long as the context",
      { model_type: "mistral", sliding_window: 8192 },
      { attention: { full: { layers: 2, kvHeads: 4, headDim: 64 } } },
    ],
    [
      "of a window just shorter",
      { model_type: "mistral", sliding_window: 8191 },
      { attention: { sliding: { layers: 2, kvHeads: 4, headDim: 64, windowTokens: 8191 } } },
    ],
    ["of no window", { sliding_window: null }, { attention: { full: { layers: 2, kvHeads: 4, headDim: 64 } } }],
    [
      "of a window that is off",
      { sliding_window: 64, use_sliding_window: false },
      { attention: { full: { layers: 2, kvHeads: 4, headDim: 64 } } },
    ],
    [
      "of a window that is on",
      { sliding_window: 64, use_sliding_window: true },
      { attention: { sliding: { layers: 2, kvHeads: 4, headDim: 64, windowTokens: 64 } } },
    ],
    [
      "of layers by kind",
      { layer_types: ["full_attention", "sliding_attention", "sliding_attention"], sliding_window: 512 },
      {
        attention: {
          full: { layers: 1, kvHeads: 4, headDim: 64 },
          sliding: { layers: 2, kvHeads: 4, headDim: 64, windowTokens: 512 },
        },
      },
    ],
    [
      "of sliding layers whose window is not named: the context",
      { layer_types: ["sliding_attention"] },
      { attention: { sliding: { layers: 1, kvHeads: 4, headDim: 64, windowTokens: 8192 } } },
    ],
    ["of layers of an unknown kind", { layer_types: ["full_attention", "mamba"] }, { attention: null }],
    // channels: 2 × 2 × 8 + 4 × 16 = 96, three of their inputs; a matrix of 8 × 16 for each of 4 heads
    [
      "of linear layers",
      linearFields,
      {
        attention: {
          full: { layers: 1, kvHeads: 4, headDim: 64 },
          linear: { layers: 1, convolutionElements: 288, recurrentElements: 512, recurrentBytes: 2 },
        },
        parameters: null,
      },
    ],
    [
      "of linear layers whose matrix is wider than the data type",
      { ...linearFields, mamba_ssm_dtype: "float32" },
      {
        attention: {
          full: { layers: 1, kvHeads: 4, headDim: 64 },
          linear: { layers: 1, convolutionElements: 288, recurrentElements: 512 },
        },
        parameters: null,
      },
    ],
    [
      "of experts",
      { num_experts: 8, num_experts_per_tok: 2, moe_intermediate_size: 512 },
      {
        mixture: { experts: 8, expertsPerToken: 2, expertIntermediateSize: 512, activeParameters: null },
        // eight experts and the row that chooses among them
        parameters: 1000 * 1024 + 2 * (attention + 8 * (3 * 1024 * 512 + 1024) + 2 * 1024) + 1024,
      },
    ],
    [
      "of experts as wide as the dense layer",
      { num_local_experts: 8 },
      {
        mixture: { experts: 8, expertsPerToken: 1, expertIntermediateSize: 4096, activeParameters: null },
        parameters: 1000 * 1024 + 2 * (attention + 8 * (3 * 1024 * 4096 + 1024) + 2 * 1024) + 1024,
      },
    ],
    [
      "of experts of unknown width",
      { num_experts: 8, intermediate_size: undefined },
      {
        mixture: { experts: 8, expertsPerToken: 1, expertIntermediateSize: null, activeParameters: null },
        parameters: null,
      },
    ],
  ])("%s is read", (_what, fields, expected) => {
    expect(read(fields)).toMatchObject(expected);
    if ("attention" in expected && expected.attention) expect(read(fields).attention).toEqual(expected.attention);
  });

  it.each(["linear_num_key_heads", "linear_num_value_heads", "linear_key_head_dim", "linear_value_head_dim", "linear_conv_kernel_dim"])(
    "%s must be there for the state of linear layers to be known",
    (field) => {
      expect(read({ ...linearFields, [field]: undefined }).attention?.linear).toEqual({
        layers: 1,
        convolutionElements: null,
        recurrentElements: null,
      });
    },
  );
});

describe("what the user adds", () => {
  it("counts before what is computed", () => {
    expect(read({}, { parameters: 7 }).parameters).toBe(7);
    expect([read({}, { gated: true }).gated, read({}, { gated: false }).gated]).toEqual([true, false]);
  });
});

describe("a text model within another", () => {
  it("is read from its part, with what is written outside, and has a tower", () => {
    const { num_hidden_layers: _layers, ...outer } = config;
    const model = fromConfigJson({ ...outer, hidden_size: 1, text_config: { num_hidden_layers: 3, hidden_size: 1024 } }, identity);
    expect(model).toMatchObject({ layers: 3, hiddenSize: 1024, vocabularySize: 1000, tower: "dynamic" });
  });
});

describe("what cannot be read", () => {
  const required = ["num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size", "max_position_embeddings"];
  it.each(required)("is reported with the path of %s", (field) => {
    const fail = (value: unknown): unknown[][] => {
      try {
        read({ [field]: value });
      } catch (error) {
        return (error as z.ZodError).issues.map(({ path }) => [...path]);
      }
      return [];
    };
    expect([fail(undefined), fail(0), fail(1.5), fail("8")]).toEqual([[[field]], [[field]], [[field]], [[field]]]);
  });

  it("names a repository that is none", () => {
    expect(() => read({}, { huggingFace: "toy" })).toThrow("must be `org/name`");
    expect(() => fromConfigJson("text", identity)).toThrow(z.ZodError);
  });
});
