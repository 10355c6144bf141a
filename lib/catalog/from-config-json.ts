import { z } from "zod";

import { changesCache, strangeKeys } from "./not-understood";
import { type Model, modelSchema } from "./schema";
import { storedCache, storedQuantization } from "./stored-quantization";

const int = z.int().positive();

/** The fields of a Hugging Face `config.json` that decide memory. */
const configJson = z.object({
  num_hidden_layers: int,
  hidden_size: int,
  num_attention_heads: int,
  vocab_size: int,
  max_position_embeddings: int,
  num_key_value_heads: int.nullish(),
  head_dim: int.nullish(),
  intermediate_size: int.nullish(),
  moe_intermediate_size: int.nullish(),
  num_experts: int.nullish(),
  num_local_experts: int.nullish(),
  num_experts_per_tok: int.nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  sliding_window: int.nullish(),
  use_sliding_window: z.boolean().nullish(),
  layer_types: z.array(z.string()).optional(),
  linear_num_key_heads: int.nullish(),
  linear_num_value_heads: int.nullish(),
  linear_key_head_dim: int.nullish(),
  linear_value_head_dim: int.nullish(),
  linear_conv_kernel_dim: int.nullish(),
  mamba_ssm_dtype: z.string().nullish(),
  model_type: z.string().default("unknown"),
  architectures: z.array(z.string()).optional(),
  quantization_config: z.unknown().optional(),
});
type Config = z.infer<typeof configJson>;

/** What a config.json does not say. */
export interface ModelIdentity {
  huggingFace: string;
  licence: string;
  gated?: boolean;
  /** Exact weights of the checkpoint; default: computed from the shapes for dense and mixture models with full attention. */
  parameters?: number;
}

/** A catalog entry from a Hugging Face `config.json`. Throws a ZodError with the paths of the fields that are missing. */
export function fromConfigJson(config: unknown, identity: ModelIdentity): Model {
  const outer = z.looseObject({ text_config: z.looseObject({}).optional() }).parse(config);
  const merged = outer.text_config ? { ...outer, ...outer.text_config } : outer;
  const c = configJson.parse(merged);
  const notUnderstood = strangeKeys(merged);
  const quantized =
    c.quantization_config === undefined || c.quantization_config === null ? null : storedQuantization(c.quantization_config);
  const sized = notUnderstood.length === 0 && quantized !== undefined;
  return modelSchema.parse({
    id: identity.huggingFace.toLowerCase().replace(/^.*\//, ""),
    huggingFace: identity.huggingFace,
    family: c.model_type,
    architecture: c.architectures?.[0] ?? null,
    modelType: c.model_type === "unknown" ? null : c.model_type,
    parameters: quantized === undefined ? null : (identity.parameters ?? (sized ? computedParameters(c) : null)),
    checkpointQuantization: quantized ?? null,
    cacheQuantization: storedCache(c.quantization_config),
    notUnderstood: quantized === undefined ? [...notUnderstood, "quantization_config"] : notUnderstood,
    hiddenSize: c.hidden_size,
    intermediateSize: c.intermediate_size ?? null,
    vocabularySize: c.vocab_size,
    attentionHeads: c.num_attention_heads,
    contextTokens: c.max_position_embeddings,
    attention: notUnderstood.some(changesCache) ? null : attentionOf(c),
    layers: c.num_hidden_layers,
    tiedEmbeddings: c.tie_word_embeddings ?? null,
    mixture: mixtureOf(c),
    tower: outer.text_config === undefined ? null : "dynamic",
    licence: identity.licence,
    gated: identity.gated ?? null,
    sources: { huggingFace: { repository: identity.huggingFace } },
    facts: ["config.json"],
  });
}

function mixtureOf(c: Config): object | null {
  const experts = c.num_experts ?? c.num_local_experts;
  const expertIntermediateSize = c.moe_intermediate_size ?? c.intermediate_size ?? null;
  return experts ? { experts, expertsPerToken: c.num_experts_per_tok ?? 1, expertIntermediateSize } : null;
}

const headDim = (c: Config): number => c.head_dim ?? Math.floor(c.hidden_size / c.num_attention_heads);

function attentionOf(c: Config): Model["attention"] {
  const shape = { kvHeads: c.num_key_value_heads ?? c.num_attention_heads, headDim: headDim(c) };
  const window = c.use_sliding_window === false ? undefined : (c.sliding_window ?? undefined);
  const kinds = c.layer_types ?? Array<string>(c.num_hidden_layers).fill(everyLayer(c, window));
  const number = (kind: string): number => kinds.filter((k) => k === kind).length;
  const [full, sliding, linear] = [number("full_attention"), number("sliding_attention"), number("linear_attention")];
  if (full + sliding + linear !== kinds.length) return null;
  return {
    ...(full > 0 ? { full: { layers: full, ...shape } } : {}),
    ...(sliding > 0 ? { sliding: { layers: sliding, ...shape, windowTokens: window ?? c.max_position_embeddings } } : {}),
    ...(linear > 0 ? { linear: { layers: linear, ...linearState(c) } } : {}),
  };
}

/** Without `layer_types`, a window shorter than the context holds for every layer. */
const everyLayer = (c: Config, window: number | undefined): string =>
  window !== undefined && window < c.max_position_embeddings ? "sliding_attention" : "full_attention";

/** Its recurrent matrix is as wide as the model's data type unless it says otherwise (vLLM, models/config.py). */
function linearState(c: Config) {
  const { linear_num_key_heads: keys, linear_num_value_heads: values, linear_key_head_dim: keyDim, linear_value_head_dim: valueDim } = c;
  if (!keys || !values || !keyDim || !valueDim || !c.linear_conv_kernel_dim) return { convolutionElements: null, recurrentElements: null };
  const channels = 2 * keys * keyDim + values * valueDim;
  const wide = c.mamba_ssm_dtype === "float32" ? {} : { recurrentBytes: 2 as const };
  return { convolutionElements: channels * (c.linear_conv_kernel_dim - 1), recurrentElements: values * keyDim * valueDim, ...wide };
}

/** Parameters of a Llama-shaped model: embeddings, attention, gated feed-forward layers and norms; biases are left out (under 0.1 %). */
function computedParameters(c: Config): number | null {
  const linear = c.layer_types?.includes("linear_attention");
  if (linear || !c.intermediate_size || typeof c.tie_word_embeddings !== "boolean") return null;
  const wide = headDim(c) * (c.num_attention_heads * 2 + (c.num_key_value_heads ?? c.num_attention_heads) * 2);
  const experts = c.num_experts ?? c.num_local_experts;
  const expert = 3 * c.hidden_size * (c.moe_intermediate_size ?? c.intermediate_size);
  const feedForward = experts ? experts * (expert + c.hidden_size) : 3 * c.hidden_size * c.intermediate_size;
  const embeddings = c.vocab_size * c.hidden_size * (c.tie_word_embeddings ? 1 : 2);
  return embeddings + c.num_hidden_layers * (wide * c.hidden_size + feedForward + 2 * c.hidden_size) + c.hidden_size;
}
