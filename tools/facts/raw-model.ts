import type { Model } from "../../lib/catalog/schema";

/** Entries of the facts folder, and what of their parameters is a tower or a head that predicts ahead. */

interface RawAttention {
  full_layers: number;
  sliding_layers?: number;
  linear_layers?: number;
  sliding_window?: number;
  pattern: string;
  global_head_dim?: number;
  global_kv_heads?: number;
  kv_shared_layers_breakdown?: { full: number; sliding: number };
}
export interface RawModel {
  id: string;
  hf_repo: string;
  family: string;
  params_checkpoint?: number;
  params_unique_computed?: number;
  num_hidden_layers: number;
  hidden_size: number;
  intermediate_size?: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  head_dim: number;
  vocab_size: number;
  max_position_embeddings: number;
  attention: RawAttention;
  tie_word_embeddings?: boolean;
  license?: string;
  gated?: boolean;
  weights_gib?: number;
  checkpoint_quantization?: "fp8" | "mxfp4";
  active_params?: string;
  active_params_computed?: number;
  moe?: { num_experts: number; experts_per_token: number; moe_intermediate_size?: number };
  ollama?: { default_tag?: string; library: string; pinned_tags?: string[]; default_tag_model_bytes?: number };
  onnx?: { repo: string; format: string }[];
  tower?: "fixed" | "dynamic" | "video";
  tower_params?: number;
  unloaded?: number;
  sources: string[];
}

/** Gemma scales every image to one size, and the larger ones of Gemma 4 take videos; Qwen and Pixtral towers take any image. */
export const tower = (m: RawModel): Model["tower"] =>
  m.tower ??
  (/^gemma-4-(26b|31b)/.test(m.id)
    ? "video"
    : /^(gemma-3-(4b|12b|27b)|gemma-3n|gemma-4)/.test(m.id)
      ? "fixed"
      : /^(qwen3\.[568]|ministral-3)/.test(m.id)
        ? "dynamic"
        : null);

/**
 * Parameters of the image tower of Qwen3.5 and later, of 27 layers: 1,152 wide, feed-forward 4,304, patches of 3 × 2 × 16 × 16, 2,304
 * positions, and two layers that merge four patches (config.json; the same sum gives Qwen3-VL-30B-A3B's 538.6 million with its three more).
 */
export function towerParameters(m: RawModel): number {
  if (m.tower_params !== undefined) return m.tower_params;
  if (/^gemma-3-(4b|12b|27b)/.test(m.id)) return m.params_checkpoint! - gemmaText(m);
  if (/^gemma-4-e\db/.test(m.id)) return gemmaSmallTower;
  if (!/^qwen3\.[568]-(27b|35b)/.test(m.id)) return 0;
  const [hidden, width, merged] = [1152, 4304, 4 * 1152];
  const layer = 4 * hidden ** 2 + 2 * hidden * width + 9 * hidden + width;
  return 27 * layer + (3 * 2 * 16 * 16 + 2304) * hidden + merged ** 2 + merged * m.hidden_size;
}

/** Gemma 3 without its image tower: one table, and layers of four projections, a gated feed-forward part and six norms. */
function gemmaText({ vocab_size: words, hidden_size: hidden, num_hidden_layers: layers, ...m }: RawModel): number {
  const projections = hidden * m.head_dim * 2 * (m.num_attention_heads + m.num_key_value_heads);
  return words * hidden + layers * (projections + 3 * hidden * m.intermediate_size! + 4 * hidden + 2 * m.head_dim) + hidden;
}

/** Images and audio of Gemma 4 E2B: the 0.78 GiB that --language-model-only leaves out (vLLM 0.21 on an L4: 8.89 GiB loaded of 9.67). */
const gemmaSmallTower = 418_000_000;

/** Width of an expert of Qwen3.5-35B-A3B (config.json, aicore), whose shape Qwen3.6 keeps. */
export const qwenExpertWidth = 512;

/** A head that predicts further tokens, as its own entry counts it; or: Qwen3.5 and later hold one more full-attention layer and a projection to predict the token after next (0.79 GiB of the 27B in its logs). */
export function unloaded(m: RawModel): number {
  if (m.unloaded !== undefined) return m.unloaded;
  if (!/^qwen3\.[568]/.test(m.id)) return 0;
  const { hidden_size: hidden, head_dim: dim, num_attention_heads: heads, num_key_value_heads: kvHeads, moe } = m;
  const attentionParameters = hidden * dim * (3 * heads + 2 * kvHeads); // query, its gate and output; keys and values
  const width = m.intermediate_size ?? (m.id === "qwen3.8-27b" ? 17_408 : m.id === "qwen3.5-2b" ? 6144 : undefined);
  if (!width && !moe) return 0;
  const feedForward = moe ? moe.num_experts * 3 * hidden * (moe.moe_intermediate_size ?? qwenExpertWidth) : 3 * hidden * width!;
  return attentionParameters + feedForward + 2 * hidden ** 2;
}
