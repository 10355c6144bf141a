import { describe, expect, it } from "vitest";

import type { Model } from "../../../lib/catalog/schema";
import type { MemoryPlan, ModelRequest } from "../../../lib/planner/types";
import { faultsOf, planned, toy } from "../../support/toy-model";

const gib = 2 ** 30;
const memory = (request: ModelRequest): MemoryPlan => planned(request, { target: "kubernetes" }).memory;
/** Cache of one request, from the requests that are held: a CPU server keeps what is asked for and 0.3 GiB. */
const cache = (model: Partial<Model>, request: Partial<ModelRequest> = {}): number =>
  (memory({ model: { ...toy, ...model }, engine: "ollama", contextTokens: 4096, ...request }).kvGib - 0.3) * gib;

/** Key and value of one token in one layer: 2 × 4 heads × 64 × 2 bytes. */
const token = 1024;

describe("cache of Ollama and the ONNX server", () => {
  const [full, sliding] = [
    { layers: 4, kvHeads: 4, headDim: 64 },
    { layers: 12, kvHeads: 4, headDim: 64, windowTokens: 1024 },
  ];
  const linear = { layers: 12, convolutionElements: 1000, recurrentElements: 2000 };
  it.each<[string, Partial<Model>, Partial<ModelRequest>, number]>([
    ["every token of every layer", {}, {}, 4096 * 16 * token],
    ["of each request", {}, { concurrency: 3 }, 3 * 4096 * 16 * token],
    ["of one head", { attention: { full: { ...full, kvHeads: 1 } } }, {}, (4096 * 4 * token) / 4],
    ["of wider heads", { attention: { full: { ...full, headDim: 128 } } }, {}, 4096 * 4 * token * 2],
    ["a window and a micro-batch of 512", { attention: { full, sliding } }, {}, 4096 * 4 * token + (1024 + 512) * 12 * token],
    ["no more of a window than the context", { attention: { full, sliding } }, { contextTokens: 1200 }, 1200 * 16 * token],
    ["a window alone", { attention: { sliding } }, {}, (1024 + 512) * 12 * token],
    ["a state in 32 bits", { attention: { full, linear } }, {}, 4096 * 4 * token + 12 * (1000 * 4 + 2000 * 4)],
  ])("holds %s", (_what, model, request, bytes) => {
    expect(cache(model, request)).toBeCloseTo(bytes, 3);
    expect(cache(model, { ...request, engine: "onnx" })).toBeCloseTo(bytes, 3);
  });

  it("of Ollama holds 32 values in 34 bytes, or in 18", () => {
    expect(cache({}, { kvCacheDtype: "q8_0" })).toBeCloseTo((4096 * 16 * token * 34) / 64, 3);
    expect(cache({}, { kvCacheDtype: "q4_0" })).toBeCloseTo((4096 * 16 * token * 18) / 64, 3);
    expect(cache({}, { kvCacheDtype: "f16" })).toBeCloseTo(4096 * 16 * token, 3);
  });

  it.each<[string, Partial<Model>, string]>([
    ["layers", { attention: null }, "layers by attention kind"],
    ["convolution", { attention: { full, linear: { ...linear, convolutionElements: null } } }, "state size of the linear-attention layers"],
    [
      "recurrent matrix",
      { attention: { full, linear: { ...linear, recurrentElements: null } } },
      "state size of the linear-attention layers",
    ],
    ["parameters", { parameters: null }, "exact parameters"],
  ])("needs %s that are known", (_what, model, fact) => {
    const message = `models.chat.model: its ${fact} must be known, and no source gives it, got "toy"; add the model with that fact, or from its config.json`;
    for (const engine of ["ollama", "onnx", "vllm"] as const)
      expect(faultsOf({ model: { ...toy, ...model }, engine, contextTokens: 4096, cpu: true }), engine).toEqual([message]);
  });
});

describe("a server on a CPU node", () => {
  it("of Ollama takes weights, buffers of 512 rows, the process, the cache and a margin", () => {
    const { memory: items, pod } = planned({ model: toy, engine: "ollama", contextTokens: 4096, concurrency: 2 }, { target: "kubernetes" });
    const weights = (310_378_496 * 4.8944) / 8 / gib;
    const buffers = (512 * (65_536 + 1024) * 4) / gib; // 0.126953125
    expect(items).toEqual({
      weightsGib: weights,
      activationGib: buffers,
      overheadGib: 0.75,
      kvGib: expect.closeTo(0.125 + 0.3, 10),
      kvTokens: Math.floor((0.425 * gib) / (16 * token)), // 16 KiB a token
      maxConcurrency: expect.closeTo(0.425 / 0.0625, 10),
    });
    expect(pod.memoryMib).toBe(Math.ceil((weights + buffers + 0.75 + 0.425) * 1024));
  });

  it("of vLLM takes the weights in 16 bits, three processes, and a cache that is set apart", () => {
    const { memory: items, pod } = planned({ model: toy, engine: "vllm", contextTokens: 4096, cpu: true }, { target: "kubernetes" });
    const weights = (310_378_496 * 2 + 32_768 * 64 * 2) / gib;
    expect(items).toEqual({
      weightsGib: weights,
      activationGib: 0,
      overheadGib: 2.25,
      kvGib: expect.closeTo(0.0625 + 0.3, 10),
      kvTokens: Math.floor((0.3625 * gib) / (16 * token)),
      maxConcurrency: expect.closeTo(0.3625 / 0.0625, 10),
    });
    // and a quarter of a GiB of shared memory
    expect(pod).toMatchObject({ memoryMib: Math.ceil((weights + 2.25 + 0.3625 + 0.25) * 1024), shmGib: 0.25 });
  });

  it("of vLLM keeps the cache for the requests asked for, in the cache's type", () => {
    const kv = (more: Partial<ModelRequest>) => memory({ model: toy, engine: "vllm", contextTokens: 4096, cpu: true, ...more }).kvGib;
    expect(kv({ concurrency: 16 })).toBeCloseTo(1.3, 10);
    expect(kv({ concurrency: 16, kvCacheDtype: "fp8" })).toBeCloseTo(0.8, 10);
  });

  it("of vLLM goes by the data type and the quantization", () => {
    const weights = (more: Partial<ModelRequest>) =>
      memory({ model: toy, engine: "vllm", contextTokens: 4096, cpu: true, ...more }).weightsGib;
    expect(weights({ dtype: "float32" })).toBeCloseTo(2 * weights({}), 10);
    expect(weights({ quantization: "fp8" }) * gib).toBeCloseTo(310_378_496 * 2 - 243_269_632 + 32_768 * 128, 0);
  });
});

describe("a server on a GPU", () => {
  it("of Ollama leaves what the card has over to the cache, its runtime 0.4 GiB", () => {
    const request: ModelRequest = { model: toy, engine: "ollama", contextTokens: 4096, gpu: "t4" };
    const { weightsGib, activationGib, overheadGib, kvGib, maxConcurrency, kvTokens } = memory(request);
    expect(overheadGib).toBe(0.4);
    expect(weightsGib + activationGib + overheadGib + kvGib).toBeCloseTo(14.56, 10);
    expect(maxConcurrency).toBeCloseTo(kvGib / 0.0625, 10);
    expect(kvTokens).toBe(Math.floor(maxConcurrency * 4096));
  });

  it("of Ollama holds further models besides, each with its cache for the same requests", () => {
    const request: ModelRequest = { model: toy, engine: "ollama", contextTokens: 4096, gpu: "t4" };
    const other = { model: { ...toy, id: "other" }, contextTokens: 8192, quantization: "Q8_0" };
    const alone = memory({ ...request, concurrency: 2 });
    const both = memory({ ...request, concurrency: 2, additionalModels: { other } });
    // the other model's weights at 8.5008 bits, buffers, runtime, 2 × 0.125 GiB of cache and its margin
    const held = (310_378_496 * 8.5008) / 8 / gib + 0.126953125 + 0.4 + 0.25 + 0.3;
    expect(both).toMatchObject({ weightsGib: alone.weightsGib, activationGib: alone.activationGib, overheadGib: 0.4 });
    expect(alone.kvGib - both.kvGib).toBeCloseTo(held, 10);
  });

  it("of Ollama says what each of its models would need", () => {
    const huge = { ...toy, parameters: 2e11 };
    const [message] = faultsOf({
      model: toy,
      engine: "ollama",
      contextTokens: 4096,
      gpu: "t4",
      additionalModels: { huge: { model: huge, contextTokens: 4096 } },
    });
    expect(message).toContain(
      "weights 0.18 GiB, activations 0.13 GiB, engine 0.40 GiB, cache 0.36 GiB at utilisation 1; and weights 113.96 GiB, activations 0.13 GiB, engine 0.40 GiB, cache 0.36 GiB at utilisation 1",
    );
    const unknown = { model: { ...toy, id: "unknown", attention: null } };
    expect(faultsOf({ model: toy, engine: "ollama", contextTokens: 4096, additionalModels: { unknown } })).toHaveLength(1);
  });

  it("of vLLM keeps memory outside the budget free before graphs are profiled", () => {
    // 64 layers: the least of graphs, 0.25, and 16 sequences of 32-bit logits, 0.2539 GiB: 2 % of 12.70 GiB
    const request: ModelRequest = {
      model: { ...toy, layers: 64 },
      engine: "vllm",
      engineVersion: "0.10.2",
      contextTokens: 4096,
      gpuMemoryUtilization: 0.98,
    };
    const { placement, rejected } = planned(request);
    expect(placement.size).toBe("Standard_NC4as_T4_v3");
    expect(rejected.find(({ size }) => size === "Standard_NV6ads_A10_v5")?.reason).toMatch(/^needs 12\.70 GiB, NVIDIA A10 has 3\.68 GiB: /);
  });

  it("of vLLM is planned for a batch of 2,048 on every card, so that a larger one never needs more", () => {
    const needs = (gpu: string): string => faultsOf({ model: { ...toy, parameters: 5e12 }, engine: "vllm", contextTokens: 4096, gpu })[0]!;
    // four T4: 5e12 / 4 parameters; 2,048 × 2 × (3 × 4,096 / 4 + 4,096) bytes; 0.25, 0.55 and graphs, 0.25; a quarter of 64 MiB and 0.3
    expect(needs("t4")).toContain("weights 2328.31 GiB, activations 0.03 GiB, engine 1.05 GiB, cache 0.32 GiB at utilisation 0.92");
    // eight H100, linked
    expect(needs("h100")).toContain("weights 1164.16 GiB, activations 0.03 GiB, engine 2.33 GiB, cache 0.32 GiB at utilisation 0.92");
  });
});
