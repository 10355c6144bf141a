type Keys = Readonly<Record<string, unknown>>;

/** Keys that change how many weights or how much cache there are, whatever their value. */
const sizeKeys =
  /expert|moe|lora|latent|(^|_)(kv|mla)_|k_eq_v|ssm|mamba|state_|conv|compress|per_layer|altup|laurel|shared_layers|block_(type|ffn|config)|hybrid|recurrent/;
/** Words of a key whose number, list or part of its own may do so: of no other is it known that it does not. */
const structure =
  /layer|head|dim|size|rank|width|depth|block|window|chunk|interval|pattern|step$|freq|index_|indexer|groups?(_|$)|interleave|encoder|decoder|cross_|expand|sparse|swa_|hc_|shared|_config$/;
/** Of all these, the ones that change the cache. */
const cacheKeys =
  /head|latent|(^|_)(kv|mla|swa)_|k_eq_v|lora|ssm|mamba|state_|conv|shared_layers|hybrid|recurrent|window|chunk|layer_pattern|interval|index_|indexer|compress|block_(type|config)|cross_|expand|sparse_attention/;
/** Of that kind by their name, but they change neither, or are read elsewhere. */
const harmless = new RegExp(
  `^(${[
    "(num_)?experts_per_tok(en)?|num_experts|num_local_experts|moe_intermediate_size|linear_(conv_kernel|(key|value)_head)_dim|linear_num_(key|value)_heads",
    "num_hidden_layers|hidden_size|num_attention_heads|vocab_size|num_key_value_heads|head_dim|intermediate_size|layer_types|sliding_window|use_sliding_window",
    // the layers of a head for more tokens are loaded only for it
    "num_nextn_predict_layers|mtp_.*|use_mtp",
    // how experts are chosen and trained, where tokens and pictures lie, rotations, norms, how it was trained
    "output_router_logits|router_aux_loss_coef|moe_router.*|use_moe_router.*|.*routed_scaling.*|experts_implementation|(num_|n_|topk_)?(expert_)?group|num_beam_groups",
    "use_cache|.*_token_(id|index)|(vision|image)_(?!config).*|.*rotary.*|no_rope.*|rope_.*|.*norm.*|.*_dropout|.*initializer.*|.*_theta|.*scaling.*|ep_size|dim_model_base|.*_chunk_size_feed_forward|chunk_size_feed_forward|pruned_heads",
    "quantization_config|text_config|generation_config|auto_map|task_specific_params|mamba_ssm_dtype|attn_output_gate|kv_cache_dtype",
  ].join("|")})$`,
);
/** Kinds of which every layer slides where a window is set: transformers, `sliding_window` of their attention. */
const slidesEverywhere = /^(mistral|mixtral|phi3|phimoe|starcoder2)$/;

/** A null, false, 0 or empty list says nothing, and neither does every layer's turn. */
const says = (key: string, value: unknown): boolean => {
  if (value === null || value === false || value === 0) return false;
  if (typeof value === "object" && Object.keys(value).length === 0) return false;
  return !(value === 1 && /(step|freq|interval|groups?)$/.test(key));
};

/** Which layers slide is said by `layer_types`, or by nothing that this reads. */
function asIs(key: string, config: Keys): boolean {
  if (/^_?sliding_window_pattern$|^full_attention_interval$/.test(key)) return config["layer_types"] !== undefined;
  if (key === "max_window_layers") return config["use_sliding_window"] !== true || config["layer_types"] !== undefined;
  return false;
}

/** A window that is not said to hold for every layer, in a kind that alternates or of which nothing is known. */
function unknownWindow(config: Keys): boolean {
  const { sliding_window: window, use_sliding_window: used, max_position_embeddings: context, layer_types: kinds, model_type } = config;
  if (typeof window !== "number" || used !== undefined || kinds !== undefined || window >= Number(context)) return false;
  return !slidesEverywhere.test(String(model_type));
}

/** What a `config.json` says about size that is not understood. */
export function strangeKeys(config: Keys): string[] {
  const strange = Object.entries(config)
    .filter(
      ([key, value]) => (typeof value === "object" || typeof value === "number" ? structure : sizeKeys).test(key) || sizeKeys.test(key),
    )
    .filter(([key, value]) => says(key, value) && !harmless.test(key) && !asIs(key, config))
    .map(([key]) => key);
  return [...strange, ...(unknownWindow(config) ? ["sliding_window"] : [])].sort();
}

/** Whether it says something about the cache. */
export const changesCache = (key: string): boolean => cacheKeys.test(key);
