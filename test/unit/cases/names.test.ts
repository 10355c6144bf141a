import { describe, expect, it } from "vitest";

import { findOllamaTag } from "../../../lib/catalog/catalog";
import { answer } from "../../../lib/planner/estimate";
import { faultMessage } from "../../../lib/planner/fault";
import { refusal } from "../../support/asked";

/** Further kinds of the cases: names of models and cards as people write them. */

const asked = (question: object): string => {
  const result = answer(question);
  return "faults" in result ? result.faults.map(faultMessage).join() : "";
};

describe("a tag of Ollama", () => {
  // ollama/ollama README, model library; ollama.com/library
  it.each([
    ["llama3.2", "llama-3.2-3b-instruct"],
    ["mistral:latest", "mistral-7b-instruct-v0.3"],
    ["qwen3:30b", "qwen3-30b-a3b"],
    ["qwen3-coder:30b", "qwen3-coder-30b-a3b-instruct"],
    ["qwen2.5-coder:32b", "qwen2.5-coder-32b-instruct"],
    ["qwen2.5vl:7b", "qwen2.5-vl-7b-instruct"],
    ["qwen3-vl:8b", "qwen3-vl-8b-instruct"],
    ["gemma2:9b", "gemma-2-9b-it"],
    ["gemma4:31b", "gemma-4-31b-it"],
    ["mistral-small3.2:24b", "mistral-small-3.2-24b-instruct-2506"],
    ["llama3:8b", "meta-llama-3-8b-instruct"],
    ["llama2:13b", "llama-2-13b-chat-hf"],
    ["nemotron-3-nano:30b", "nemotron-3-nano-30b-a3b"],
    ["deepseek-r1:8b", "deepseek-r1-0528-qwen3-8b"],
    ["llava:7b", "llava-v1.6-mistral-7b-hf"],
    ["qwq", "qwq-32b"],
    ["hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q8_0", "llama-3.2-3b-instruct"],
    ["hf.co/bartowski/Qwen_Qwen3-8B-GGUF", "qwen3-8b"],
    ["llama3.1:405b", undefined],
    ["qwen3:235b", undefined],
    ["acme/assistant:2", undefined],
  ])("%s is %s", (tag, id) => expect(findOllamaTag(tag)?.model.id).toBe(id));

  it.each([
    ["llama3:8b", 4.1, 4.3], // Q4_0, as libraries older than the mixtures
    ["qwen2.5-coder:32b-instruct-q8_0", 32, 33],
    ["hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q8_0", 3, 3.4],
  ])("%s has its type", (model, low, high) => {
    const result = answer({ model, gpu: "RTX 3090", engine: "ollama", maxModelLen: 4096 });
    const weights = "node" in result ? result.node.weightsGib : 0;
    expect(weights).toBeGreaterThan(low);
    expect(weights).toBeLessThan(high);
  });

  it("of another model than the one that is planned is refused", () => {
    const tag = 'weights: { ollama: { kind: library, tag: "gemma2:9b" } }';
    expect(refusal(`engine: ollama, model: gemma-2-2b-it, cpu: true, ${tag}`)).toContain("holds gemma-2-9b-it");
  });
});

it.each([
  "RTX 4070",
  "RTX 4070 Ti SUPER",
  "RTX 3080",
  "RTX 3090 Ti",
  "RTX 2080 Ti",
  "A30",
  "A30 MIG 2g.12gb",
  "RTX A4000",
  "GH200",
  "B300",
])("%s is a card that a question may name", (gpu) => expect(asked({ model: "Qwen/Qwen3-0.6B", gpu, maxModelLen: 2048 })).toBe(""));

it.each(["P100 16GB", "P40", "GTX 1080 Ti"])("%s is one that vLLM does not run on", (gpu) =>
  expect(asked({ model: "Qwen/Qwen3-0.6B", gpu, maxModelLen: 2048 })).toContain("vLLM needs compute capability 7.5"),
);

describe("a repository of a format that is not read says so", () => {
  it.each([
    ["engine: vllm, model: mlx-community/Qwen3-8B-4bit, gpu: a10", "holds MLX files"],
    ["engine: vllm, model: OpenVINO/Qwen3-8B-int4-ov, gpu: a10", "holds OpenVINO files"],
    ["engine: vllm, model: turboderp/Qwen3-8B-exl3, gpu: a10", "holds ExLlama files"],
    ["engine: vllm, model: ISTA-DASLab/Llama-3.1-8B-Instruct-AQLM-2Bit, gpu: a10", "holds AQLM files"],
    ["engine: vllm, model: microsoft/Phi-4-mini-instruct-onnx, gpu: a10", "weights { onnx: { kind: huggingFace"],
    ["engine: vllm, model: bartowski/Qwen_Qwen3-8B-GGUF, gpu: a10", "holds GGUF files, which vllm does not serve"],
    ["engine: ollama, model: unsloth/Qwen3-4B-GGUF, cpu: true", 'tag: "hf.co/unsloth/Qwen3-4B-GGUF:Q4_K_M"'],
  ])("%s", (chat, reason) => expect(refusal(chat)).toContain(reason));
});

describe("flags that are gone", () => {
  it.each([
    ['"--task", "embed"', "--runner and --convert took its place"],
    ['"--max-context-len-to-capture", "4096"', "use the field enforceEager"],
    ['"--speculative-disable-by-batch-size", "4"', "use the field vllm.speculative"],
    ['"--calculate-kv-scales"', "use the field kvCacheDtype"],
    ['"--override-pooler-config", "{}"', "use --pooler-config"],
    ['"--enable-prompt-adapter"', 'got "--enable-prompt-adapter"; remove it'],
    ['"--max-num-seq", "8"', "It is derived from the plan: set concurrency instead"],
    ['"--kv-cache-memory", "8"', "It changes what the plan sized"],
    ['"-h"', 'got "-h"; remove it'],
    ['"--limit-mm-per-prompt", "image=2"', "--limit-mm-per-prompt must be JSON"],
  ])("%s have advice that holds", (args, reason) =>
    expect(refusal(`engine: vllm, model: qwen3-8b, gpu: a10, extraArgs: [${args}]`)).toContain(reason),
  );
});
