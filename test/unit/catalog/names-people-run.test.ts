import { describe, expect, it } from "vitest";

import { findGpu } from "../../../lib/accelerators/gpu";
import { findModel, findOllamaTag, findShape } from "../../../lib/catalog/catalog";

/** Names as people's logs and compose files write them. */
describe("a model that people run is found", () => {
  it.each<[string, string, string | undefined]>([
    ["Qwen/Qwen3-VL-2B-Instruct", "qwen3-vl-2b-instruct", undefined],
    ["Qwen/Qwen3-VL-4B-Thinking", "qwen3-vl-4b-instruct", undefined],
    ["Qwen/Qwen3-VL-30B-A3B-Instruct-FP8", "qwen3-vl-30b-a3b-instruct", "fp8"],
    ["Qwen/Qwen3-Embedding-0.6B", "qwen3-embedding-0.6b", undefined],
    ["Qwen/Qwen3-Embedding-8B", "qwen3-embedding-8b", undefined],
    ["llava-hf/llava-1.5-7b-hf", "llava-1.5-7b-hf", undefined],
    ["llava-hf/llava-v1.6-mistral-7b-hf", "llava-v1.6-mistral-7b-hf", undefined],
    ["Qwen/Qwen2.5-VL-3B-Instruct", "qwen2.5-vl-3b-instruct", undefined],
    ["Qwen/Qwen2.5-VL-7B-Instruct-AWQ", "qwen2.5-vl-7b-instruct", "awq"],
    ["mistralai/Mistral-Small-3.2-24B-Instruct-2506", "mistral-small-3.2-24b-instruct-2506", undefined],
    ["Qwen/Qwen3-Coder-30B-A3B-Instruct-FP8", "qwen3-coder-30b-a3b-instruct", "fp8"],
    ["Qwen/Qwen2.5-Coder-32B-Instruct-GPTQ-Int4", "qwen2.5-coder-32b-instruct", "gptq"],
    ["deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "deepseek-r1-0528-qwen3-8b", undefined],
    ["nvidia/Gemma-4-31B-IT-NVFP4", "gemma-4-31b-it", "nvfp4"],
    ["nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "nemotron-3-nano-30b-a3b", undefined],
    ["zai-org/GLM-4.7-Flash", "glm-4.7-flash", undefined],
    ["huihui-ai/Huihui-Qwen3-8B-abliterated-v2", "qwen3-8b", undefined],
    ["google/gemma-3-12b-it-qat-q4_0-unquantized", "gemma-3-12b-it", undefined],
    ["Qwen/Qwen3.6-27B-MTP", "qwen3.6-27b", undefined],
  ])("%s", (name, id, quantization) => {
    const found = findModel(name);
    expect([found?.model.id, found?.quantization]).toEqual([id, quantization]);
    expect(found?.model.parameters).toBeGreaterThan(1e8);
    expect(found?.model.attention).not.toBeNull();
  });

  /** A tower's weights: the checkpoint's parameters less those of the text model of the same shape. */
  it.each([
    ["qwen2.5-vl-7b-instruct", 8_292_166_656 - 7_615_616_512],
    ["qwen3-vl-2b-instruct", 2_127_532_032 - 1_720_574_976],
  ])("%s with its tower's weights", (id, towerParameters) => {
    expect(findModel(id)!.model).toMatchObject({ tower: "dynamic", towerParameters });
  });

  it("whose latent attention keeps 512 + 64 elements a token: half of it for keys, half for values", () => {
    expect(findModel("glm-4.7-flash")!.model.attention).toEqual({ full: { layers: 47, kvHeads: 1, headDim: 288 } });
  });
});

it.each<[string, "fp8" | null]>([
  ["nvidia/Llama-3.1-8B-Instruct-FP8", "fp8"],
  ["nvidia/Gemma-4-31B-IT-NVFP4", "fp8"],
  ["nvidia/Qwen3.6-27B-NVFP4", null],
  ["RedHatAI/Llama-3.1-8B-Instruct-FP8", null],
  ["amd/Llama-3.1-8B-Instruct-FP8-KV", "fp8"],
])("%s wants its cache in %s", (name, type) => expect(findShape(name)?.model.cacheQuantization).toBe(type));

it.each<[string, string | undefined]>([
  ["llama3.2:3b", "llama-3.2-3b-instruct"],
  ["LLAMA3.2:3B", "llama-3.2-3b-instruct"],
  ["llama3.2:3b-instruct-q8_0", "llama-3.2-3b-instruct"],
  ["qwen3:8b", "qwen3-8b"],
  ["qwen3:9b", undefined],
])("the tag %s of Ollama's library is %s", (tag, id) => expect(findOllamaTag(tag)?.model.id).toBe(id));

/** Memory as nvidia-smi and rocm-smi report it (tools/facts/cards.json). */
it.each<[string, number, number]>([
  ["GB10", 121.69, 121],
  ["NVIDIA RTX A5000", 23.49, 86],
  ["RTX 2000 Ada", 15.6, 89],
  ["GeForce RTX 4060", 7.6, 89],
])("%s is a card of %d GiB", (name, gib, capability) => {
  const gpu = findGpu(name)!;
  expect(Math.abs(gpu.usableGib / gib - 1)).toBeLessThan(0.03);
  expect(Number(gpu.computeCapability) * 10).toBeCloseTo(capability, 5);
});

it("Radeon RX 9070 XT is AMD's", () => {
  expect(findGpu("RX 9070 XT")).toMatchObject({ computeCapability: null, memoryGib: 16 });
});
