import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Model, modelSchema } from "../../lib/catalog/schema";

/**
 * Writes the model catalog from sourced facts: `npx tsx tools/facts/catalog.ts <facts folder>`. Beside this file lie what other sources give:
 * models that the folder lacks (further-models.json), folders of ONNX repositories (onnx-variants.json), states of linear layers.
 */
const [folder, out = "lib/catalog/data/models.json"] = process.argv.slice(2);
if (!folder) throw new Error("usage: tsx tools/facts/catalog.ts <facts folder> [output file]");

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
interface RawModel {
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

const linear = JSON.parse(readFileSync(join(__dirname, "linear-attention.json"), "utf8")) as {
  source: string;
  keyHeads: number;
  headDim: number;
  convolutionWidth: number;
  valueHeads: Record<string, number>;
  states: Record<string, [convolution: number, recurrent: number]>;
  /** Models whose recurrent state is as wide as their data type. */
  halfWide: string;
};
const raw = JSON.parse(readFileSync(join(folder, "models.json"), "utf8")) as { source_keys: Record<string, string>; models: RawModel[] };

const litgpt = join(folder, "litgpt.json");
/** Shapes of further models (litgpt_models.py), where the facts folder has them. */
const shapes = existsSync(litgpt) ? (JSON.parse(readFileSync(litgpt, "utf8")) as { models: RawModel[] }).models : [];
/** Models that people run and the facts folder lacks. */
const further = JSON.parse(readFileSync(join(__dirname, "further-models.json"), "utf8")) as {
  sources: Record<string, string>;
  models: RawModel[];
  /** What the facts folder says is not sourced, by model. */
  supplements: Record<string, Partial<RawModel>>;
};

function linearLayers(id: string, layers: number): NonNullable<NonNullable<Model["attention"]>["linear"]> {
  const [convolutionElements, recurrentElements] = linear.states[id] ?? [];
  const wide = new RegExp(linear.halfWide).test(id) ? ({ recurrentBytes: 2 } as const) : {};
  if (convolutionElements !== undefined && recurrentElements !== undefined)
    return { layers, convolutionElements, recurrentElements, ...wide };
  const valueHeads = linear.valueHeads[id];
  if (!valueHeads) return { layers, convolutionElements: null, recurrentElements: null };
  const channels = linear.headDim * (2 * linear.keyHeads + valueHeads);
  return {
    layers,
    convolutionElements: channels * (linear.convolutionWidth - 1),
    recurrentElements: valueHeads * linear.headDim ** 2,
    ...wide,
  };
}

function attention({ id, attention: a, num_key_value_heads: kvHeads, head_dim: headDim }: RawModel): Model["attention"] {
  if (a.full_layers + (a.sliding_layers ?? 0) === 0 || /not sourced/.test(a.pattern)) return null;
  const shared = a.kv_shared_layers_breakdown ?? { full: 0, sliding: 0 };
  return {
    ...(a.full_layers
      ? { full: { layers: a.full_layers - shared.full, kvHeads: a.global_kv_heads ?? kvHeads, headDim: a.global_head_dim ?? headDim } }
      : {}),
    ...(a.sliding_layers
      ? { sliding: { layers: a.sliding_layers - shared.sliding, kvHeads, headDim, windowTokens: a.sliding_window! } }
      : {}),
    ...(a.linear_layers ? { linear: linearLayers(id, a.linear_layers) } : {}),
  };
}

const architectures = JSON.parse(readFileSync(join(__dirname, "architectures.json"), "utf8")) as {
  source: string;
  byRepository: [pattern: string, architecture: string, modelType: string][];
};

function architectureOf(repository: string): Pick<Model, "architecture" | "modelType"> {
  const [, architecture = null, modelType = null] =
    architectures.byRepository.find(([pattern]) => new RegExp(pattern, "i").test(repository)) ?? [];
  return { architecture, modelType };
}

/** A figure such as "3.3B (model name A3B)" in parameters. */
const billions = (text = ""): number | null => {
  const found = /(\d+(?:\.\d+)?)B\b/.exec(text);
  return found ? Math.round(Number(found[1]) * 1e9) : null;
};

/** Gemma scales every image to one size, and the larger ones of Gemma 4 take videos; Qwen and Pixtral towers take any image. */
const tower = (m: RawModel): Model["tower"] =>
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
function towerParameters(m: RawModel): number {
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
const qwenExpertWidth = 512;

/** A head that predicts further tokens, as its own entry counts it; or: Qwen3.5 and later hold one more full-attention layer and a projection to predict the token after next (0.79 GiB of the 27B in its logs). */
function unloaded(m: RawModel): number {
  if (m.unloaded !== undefined) return m.unloaded;
  if (!/^qwen3\.[568]/.test(m.id)) return 0;
  const { hidden_size: hidden, head_dim: dim, num_attention_heads: heads, num_key_value_heads: kvHeads, moe } = m;
  const attentionParameters = hidden * dim * (3 * heads + 2 * kvHeads); // query, its gate and output; keys and values
  const width = m.intermediate_size ?? (m.id === "qwen3.8-27b" ? 17_408 : m.id === "qwen3.5-2b" ? 6144 : undefined);
  if (!width && !moe) return 0;
  const feedForward = moe ? moe.num_experts * 3 * hidden * (moe.moe_intermediate_size ?? qwenExpertWidth) : 3 * hidden * width!;
  return attentionParameters + feedForward + 2 * hidden ** 2;
}

function mixture(m: RawModel): Model["mixture"] {
  return m.moe
    ? {
        experts: m.moe.num_experts,
        expertsPerToken: m.moe.experts_per_token,
        expertIntermediateSize: m.moe.moe_intermediate_size ?? (/^qwen3\.[568]/.test(m.id) ? qwenExpertWidth : null),
        activeParameters: m.active_params_computed ?? billions(m.active_params),
      }
    : null;
}

const onnx = JSON.parse(readFileSync(join(__dirname, "onnx-variants.json"), "utf8")) as {
  source: string;
  byRepository: Record<string, Record<string, object>>;
};

const library = JSON.parse(readFileSync(join(__dirname, "ollama-tags.json"), "utf8")) as {
  source: string;
  byModel: Record<string, string>;
};

/** All that Meta publishes asks for an accepted licence, and Google's Gemma 1 to 3 (as each of them does that the facts folder knows). */
const gatedPublishers = /^(meta-llama\/|google\/(code|med)?gemma-(?!4))/;

function sources(m: RawModel): object {
  return {
    huggingFace: { repository: m.hf_repo, revision: null },
    ollama:
      !m.ollama && library.byModel[m.id]
        ? { tag: library.byModel[m.id] }
        : m.ollama
          ? {
              tag: m.ollama.default_tag ?? m.ollama.library,
              pinnedTags: m.ollama.pinned_tags,
              modelBytes: m.ollama.default_tag_model_bytes ?? null,
            }
          : null,
    onnx: (m.onnx ?? []).map(({ repo, format }) => {
      const variants = onnx.byRepository[repo]?.[m.id];
      return { repository: repo, format: format === "onnxruntime-genai" ? format : "transformers.js", ...(variants ? { variants } : {}) };
    }),
  };
}

function model(m: RawModel): Model {
  return modelSchema.parse({
    id: m.id,
    huggingFace: m.hf_repo,
    family: m.family,
    ...architectureOf(m.hf_repo),
    parameters: m.params_unique_computed ?? m.params_checkpoint ?? null,
    hiddenSize: m.hidden_size,
    intermediateSize: m.intermediate_size ?? null,
    vocabularySize: m.vocab_size,
    attentionHeads: m.num_attention_heads,
    contextTokens: m.max_position_embeddings,
    attention: attention(m),
    layers: m.num_hidden_layers,
    tiedEmbeddings: m.tie_word_embeddings ?? null,
    mixture: mixture(m),
    tower: tower(m),
    towerParameters: towerParameters(m),
    unloadedParameters: unloaded(m),
    // hidden_size_per_layer_input 256 of the Gemma 3n and Gemma 4 E configurations (transformers)
    layerEmbeddingParameters: /^gemma-(3n|4)-e\db/.test(m.id) ? 262_144 * m.num_hidden_layers * 256 : 0,
    checkpointQuantization: m.checkpoint_quantization ?? null,
    publishedWeightsGib: m.id === "gpt-oss-20b" ? null : (m.weights_gib ?? null), // its repository holds the weights twice
    licence: m.license ?? null,
    gated: m.gated ?? (gatedPublishers.test(m.hf_repo) ? true : null),
    sources: sources(m),
    facts: m.sources,
  });
}

const catalog = {
  generated: "by tools/facts/catalog.ts, 2026-11-27; do not edit",
  sources: {
    ...raw.source_keys,
    ...further.sources,
    onnxmention: "the repository's name is in use in public GitHub files; its contents were not read",
    linear: linear.source,
    architecture: architectures.source,
    onnxvariants: onnx.source,
    ollamatags: library.source,
  },
  models: [...raw.models, ...shapes, ...further.models].map((m) => model({ ...m, ...further.supplements[m.id] })),
};
writeFileSync(out, `${JSON.stringify(catalog, null, 1)}\n`);
