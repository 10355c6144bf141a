import { describe, expect, it } from "vitest";

import { fromConfigJson } from "../../../lib/catalog/from-config-json";
import { toyConfig as config } from "../../support/toy-model";

/** Weights that two layers of 1,024, with an own table for the 1,000 words, have: see from-config-json.test.ts. */
const parameters = 1000 * 1024 + 2 * (2 * 1024 * 1024 + 2 * 1024 * 256 + 3 * 1024 * 4096 + 2 * 1024) + 1024;
const read = (more: object, known: object = {}) =>
  fromConfigJson({ ...config, ...more }, { huggingFace: "Org/Toy-1B", licence: "mit", ...known });

describe("what could change its size", () => {
  it("is given where it is not understood, and what depends on it is unknown", () => {
    const strange = { kv_lora_rank: 512, n_routed_experts: 64, n_shared_experts: 2 };
    expect(read(strange)).toMatchObject({
      notUnderstood: ["kv_lora_rank", "n_routed_experts", "n_shared_experts"],
      parameters: null,
      attention: null,
    });
    expect(read({ n_routed_experts: 64 }).attention).not.toBeNull();
    expect(read(strange, { parameters: 5 })).toMatchObject({ parameters: 5, attention: null });
  });

  it("says nothing where it is null, false or 0, or where it changes no size", () => {
    const harmless = { q_lora_rank: null, mamba_enabled: false, num_kv_shared_layers: 0, router_aux_loss_coef: 0.1, moe_layer_freq: 1 };
    expect(read(harmless)).toMatchObject({ notUnderstood: [], parameters });
  });

  /** Each as a published config.json writes it (aiconfigurator-core 0.12.0, model_configs). */
  it.each<[string, object, boolean]>([
    ["DeepSeek-V3", { q_lora_rank: 1536, qk_nope_head_dim: 128, v_head_dim: 128 }, true],
    ["DeepSeek-V3.2", { index_head_dim: 128, index_n_heads: 64 }, true],
    ["DeepSeek-V4-Flash", { compress_ratios: [0, 0, 4, 128] }, true],
    ["Gemma 4", { global_head_dim: 512, num_global_key_value_heads: 2, attention_k_eq_v: true }, true],
    ["MiMo-V2-Flash", { swa_head_dim: 192, swa_num_key_value_heads: 8 }, true],
    ["Llama 4", { attention_chunk_size: 8192 }, true],
    ["Nemotron-H", { hybrid_override_pattern: "M-M*-", ssm_state_size: 128, expand: 2 }, true],
    ["Kimi K3", { linear_attn_config: { full_attn_layers: [4, 8] } }, false],
    ["Step 3.7", { share_expert_dim: 1280 }, false],
    ["GLM 5", { first_k_dense_replace: 3, mlp_layer_types: ["dense", "sparse"] }, false],
    ["MiniMax-M3", { moe_layer_freq: [0, 1], dense_intermediate_size: 12288 }, false],
    ["Llama 4 Maverick", { interleave_moe_layer_step: 2 }, false],
    ["a tower", { vision_config: { depth: 24 } }, false],
    ["Gemma 3 before layer_types", { sliding_window: 1024, sliding_window_pattern: 6 }, true],
    ["Qwen3-Next before layer_types", { full_attention_interval: 4 }, true],
    ["a window in a kind that may alternate", { model_type: "gemma2", sliding_window: 4096 }, true],
    ["some layers with a window", { use_sliding_window: true, sliding_window: 64, max_window_layers: 1 }, true],
  ])("%s: not understood, not harmless", (_kind, keys, cache) => {
    const { notUnderstood, parameters: weights, attention } = read(keys);
    expect(notUnderstood.length).toBeGreaterThan(0);
    expect([weights, attention === null]).toEqual([null, cache]);
  });

  it.each<[string, object]>([
    [
      "Qwen3",
      { max_window_layers: 28, use_sliding_window: false, sliding_window: null, rope_scaling: { factor: 4 }, auto_map: { a: "b" } },
    ],
    ["Qwen3-MoE", { decoder_sparse_step: 1, mlp_only_layers: [], norm_topk_prob: true, router_aux_loss_coef: 0.001 }],
    ["Llama", { pretraining_tp: 1, mlp_bias: false, rope_theta: 5e5, initializer_range: 0.02, eos_token_id: [1, 2] }],
    ["a head for more tokens, which is loaded only for it", { num_nextn_predict_layers: 1, mtp_num_hidden_layers: 1, use_mtp: true }],
    ["where layer_types says it", { layer_types: Array(2).fill("full_attention"), full_attention_interval: 1, sliding_window_pattern: 6 }],
    ["MiniMax-M2", { rotary_dim: 64, use_qk_norm: true, use_routing_bias: true, layernorm_full_attention_beta: 1 }],
  ])("%s: harmless", (_kind, keys) => expect(read(keys)).toMatchObject({ notUnderstood: [], parameters }));

  it.each<[object | null, string | null]>([
    [null, null],
    [{ quant_method: "fp8" }, "fp8"],
    [{ quant_method: "fbgemm_fp8" }, "fp8"],
    [{ quant_method: "awq", bits: 4 }, "awq"],
    [{ quant_method: "awq", w_bit: 4 }, "awq"],
    [{ quant_method: "gptq", bits: 4 }, "gptq"],
    [{ quant_method: "gptq", bits: 8 }, "int8"],
    [{ quant_method: "auto-round", bits: 4 }, "gptq"],
    [{ quant_method: "bitsandbytes", load_in_4bit: true }, "bitsandbytes"],
    [{ quant_method: "mxfp4" }, "mxfp4"],
    [{ quant_method: "modelopt", quant_algo: "FP8" }, "fp8"],
    [{ quant_method: "modelopt", quant_algo: "NVFP4" }, "nvfp4"],
    [{ quant_method: "compressed-tensors", config_groups: { group_0: { weights: { num_bits: 8, type: "float" } } } }, "fp8"],
    [{ quant_method: "compressed-tensors", config_groups: { group_0: { weights: { num_bits: 8, type: "int" } } } }, "int8"],
    [{ quant_method: "compressed-tensors", config_groups: { group_0: { weights: { num_bits: 4, type: "int" } } } }, "gptq"],
    [
      {
        quant_method: "compressed-tensors",
        format: "nvfp4-pack-quantized",
        config_groups: { group_0: { weights: { num_bits: 4, type: "float" } } },
      },
      "nvfp4",
    ],
  ])("quantization_config %o is %s", (quantization_config, checkpointQuantization) => {
    expect(read({ quantization_config })).toMatchObject({ checkpointQuantization, notUnderstood: [], parameters });
  });

  it.each<[string, object]>([
    ["a method that is none", { quant_method: "new" }],
    ["no method", { bits: 4 }],
    ["a width that is none", { quant_method: "gptq", bits: 3 }],
    ["awq of another width", { quant_method: "awq", bits: 8 }],
    ["bitsandbytes of 8 bits", { quant_method: "bitsandbytes", load_in_8bit: true }],
    ["layers left in 16 bits", { quant_method: "fp8", modules_to_not_convert: ["lm_head", "model.layers.0.self_attn.q_proj"] }],
    ["whole layers left out", { quant_method: "awq", bits: 4, modules_to_not_convert: ["model.layers.0.mlp"] }],
    ["modelopt in a mixture", { quant_method: "modelopt", quant_algo: "MIXED_PRECISION" }],
    ["no groups", { quant_method: "compressed-tensors" }],
    [
      "groups that differ",
      {
        quant_method: "compressed-tensors",
        config_groups: { a: { weights: { num_bits: 8, type: "int" } }, b: { weights: { num_bits: 4, type: "int" } } },
      },
    ],
    [
      "4-bit floats of another format",
      {
        quant_method: "compressed-tensors",
        format: "mxfp4-pack-quantized",
        config_groups: { a: { weights: { num_bits: 4, type: "float" } } },
      },
    ],
  ])("quantization_config with %s leaves the size unknown, whatever the parameters", (_what, quantization_config) => {
    expect(read({ quantization_config }, { parameters: 5 })).toMatchObject({
      checkpointQuantization: null,
      notUnderstood: ["quantization_config"],
      parameters: null,
    });
  });

  it.each<[string, object]>([
    [
      "norms and routers",
      { quant_method: "fp8", modules_to_not_convert: ["lm_head", "model.layers.1.mlp.gate", "model.layers.1.input_layernorm"] },
    ],
    ["a tower", { quant_method: "fp8", ignore: ["re:.*visual.*", "re:vision_tower.*attn.*"] }],
  ])("%s that are left in 16 bits change little", (_what, quantization_config) => {
    expect(read({ quantization_config })).toMatchObject({ checkpointQuantization: "fp8", parameters });
  });

  // vllm 0.33.0 wheel, config/cache.py and model_executor/layers/quantization: auto follows the checkpoint's scheme
  it.each<[object, string | null]>([
    [{ quant_method: "modelopt", quant_algo: "NVFP4", kv_cache_scheme: { num_bits: 8, type: "float", dynamic: false } }, "fp8"],
    [{ quant_method: "modelopt", quant_algo: "NVFP4", kv_cache_scheme: { num_bits: 4, type: "float" } }, "nvfp4"],
    [{ quant_method: "modelopt", quant_algo: "FP8", kv_cache_quant_algo: "FP8" }, "fp8"],
    [{ quant_method: "modelopt", quant_algo: "FP8", kv_cache_scheme: "FP8" }, "fp8"],
    [{ quant_method: "modelopt", quant_algo: "FP8", kv_cache_scheme: null, kv_cache_quant_algo: null }, null],
    [{ quant_method: "fp8" }, null],
  ])("%j keeps its cache in %s", (quantization_config, cacheQuantization) => {
    expect(read({ quantization_config }).cacheQuantization).toBe(cacheQuantization);
  });
});
