import { expect, it } from "vitest";

import { fromConfigJson } from "../../../lib/catalog/from-config-json";
import { answer } from "../../../lib/planner/estimate";
import { faultMessage } from "../../../lib/planner/fault";
import { faultsOf } from "../../support/toy-model";

/** Questions and models that people's public bug reports make one ask about, with the right behaviour. */

// vLLM 0.33.0 wheel, config/model.py, _get_and_verify_max_len
it.each([
  { model: "Qwen/Qwen3-8B", gpu: "H100", maxModelLen: 131_072 },
  { model: "Qwen/Qwen3-8B", gpu: "H100", maxModelLen: 40_961 },
  { model: "qwen3-8b", gpu: "RTX 4090", maxModelLen: 131_072, engine: "ollama" },
])("a context beyond the model's is refused: %j", (question) => {
  const result = answer(question);
  expect("faults" in result ? result.faults.map(faultMessage).join() : "").toContain(
    "maxModelLen: must be at most the context of qwen3-8b, 40960",
  );
});

it.each([
  ["meta-llama/Llama-3.1-8B-Instruct", "H100", "vllm", 131_072],
  ["microsoft/phi-4", "A100 80GB", "vllm", 16_384],
  ["google/gemma-2-9b-it", "H100", "vllm", 8192],
  ["Qwen/Qwen2.5-7B-Instruct", "L40S", "vllm", 32_768],
  ["TinyLlama/TinyLlama-1.1B-Chat-v1.0", "T4", "vllm", 2048],
  ["llama3.1:8b", "RTX 4090", "ollama", 131_072],
  ["phi-4-mini-instruct", "RTX 3060", "onnx", 131_072],
])("one token more than %s reads is refused on %s in %s", (model, gpu, engine, context) => {
  const asks = (maxModelLen: number): string => {
    const result = answer({ model, gpu, engine, maxModelLen });
    return "faults" in result ? result.faults.map(faultMessage).join() : "";
  };
  expect(asks(context + 1)).toContain(`, ${context} tokens, got ${context + 1}`);
  expect(asks(context)).toBe("");
});

it.each([
  [{ model: "microsoft/phi-4", gpu: "A100 40GB", tensorParallel: 4 }, "10 key-value heads do not divide by 4 GPUs"],
  [{ model: "google/gemma-3-4b-it", gpu: "T4", dtype: "half" }, "vLLM does not run gemma3 in float16"],
  [{ model: "Qwen/Qwen3-14B", gpu: "RTX 4090", engineVersion: "0.11.0", quantization: "fp8" }, "vLLM 0.11.0 loads 27.52 GiB"],
  [
    { model: "Qwen/Qwen3-8B", gpu: "T4", quantization: "fp8", kvCacheDtype: "fp8", maxModelLen: 4096 },
    "kvCacheDtype fp8 needs compute capability 8.0",
  ],
  [
    { model: "Qwen/Qwen3-8B", gpu: "H100", speculative: { method: "draft_model", tokens: 3, model: "llama-3.2-1b-instruct" } },
    "has a vocabulary of 128256",
  ],
  [{ model: "qwen3:8b", engine: "ollama", gpu: "RTX 4090", kvCacheDtype: "q5_1" }, "must be a cache type of Ollama"],
])("what the engine refuses is refused: %j", (question, reason) => {
  const result = answer(question);
  expect("faults" in result ? result.faults.map(faultMessage).join() : "").toContain(reason);
});

it("the model's own context is not", () => {
  expect(answer({ model: "Qwen/Qwen3-8B", gpu: "H100", maxModelLen: 40_960 })).toHaveProperty("estimate.fits", true);
});

/** config.json of deepseek-ai/DeepSeek-V2-Lite-Chat: 15.7 B parameters, of which its dense shape alone tells a fraction (vLLM PR#4650). */
it("latent attention and experts of a config.json leave the size unknown, not small", () => {
  const lite = {
    architectures: ["DeepseekV2ForCausalLM"],
    model_type: "deepseek_v2",
    hidden_size: 2048,
    intermediate_size: 10944,
    moe_intermediate_size: 1408,
    n_routed_experts: 64,
    n_shared_experts: 2,
    num_experts_per_tok: 6,
    first_k_dense_replace: 1,
    moe_layer_freq: 1,
    kv_lora_rank: 512,
    q_lora_rank: null,
    qk_nope_head_dim: 128,
    qk_rope_head_dim: 64,
    v_head_dim: 128,
    num_attention_heads: 16,
    num_key_value_heads: 16,
    num_hidden_layers: 27,
    max_position_embeddings: 163840,
    vocab_size: 102400,
    tie_word_embeddings: false,
    torch_dtype: "bfloat16",
  };
  const model = fromConfigJson(lite, { huggingFace: "deepseek-ai/DeepSeek-V2-Lite-Chat", licence: "mit" });
  const reported = faultsOf({ model, engine: "vllm", contextTokens: 4096 }).join();
  for (const key of ["kv_lora_rank", "n_routed_experts", "qk_nope_head_dim", "v_head_dim"]) expect(reported).toContain(key);
});
