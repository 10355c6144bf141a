import { describe, expect, it } from "vitest";

import { asked, modelOf, refusal } from "../../support/asked";

/** Other models, GPUs, versions and flags of the kinds in environments.test.ts; sources as there, and in the code that each rule names. */

const token = "hfToken: { env: HF_TOKEN }";
const hub = (tag: string): string => `weights: { ollama: { kind: library, tag: "${tag}" } }`;

describe("a repository or tag that is named", () => {
  it.each([
    ["engine: vllm, model: Qwen/Qwen3-14B-AWQ, gpu: a10, contextTokens: 4096", "Qwen/Qwen3-14B-AWQ", 9, 9.6],
    ["engine: vllm, model: Qwen/Qwen3-8B-FP8, gpu: a10, contextTokens: 4096", "Qwen/Qwen3-8B-FP8", 8.7, 8.9],
    ["engine: vllm, model: nvidia/Qwen3-8B-FP4, gpu: h100-80gb, contextTokens: 4096", "nvidia/Qwen3-8B-FP4", 5.9, 6.1],
    [
      "engine: vllm, model: RedHatAI/Qwen3-8B-quantized.w4a16, gpu: a10, contextTokens: 4096",
      "RedHatAI/Qwen3-8B-quantized.w4a16",
      5.5,
      5.8,
    ],
  ])("%s is downloaded, and of its own size", (chat, repository, low, high) => {
    const { download, memory } = modelOf(chat, token);
    expect(download?.repository).toBe(repository);
    expect(memory.weightsGib).toBeGreaterThan(low);
    expect(memory.weightsGib).toBeLessThan(high);
  });

  it.each([
    ["hf.co/unsloth/Qwen3-4B-GGUF:Q6_K", 3, 3.2],
    ["hf.co/unsloth/Qwen3-4B-GGUF:BF16", 7.4, 7.6],
    ["hf.co/unsloth/Qwen3-4B-GGUF:IQ4_XS", 2, 2.2],
    ["hf.co/unsloth/Qwen3-4B-GGUF:UD-Q4_K_XL", 2.3, 2.5], // in no table: as wide as any of 4 bits
    ["hf.co/unsloth/Qwen3-4B-GGUF", 2.3, 2.5],
    ["hf.co/unsloth/Qwen3-4B-GGUF:latest", 2.3, 2.5],
  ])("%s has the type behind its colon", (tag, low, high) => {
    const { weightsGib } = modelOf(`engine: ollama, model: qwen3-4b, cpu: true, ${hub(tag)}`).memory;
    expect(weightsGib).toBeGreaterThan(low);
    expect(weightsGib).toBeLessThan(high);
  });

  it.each([
    [
      `engine: ollama, model: qwen3-4b, cpu: true, ${hub("hf.co/unsloth/Qwen3-4B-GGUF:Q9_K")}`,
      'weights.ollama.tag: must be a GGUF type after the colon of a tag of hf.co, got "Q9_K"; use',
    ],
    [`engine: ollama, model: qwen3-4b, cpu: true, ${hub("qwen3:8b")}`, "holds qwen3-8b, and the model that is planned is qwen3-4b"],
    [
      `engine: ollama, model: qwen3-4b, cpu: true, ${hub("hf.co/unsloth/Qwen3-8B-GGUF:Q8_0")}`,
      "holds qwen3-8b, and the model that is planned is qwen3-4b",
    ],
    [
      "engine: vllm, model: qwen3-8b, gpu: a10, weights: { vllm: { kind: huggingFace, repository: Qwen/Qwen3-0.6B } }",
      "holds qwen3-0.6b, and the model that is planned is qwen3-8b",
    ],
    ["engine: vllm, model: Qwen/Qwen3-8B-GGUF, gpu: t4", "holds GGUF files, which vllm does not serve"],
    ["engine: vllm, model: google/gemma-3-4b-it-qat-q4_0-gguf, gpu: t4", "holds GGUF files, which vllm does not serve"],
    ["engine: vllm, model: unsloth/Qwen3-8B-bnb-4bit, gpu: t4", "vLLM 0.33.0 has no bitsandbytes weights"],
    ["engine: vllm, model: qwen3-14b-fp8, gpu: a10", "name the repository with its publisher"],
  ])("is refused where it is not what is planned: %s", (chat, reason) => expect(refusal(chat)).toContain(reason));

  it.each([
    "engine: vllm, model: qwen3-8b, gpu: a10, weights: { vllm: { kind: huggingFace, repository: acme/qwen3-8b-support } }",
    "engine: vllm, model: qwen3-8b, gpu: a10, weights: { vllm: { kind: huggingFace, repository: acme/our-own } }",
    `engine: ollama, model: gemma-3-4b-it, cpu: true, ${hub("gemma3:4b-it-qat")}`,
    `engine: ollama, model: qwen3-4b, cpu: true, ${hub("acme/assistant:2")}`,
  ])("and is not where it may be: %s", (chat) => expect(refusal(chat, token)).toBe(""));
});

describe("what the engine would refuse", () => {
  it.each([
    ["engine: vllm, model: qwen2.5-7b-instruct, gpu: a100-40gb, tensorParallel: 8", "28 attention heads do not divide by 8 GPUs"],
    ["engine: vllm, model: qwen2.5-0.5b-instruct, gpu: a100-40gb, tensorParallel: 4", "14 attention heads do not divide by 4 GPUs"],
    ["engine: vllm, model: phi-4, gpu: a100-40gb, tensorParallel: 8", "10 key-value heads do not divide by 8 GPUs"],
    ["engine: vllm, model: qwen3-8b, gpu: a100-40gb, tensorParallel: 3", "tensorParallel: must be 1, 2, 4 or 8 GPUs, got 3"],
    ["engine: vllm, model: gemma-2-2b-it, gpu: a10, dtype: float16", "vLLM does not run gemma2 in float16"],
    ["engine: vllm, model: gemma-3-4b-it, gpu: t4", "vLLM does not run gemma3 in float16"],
    ["engine: vllm, model: gpt-oss-20b, gpu: t4", "MXFP4 weights need compute capability 8.0"],
    ["engine: vllm, model: Qwen/Qwen3-8B-FP8, gpu: t4, engineVersion: 0.10.2", "FP8 weights need compute capability 8.0"],
    ["engine: vllm, model: RedHatAI/Qwen3-8B-quantized.w4a16, gpu: t4, engineVersion: 0.10.2", "WNA16 weights need compute capability 8.0"],
    [
      "engine: vllm, model: llama-3.1-8b-instruct, gpu: t4, kvCacheDtype: fp8_e5m2, quantization: fp8, contextTokens: 2048",
      "kvCacheDtype fp8_e5m2 needs compute capability 8.0",
    ],
    ["engine: vllm, model: qwen3-8b, gpu: a10, kvCacheDtype: nvfp4, engineVersion: 0.10.2", "must be a cache type of vLLM 0.10.2"],
    ["engine: vllm, model: qwen3-8b, gpu: a10, kvCacheDtype: turboquant_4bit_nc", "must be a type whose size is known"],
    ["engine: vllm, model: qwen3-0.6b, cpu: true, kvCacheDtype: nvfp4", "vLLM on a CPU has no cache in nvfp4"],
    ["engine: ollama, model: qwen3-4b, cpu: true, kvCacheDtype: q5_1", "must be a cache type of Ollama"],
    [
      "engine: vllm, model: qwen3-8b, gpu: a10, maxNumBatchedTokens: 4096, vllm: { chunkedPrefill: false }",
      "must be at least the context of 8192 tokens",
    ],
    // engine/arg_utils.py, _set_default_args_v1
    [
      "engine: vllm, model: qwen3-8b, gpu: a10, engineVersion: 0.10.2, vllm: { chunkedPrefill: false }",
      "vLLM 0.10.2 prefills in chunks whatever it is given",
    ],
    ["engine: vllm, model: qwen3-8b, gpu: a10, vllm: { toolParser: qwen3 }", "qwen3_xml"],
    ["engine: vllm, model: deepseek-r1-distill-qwen-7b, gpu: a10, vllm: { reasoningParser: deepseek-r1 }", "did you mean deepseek_r1"],
    ["engine: vllm, model: qwen3-8b, gpu: a10, engineVersion: 0.10.2, vllm: { toolParser: qwen3_json }", "must be a parser of vLLM 0.10.2"],
    ["engine: ollama, model: qwen3-0.6b, cpu: true, ollama: { parameters: { repetition_penalty: 1.1 } }", "did you mean repeat_penalty?"],
    ["engine: ollama, model: qwen3-0.6b, cpu: true, ollama: { parameters: { max_tokens: 100 } }", "did you mean num_predict?"],
    ["engine: ollama, model: qwen3-0.6b, cpu: true, ollama: { parameters: { n_ctx: 4096 } }", "set contextTokens instead"],
    [
      "engine: ollama, model: qwen3-0.6b, cpu: true, ollama: { variants: { poet: { parameters: { num_ctx: 4096 } } } }",
      "set contextTokens instead",
    ],
    [
      "engine: vllm, model: qwen3-8b, gpu: a100-40gb, vllm: { speculative: { method: draft_model, tokens: 3, model: llama-3.2-1b-instruct } }",
      "has a vocabulary of 128256",
    ],
    [
      "engine: vllm, model: gemma-3-12b-it, gpu: a100-80gb, vllm: { speculative: { method: draft_model, tokens: 3, model: gemma-3-1b-it } }",
      "has a vocabulary of 262144",
    ],
    [
      "engine: vllm, model: qwen3-8b, gpu: a10, engineVersion: 0.10.2, vllm: { speculative: { method: draft_model, tokens: 3, model: qwen3-0.6b } }",
      "does not run a draft model yet",
    ],
    [
      "engine: vllm, model: gpt-oss-20b, gpu: a100-40gb, vllm: { speculative: { method: mtp, tokens: 2 } }",
      "has no head for multi-token prediction (mtp)",
    ],
    [
      "engine: vllm, model: qwen3-vl-4b-instruct, gpu: a10, engineVersion: 0.10.2",
      "does not know the architecture Qwen3VLForConditionalGeneration",
    ],
    ["engine: vllm, model: glm-4.7-flash, gpu: h100-80gb, engineVersion: 0.10.2", "does not know the architecture Glm4MoeLiteForCausalLM"],
    ["engine: vllm, model: qwen3-32b, gpu: a100-40gb, engineVersion: 0.10.2, quantization: fp8", "loads 61.03 GiB of 16-bit weights"],
    ["engine: ollama, model: qwen3-vl-4b-instruct, cpu: true, concurrency: 2", "Ollama serves qwen3_vl one request at a time"],
    ["engine: ollama, model: nemotron-3-nano-30b-a3b, cpu: true, concurrency: 2", "Ollama serves nemotron_h one request at a time"],
    ["engine: vllm, model: qwen3-0.6b, cpu: true, tensorParallel: 2", "tensorParallel: is of GPUs, and cpu: true asks for a CPU"],
    ["engine: vllm, model: qwen3-0.6b, cpu: true, gpuMemoryUtilization: 0.5", "gpuMemoryUtilization: is of GPUs"],
    ["engine: vllm, model: qwen3-8b, gpu: l4", "no VM size that is known has NVIDIA L4"],
    ["engine: vllm, model: llama-3.2-3b-instruct, gpu: a10", "is gated and needs a token"],
  ])("%s", (chat, reason) => expect(refusal(chat, reason.includes("gated") ? "" : token)).toContain(reason));

  it.each([
    "engine: vllm, model: qwen2.5-14b-instruct, gpu: a100-40gb, tensorParallel: 8",
    "engine: vllm, model: gemma-3-1b-it, gpu: t4, dtype: float32, contextTokens: 4096",
    "engine: vllm, model: Qwen/Qwen3-8B-FP8, gpu: t4, contextTokens: 4096",
    "engine: vllm, model: RedHatAI/Qwen3-8B-quantized.w4a16, gpu: t4, contextTokens: 4096",
    "engine: vllm, model: qwen3-0.6b, cpu: true, kvCacheDtype: fp8",
    "engine: vllm, model: qwen3-8b, gpu: a10, engineVersion: 0.10.2, vllm: { chunkedPrefill: true }",
    "engine: vllm, model: llama-3.1-8b-instruct, gpu: a100-40gb, vllm: { speculative: { method: draft_model, tokens: 3, model: llama-3.2-1b-instruct } }",
    "engine: vllm, model: qwen3-32b, gpu: a100-80gb, vllm: { speculative: { method: draft_model, tokens: 3, model: Qwen/Qwen3-0.6B-FP8 } }",
    "engine: vllm, model: qwen3.5-4b, gpu: a100-40gb, vllm: { speculative: { method: mtp, tokens: 1 } }",
    "engine: vllm, model: qwen3-32b, gpu: a100-40gb, engineVersion: 0.10.2, quantization: fp8, tensorParallel: 2",
    "engine: ollama, model: gemma-3-4b-it, cpu: true, concurrency: 4",
  ])("and what it runs is planned: %s", (chat) => expect(refusal(chat, token)).toBe(""));
});

describe("arguments that a user adds", () => {
  const added = (args: string, more = ""): string => `engine: vllm, model: qwen3-8b, gpu: a10${more}, extraArgs: [${args}]`;

  it.each([
    ['"--host=127.0.0.1"', "--host is fixed by the manifest"],
    ['"--uds", "/tmp/s"', "--uds is fixed by the manifest"],
    ['"--config", "/x.yaml"', "--config is fixed by the manifest"],
    ['"--api-key", "x"', "--api-key would put a secret"],
    ['"-tp", "2"', "set tensorParallel instead"],
    ['"-pp=2"', "-pp changes what the plan sized"],
    ['"--data-parallel-size", "2"', "--data-parallel-size changes what the plan sized"],
    ['"--cpu-offload-gb", "8"', "--cpu-offload-gb changes what the plan sized"],
    ['"--speculative-config.method", "ngram"', "set vllm.speculative instead"],
    ['"--no-enable-chunked-prefill"', "set vllm.chunkedPrefill instead"],
    ['"--seed"', "--seed needs a value"],
    ['"--seed 7"', "is not a flag of vllm 0.33.0"],
    ['"--enable-prompt-embeds", "true"', "is a switch and takes no value"],
    ['"--seed.x", "7"', "takes no keys behind a dot"],
    ['"--enable-reasoning"', "use the field vllm.reasoningParser"],
    ['"--speculative-model", "x"', "use the field vllm.speculative"],
    ['"--guided-decoding-disable-fallback"', "use the field vllm.structuredOutputs"],
    ['"--device", "cpu"', "use the field cpu"],
    ['"--num-scheduler-steps", "8"', 'got "--num-scheduler-steps"; remove it'],
    ['"--use-v2-block-manager"', 'got "--use-v2-block-manager"; remove it'],
  ])("%s", (args, reason) => expect(refusal(added(args))).toContain(reason));

  it.each([
    ['"--seed=7"', ""],
    ['"-O3"', ""],
    ['"--compilation-config.mode", "3"', ""],
    ['"--no-trust-remote-code"', ""],
    [`"--limit_mm_per_prompt", '{"image": 0}'`, ""],
    // 0.10.2, config/multimodal.py: a dictionary too
    ['"--limit-mm-per-prompt.image", "0"', ", engineVersion: 0.10.2"],
    [`"--limit-mm-per-prompt", '{"image": 0}'`, ", engineVersion: 0.10.2"],
  ])("and %s%s is taken", (args, more) => expect(refusal(added(args, more))).toBe(""));
});

describe("volumes", () => {
  const large = "engine: vllm, model: qwen3-32b, gpu: a100-80gb";

  it.each([
    [`${large}, storage: { class: azurefile-premium, shared: true, gib: 100 }`, 1100],
    [`${large}, storage: { class: azurefile-csi-premium, shared: true, gib: 75 }`, 1150],
    [
      `${large}, weights: { vllm: { kind: volume, claim: models, path: q } }, storage: { class: azurefile-csi-premium, shared: true, gib: 100 }`,
      1100,
    ],
  ])("that are slow give a start time: %s", (chat, least) => expect(modelOf(chat).coldStart.loadSeconds).toBeGreaterThanOrEqual(least));

  it.each([
    [`${large}, storage: { class: managed-csi, gib: 100 }`],
    [`${large}, storage: { class: standard, gib: 100 }`],
    [`${large}, weights: { vllm: { kind: volume, claim: models, path: q } }, storage: { class: azurefile-csi-premium, shared: true }`],
  ])("whose pace is not known are warned of: %s", (chat) =>
    expect(asked(chat).plan!.warnings.join("\n")).toMatch(/the throughput of the storage class [\w-]+ is not known/),
  );

  it.each([
    [`${large}, storage: { gib: 40 }`, "storage.gib: must hold 61.03 GiB of weights, got 40; use 63 or more"],
    [`${large}, quantization: fp8, storage: { gib: 40 }`, "storage.gib: must hold 61.03 GiB of weights"],
    ["engine: vllm, model: qwen3-0.6b, cpu: true, replicas: 3", "several replicas cannot share a volume of one node"],
    [
      "engine: ollama, model: qwen3-0.6b, cpu: true, replicas: 2, weights: { ollama: { kind: volume, claim: m, path: q.gguf } }",
      "nothing says that the claim m is another",
    ],
    [
      "engine: vllm, model: qwen3-0.6b, gpu: a10, replicas: 2, storage: { class: managed-csi-premium, shared: true }",
      "managed-csi-premium is of Azure Disks",
    ],
    [
      `${large}, storage: { class: azurefile-csi-premium, shared: true, gib: 100 }, coldStart: { loadSeconds: 300 }`,
      "coldStart.loadSeconds: must be at least 569 s",
    ],
  ])("that cannot be are refused: %s", (chat, reason) => expect(refusal(chat)).toContain(reason));

  it.each([
    "engine: vllm, model: qwen3-0.6b, gpu: a10, replicas: 2, storage: { class: azurefile-csi, shared: true }",
    `${large}, storage: { gib: 62 }`,
  ])("and those that can are not: %s", (chat) => expect(refusal(chat)).toBe(""));
});

describe("on Azure", () => {
  const azure = (more = "", observed = ""): string =>
    `target: azure\nazure: { prefix: contoso, tags: { owner: a@example.com, costCentre: "1" }, kubernetesVersion: "1.36", api: { kind: private }, adminGroups: [11111111-1111-4111-8111-111111111111], observability: { alertEmails: [a@example.com], budget: { usdPerMonth: 9000${observed} } }${more} }`;
  const image = `acme.azurecr.io/w@sha256:${"a".repeat(64)}`;
  const eight = "engine: vllm, model: qwen3-14b, size: Standard_ND96asr_v4, tensorParallel: 1, replicas: 8";
  const share = "storage: { class: azurefile-csi-premium, shared: true, gib: 100 }";
  const copied = `engine: ollama, model: gpt-oss-20b, size: Standard_ND96asr_v4, replicas: 16, weights: { ollama: { kind: image, image: "${image}", path: m.gguf } }`;
  const tiny = "engine: ollama, model: qwen3-0.6b, cpu: true";
  const onT4 = "engine: vllm, model: qwen3-0.6b, size: Standard_NC4as_T4_v3";

  it.each([
    [
      `${eight}, ${share}`,
      azure(", pools: { Standard_ND96asr_v4: { osDiskGib: 64 } }"),
      "osDiskGib: must hold what models.chat asks of one node's disk, 85.2 GiB: 8 pods with 10 GiB",
    ],
    [copied, azure(), "16 pods with 25 GiB, an image of weights of 11.92 GiB"],
    [
      `engine: vllm, model: qwen3-32b, size: Standard_NC24ads_A100_v4, weights: { vllm: { kind: image, image: "${image}" } }`,
      azure(", pools: { Standard_NC24ads_A100_v4: { osDiskGib: 64 } }"),
      "an image of weights of 61.03 GiB",
    ],
    [
      tiny,
      azure("", ", from: 2024-01"),
      'budget.from: must be a month from 2026-11 to 2027-11: Azure takes no other for a new budget, got "2024-01"',
    ],
    [tiny, azure("", ", from: 2026-10"), "budget.from: must be a month from 2026-11"],
    [tiny, azure("", ", from: 2027-12"), "budget.from: must be a month from 2026-11"],
    [tiny, azure(", pools: { Standard_NC4as_T4_v3: {} }"), "no model is planned on this size"],
    ...["azureBlob", "s3", "gcs"].map((kind) => [
      `${onT4}, weights: { vllm: { kind: ${kind}, path: x } }`,
      azure(),
      `got "${kind}"; object stores are not read: use volume`,
    ]),
    [
      `${tiny}, weights: { ollama: { kind: image, image: "${image}", path: m.gguf } }`,
      azure().replace('"1.36"', '"1.34"'),
      "image volumes are on by default from Kubernetes 1.35",
    ],
  ])("%s is refused in %s", (chat, more, reason) => expect(refusal(chat!, more)).toContain(reason));

  it.each([
    [`${eight}, ${share}`, azure()],
    [`${eight}, ${share}`, azure(", pools: { Standard_ND96asr_v4: { osDiskGib: 95 } }")],
    [copied, azure(", pools: { Standard_ND96asr_v4: { osDiskGib: 464 } }")],
    [tiny, azure("", ", from: 2026-11")],
    [tiny, azure("", ", from: 2027-11")],
  ])("and %s is planned in %s", (chat, more) => expect(refusal(chat, more)).toBe(""));

  it.each([
    ["[{ name: huggingface.co }]", true],
    ["[{ name: huggingface.co }, { name: cdn-lfs.hf.co }]", true],
    ['[{ name: huggingface.co }, { name: "*.hf.co" }]', false],
    ["[{ name: huggingface.co }, 10.0.0.0/8]", false],
  ])("hosts of the Hub that %s leaves out are warned of: %s", (weightsFrom, warned) => {
    const warnings = (chat: string, more = ""): boolean =>
      asked(chat, `${azure()}\nweightsFrom: ${weightsFrom}${more}`).plan!.warnings.some((text) => text.includes("hosts below hf.co"));
    expect(warnings(onT4)).toBe(warned);
    expect([warnings(tiny), warnings(onT4, "\nhfEndpoint: https://hub.example")]).toEqual([false, false]);
  });
});
