import type { Model } from "../catalog/schema";
import type { VllmMemory } from "../engines/vllm-memory";
import { bytesPerGib } from "../units";

/**
 * GiB of a tower that is profiled before the model, and of its outputs, which stay. Images of any size, Qwen's 16,384 tokens: a peak of 1.46
 * (Qwen3.8-27B on 2 RTX 5090 and on 2 RTX 3090, vLLM 0.28). Of one size: what three Gemma 3 logs leave over stays. Videos: as many of 2,496
 * tokens as a batch holds (nvidia/Gemma-4-26B-A4B-NVFP4 in vLLM 0.20.2: 4.1 for six).
 */
const towerGib = {
  fixed: { peak: 0.25, outputs: 0.25 },
  dynamic: { peak: 1.46, outputs: 0.1 },
  video: { peak: 0.68, outputs: 0.25 },
} as const;
const videoTokens = 2496;

/** Peak of a tower, and what it leaves, in bytes. */
function towerBytes({ tower }: Model, batchedTokens: number): { peak: number; outputs: number } {
  if (!tower) return { peak: 0, outputs: 0 };
  const items = tower === "video" ? Math.max(1, Math.floor(batchedTokens / videoTokens)) : 1;
  return { peak: items * towerGib[tower].peak * bytesPerGib, outputs: towerGib[tower].outputs * bytesPerGib };
}

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
 * Sampler: a sequence holds `samplerBytesPerLogit` for each word of the vocabulary; the batch's hidden rows stay alive, three of them,
 * and so do the experts' work buffers, where the release keeps them.
 * A tower runs before both: its peak counts where it is larger.
 * The row counts are fitted on the calibration half of the logs.
 */
export function activationPeakBytes(model: Model, batch: Batch, memory: VllmMemory): number {
  const tokenRow = batch.batchedTokens * batch.activationBytes;
  const forward = tokenRow * (feedForwardRows(model, batch.tensorParallel) + 4 * model.hiddenSize);
  const sequences = Math.min(batch.sequences, batch.batchedTokens);
  const workspace = memory.keepsWorkspace ? tokenRow * workspaceRows(model, batch.tensorParallel) : 0;
  const sampler = sequences * model.vocabularySize * memory.samplerBytesPerLogit + 3 * tokenRow * model.hiddenSize + workspace;
  const tower = towerBytes(model, batch.batchedTokens);
  return Math.max(tower.peak, Math.max(forward, sampler) + tower.outputs);
}

/** Width of the feed-forward rows that one token makes, times three; of a mixture, the caches of its fused kernel (fused_moe.py). */
function feedForwardRows(model: Model, tensorParallel: number): number {
  const { mixture, hiddenSize } = model;
  if (!mixture?.expertIntermediateSize) return (3 * (model.intermediateSize ?? 4 * hiddenSize)) / tensorParallel;
  const expert = mixture.expertIntermediateSize / tensorParallel;
  return mixture.expertsPerToken * (Math.max(2 * expert, hiddenSize) + expert);
}

/**
 * Width of the work buffers that the experts' kernels keep for one token: what enters and leaves each expert, and gate and up
 * (fused_moe/modular_kernel.py; 0.53 GiB computed and 0.56 left over of Qwen3-30B-A3B in vLLM 0.19, 0.45 and 0.47 of DeepSeek-V2-Lite).
 * MXFP4 experts use other kernels.
 */
function workspaceRows({ mixture, hiddenSize, checkpointQuantization }: Model, tensorParallel: number): number {
  if (!mixture?.expertIntermediateSize || checkpointQuantization === "mxfp4") return 0;
  const expert = mixture.expertIntermediateSize / tensorParallel;
  return mixture.expertsPerToken * (Math.max(expert, hiddenSize) + Math.max(2 * expert, hiddenSize));
}
