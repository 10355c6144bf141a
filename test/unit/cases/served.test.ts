import { describe, expect, it } from "vitest";

import { findOllamaTag, findShape } from "../../../lib/catalog/catalog";
import { answer } from "../../../lib/planner/estimate";
import { modelOf, refusal } from "../../support/asked";

/** Further kinds of the cases: what a server is for, closed values of flags, wishes that contradict each other, tags of Ollama, gates. */

const token = "hfToken: { env: HF_TOKEN }";
const added = (args: string, more = ""): string => refusal(`engine: vllm, model: qwen3-8b, gpu: a100-80gb${more}, extraArgs: [${args}]`);

describe("arguments that change what the server is for", () => {
  it.each<[string, string, string?]>([
    ['"--runner", "pooling"', "--runner changes what the server answers to"],
    ['"--task", "embed"', "--task changes what the server answers to", ", engineVersion: 0.10.2"],
    ['"--convert", "embed"', "--convert changes what the server answers to"],
    ['"--tokens-only"', "--tokens-only changes what the server answers to"],
    ['"--skip-tokenizer-init"', "--skip-tokenizer-init changes what the server answers to"],
    ['"--mm-encoder-only"', "--mm-encoder-only changes what the server answers to"],
    ['"--middleware", "auth.check"', "--middleware would load code into the server"],
    ['"--enable-eplb"', "--enable-eplb changes what the plan sized"],
    ['"--data-parallel-supervisor-port", "9000"', "changes what the plan sized"],
    ['"--disable-hybrid-kv-cache-manager"', "changes what the plan sized"],
  ])("%s are refused", (args, reason, more = "") => expect(added(args, more)).toContain(reason));
});

describe("values that a release lists in its code", () => {
  it.each([
    // config/vllm.py, OptimizationLevel; utils/argparse_utils.py: what follows -O is the level
    ['"-O9"', "", "must be one of 0, 1, 2, 3"],
    ['"--optimization-level", "4"', "", "must be one of 0, 1, 2, 3"],
    ['"-O.mode=3"', "", "must be one of 0, 1, 2, 3"],
    ['"-O7"', ", engineVersion: 0.10.2", "must be one of 0, 1, 2, 3"],
    // v1/attention/backends/registry.py; config/mamba.py
    ['"--attention-backend", "FLASHINFR"', "", "must be one of FLASHINFER"],
    ['"--mamba-backend", "cuda"', "", "must be one of TRITON, FLASHINFER, CPU"],
  ])("%s%s is refused", (args, more, reason) => expect(added(args, more)).toContain(reason));

  it.each([
    ['"-O0"', ""],
    ['"-O", "2"', ""],
    ['"-O3"', ", engineVersion: 0.10.2"],
    ['"-O.level=3"', ", engineVersion: 0.10.2"],
    ['"--attention-backend", "flashinfer"', ""],
    ['"--attention-backend=TRITON_ATTN"', ""],
    ['"--attention-backend", "auto"', ""],
  ])("%s%s is taken", (args, more) => expect(added(args, more)).toBe(""));
});

it.each([
  ['"--context-length", "8192"', "use the field contextTokens"],
  ['"--tp", "2"', "use the field tensorParallel"],
  ['"--num-shard", "2"', "use the field tensorParallel"],
  ['"--mem-fraction-static", "0.9"', "use the field gpuMemoryUtilization"],
  ['"--max-running-requests", "8"', "use the field concurrency"],
  ['"--tool-parser", "hermes"', "use the field vllm.toolParser"],
  ['"--disable-radix-cache"', "use the field vllm.prefixCaching"],
])("%s of another server has the field's name for advice", (args, reason) => expect(added(args)).toContain(reason));

describe("an embedding model generates no text", () => {
  it.each([
    ["qwen3-embedding-0.6b", "toolParser: hermes", "vllm.toolParser: Qwen/Qwen3-Embedding-0.6B is an embedding model"],
    ["qwen3-embedding-4b", "reasoningParser: qwen3", "is an embedding model"],
    ["qwen3-embedding-8b", "speculative: { method: ngram, tokens: 3 }", "is an embedding model"],
    ["qwen3-embedding-0.6b", "structuredOutputs: xgrammar", "is an embedding model"],
  ])("%s with %s is refused", (model, feature, reason) =>
    expect(refusal(`engine: vllm, model: ${model}, gpu: a10, vllm: { ${feature} }`)).toContain(reason),
  );

  it("and is planned without them", () =>
    expect(refusal("engine: vllm, model: qwen3-embedding-0.6b, gpu: a10, vllm: { prefixCaching: false }")).toBe(""));
});

describe("guesses of several tokens", () => {
  // models/registry.py has Glm4MoeLiteMTPModel, Qwen3NextMTP and MiMoMTPModel, and the checkpoints hold the layer
  it.each([
    ["glm-4.7-flash", "h100-80gb"],
    ["Qwen/Qwen3-Next-80B-A3B-Instruct", "h200"],
    ["XiaomiMiMo/MiMo-7B-RL", "a100-80gb"],
  ])("by the own head of %s are planned", (model, gpu) =>
    expect(refusal(`engine: vllm, model: ${model}, gpu: ${gpu}, vllm: { speculative: { method: mtp, tokens: 1 } }`)).toBe(""),
  );

  it.each(["Qwen/Qwen3-Coder-Next", "nemotron-3-nano-30b-a3b"])("by a head that %s lacks are refused", (model) =>
    expect(refusal(`engine: vllm, model: ${model}, gpu: h200, vllm: { speculative: { method: mtp, tokens: 1 } }`)).toContain("(mtp)"),
  );

  it("by an EAGLE-3 head, as by any other", () => {
    const method = (draft: object): unknown =>
      answer({ model: "Qwen/Qwen3-8B", gpu: "H100", speculative: { method: "eagle3", tokens: 3, ...draft } });
    expect(JSON.stringify(method({}))).toContain("eagle3 guesses with a model of its own");
    expect(JSON.stringify(method({ model: "Qwen/Qwen3-0.6B" }))).toContain("is no EAGLE head of");
  });
});

describe("wishes for a place", () => {
  it.each([
    ["gpu: a10, size: Standard_NC4as_T4_v3", "size: has NVIDIA T4, and gpu asks for NVIDIA A10"],
    ["gpu: h100-80gb, size: Standard_NC24ads_A100_v4", "has NVIDIA A100 80GB PCIe, and gpu asks for NVIDIA H100 80GB SXM5"],
    ["gpu: a10, size: Standard_D8s_v5", "has no GPU, and gpu asks for NVIDIA A10"],
    ["size: Standard_NC24ads_A100_v4, tensorParallel: 2", "Standard_NC24ads_A100_v4 has one GPU, and tensorParallel asks for 2"],
    ["gpu: a10, tensorParallel: 4", "a size with NVIDIA A10 has at most 2 GPUs, and tensorParallel asks for 4"],
  ])("that contradict each other say so: %s", (place, reason) =>
    expect(refusal(`engine: vllm, model: qwen3-8b, ${place}`)).toContain(reason),
  );

  it("a card that is named without its form is any of them", () => {
    const { placement } = modelOf("engine: vllm, model: phi-4-mini-instruct, gpu: a100-80gb, tensorParallel: 8");
    expect([placement.gpu, placement.gpuCount]).toEqual(["a100-80gb-sxm", 8]);
    expect(modelOf("engine: vllm, model: phi-4-mini-instruct, gpu: a100-80gb").placement.gpu).toBe("a100-80gb-pcie");
    expect(refusal("engine: vllm, model: phi-4-mini-instruct, gpu: a100-80gb-pcie, tensorParallel: 8")).toContain("has at most 4 GPUs");
  });
});

/** Sizes in GB of the default tags: README of Ollama 0.3 to 0.5, and `ollama list` in public logs. */
it.each([
  ["llama2:7b", 3.8],
  ["llama3:8b", 4.7],
  ["gemma2:9b", 5.5],
  ["gemma2:27b", 16],
  ["phi3:mini", 2.2],
  ["phi3.5:3.8b", 2.2],
  ["tinyllama:1.1b", 0.637],
  ["qwen2:7b", 4.4],
  ["solar:10.7b", 6.1],
  ["codellama:7b", 3.8],
  ["deepseek-coder:6.7b", 3.8],
  ["deepseek-coder-v2:16b", 8.9],
  ["mistral-nemo:12b", 7.1],
  ["mixtral:8x7b", 26],
  ["llama3.1:8b", 4.9],
  ["mistral:7b", 4.4],
])("the default type of %s is that of its %d GB", (model, gb) => {
  const result = answer({ model, gpu: "H100", engine: "ollama", maxModelLen: 2048 });
  const weights = "node" in result ? result.node.weightsGib * 1.073741824 : 0;
  expect(Math.abs(weights / gb - 1)).toBeLessThan(0.06);
});

it.each([
  ["qwen3-32b", "qwen3:32b"],
  ["gemma-2-9b-it", "gemma2:9b"],
  ["qwen3-coder-30b-a3b-instruct", "qwen3-coder:30b"],
  ["qwen3-vl-8b-instruct", "qwen3-vl:8b"],
])("%s is pulled as %s", (model, tag) => {
  expect(modelOf(`engine: ollama, model: ${model}, cpu: true`, token).weights.source).toEqual({ kind: "library", tag });
  expect(findOllamaTag(tag)?.model.id).toBe(model);
});

it.each(["gemma-2-2b-it", "meta-llama-3-8b-instruct", "llama-2-7b-chat-hf", "google/gemma-7b-it", "google/medgemma-4b-it"])(
  "%s is gated, as all of its publisher's",
  (model) => expect(refusal(`engine: vllm, model: ${model}, gpu: a100-80gb`)).toContain("is gated and needs a token"),
);

it.each([
  ["google/medgemma-4b-it", "gemma-3-4b-it"],
  ["google/translategemma-4b-it", "gemma-3-4b-it"],
])("%s has the shape of %s", (name, id) => expect(findShape(name)?.model.id).toBe(id));

describe("latent attention", () => {
  const of = (model: string, more: string): string => refusal(`engine: vllm, model: ${model}, contextTokens: 4096, ${more}`);
  const lite = "deepseek-ai/DeepSeek-V2-Lite-Chat";

  // v1/attention/backends/mla: prompts go through FlashAttention 2, an 8-bit cache through Triton's FP8 below Hopper
  it.each([
    [lite, "gpu: t4, tensorParallel: 4", "latent attention needs compute capability 8.0, NVIDIA T4 has 7.5"],
    ["glm-4.7-flash", "gpu: t4, tensorParallel: 4, engineVersion: 0.33.0", "latent attention needs compute capability 8.0"],
    [lite, "gpu: a100-80gb, kvCacheDtype: fp8", "kvCacheDtype fp8 needs compute capability 8.9, NVIDIA A100 80GB PCIe has 8.0"],
    [lite, "gpu: h100-80gb, kvCacheDtype: int8_per_token_head", "no backend of latent attention in vLLM 0.33.0 reads kvCacheDtype int8"],
  ])("of %s is refused with %s", (model, more, reason) => expect(of(model, more)).toContain(reason));

  it.each([
    [lite, "gpu: a100-40gb"],
    [lite, "gpu: h100-80gb, kvCacheDtype: fp8"],
    ["glm-4.7-flash", "gpu: h100-80gb, kvCacheDtype: fp8_e4m3"],
  ])("of %s runs with %s", (model, more) => expect(of(model, more)).toBe(""));
});

it("a question about a repository of GGUF files is refused by a release that reads none", () => {
  const asked = (engineVersion: string): string =>
    JSON.stringify(answer({ model: "Qwen/Qwen3-8B-GGUF", gpu: "H100", maxModelLen: 4096, engineVersion }));
  expect(asked("0.33.0")).toContain("holds GGUF files, which vllm does not serve");
  for (const version of ["0.10.2", "0.15.0"]) expect(asked(version)).not.toContain("GGUF");
});
