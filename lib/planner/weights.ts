import type { Model } from "../catalog/schema";
import { ggufBitsPerWeight, isGguf, linearBits, type Quantization } from "./quantization";

/** Data types of unquantized weights and activations. */
export const dtypeBytes = { float32: 4, bfloat16: 2, float16: 2 } as const;
export type Dtype = keyof typeof dtypeBytes;

/** Bytes of the rotary tables that an engine builds beside the weights: context × head size, in the activation type. */
const rotaryBytes = (model: Model, dtype: Dtype): number =>
  Math.min(model.contextTokens, 262_144) * (model.attention?.full?.headDim ?? 128) * dtypeBytes[dtype];

/** Parameters that a quantization stores in fewer bits than the data type's. */
interface Shrunk {
  readonly parameters: number;
  readonly bits: number;
}

/**
 * What a quantization shrinks: the projections and feed-forward layers. Embeddings, the output layer and towers stay in 16 bits.
 * Where the shape of the layers is not known, or they are of linear attention, it is all but the embeddings.
 *
 * MXFP4 is for experts alone (openai/gpt-oss README). NVFP4 is for feed-forward layers where attention is of several kinds, and leaves the rest in
 * FP8 beside linear layers (hf_quant_config.json of nvidia/Qwen3.6-27B-NVFP4) and in 16 bits beside sliding ones (of nvidia/Gemma-4-31B-IT-NVFP4;
 * nvidia/Gemma-4-26B-A4B-NVFP4 loads 17.89 GiB, 17.9 computed). AWQ and GPTQ of a mixture with linear layers leave all but the experts.
 */
function shrunkParameters(model: Model, loaded: number, quantization: keyof typeof linearBits): Shrunk[] {
  const bits = linearBits[quantization];
  const table = model.vocabularySize * model.hiddenSize;
  const kept = model.layerEmbeddingParameters + model.towerParameters + (model.tiedEmbeddings ? table : 2 * table);
  const most = Math.max(0, loaded - kept);
  const width = feedForwardParameters(model);
  if (width === undefined) return [{ parameters: most, bits }];
  const feedForward = Math.min(most, model.layers * width);
  const { linear, sliding } = model.attention ?? {};
  const fourBits = quantization === "nvfp4" || quantization === "awq" || quantization === "gptq";
  if (quantization === "mxfp4" || (quantization === "nvfp4" && sliding)) return [{ parameters: feedForward, bits }];
  if (linear && fourBits && model.mixture && quantization !== "nvfp4") return [{ parameters: feedForward, bits }];
  if (linear && quantization === "nvfp4")
    return [
      { parameters: feedForward, bits },
      { parameters: most - feedForward, bits: linearBits.fp8 },
    ];
  if (linear) return [{ parameters: most, bits }];
  return [{ parameters: Math.min(most, feedForward + model.layers * attentionParameters(model)), bits }];
}

/** Parameters of one layer's gated feed-forward part, all experts of a mixture together. */
function feedForwardParameters({ mixture, hiddenSize, intermediateSize }: Model): number | undefined {
  if (mixture)
    return mixture.expertIntermediateSize === null ? undefined : 3 * hiddenSize * mixture.expertIntermediateSize * mixture.experts;
  return intermediateSize === null ? undefined : 3 * hiddenSize * intermediateSize;
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/**
 * What MXFP4 experts grow by while they are laid out for their kernels, which pad the hidden size to 256 and each device's width to 128
 * (quantization/mxfp4.py, create_weights): gpt-oss-20b takes 13.69 GiB, not 12.83.
 */
function layoutFactor({ mixture, hiddenSize }: Model, quantization: Quantization, tensorParallel: number): number {
  if (quantization !== "mxfp4" || !mixture?.expertIntermediateSize) return 1;
  const width = mixture.expertIntermediateSize / tensorParallel;
  return (roundUp(hiddenSize, 256) / hiddenSize) * (roundUp(width, 128) / width);
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
  const total = storedBytes(model, dtype, quantization, tensorParallel);
  return total === undefined ? undefined : total / tensorParallel + (quantization && isGguf(quantization) ? 0 : rotaryBytes(model, dtype));
}

function storedBytes(model: Model, dtype: Dtype, quantization: Quantization | undefined, tensorParallel: number): number | undefined {
  if (model.checkpointQuantization && (quantization ?? model.checkpointQuantization) === model.checkpointQuantization)
    return publishedBytes(model, dtype, tensorParallel);
  if (model.parameters === null) return undefined;
  const loaded = model.parameters - model.unloadedParameters;
  if (!quantization) return loaded * dtypeBytes[dtype];
  if (isGguf(quantization)) return (loaded * ggufBitsPerWeight[quantization]) / 8;
  const factor = layoutFactor(model, quantization, tensorParallel);
  return shrunkParameters(model, loaded, quantization).reduce(
    (total, { parameters, bits }) => total + parameters * ((bits * factor) / 8 - dtypeBytes[dtype]),
    loaded * dtypeBytes[dtype],
  );
}

function publishedBytes(model: Model, dtype: Dtype, tensorParallel: number): number | undefined {
  if (model.publishedWeightsGib !== null) return model.publishedWeightsGib * 1024 ** 3;
  if (model.parameters === null || !model.checkpointQuantization) return undefined;
  return storedBytes({ ...model, checkpointQuantization: null }, dtype, model.checkpointQuantization, tensorParallel);
}
