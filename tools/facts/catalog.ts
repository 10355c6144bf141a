import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Model, modelSchema } from "../../lib/catalog/schema";
import { qwenExpertWidth, type RawModel, tower, towerParameters, unloaded } from "./raw-model";

/**
 * Writes the model catalog from sourced facts: `npx tsx tools/facts/catalog.ts <facts folder>`. Beside this file lie what other sources give:
 * models that the folder lacks (further-models.json), folders of ONNX repositories (onnx-variants.json), states of linear layers.
 */
const [folder, out = "lib/catalog/data/models.json"] = process.argv.slice(2);
if (!folder) throw new Error("usage: tsx tools/facts/catalog.ts <facts folder> [output file]");

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
