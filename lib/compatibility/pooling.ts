import type { Model } from "../catalog/schema";
import { type VllmSupport, vllmSupport } from "../engines/support";
import type { EngineName } from "../engines/tables";
import type { VllmFeatures } from "../planner/types";
import type { Deployment, Refusal } from "./deployment";

/** Names of repositories that hold the files of Sentence Transformers, by which vLLM serves a model that generates as one that embeds. */
const byName = /[-_](embed(ding)?|reranker)s?([-_]|$)/i;

/**
 * Whether vLLM answers with a vector or a score, and with no text (config/model.py, _get_default_runner_type): its architecture does nothing
 * else, or its repository says so.
 */
const isPooling = ({ architecture, huggingFace }: Model, { architectures: { generate, pooling } }: VllmSupport): boolean =>
  byName.test(huggingFace) || (architecture !== null && pooling.includes(architecture) && !generate.includes(architecture));

/** Whether an engine answers with a vector, and with no text; Ollama and the ONNX server are known by the repository's name alone. */
export function embeds(model: Model, engine: EngineName, version: string): boolean {
  const support = engine === "vllm" ? vllmSupport(version) : undefined;
  return support ? isPooling(model, support) : byName.test(model.huggingFace);
}

/** Features of models that generate text. */
const ofText = ["toolParser", "reasoningParser", "structuredOutputs", "speculative"] as const satisfies readonly (keyof VllmFeatures)[];

/** What a model that embeds would be given for nothing. */
export const poolingRefusals = ({ model, features }: Deployment, support: VllmSupport): Refusal[] =>
  isPooling(model, support)
    ? ofText
        .filter((name) => features[name] !== undefined)
        .map((name) => ({
          field: `features.${name}` as const,
          bound: `${model.huggingFace} is an embedding model and generates no text`,
          fix: "leave it out, or choose a model that generates",
        }))
    : [];
