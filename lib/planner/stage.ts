import type { Model } from "../catalog/schema";
import type { VllmRequest } from "./vllm-request";
import { dtypeBytes, weightBytes } from "./weights";

type Attention = NonNullable<Model["attention"]>;

/** The layers that one stage of a pipeline holds, and the layer of the model's own head where that guesses tokens. */
export function stageOf({ model, pipelineParallel: stages = 1, speculation }: VllmRequest): Model {
  const head = speculation?.method === "mtp" ? 1 : 0;
  if (stages === 1 && head === 0) return model;
  const part = <T extends { readonly layers: number }>(kind: T | undefined, additionalLayers = 0): T | undefined =>
    kind && { ...kind, layers: Math.ceil(kind.layers / stages) + additionalLayers };
  const { full, sliding, linear } = model.attention ?? {};
  const parts = { full: part(full, head), sliding: part(sliding, full ? 0 : head), linear: part(linear) };
  const attention = Object.fromEntries(Object.entries(parts).filter(([, kind]) => kind !== undefined)) as Attention;
  return { ...model, layers: Math.ceil(model.layers / stages), attention: model.attention && attention };
}

/**
 * Bytes of the weights on one device of the fullest stage, with those that guess tokens. The first stage has the embeddings and the last
 * the output layer (Llama-3.1-8B over four stages in vLLM 0.19: 4.23 GiB computed, 4.26 logged).
 */
export function servedWeightBytes(request: VllmRequest): number | undefined {
  const { model, pipelineParallel: stages = 1, tensorParallel, dtype, speculation } = request;
  const whole = weightBytes(model, request);
  if (whole === undefined) return undefined;
  const table = (model.vocabularySize * model.hiddenSize * dtypeBytes[dtype]) / tensorParallel;
  const tables = model.tiedEmbeddings ? table : 2 * table;
  const stage = stages === 1 ? whole : (whole - tables) / stages + table;
  if (speculation?.method === "mtp") return stage + headBytes(request);
  if (!speculation?.draft) return stage;
  const draft = weightBytes(speculation.draft.model, { ...speculation.draft, dtype, tensorParallel });
  return draft === undefined ? undefined : stage + draft;
}

/** The model's own head: FP8 checkpoints store it so, those of 4 bits leave it in 16. */
const headBytes = ({ model, quantization, dtype, tensorParallel }: VllmRequest): number =>
  (model.unloadedParameters * (quantization === "fp8" ? 1 : dtypeBytes[dtype])) / tensorParallel;
