import { describe, expect, it } from "vitest";

import type { Model } from "../../../lib/catalog/schema";
import type { VllmRequest } from "../../../lib/planner/vllm-request";
import { faultsOf, planned, toy, toyEstimate } from "../../support/toy-model";

const gib = 2 ** 30;
/** Tables of angles: 32,768 positions × 64 × 2 bytes. */
const rotary = 32_768 * 64 * 2;
const table = 65_536 * 1024;
const feedForward = 16 * 3 * 1024 * 4096;
const attention = 16 * 1024 * 64 * (2 * 16 + 2 * 4);
const linear = feedForward + attention;

const weights = (model: Partial<Model>, request: Partial<VllmRequest> = {}): number => toyEstimate(model, request).weightsGib * gib;

it("are parameters × bytes of the data type, and the rotary tables", () => {
  expect(linear + table).toBe(toy.parameters);
  expect(weights({})).toBe(310_378_496 * 2 + rotary);
  expect(weights({}, { dtype: "float16" })).toBe(310_378_496 * 2 + rotary);
  expect(weights({}, { dtype: "float32" })).toBe(310_378_496 * 4 + 2 * rotary);
  expect(weights({ unloadedParameters: 10_378_496 })).toBe(300_000_000 * 2 + rotary);
});

it("are split over devices, and each builds the rotary tables for itself", () => {
  expect(weights({}, { tensorParallel: 2 })).toBe(310_378_496 + rotary);
  expect(weights({}, { tensorParallel: 4 })).toBe(310_378_496 / 2 + rotary);
});

it("have rotary tables for at most 262,144 positions, 128 wide where no layer is full", () => {
  expect(weights({ contextTokens: 262_145 })).toBe(310_378_496 * 2 + 262_144 * 64 * 2);
  expect(weights({ contextTokens: 262_143 })).toBe(310_378_496 * 2 + 262_143 * 64 * 2);
  const sliding = { attention: { sliding: { layers: 16, kvHeads: 4, headDim: 64, windowTokens: 4096 } } };
  expect(weights(sliding)).toBe(310_378_496 * 2 + 32_768 * 128 * 2);
});

describe("quantized, embeddings in 16 bits", () => {
  it.each([
    ["fp8", 8],
    ["int8", 8],
    ["awq", 4 + 20 / 128], // a 16-bit scale and a 4-bit zero point for each 128
    ["gptq", 4 + 20 / 128],
    ["bitsandbytes", 4.127], // quantized scales of 64: 4 + 8/64 + 32/(64·256)
    ["nvfp4", 4 + 8 / 16],
    ["onnx-int4", 4 + 16 / 32],
  ] as const)("%s takes %d bits of a linear layer's parameter", (quantization, bits) => {
    expect(weights({}, { quantization })).toBeCloseTo((linear * bits) / 8 + table * 2 + rotary, 3);
  });

  it("mxfp4 shrinks the feed-forward layers only", () => {
    expect(weights({}, { quantization: "mxfp4" })).toBe((feedForward * 4.25) / 8 + (attention + table) * 2 + rotary);
  });

  it("mxfp4 is padded for its kernels: the hidden size to 256, each device's width to 128", () => {
    const experts = 16 * 3 * 1088 * 4096; // 1,088 becomes 1,280
    const mixture = { experts: 8, expertsPerToken: 2, expertIntermediateSize: 512, activeParameters: null };
    const padded = { hiddenSize: 1088, mixture, parameters: 1e9 };
    const rest = 1e9 - experts;
    expect(weights(padded, { quantization: "mxfp4" })).toBeCloseTo((experts * 4.25 * 1280) / 1088 / 8 + rest * 2 + rotary, 0);
    // a width of 512 over 8 devices is 64, which becomes 128
    expect(weights(padded, { quantization: "mxfp4", tensorParallel: 8 })).toBeCloseTo(
      ((experts * 4.25 * 1280 * 2) / 1088 / 8 + rest * 2) / 8 + rotary,
      0,
    );
  });

  const experts8 = { experts: 8, expertsPerToken: 2, expertIntermediateSize: 512, activeParameters: null };
  const linearLayers = { ...toy.attention, linear: { layers: 8, convolutionElements: 64, recurrentElements: 64 } };
  const slidingLayers = { ...toy.attention, sliding: { layers: 8, kvHeads: 4, headDim: 64, windowTokens: 512 } };
  const [all, expert] = [310_378_496, 16 * 3 * 1024 * 512 * 8];
  it.each<[string, Partial<Model>, "nvfp4" | "awq" | "gptq", number]>([
    // hf_quant_config.json of nvidia/Qwen3.6-27B-NVFP4: the projections are in FP8
    [
      "NVFP4 beside linear layers",
      { attention: linearLayers },
      "nvfp4",
      (feedForward * 4.5 + (all - feedForward - table) * 8) / 8 + table * 2,
    ],
    // of nvidia/Gemma-4-31B-IT-NVFP4: self_attn is left out
    ["NVFP4 beside sliding layers", { attention: slidingLayers }, "nvfp4", (feedForward * 4.5) / 8 + (all - feedForward) * 2],
    [
      "AWQ of experts beside linear layers",
      { attention: linearLayers, mixture: experts8, parameters: 1e9 },
      "awq",
      (expert * 4.15625) / 8 + (1e9 - expert) * 2,
    ],
    [
      "GPTQ of experts beside linear layers",
      { attention: linearLayers, mixture: experts8, parameters: 1e9 },
      "gptq",
      (expert * 4.15625) / 8 + (1e9 - expert) * 2,
    ],
    ["AWQ beside linear layers", { attention: linearLayers }, "awq", ((all - table) * 4.15625) / 8 + table * 2],
  ])("%s", (_what, model, quantization, bytes) => {
    expect(weights(model, { quantization })).toBeCloseTo(bytes + rotary, 0);
  });

  /** With 1,000,000,000 parameters more than the layers account for, what is shrunk is the layers, or all but the embeddings. */
  const large = 1_310_378_496;
  const mixture = { experts: 8, expertsPerToken: 2, expertIntermediateSize: 512, activeParameters: null };
  const experts = 16 * 3 * 1024 * 512 * 8;
  it.each<[string, Partial<Model>, number]>([
    ["one table, layers known", { parameters: large }, linear],
    ["one table, width unknown", { parameters: large, intermediateSize: null }, large - table],
    ["two tables, width unknown", { parameters: large, intermediateSize: null, tiedEmbeddings: false }, large - 2 * table],
    ["perhaps two tables, width unknown", { parameters: large, intermediateSize: null, tiedEmbeddings: null }, large - 2 * table],
    ["a table per layer", { parameters: large, intermediateSize: null, layerEmbeddingParameters: 1e8 }, large - table - 1e8],
    ["a head that is not loaded", { parameters: large, intermediateSize: null, unloadedParameters: 1e8 }, large - table - 1e8],
    ["two tables of few parameters", { tiedEmbeddings: false }, 310_378_496 - 2 * table],
    ["tables larger than the rest", { parameters: table, tiedEmbeddings: false }, 0],
    ["experts", { parameters: large, mixture }, experts + attention],
    ["experts of unknown width", { parameters: large, mixture: { ...mixture, expertIntermediateSize: null } }, large - table],
    [
      "sliding layers, whose projections count",
      { parameters: large, attention: { ...toy.attention, sliding: { layers: 8, kvHeads: 2, headDim: 64, windowTokens: 512 } } },
      feedForward + 16 * 1024 * 64 * (2 * 16 + 2 * 2),
    ],
    [
      "linear attention",
      { parameters: large, attention: { ...toy.attention, linear: { layers: 8, convolutionElements: 64, recurrentElements: 64 } } },
      large - table,
    ],
  ])("shrinks all that %s leave", (_what, model, shrunk) => {
    const loaded = (model.parameters ?? toy.parameters!) - (model.unloadedParameters ?? 0);
    expect(weights(model, { quantization: "fp8" })).toBe(shrunk + (loaded - shrunk) * 2 + rotary);
  });
});

describe("of a checkpoint that is published quantized", () => {
  it("are as large as published, whatever the parameters say", () => {
    expect(weights({ checkpointQuantization: "fp8", publishedWeightsGib: 3 })).toBe(3 * gib + rotary);
    expect(weights({ checkpointQuantization: "fp8", publishedWeightsGib: 3, parameters: null })).toBe(3 * gib + rotary);
  });
  it("are computed where no size is published", () => {
    expect(weights({ checkpointQuantization: "fp8" })).toBe(linear + table * 2 + rotary);
    expect(weights({ checkpointQuantization: "mxfp4" })).toBe((feedForward * 4.25) / 8 + (attention + table) * 2 + rotary);
  });
  it("are computed for another quantization, and where the checkpoint is not quantized", () => {
    expect(weights({ checkpointQuantization: "fp8", publishedWeightsGib: 3 }, { quantization: "int8" })).toBe(linear + table * 2 + rotary);
    expect(weights({ publishedWeightsGib: 3 })).toBe(310_378_496 * 2 + rotary);
  });
  it.each<[string, Partial<Model>]>([
    ["not quantized", {}],
    ["published as fp8", { checkpointQuantization: "fp8" }],
  ])("are a missing fact where nothing tells: %s", (_what, model) => {
    expect(faultsOf({ model: { ...toy, ...model, parameters: null }, engine: "vllm" })).toEqual([
      'models.chat.model: its exact parameters must be known, and no source gives it, got "toy"; add the model with that fact, or from its config.json',
    ]);
  });
});

describe("for Ollama", () => {
  const weights = { ollama: { kind: "library", tag: "team/toy:1b" } } as const;
  const gguf = (quantization: string | undefined, model: Partial<Model> = {}): number =>
    planned({ model: { ...toy, ...model }, engine: "ollama", weights, ...(quantization ? { quantization } : {}) }, { target: "kubernetes" })
      .memory.weightsGib * gib;

  it.each([
    ["Q4_K_M", 4.8944],
    ["Q8_0", 8.5008],
    ["Q5_K", 5.5],
    ["F16", 16.0005],
  ])("%s takes %d bits of every parameter, and no rotary tables", (type, bits) => {
    expect(gguf(type)).toBeCloseTo((310_378_496 * bits) / 8, 0);
  });
  it("are at least what Ollama publishes, for the type that it publishes and wider ones", () => {
    const published = { sources: { ...toy.sources, ollama: { tag: "toy:1b", pinnedTags: [], modelBytes: 400_000_000 } } };
    expect(gguf("Q4_K_M", published)).toBe(400_000_000);
    expect(gguf("Q5_K", published)).toBe(400_000_000);
    expect(gguf("Q4_K_S", published)).toBe((310_378_496 * 4.6672) / 8);
    const small = { sources: { ...toy.sources, ollama: { tag: "toy:1b", pinnedTags: [], modelBytes: 1000 } } };
    expect(gguf("Q4_K_M", small)).toBe(gguf("Q4_K_M"));
  });
});
