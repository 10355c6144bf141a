import { describe, expect, it } from "vitest";
import { z } from "zod";

import { modelClass, modelSchema } from "../../../lib/catalog/schema";
import { toy } from "../../support/toy-model";

const says = (value: unknown): string => {
  const { error } = modelSchema.safeParse(value);
  return error ? z.prettifyError(error) : "";
};

describe("a model's class", () => {
  it.each([
    [1, "micro"],
    [1.4499e9, "micro"],
    [1.45e9, "small"],
    [13.499e9, "small"],
    [13.5e9, "medium"],
    [30.99e9, "medium"],
    [31e9, "large"],
    [null, undefined],
  ])("of %d parameters is %s", (parameters, expected) => {
    expect(modelClass({ parameters })).toBe(expected);
  });
});

describe("an entry", () => {
  const layers = { layers: 1, kvHeads: 1, headDim: 64 };
  it("is taken whole, and what is left out is unknown or nothing", () => {
    expect(modelSchema.parse(toy)).toEqual(toy);
    const least = {
      id: "toy",
      huggingFace: "org/toy",
      family: "toy",
      hiddenSize: 1,
      vocabularySize: 1,
      attentionHeads: 1,
      contextTokens: 1,
      layers: 1,
      sources: { huggingFace: { repository: "org/toy" } },
    };
    expect(modelSchema.parse(least)).toEqual({
      ...least,
      parameters: null,
      intermediateSize: null,
      attention: null,
      tiedEmbeddings: null,
      mixture: null,
      tower: null,
      towerParameters: 0,
      unloadedParameters: 0,
      checkpointQuantization: null,
      cacheQuantization: null,
      architecture: null,
      modelType: null,
      notUnderstood: [],
      layerEmbeddingParameters: 0,
      publishedWeightsGib: null,
      licence: null,
      gated: null,
      sources: { huggingFace: { repository: "org/toy", revision: null }, ollama: null, onnx: [] },
      facts: [],
    });
  });

  it.each<[string, object]>([
    ["full layers alone", { attention: { full: layers } }],
    ["sliding layers alone", { attention: { sliding: { ...layers, windowTokens: 1 } } }],
    ["linear layers alone", { attention: { linear: { layers: 1, convolutionElements: null, recurrentElements: null } } }],
    ["a mixture", { mixture: { experts: 1, expertsPerToken: 1, expertIntermediateSize: 1, activeParameters: 1 } }],
    ["a tower of one size", { tower: "fixed" }],
    ["a tower of any size", { tower: "dynamic" }],
    ["a tower of videos", { tower: "video" }],
    ["a cache in fp8", { cacheQuantization: "fp8" }],
    ["a checkpoint in fp8", { checkpointQuantization: "fp8" }],
    ["a checkpoint in mxfp4", { checkpointQuantization: "mxfp4" }],
    ["a published size", { publishedWeightsGib: 0.1 }],
    ["a repository with dots and dashes", { huggingFace: "a.b-c_d/e.f-g_h" }],
    ["an Ollama tag", { sources: { ...toy.sources, ollama: { tag: "x", pinnedTags: [], modelBytes: 1 } } }],
    [
      "ONNX folders by device",
      {
        sources: {
          ...toy.sources,
          onnx: [
            {
              repository: "x",
              format: "onnxruntime-genai",
              variants: { cpu: { path: "cpu", bytes: 1 }, gpu: { path: "gpu", bytes: null } },
            },
          ],
        },
      },
    ],
    ["a repository for browsers", { sources: { ...toy.sources, onnx: [{ repository: "x", format: "transformers.js" }] } }],
  ])("may have %s", (_what, more) => {
    expect(says({ ...toy, ...more })).toBe("");
  });

  it.each<[string, object, string]>([
    ["an unknown field", { size: 1 }, '✖ Unrecognized key: "size"'],
    ["no name", { id: "" }, "✖ Too small: expected string to have >=1 characters\n  → at id"],
    ["a repository without an owner", { huggingFace: "toy" }, "✖ must be `org/name`\n  → at huggingFace"],
    ["a repository with a folder", { huggingFace: "a/b/c" }, "✖ must be `org/name`\n  → at huggingFace"],
    ["no parameters", { parameters: 0 }, "✖ Too small: expected number to be >0\n  → at parameters"],
    ["half a layer", { layers: 0.5 }, "✖ Invalid input: expected int, received number\n  → at layers"],
    ["no layers of a kind", { attention: {} }, "✖ must have full, sliding or linear layers\n  → at attention"],
    ["layers of an unknown kind", { attention: { full: layers, mamba: layers } }, '✖ Unrecognized key: "mamba"\n  → at attention'],
    ["an unknown fact of layers", { attention: { full: { ...layers, x: 1 } } }, '✖ Unrecognized key: "x"\n  → at attention.full'],
    [
      "an unknown fact of a window",
      { attention: { sliding: { ...layers, windowTokens: 1, x: 1 } } },
      '✖ Unrecognized key: "x"\n  → at attention.sliding',
    ],
    [
      "no window",
      { attention: { sliding: layers } },
      "✖ Invalid input: expected number, received undefined\n  → at attention.sliding.windowTokens",
    ],
    ["less than no parameters left out", { unloadedParameters: -1 }, "✖ Too small: expected number to be >=0\n  → at unloadedParameters"],
    [
      "less than no embeddings of layers",
      { layerEmbeddingParameters: -1 },
      "✖ Too small: expected number to be >=0\n  → at layerEmbeddingParameters",
    ],
    ["no published bytes", { publishedWeightsGib: 0 }, "✖ Too small: expected number to be >0\n  → at publishedWeightsGib"],
    [
      "another checkpoint",
      { checkpointQuantization: "q4" },
      '✖ Invalid option: expected one of "fp8"|"int8"|"awq"|"gptq"|"bitsandbytes"|"nvfp4"|"mxfp4"\n  → at checkpointQuantization',
    ],
    ["another tower", { tower: "tall" }, '✖ Invalid option: expected one of "fixed"|"dynamic"|"video"\n  → at tower'],
  ])("may not have %s", (_what, more, message) => {
    expect(says({ ...toy, ...more })).toBe(message);
  });
});
