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

/** A model found, and the quantization that its name announces. */
export interface Found {
  readonly model: Model;
  readonly quantization?: Quantization;
  /** Repository of a variant that was named in full: its weights are there, not in the model's own. */
  readonly repository?: string;
}

/** A model by its catalog name or Hugging Face id, in any case, or a quantized or base variant of one. */
export function findModel(name: string): Found | undefined {
  const model = exact.get(name.toLowerCase());
  if (model) return { model };
  const { key, quantization } = parseModelName(name);
  const variant = byShape.get(key);
  return variant && { model: variant, ...(quantization ? { quantization } : {}), ...(name.includes("/") ? { repository: name } : {}) };
}

/** Names to suggest for one that is unknown. */
export const similarModels = (name: string): string[] =>
  nearest(
    name.toLowerCase().replace(/^.*\//, ""),
    catalog.map(({ id }) => id),
  );
