import { nearest } from "../nearest";
import type { Quantization } from "../planner/quantization";
import data from "./data/models.json";
import { parseModelName } from "./model-name";
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
export interface Found {
  readonly model: Model;
  /** The repository that the name is, where it is another one than the catalog's: a quantized, base or tuned variant of the same shape. */
  readonly repository?: string;
  /** The quantization that a repository's name announces. */
  readonly quantization?: Quantization;
}

/** The model whose shape a name is, with or without its publisher: enough for a question about memory. */
export function findShape(name: string): Found | undefined {
  const model = exact.get(name.toLowerCase());
  if (model) return { model };
  const { key, quantization } = parseModelName(name);
  const found = byShape.get(key);
  return found && { model: found, ...(name.includes("/") ? { repository: name } : {}), ...(quantization ? { quantization } : {}) };
}

/**
 * A model by its catalog name or Hugging Face id, in any case; or a repository of the same shape, by its name. A variant that is named without
 * its publisher is none: which repository holds it is not known.
 */
export const findModel = (name: string): Found | undefined => (variantOf(name) ? undefined : findShape(name));

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
