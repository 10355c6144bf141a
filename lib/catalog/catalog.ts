import { nearest } from "../nearest";
import type { Quantization } from "../planner/quantization";
import data from "./data/models.json";
import { type ParsedName, parseModelName } from "./model-name";
import { libraryKey, sizedTag, spelledOtherwise } from "./ollama-names";
import type { Model } from "./schema";

/** Every model of the catalog, checked against the schema when it was generated and by a test. */
export const catalog = data.models as readonly Model[];

/** Where the facts come from, by the key that a model's `facts` name. */
export const factSources: Readonly<Record<string, string>> = data.sources;

const exact = new Map<string, Model>();
const byShape = new Map<string, Model>();
for (const model of catalog) {
  exact.set(model.id.toLowerCase(), model);
  exact.set(model.huggingFace.toLowerCase(), model);
  for (const name of [model.huggingFace, model.id]) {
    const { key } = parseModelName(name);
    if (!byShape.has(key)) byShape.set(key, model);
  }
}

/** A model found by a name. */
export interface CatalogMatch {
  readonly model: Model;
  /** The repository that the name is, where it is another one than the catalog's: a quantized, base or tuned variant of the same shape. */
  readonly repository?: string;
  /** The quantization that a repository's name announces. */
  readonly quantization?: Quantization;
}

/**
 * The type in which a repository wants its cache: its name says so, or it is of NVIDIA, whose FP8 and NVFP4 checkpoints hold scales for
 * an FP8 cache (hf_quant_config.json of nine of them). Those of models with linear layers do not say it where vLLM looks (config.json;
 * a log of nvidia/Qwen3.6-35B-A3B-NVFP4 in vLLM 0.29 has a 16-bit cache).
 */
function cacheOf(name: string, { quantization, cache }: ParsedName, { attention }: Model): Model["cacheQuantization"] {
  const modelopt = /^nvidia\//i.test(name) && (quantization === "fp8" || quantization === "nvfp4") && attention?.linear === undefined;
  return cache ?? (modelopt ? "fp8" : null);
}

/** The model whose shape a name is, with or without its publisher: enough for a question about memory. */
export function findShape(name: string): CatalogMatch | undefined {
  const model = exact.get(name.toLowerCase());
  if (model) return { model };
  const parsed = parseModelName(name);
  const { quantization } = parsed;
  const shape = byShape.get(parsed.key);
  const cacheQuantization = shape && cacheOf(name, parsed, shape);
  const found = cacheQuantization ? { ...shape, cacheQuantization } : shape;
  return found && { model: found, ...(name.includes("/") ? { repository: name } : {}), ...(quantization ? { quantization } : {}) };
}

const byTag = new Map<string, Model>();
for (const model of catalog) {
  const { tag, pinnedTags = [] } = model.sources.ollama ?? {};
  for (const name of tag ? [tag, ...pinnedTags] : []) {
    for (const known of [name, withoutType(name)]) if (!byTag.has(known.toLowerCase())) byTag.set(known.toLowerCase(), model);
  }
}

/** A tag without the GGUF type at its end. */
function withoutType(tag: string): string {
  return tag.replace(/-((?:i?q\d|fp?16|bf16|f32)\w*|qat)$/i, "");
}

const byLibraryKey = new Map<string, Model>();
for (const model of catalog) {
  const key = libraryKey(parseModelName(model.id).key);
  if (!byLibraryKey.has(key)) byLibraryKey.set(key, model);
}

/** A model by a tag that Ollama pulls, of its library or of Hugging Face, whatever its GGUF type. */
export function findOllamaTag(tag: string): CatalogMatch | undefined {
  const [, repository] = /^(?:hf\.co|huggingface\.co)\/([^:]+)/i.exec(tag) ?? [];
  if (repository !== undefined) return findShape(repository);
  const sized = sizedTag(withoutType(tag.toLowerCase()));
  const model =
    byTag.get(tag.toLowerCase()) ?? byTag.get(sized) ?? exact.get(spelledOtherwise(sized) ?? "") ?? byLibraryKey.get(libraryKey(sized));
  return model && { model };
}

/**
 * A model by its catalog name or Hugging Face id, in any case; or a repository of the same shape, by its name. A variant that is named without
 * its publisher is none: which repository holds it is not known.
 */
export const findModel = (name: string): CatalogMatch | undefined => (variantOf(name) ? undefined : findShape(name));

/** The model whose variant a name would be, if it said its publisher; undefined: it is no such name. */
export function variantOf(name: string): Model | undefined {
  if (name.includes("/") || exact.has(name.toLowerCase())) return undefined;
  const { key, quantization, variant } = parseModelName(name);
  return quantization || variant ? byShape.get(key) : undefined;
}

/** Names to suggest for one that is unknown. */
export const similarModels = (name: string): string[] =>
  nearest(
    name.toLowerCase().replace(/^.*\//, ""),
    catalog.map(({ id }) => id),
  );
