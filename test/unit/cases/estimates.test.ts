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
  const told = faultsOf({ model, engine: "vllm", contextTokens: 4096 }).join();
  for (const key of ["kv_lora_rank", "n_routed_experts", "qk_nope_head_dim", "v_head_dim"]) expect(told).toContain(key);
});
