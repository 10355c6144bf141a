import { describe, expect, it } from "vitest";

import { answer } from "../../../lib/planner/estimate";
import { faultMessage } from "../../../lib/planner/fault";
import { modelOf, refusal } from "../../support/asked";

/** Further kinds of the cases: how weights are stored against data types, GPUs, splits and releases; and the tag of a GGUF type. */

describe("weights that are stored in fewer bits", () => {
  it.each([
    // quantization/mxfp4.py, auto_awq.py, fp8.py: get_supported_act_dtypes
    ["engine: vllm, model: gpt-oss-20b, gpu: a10, dtype: float16", "vLLM does not compute mxfp4 weights in float16"],
    ["engine: vllm, model: gpt-oss-20b, gpu: h100-80gb, engineVersion: 0.10.2, dtype: float16", "mxfp4 weights in float16"],
    ["engine: vllm, model: Qwen/Qwen3-8B-AWQ, gpu: a10, dtype: float32", "vLLM does not compute awq weights in float32"],
    ["engine: vllm, model: Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4, gpu: a10, dtype: float32", "gptq weights in float32"],
    ["engine: vllm, model: qwen3-8b, gpu: a10, quantization: fp8, dtype: float32", "fp8 weights in float32"],
    // quantization/modelopt.py, get_min_capability: 8.0, and 8.9 in 0.10.2
    ["engine: vllm, model: nvidia/Qwen3-8B-FP8, gpu: t4, contextTokens: 2048", "MODELOPT weights need compute capability 8.0"],
    [
      "engine: vllm, model: nvidia/Llama-3.1-8B-Instruct-FP8, gpu: a10, contextTokens: 2048, engineVersion: 0.10.2",
      "MODELOPT weights need compute capability 8.9",
    ],
    // quantization/auto_awq.py, fp8_utils.py: whole groups of 128 on each GPU
    ["engine: vllm, model: Qwen/Qwen2.5-14B-Instruct-AWQ, gpu: a100-40gb, tensorParallel: 8", "a row of 13824 is split over 8 GPUs"],
    ["engine: vllm, model: Qwen/Qwen3-4B-FP8, gpu: a100-40gb, tensorParallel: 8", "a row of 9728 is split over 8 GPUs"],
    ["engine: vllm, model: Qwen/Qwen2.5-0.5B-Instruct-AWQ, gpu: a100-40gb, tensorParallel: 2", "a row of 896 is split over 2 GPUs"],
    [
      "engine: vllm, model: Qwen/Qwen3-30B-A3B-FP8, gpu: a100-40gb, tensorParallel: 4, engineVersion: 0.10.2",
      "a row of 768 is split over 4 GPUs",
    ],
    // models/nemotron_h.py of 0.10.2 has layers M, - and *; its transformers know no ministral3
    ["engine: vllm, model: nemotron-3-nano-30b-a3b, gpu: h100-80gb, engineVersion: 0.10.2", "lacks layers of experts"],
    ["engine: vllm, model: ministral-3-8b-instruct-2512, gpu: h100-80gb, engineVersion: 0.10.2", "lacks the text model ministral3"],
    // config/scheduler.py: a batch holds a token of each sequence
    [
      "engine: vllm, model: qwen3-8b, gpu: a100-80gb, concurrency: 512, contextTokens: 256, maxNumBatchedTokens: 256",
      "must be at least the 512 requests that run at once",
    ],
    // v1/attention/backends/mla: of sparse latent attention; fp8_inc: of Gaudi
    ["engine: vllm, model: qwen3-4b, gpu: a100-80gb, kvCacheDtype: fp8_ds_mla", "no attention backend of vLLM 0.33.0 reads kvCacheDtype"],
    ["engine: vllm, model: qwen3-4b, gpu: a10, kvCacheDtype: fp8_inc", "no attention backend of vLLM 0.33.0 reads kvCacheDtype"],
  ])("are refused where vLLM does: %s", (chat, reason) => expect(refusal(chat, "hfToken: { env: HF_TOKEN }")).toContain(reason));

  it.each([
    "engine: vllm, model: gpt-oss-20b, gpu: a10, dtype: bfloat16",
    "engine: vllm, model: Qwen/Qwen3-8B-AWQ, gpu: a10, dtype: bfloat16",
    "engine: vllm, model: RedHatAI/Qwen3-8B-FP8-dynamic, gpu: t4, contextTokens: 2048",
    "engine: vllm, model: nvidia/Qwen3-8B-FP8, gpu: a10, contextTokens: 2048",
    "engine: vllm, model: Qwen/Qwen2.5-14B-Instruct-AWQ, gpu: a100-40gb, tensorParallel: 4",
    "engine: vllm, model: cyankiwi/Qwen3-4B-AWQ-4bit, gpu: a100-40gb, tensorParallel: 8",
    "engine: vllm, model: RedHatAI/Qwen3-4B-FP8-dynamic, gpu: a100-40gb, tensorParallel: 8",
    "engine: vllm, model: Qwen/Qwen3-30B-A3B-FP8, gpu: a100-40gb, tensorParallel: 4",
    "engine: vllm, model: nemotron-3-nano-30b-a3b, gpu: h100-80gb",
    "engine: vllm, model: ministral-3-8b-instruct-2512, gpu: h100-80gb",
    "engine: vllm, model: qwen3-4b, gpu: h100-80gb, kvCacheDtype: fp8_e4m3",
  ])("and run elsewhere: %s", (chat) => expect(refusal(chat)).toBe(""));

  it("as many requests run at once as the plan holds a cache for", () => {
    const { args } = modelOf("engine: vllm, model: qwen3-8b, gpu: a100-80gb, concurrency: 512, contextTokens: 256");
    expect(args.join(" ")).toContain("--max-num-seqs 512 ");
  });

  it.each([
    [{ model: "openai/gpt-oss-20b", gpu: "H100", dtype: "half" }, "vLLM does not compute mxfp4 weights in float16"],
    [{ model: "nvidia/Llama-3.1-8B-Instruct-FP8", gpu: "T4", maxModelLen: 2048 }, "MODELOPT weights need compute capability 8.0"],
    [{ model: "Qwen/Qwen3-4B-AWQ", gpu: "H100", tensorParallel: 8 }, "a row of 9728 is split over 8 GPUs"],
  ])("a question is answered alike: %j", (question, reason) => {
    const result = answer(question);
    expect("faults" in result ? result.faults.map(faultMessage).join() : "").toContain(reason);
  });
});

describe("the GGUF that is planned is the one that is pulled", () => {
  it.each([
    ["qwen3-8b", "Q8_0", "qwen3:8b-q8_0", 8, 8.3],
    ["qwen3-8b", "F16", "qwen3:8b-fp16", 15, 15.5],
    ["llama-3.1-8b-instruct", "q4_k_m", "llama3.1:8b-instruct-q4_K_M", 4.4, 4.8],
  ])("%s in %s", (model, quantization, tag, low, high) => {
    const { weights, memory } = modelOf(`engine: ollama, model: ${model}, cpu: true, quantization: ${quantization}`);
    expect(weights.source).toEqual({ kind: "library", tag });
    expect(memory.weightsGib).toBeGreaterThan(low);
    expect(memory.weightsGib).toBeLessThan(high);
  });

  it.each([
    ["quantization: Q6_K", "the tag qwen3:8b that is pulled is not said to be stored so"],
    [
      'quantization: Q8_0, weights: { ollama: { kind: library, tag: "hf.co/unsloth/Qwen3-8B-GGUF" } }',
      "write hf.co/unsloth/Qwen3-8B-GGUF:Q8_0",
    ],
  ])("or refused: %s", (more, reason) => expect(refusal(`engine: ollama, model: qwen3-8b, cpu: true, ${more}`)).toContain(reason));

  it.each([
    ["hf.co/unsloth/Qwen3-8B-GGUF:MXFP4", 3.9, 4.2],
    ["hf.co/unsloth/Qwen3-8B-GGUF:TQ1_0", 1.5, 1.7],
    ["hf.co/bartowski/Qwen_Qwen3-8B-GGUF:Qwen_Qwen3-8B-Q4_K_S.gguf", 4.3, 4.6],
  ])("%s says its type", (tag, low, high) => {
    const { weightsGib } = modelOf(
      `engine: ollama, model: qwen3-8b, cpu: true, weights: { ollama: { kind: library, tag: "${tag}" } }`,
    ).memory;
    expect(weightsGib).toBeGreaterThan(low);
    expect(weightsGib).toBeLessThan(high);
  });
});

describe("a Modelfile's parameter has a value that Ollama reads", () => {
  const with_ = (parameters: string): string =>
    refusal(`engine: ollama, model: qwen3-0.6b, cpu: true, ollama: { parameters: { ${parameters} } }`);

  // ollama api/types.go, FormatParams
  it.each([
    ["temperature: hot", "must be a number"],
    ["top_k: 1.5", "must be a whole number"],
    ['seed: "4x"', "must be a whole number"],
    ["use_mmap: 2", "must be true or false"],
    ['num_predict: ["1", "2"]', "must be a whole number"],
    ["system: be brief", "set system beside parameters instead"],
  ])("%s is refused", (parameters, reason) => expect(with_(parameters)).toContain(reason));

  it.each(["temperature: 0", "min_p: 5e-2", 'seed: "42"', "use_mmap: false", "num_predict: -1", 'stop: ["END", "3"]', "stop: 3"])(
    "%s is taken",
    (parameters) => expect(with_(parameters)).toBe(""),
  );
});

describe("a folder of an ONNX repository is for one device", () => {
  const from = (path: string, device: string): string =>
    refusal(
      `engine: onnx, model: phi-4-mini-instruct, ${device}, weights: { onnx: { kind: huggingFace, repository: microsoft/Phi-4-mini-instruct-onnx, path: ${path} } }`,
    );

  it.each([
    ["gpu/gpu-int4-rtn-block-32", "cpu: true", "is for gpu, and the model is planned on a CPU"],
    ["cpu_and_mobile/cpu-int4-rtn-block-32-acc-level-4", "gpu: a10", "is for cpu, and the model is planned on a GPU"],
  ])("%s with %s is refused", (path, device, reason) => expect(from(path, device)).toContain(reason));

  it.each([
    ["gpu/gpu-int4-rtn-block-32", "gpu: a10"],
    ["cpu_and_mobile/cpu-int4-rtn-block-32-acc-level-4", "cpu: true"],
    ["int4", "cpu: true"],
  ])("%s with %s is planned", (path, device) => expect(from(path, device)).toBe(""));
});
