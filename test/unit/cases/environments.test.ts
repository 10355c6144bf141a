import { describe, expect, it } from "vitest";

import { parseEnvironment } from "../../../stacks/environment";
import { asked, modelOf as model, refusal } from "../../support/asked";

/**
 * Environments that people's public bug reports make one ask about, with the right behaviour. Each stands for its kind; where the fact is
 * stated is said beside it.
 */

describe("the weights that are named are those that are planned and downloaded", () => {
  // Qwen/Qwen3-8B-AWQ holds 5.68 GiB, the base 15.3 (kaito model_catalog.yaml)
  it("a repository of a quantized variant", () => {
    const { download, weights, memory } = model("engine: vllm, model: Qwen/Qwen3-8B-AWQ, gpu: t4, contextTokens: 4096");
    expect([download?.repository, weights.source]).toEqual(["Qwen/Qwen3-8B-AWQ", { kind: "huggingFace", repository: "Qwen/Qwen3-8B-AWQ" }]);
    expect(memory.weightsGib).toBeGreaterThan(5);
    expect(memory.weightsGib).toBeLessThan(7);
  });

  it("a variant without its publisher is refused", () => {
    expect(refusal("engine: vllm, model: qwen3-8b-awq, gpu: t4")).toContain(
      "name the repository with its publisher, such as Qwen/qwen3-8b-awq",
    );
  });

  // Hugging Face docs, hub/ollama: what follows the colon is the GGUF type
  it.each([
    ["hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q8_0", 3, 3.6],
    ["hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:F16", 5.8, 6.3],
    ["llama3.2:3b-instruct-q8_0", 3, 3.6],
  ])("the type of the tag %s", (tag, low, high) => {
    const { weightsGib } = model(
      `engine: ollama, model: llama-3.2-3b-instruct, cpu: true, weights: { ollama: { kind: library, tag: "${tag}" } }`,
    ).memory;
    expect(weightsGib).toBeGreaterThan(low);
    expect(weightsGib).toBeLessThan(high);
  });

  // files of Qwen/Qwen3-32B: 65.5 GB, quantized only while they are loaded
  it("a volume holds the 16-bit files of a model that is quantized while it loads", () => {
    expect(model("engine: vllm, model: qwen3-32b, gpu: a100-80gb, quantization: fp8").download!.claimGib).toBeGreaterThanOrEqual(62);
  });

  // files of Qwen/Qwen2.5-Coder-1.5B-Instruct: 2.9 GiB more
  it("a draft model is an artefact of its own, counted and downloaded", () => {
    const speculative = "speculative: { method: draft_model, tokens: 4, model: Qwen/Qwen2.5-Coder-1.5B-Instruct }";
    const asked = "engine: vllm, model: qwen2.5-coder-3b-instruct, gpu: a10, contextTokens: 4096, gpuMemoryUtilization: 0.9";
    const { draft, memory, download } = model(`${asked}, vllm: { ${speculative} }`);
    expect(draft).toEqual({ source: { kind: "huggingFace", repository: "Qwen/Qwen2.5-Coder-1.5B-Instruct" } });
    expect(memory.weightsGib).toBeGreaterThan(8.2);
    expect(memory.weightsGib).toBeLessThan(9.3);
    expect(download!.downloadGib).toBeCloseTo(memory.weightsGib, 1);
  });
});

describe("what the engine refuses is refused before, with its reason", () => {
  it.each([
    // vllm#16021; model_executor/models/llama.py
    ["engine: vllm, model: phi-4, gpu: a100-40gb, tensorParallel: 4", "10 key-value heads do not divide by 4 GPUs"],
    // vllm#14817; config/model.py, _FLOAT16_NOT_SUPPORTED_MODELS
    ["engine: vllm, model: gemma-3-1b-it, gpu: t4, dtype: float16", "vLLM does not run gemma3_text in float16"],
    // vllm#22288; quantization/mxfp4.py, get_min_capability
    ["engine: vllm, model: gpt-oss-20b, gpu: t4, tensorParallel: 4", "MXFP4 weights need compute capability 8.0, NVIDIA T4 has 7.5"],
    // vllm#26431; v1/attention/backends
    [
      "engine: vllm, model: qwen3-8b, gpu: t4, quantization: fp8, kvCacheDtype: fp8, contextTokens: 4096",
      "kvCacheDtype fp8 needs compute capability 8.0, NVIDIA T4 has 7.5",
    ],
    // vllm#946; platforms/cuda.py
    ["engine: vllm, model: qwen3-8b, gpu: t4, dtype: bfloat16", "NVIDIA T4 has no bfloat16: use dtype float16"],
    // tool_parsers/__init__.py
    ["engine: vllm, model: qwen3-8b, gpu: a10, vllm: { toolParser: llama3.1 }", "did you mean llama3_json"],
    // config/speculative.py
    [
      "engine: vllm, model: qwen3-8b, gpu: a100-40gb, vllm: { speculative: { method: mtp, tokens: 1 } }",
      "has no head for multi-token prediction (mtp)",
    ],
    // vLLM 0.10.2, models/registry.py
    [
      "engine: vllm, model: qwen3.5-4b, gpu: a10, engineVersion: 0.10.2",
      "vLLM 0.10.2 does not know the architecture Qwen3_5ForConditionalGeneration",
    ],
    // vLLM 0.10.2, quantization/fp8.py: the 16-bit model is loaded whole
    [
      "engine: vllm, model: qwen3-14b, gpu: a10, engineVersion: 0.10.2, quantization: fp8",
      "vLLM 0.10.2 loads 27.52 GiB of 16-bit weights before it quantizes them to fp8",
    ],
    // ollama api/types.go, FormatParams
    ["engine: ollama, model: qwen3-0.6b, cpu: true, ollama: { parameters: { temprature: 0.2 } }", "did you mean temperature?"],
    // ollama docs/modelfile: num_ctx goes before the server's default
    ["engine: ollama, model: qwen3-4b, cpu: true, ollama: { parameters: { num_ctx: 32768 } }", "set contextTokens instead"],
    // ollama#14510; server/sched.go
    ["engine: ollama, model: qwen3.5-4b, cpu: true, concurrency: 4", "Ollama serves qwen3_5 one request at a time"],
    // vllm-project/production-stack#107
    [
      "engine: vllm, model: qwen3-0.6b, cpu: true, replicas: 2, weights: { vllm: { kind: volume, claim: models, path: qwen3 } }",
      "nothing says that the claim models is another",
    ],
    ["engine: vllm, model: llama-3.1-8b-instruct, gpu: a10", "meta-llama/Llama-3.1-8B-Instruct is gated and needs a token"],
  ])("%s", (chat, reason) => {
    const token = chat.includes("gemma") ? "hfToken: { env: HF_TOKEN }" : "";
    expect(refusal(chat, token)).toContain(reason);
  });

  it.each([
    "engine: vllm, model: phi-4, gpu: a100-40gb, tensorParallel: 2",
    "engine: vllm, model: gemma-3-1b-it, gpu: a10, dtype: bfloat16",
    "engine: vllm, model: gpt-oss-20b, gpu: a10",
    "engine: vllm, model: qwen3-8b, gpu: a10, kvCacheDtype: fp8, contextTokens: 4096, quantization: fp8",
    "engine: vllm, model: qwen3-8b, gpu: a100-80gb, vllm: { toolParser: hermes, reasoningParser: qwen3 }",
    "engine: vllm, model: qwen3.5-4b, gpu: a10",
    "engine: vllm, model: qwen3-14b, gpu: a10, quantization: fp8",
    "engine: vllm, model: qwen3-14b, gpu: a10, engineVersion: 0.10.2, quantization: fp8, tensorParallel: 2",
    "engine: ollama, model: qwen3-4b, cpu: true, concurrency: 4, ollama: { parameters: { temperature: 0.2 } }",
    "engine: ollama, model: qwen3.5-4b, cpu: true, concurrency: 1",
  ])("and what runs is not: %s", (chat) => expect(refusal(chat, "hfToken: { env: HF_TOKEN }")).toBe(""));

  it("a name says which characters it may have", () => {
    const settings = { models: { "qwen2.5-7b": { engine: "vllm", model: "qwen2.5-7b-instruct", gpu: "a10" } } };
    expect(() => parseEnvironment("case", settings, "f")).toThrow(/must be a DNS label: 1 to 53 of a-z, 0-9 and -/);
  });
});

describe("what is planned reaches the engine", () => {
  const args = (chat: string): string => model(chat).args.join(" ");
  it("a batch of a whole prompt without chunked prefill", () => {
    const text = args("engine: vllm, model: qwen3-8b, gpu: a100-80gb, contextTokens: 8192, vllm: { chunkedPrefill: false }");
    expect(text).toContain("--no-enable-chunked-prefill");
    expect(text).toContain("--max-num-batched-tokens 8192");
  });

  // config/cache.py of both: a cache of prefixes is on by default
  it.each(["0.10.2", "0.33.0"])("no cache of prefixes in %s", (version) => {
    expect(args(`engine: vllm, model: qwen3-0.6b, gpu: a10, engineVersion: ${version}, vllm: { prefixCaching: false }`)).toContain(
      "--no-enable-prefix-caching",
    );
  });

  it("the cache's type", () => {
    expect(args("engine: vllm, model: qwen3-8b, gpu: a10, kvCacheDtype: nvfp4, quantization: fp8")).toContain("--kv-cache-dtype nvfp4");
    expect(model("engine: ollama, model: qwen3-4b, cpu: true, kvCacheDtype: q4_0").environment).toMatchObject({
      OLLAMA_KV_CACHE_TYPE: "q4_0",
      OLLAMA_FLASH_ATTENTION: "1",
    });
  });

  // vLLM 0.10.2, platforms/cpu.py
  it("the size of the cache on a CPU: of 0.10.2 by a variable, later by a flag", () => {
    const old = model("engine: vllm, model: qwen3-0.6b, cpu: true, engineVersion: 0.10.2");
    expect([old.environment["VLLM_CPU_KVCACHE_SPACE"], old.args.includes("--kv-cache-memory-bytes")]).toEqual(["2", false]);
    const now = model("engine: vllm, model: qwen3-0.6b, cpu: true");
    expect([now.environment["VLLM_CPU_KVCACHE_SPACE"], now.args.includes("--kv-cache-memory-bytes")]).toEqual([undefined, true]);
  });
});

describe("where it runs", () => {
  // NVIDIA/gpu-operator#897
  it("a GPU that nothing but the plan names is warned of", () => {
    expect(asked("engine: vllm, model: qwen3-8b, gpu: a100-80gb").plan!.warnings.join("\n")).toContain(
      "nodeLabels such as nvidia.com/gpu.product",
    );
  });

  // Azure Files: a premium share of 100 GiB has 110 MiB/s
  it("weights that are read from a slow share have a longer budget", () => {
    const slow = "storage: { class: azurefile-csi-premium, shared: true, gib: 100 }";
    expect(model(`engine: vllm, model: qwen3-32b, gpu: a100-80gb, ${slow}`).coldStart.loadSeconds).toBeGreaterThanOrEqual(780);
  });

  it("eight pods of one node ask for no more than its disk: weights lie on the volume", () => {
    const { pod } = model(
      "engine: vllm, model: qwen3-14b, size: Standard_ND96asr_v4, tensorParallel: 1, replicas: 8, storage: { shared: true }",
      "",
    );
    expect(8 * pod.ephemeralStorageGib).toBeLessThan(256);
  });
});
