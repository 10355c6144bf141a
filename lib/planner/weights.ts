import type { Model } from "../catalog/schema";
import { ggufBitsPerWeight, isGguf, linearBits, type Quantization } from "./quantization";

/** Data types of unquantized weights and activations. */
export const dtypeBytes = { float32: 4, bfloat16: 2, float16: 2 } as const;
export type Dtype = keyof typeof dtypeBytes;

/** Bytes of the rotary tables that an engine builds beside the weights: context × head size, in the activation type. */
const rotaryBytes = (model: Model, dtype: Dtype): number =>
  Math.min(model.contextTokens, 262_144) * (model.attention?.full?.headDim ?? 128) * dtypeBytes[dtype];

/**
 * Parameters that a quantization shrinks: the projections and feed-forward layers. Embeddings, the output layer and towers stay in 16 bits.
 * Where the shape of the layers is not known, or they are of linear attention, it is all but the embeddings.
 */
function quantizedParameters(model: Model, loaded: number, quantization: Quantization): number {
  const table = model.vocabularySize * model.hiddenSize;
  const most = Math.max(0, loaded - model.layerEmbeddingParameters - (model.tiedEmbeddings ? table : 2 * table));
  const width = feedForwardParameters(model);
  if (width === undefined || model.attention?.linear) return most;
  // MXFP4 is for experts: the publisher leaves attention in 16 bits (openai/gpt-oss README)
  return Math.min(most, model.layers * (width + (quantization === "mxfp4" ? 0 : attentionParameters(model))));
}

/** Parameters of one layer's gated feed-forward part, all experts of a mixture together. */
function feedForwardParameters({ mixture, hiddenSize, intermediateSize }: Model): number | undefined {
  if (mixture)
    return mixture.expertIntermediateSize === null ? undefined : 3 * hiddenSize * mixture.expertIntermediateSize * mixture.experts;
  return intermediateSize === null ? undefined : 3 * hiddenSize * intermediateSize;
}

/** Parameters of one layer's four attention projections. */
function attentionParameters({ attention, attentionHeads, hiddenSize }: Model): number {
  const { kvHeads, headDim } = attention?.sliding ?? attention?.full ?? { kvHeads: attentionHeads, headDim: hiddenSize / attentionHeads };
  return hiddenSize * headDim * (2 * attentionHeads + 2 * kvHeads);
}

/**
 * Bytes of the weights on one of `tensorParallel` devices. Undefined when the parameters are unknown and the published size does
 * not tell (a checkpoint quantized by its publisher is loaded as published).
 */
export function weightBytes(
  model: Model,
  { dtype, quantization, tensorParallel }: { dtype: Dtype; quantization?: Quantization; tensorParallel: number },
): number | undefined {
  const total = storedBytes(model, dtype, quantization);
  return total === undefined ? undefined : total / tensorParallel + (quantization && isGguf(quantization) ? 0 : rotaryBytes(model, dtype));
}

function storedBytes(model: Model, dtype: Dtype, quantization: Quantization | undefined): number | undefined {
  if (model.checkpointQuantization && (quantization ?? model.checkpointQuantization) === model.checkpointQuantization)
    return publishedBytes(model, dtype);
  if (model.parameters === null) return undefined;
  const loaded = model.parameters - model.unloadedParameters;
  if (!quantization) return loaded * dtypeBytes[dtype];
  if (isGguf(quantization)) return (loaded * ggufBitsPerWeight[quantization]) / 8;
  const shrunk = quantizedParameters(model, loaded, quantization);
  return (shrunk * linearBits[quantization]) / 8 + (loaded - shrunk) * dtypeBytes[dtype];
}

function publishedBytes(model: Model, dtype: Dtype): number | undefined {
  if (model.publishedWeightsGib !== null) return model.publishedWeightsGib * 1024 ** 3;
  if (model.parameters === null || !model.checkpointQuantization) return undefined;
  return storedBytes({ ...model, checkpointQuantization: null }, dtype, model.checkpointQuantization);
}
