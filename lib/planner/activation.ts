import type { Model } from "../catalog/schema";
import type { VllmMemory } from "../engines/vllm-memory";

/** What the profiled forward pass follows from. */
export interface Batch {
  readonly batchedTokens: number;
  readonly sequences: number;
  readonly activationBytes: number;
  readonly tensorParallel: number;
}

/**
 * Peak bytes of the profiled pass on one device: the larger of the forward pass and the sampler, which never run at once.
 *
 * Forward: a token holds three feed-forward rows (gate, up and their product, split by tensor parallelism) and four hidden rows; of a mixture,
 * one row per expert it is sent to.
 * Sampler: a sequence holds `samplerBytesPerLogit` for each word of the vocabulary; the batch's hidden rows stay alive, three of them.
 * The row counts are fitted on the calibration half of the logs.
 */
export function activationPeakBytes(model: Model, batch: Batch, memory: VllmMemory): number {
  const tokenRow = batch.batchedTokens * batch.activationBytes;
  const forward = tokenRow * (feedForwardRows(model, batch.tensorParallel) + 4 * model.hiddenSize);
  const sequences = Math.min(batch.sequences, batch.batchedTokens);
  const sampler = sequences * model.vocabularySize * memory.samplerBytesPerLogit + 3 * tokenRow * model.hiddenSize;
  return Math.max(forward, sampler);
}

/** Width of the feed-forward rows that one token makes, times three; of a mixture, the caches of its fused kernel (fused_moe.py). */
function feedForwardRows(model: Model, tensorParallel: number): number {
  const { mixture, hiddenSize } = model;
  if (!mixture?.expertIntermediateSize) return (3 * (model.intermediateSize ?? 4 * hiddenSize)) / tensorParallel;
  const expert = mixture.expertIntermediateSize / tensorParallel;
  return mixture.expertsPerToken * (Math.max(2 * expert, hiddenSize) + expert);
}
