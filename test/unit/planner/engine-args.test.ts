import { describe, expect, it } from "vitest";

import type { ModelRequest, PlanRequest } from "../../../lib/planner/types";
import { planned, toy } from "../../support/toy-model";

const vllm: ModelRequest = { model: toy, engine: "vllm", contextTokens: 4096 };
const text = (request: ModelRequest, more: Partial<PlanRequest> = {}): string =>
  planned(request, { target: "kubernetes", ...more }).args.join(" ");

const head = "--max-model-len 4096";
const batch = "--max-num-seqs 16 --max-num-batched-tokens 2048";
const start = `${head} ${batch} --gpu-memory-utilization 0.92`;
const end = "--shutdown-timeout 45";
const volume = { kind: "volume", claim: "models", path: "toy" } as const;

describe("arguments of vLLM", () => {
  it.each<[string, Partial<ModelRequest>, string]>([
    ["nothing more than the plan needs", {}, `${start} ${end}`],
    ["twice the requests as sequences", { concurrency: 9 }, `${start.replace("seqs 16", "seqs 18")} ${end}`],
    ["at least 16 sequences", { concurrency: 8 }, `${start} ${end}`],
    [
      "at most 256 sequences",
      { concurrency: 129, contextTokens: 256 },
      `${start.replace("seqs 16", "seqs 256").replace("4096", "256")} ${end}`,
    ],
    ["the batch", { maxNumBatchedTokens: 512 }, `${start.replace("tokens 2048", "tokens 512")} ${end}`],
    [
      "no more sequences than tokens",
      { concurrency: 200, maxNumBatchedTokens: 256, contextTokens: 256 },
      `${start.replace("seqs 16", "seqs 256").replace("tokens 2048", "tokens 256").replace("4096", "256")} ${end}`,
    ],
    ["the utilisation", { gpuMemoryUtilization: 0.5 }, `${start.replace("0.92", "0.5")} ${end}`],
    ["the split", { tensorParallel: 2 }, `${start} --tensor-parallel-size 2 ${end}`],
    ["no split over one card", { tensorParallel: 1 }, `${start} ${end}`],
    ["the data type", { dtype: "float16" }, `${start} --dtype float16 ${end}`],
    ["no data type that the engine finds itself", { dtype: "auto" }, `${start} ${end}`],
    ["an 8-bit cache", { kvCacheDtype: "fp8" }, `${start} --kv-cache-dtype fp8 ${end}`],
    ["a 16-bit cache", { kvCacheDtype: "bfloat16" }, `${start} --kv-cache-dtype bfloat16 ${end}`],
    [
      "a 4-bit cache",
      { kvCacheDtype: "nvfp4", gpu: "h100-nvl-94gb", model: { ...toy, attention: { full: { layers: 16, kvHeads: 4, headDim: 128 } } } },
      `${start} --kv-cache-dtype nvfp4 ${end}`,
    ],
    ["no cache type that the engine finds itself", { kvCacheDtype: "auto" }, `${start} ${end}`],
    ["no graphs", { enforceEager: true }, `${start} --enforce-eager ${end}`],
    ["graphs", { enforceEager: false }, `${start} ${end}`],
    ["adapters", { adapters: { count: 2, rank: 16 } }, `${start} --enable-lora --max-loras 2 --max-lora-rank 16 ${end}`],
    ["the next larger rank", { adapters: { count: 1, rank: 17 } }, `${start} --enable-lora --max-loras 1 --max-lora-rank 32 ${end}`],
    ["the smallest rank", { adapters: { count: 1, rank: 1 } }, `${start} --enable-lora --max-loras 1 --max-lora-rank 8 ${end}`],
    ["the largest rank", { adapters: { count: 1, rank: 600 } }, `${start} --enable-lora --max-loras 1 --max-lora-rank 512 ${end}`],
    ["prefix caching", { vllm: { prefixCaching: true } }, `${start} --enable-prefix-caching ${end}`],
    ["no prefix caching", { vllm: { prefixCaching: false } }, `${start} --no-enable-prefix-caching ${end}`],
    ["chunked prefill", { vllm: { chunkedPrefill: true } }, `${start} --enable-chunked-prefill ${end}`],
    [
      "no chunked prefill, and a batch of the whole context",
      { vllm: { chunkedPrefill: false } },
      `${start.replace("--max-num-batched-tokens 2048", "--max-num-batched-tokens 4096")} --no-enable-chunked-prefill ${end}`,
    ],
    [
      "guesses from the prompt",
      { vllm: { speculative: { method: "ngram", tokens: 4 } } },
      `${start} --speculative-config {"method":"ngram","num_speculative_tokens":4,"prompt_lookup_max":4} ${end}`,
    ],
    [
      "guesses of its own head",
      { model: { ...toy, modelType: "qwen3_5", unloadedParameters: 1024 }, vllm: { speculative: { method: "mtp", tokens: 1 } } },
      `${start} --speculative-config {"method":"mtp","num_speculative_tokens":1} ${end}`,
    ],
    ["a parser of tool calls", { vllm: { toolParser: "hermes" } }, `${start} --enable-auto-tool-choice --tool-call-parser hermes ${end}`],
    ["a parser of reasoning", { vllm: { reasoningParser: "qwen3" } }, `${start} --reasoning-parser qwen3 ${end}`],
    [
      "a back end of structured output",
      { vllm: { structuredOutputs: "xgrammar" } },
      `${start} --structured-outputs-config {"backend":"xgrammar"} ${end}`,
    ],
    ["further arguments, last", { extraArgs: ["--seed", "7"] }, `${start} ${end} --seed 7`],
  ])("are %s", (_what, request, expected) => {
    expect(text({ ...vllm, ...request })).toBe(expected);
  });

  it("ask for a quantization that vLLM makes when it loads, and for no other", () => {
    const of = (model: string, quantization?: string) =>
      text({ model, engine: "vllm", contextTokens: 4096, ...(quantization ? { quantization } : {}) });
    expect(of("qwen3-0.6b", "fp8")).toBe(`${start} --quantization fp8 ${end}`);
    expect(of("qwen3-0.6b", "int8")).toBe(`${start} --quantization int8_per_channel_weight_only ${end}`);
    expect(text({ ...vllm, quantization: "bitsandbytes", engineVersion: "0.10.2" })).toContain("--quantization bitsandbytes");
    expect(of("Qwen/Qwen3-0.6B-FP8")).toBe(`${start} ${end}`); // stored so
    expect(of("Qwen/Qwen3-0.6B-AWQ")).toBe(`${start} ${end}`);
    expect(text({ ...vllm, model: { ...toy, checkpointQuantization: "fp8" }, quantization: "fp8" })).toBe(`${start} ${end}`);
    expect(text({ ...vllm, quantization: "fp8" })).toBe(`${start} --quantization fp8 ${end}`);
  });

  it("are those of an older version", () => {
    const old = `${start.replace("0.92", "0.9")}`;
    expect(text({ ...vllm, engineVersion: "0.10.2" })).toBe(old);
    expect(text({ ...vllm, engineVersion: "0.10.2", vllm: { structuredOutputs: "guidance" } })).toBe(
      `${old} --guided-decoding-backend guidance`,
    );
  });

  it("say on a CPU how large the cache is, and no core is kept from the model", () => {
    // 4,096 × 16 KiB and 0.3 GiB: 67,108,864 + 322,122,547.2 bytes, rounded down
    const { args, environment } = planned({ ...vllm, cpu: true }, { target: "kubernetes" });
    expect(args.join(" ")).toBe(`${head} ${batch} --kv-cache-memory-bytes 389231411 ${end}`);
    expect(environment).toEqual({ VLLM_CPU_NUM_OF_RESERVED_CPU: "0" });
    expect(planned(vllm, { target: "kubernetes" }).environment).toEqual({});
  });
});

describe("settings of Ollama", () => {
  const ollama: ModelRequest = { model: toy, engine: "ollama", contextTokens: 4096 };
  const settings = { OLLAMA_CONTEXT_LENGTH: "4096", OLLAMA_NUM_PARALLEL: "1", OLLAMA_MAX_LOADED_MODELS: "1" };
  it.each<[string, Partial<ModelRequest>, Record<string, string>]>([
    ["its context", {}, settings],
    ["requests at once", { concurrency: 3 }, { ...settings, OLLAMA_NUM_PARALLEL: "3" }],
    ["further models", { additionalModels: { a: { model: toy }, b: { model: toy } } }, { ...settings, OLLAMA_MAX_LOADED_MODELS: "3" }],
    ["an 8-bit cache", { kvCacheDtype: "q8_0" }, { ...settings, OLLAMA_KV_CACHE_TYPE: "q8_0", OLLAMA_FLASH_ATTENTION: "1" }],
    ["a 16-bit cache", { kvCacheDtype: "f16" }, settings],
    ["none of vLLM's features", { vllm: { prefixCaching: true } }, settings],
  ])("are %s, by environment", (_what, request, environment) => {
    expect(planned({ ...ollama, ...request }, { target: "kubernetes" })).toMatchObject({ args: [] });
    expect(planned({ ...ollama, ...request }, { target: "kubernetes" }).environment).toEqual(environment);
  });
});

describe("arguments of the ONNX server", () => {
  const onnx: ModelRequest = { model: toy, engine: "onnx", contextTokens: 4096, concurrency: 2 };
  it.each<[string, Partial<ModelRequest>, string]>([
    ["on a CPU", {}, "--provider cpu --max-context-tokens 4096 --max-slots 2 --shutdown-timeout 45"],
    ["on a GPU", { cpu: false }, "--provider cuda --max-context-tokens 4096 --max-slots 2 --shutdown-timeout 45"],
    [
      "with more, last",
      { extraArgs: ["--threads", "2"], weights: { onnx: volume } },
      "--provider cpu --max-context-tokens 4096 --max-slots 2 --shutdown-timeout 45 --threads 2",
    ],
  ])("%s", (_what, request, expected) => {
    const { args, environment } = planned({ ...onnx, ...request }, { target: "kubernetes" });
    expect(args.join(" ")).toBe(expected);
    expect(environment).toEqual({});
  });
});
