import { describe, expect, it } from "vitest";

import { answer, shownEstimate } from "../../../lib/planner/estimate";
import { faultMessage } from "../../../lib/planner/fault";
import { plan } from "../../../lib/planner/plan";
import type { NodeEstimate } from "../../../lib/planner/question-node";
import { marginGib } from "../../../lib/planner/vllm-estimate";
import { environment } from "../../support/plan";

function node(question: object): NodeEstimate {
  const result = answer({ engine: "ollama", gpu: "RTX 3090", ...question });
  if (!("node" in result)) throw new Error(JSON.stringify(result));
  return result.node;
}
const messages = (question: object): string[] => {
  const result = answer({ engine: "ollama", gpu: "RTX 3090", ...question });
  return "faults" in result ? result.faults.map(faultMessage) : [];
};
const gib = 2 ** 30;

/**
 * Total memory that Ollama or nvidia-smi tells, in GiB. qwen2.5-coder:32b: nvidia-smi in MiB by context, without flash attention
 * (github.com/ollama/ollama issue 9988); gemma3:12b: weights and projector 7.59, cache 0.97, buffers 0.51 and 1.0 (github.com/ollama/ollama
 * PR 12000); qwen3:32b with flash attention (issue 13372); mistral:7b on the CPU less its process (a public log of Ollama 0.13.5).
 */
const logs: readonly [string, object, number][] = [
  ["qwen2.5-coder:32b at 2,048", { model: "Qwen/Qwen2.5-Coder-32B-Instruct", engineVersion: "0.5.7", maxModelLen: 2048 }, 19_757 / 1024],
  ["qwen2.5-coder:32b at 4,096", { model: "Qwen/Qwen2.5-Coder-32B-Instruct", engineVersion: "0.5.7", maxModelLen: 4096 }, 20_331 / 1024],
  ["qwen2.5-coder:32b at 8,192", { model: "Qwen/Qwen2.5-Coder-32B-Instruct", engineVersion: "0.5.7", maxModelLen: 8192 }, 21_683 / 1024],
  ["qwen2.5-coder:32b at 16,384", { model: "Qwen/Qwen2.5-Coder-32B-Instruct", engineVersion: "0.5.7", maxModelLen: 16_384 }, 24_387 / 1024],
  ["gemma3:12b at 8,192", { model: "gemma3:12b", engineVersion: "0.11.6", maxModelLen: 8192 }, 10.07],
  ["qwen3:32b at 16,384", { model: "Qwen/Qwen3-32B", engineVersion: "0.13.2", maxModelLen: 16_384 }, 23.1],
];

describe("total memory of Ollama", () => {
  it.each(logs)("of %s is within a tenth of the log", (_name, question, totalGib) => {
    expect(Math.abs(node(question).totalGib / totalGib - 1)).toBeLessThan(0.1);
  });

  it("is off by at most a twentieth in the median", () => {
    const errors = logs.map(([, question, totalGib]) => Math.abs(node(question).totalGib / totalGib - 1)).sort((a, b) => a - b);
    expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.05);
  });

  it("is its parts", () => {
    const { weightsGib, activationGib, overheadGib, kvGib, totalGib } = node({ model: "qwen3:8b", maxModelLen: 4096 });
    expect(totalGib).toBeCloseTo(weightsGib + activationGib + overheadGib + kvGib, 10);
  });
});

describe("the cache of Ollama", () => {
  const cache = (kvCacheDtype?: string) => node({ model: "qwen3:8b", maxModelLen: 4096, ...(kvCacheDtype ? { kvCacheDtype } : {}) }).kvGib;

  it.each([
    ["q8_0", 34 / 64],
    ["Q8_0", 34 / 64],
    ["fp8", 34 / 64],
    ["q4_0", 18 / 64],
    ["f16", 1],
    ["auto", 1],
    ["none", 1],
  ])("in %s is as a plan has it", (type, share) => {
    expect(cache(type) / cache()).toBeCloseTo(share, 10);
    const kvCacheDtype = type.toLowerCase();
    if (kvCacheDtype === "none") return;
    const planned = plan(
      environment({ chat: { engine: "ollama", model: "qwen3-8b", contextTokens: 4096, kvCacheDtype, cpu: true, sharedVolume: true } }),
    ).models[0]!;
    expect(planned.memory.kvGib - marginGib).toBeCloseTo(cache(type), 6);
  });

  it("in a type of vLLM's is none", () => {
    expect(messages({ model: "qwen3:8b", kvCacheDtype: "nvfp4" })).toEqual([
      'kvCacheDtype: must be a cache type of Ollama, got "nvfp4"; use f16, q8_0, q4_0',
    ]);
  });
});

describe("the work buffer of Ollama", () => {
  it("holds 512 rows of logits and a hidden row: 519.5 MiB of Gemma 3 12B, and 1 GiB for its projector", () => {
    expect(node({ model: "gemma3:12b" }).activationGib).toBeCloseTo(519.5 / 1024 + 1, 3);
  });

  it("holds a score of each head for each token of the context without flash attention: 80 KiB of qwen2.5-coder:32b", () => {
    const at = (maxModelLen: number, more: object = {}) =>
      node({ model: "Qwen/Qwen2.5-Coder-32B-Instruct", maxModelLen, ...more }).activationGib * gib;
    const old = { engineVersion: "0.11.11" };
    expect(at(16_384, old) - at(8192, old)).toBe(8192 * 80 * 1024);
    expect(at(8192, { ...old, concurrency: 2 })).toBe(at(16_384, old));
    expect(at(16_384, { ...old, kvCacheDtype: "q8_0" })).toBe(at(16_384)); // a quantized cache needs flash attention
    expect(at(16_384, { engineVersion: "0.12.0" })).toBe(at(2048));
    expect(at(16_384)).toBe(512 * 4 * (152_064 + 5120));
  });
});

describe("a question about Ollama", () => {
  it.each([
    ["qwen3:8b", "Q4_K_M"],
    ["qwen3:8b-q8_0", "Q8_0"],
    ["qwen3:8b-fp16", "F16"],
    ["Qwen/Qwen3-8B", "Q4_K_M"],
    ["qwen3-8b", "Q4_K_M"],
    ["org/Qwen3-8B-Q6_K-GGUF", "Q6_K"],
  ])("names a model by its tag or its repository: %s is of %s", (model, quantization) => {
    expect(node({ model, gpu: "A100-80GB" }).weightsGib).toBe(node({ model: "qwen3-8b", gpu: "A100-80GB", quantization }).weightsGib);
  });

  it.each([
    ["L4 22 GiB", { gpuMemoryGib: 22 }, 4096],
    ["RTX 3090", {}, 32_768],
    ["A100-80GB", {}, 40_960], // no more than the model's
  ])("has Ollama's own context by the card's memory: %s", (gpu, more, kvTokens) => {
    expect(node({ model: "qwen3:8b", gpu, ...more }).kvTokens).toBe(kvTokens);
  });

  it("says how many requests would fit, and whether those asked for do", () => {
    const question = { model: "qwen3:8b", maxModelLen: 8192 };
    const { maxConcurrency, kvGib } = node(question);
    expect(node({ ...question, concurrency: 3 }).kvGib).toBeCloseTo(3 * kvGib, 10);
    expect(node({ ...question, concurrency: Math.floor(maxConcurrency - 1) }).fits).toBe(true);
    expect(node({ ...question, concurrency: Math.ceil(maxConcurrency) })).toMatchObject({ fits: false });
    const [held, card] = [node(question).totalGib, 9];
    expect(node({ ...question, gpu: "x", gpuMemoryGib: held + 0.2 }).reason).toMatch(/: too tight, as an estimate may be 0.30 GiB off$/);
    expect(node({ ...question, gpu: "x", gpuMemoryGib: card * 0.51 }).reason).toBe(
      `1 × 8,192 tokens need ${held.toFixed(2)} GiB in all, the card has 4.59 GiB`,
    );
  });

  it.each<[string, object, string]>([
    [
      "a field of vLLM",
      { model: "qwen3:8b", maxNumSeqs: 4 },
      "maxNumSeqs: is not a field of ollama, got 4; leave it out, or use engine vllm",
    ],
    [
      "weights that are no GGUF",
      { model: "qwen3:8b", quantization: "awq" },
      'quantization: ollama serves GGUF only, got "awq"; use a GGUF type such as Q4_K_M, or engine vllm',
    ],
    [
      "a context beyond the model's",
      { model: "qwen3:8b", maxModelLen: 50_000 },
      "maxModelLen: must be at most the context of qwen3-8b, 40960 tokens, got 50000; lower it",
    ],
    [
      "another engine",
      { model: "qwen3:8b", engine: "tgi" },
      'engine: must be vllm, ollama or onnx, got "tgi"; correct it or leave it out for the default',
    ],
  ])("is reported %s", (_what, question, message) => expect(messages(question)).toEqual([message]));
});

describe("a question about the ONNX server", () => {
  const onnx = (more: object) => node({ engine: "onnx", model: "phi-4-mini-instruct", ...more });
  it("takes the size of the files, where it was published", () => {
    expect(onnx({ model: "deepseek-r1-distill-qwen-7b" }).weightsGib).toBeCloseTo(5_100_000_000 / gib, 10);
    expect(onnx({ model: "phi-4" }).weightsGib).toBeGreaterThan(7); // computed: nobody says
  });
  it("has 8,192 tokens of context and no other weights than its own", () => {
    expect(onnx({}).kvTokens).toBe(8192);
    expect(messages({ engine: "onnx", model: "phi-4-mini-instruct", quantization: "fp8" })).toEqual([
      'quantization: the ONNX server serves onnx-int4 only, got "fp8"; leave it out, or use engine vllm',
    ]);
  });
});

it("shows a total in two decimals", () => {
  const estimate = node({ model: "qwen3:8b", maxModelLen: 4096 });
  const shown = shownEstimate({ node: estimate });
  expect(shown).toMatchObject({ fits: true, totalGib: Number(estimate.totalGib.toFixed(2)), kvTokens: 4096 });
});
