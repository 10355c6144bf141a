import type { Gpu } from "../accelerators/gpu";
import type { Model } from "../catalog/schema";
import type { VllmMemory } from "../engines/vllm-memory";

/**
 * Buffers of collectives per device, in GiB: cards with a direct link keep NCCL channels and all-reduce buffers
 * (2.07 GiB outside torch against 0.25 alone: Llama-3.1-8B, 2 and 4 H100, vLLM 0.19); others less (an estimate from 2 RTX 3090 logs).
 */
const collectivesGib = { linked: 1.83, bus: 0.4 } as const;

/** CUDA graphs: GiB per layer when all 51 default batch sizes are captured (0.72 GiB for 40 layers, 0.40 for 24; logs of 0.11 to 0.27). */
const graphGibPerLayer = 0.016;

/**
 * A tower is profiled with its largest input and keeps the outputs: what three Gemma 3 logs leave over, whose images have one size,
 * and what Qwen logs do, whose images may take 16,384 tokens.
 */
const towerGib = { fixed: 0.25, dynamic: 1 } as const;

/** What the engine holds outside weights, activations and cache. */
export interface OverheadInput {
  readonly gpu: Gpu | null;
  readonly tensorParallel: number;
  readonly sequences: number;
  readonly batchedTokens: number;
  readonly enforceEager: boolean;
}

/** GiB on one device that the engine takes from its budget besides weights and activations. */
export function overheadGib(model: Model, input: OverheadInput, memory: VllmMemory): number {
  const collectives = input.tensorParallel > 1 ? (input.gpu?.nvlink ? collectivesGib.linked : collectivesGib.bus) : 0;
  const graphs = memory.graphsInBudget ? graphGib(model, input) : 0;
  return memory.nonTorchGib + collectives + graphs + (model.tower ? towerGib[model.tower] : 0);
}

/** GiB of CUDA graphs on one device. */
function graphGib(model: Model, { enforceEager, sequences, batchedTokens }: OverheadInput): number {
  if (enforceEager) return 0;
  return graphGibPerLayer * model.layers * (captureSizes(sequences, batchedTokens) / captureSizes(256, 8192));
}

/**
 * GiB that a version without graph profiling takes after the cache is allocated: the graphs (of a mixture five times as large on one
 * device, by the root of the number of devices: 1.84 GiB of gpt-oss-20b on one, 1.92 of Qwen3-VL-30B-A3B on four), the experts' work
 * buffers (1.57 GiB for 8,192 tokens) and the sampler's 32-bit copy. The gpt-oss-20b log of vLLM 0.19 runs out of memory there.
 */
export function outsideGib(model: Model, input: OverheadInput): number {
  const sampler = (Math.min(input.sequences, input.batchedTokens) * model.vocabularySize * 4) / 1024 ** 3;
  if (!model.mixture) return graphGib(model, input) + sampler;
  const buffers = (1.57 * input.batchedTokens) / 8192 / input.tensorParallel;
  return (5 * graphGib(model, input)) / Math.sqrt(input.tensorParallel) + buffers + sampler;
}

/** Batch sizes captured: 1, 2, 4, every 8 below 256, every 16 up to the largest: twice the sequences, at most 512 (config/vllm.py). */
function captureSizes(sequences: number, batchedTokens: number): number {
  const largest = Math.min(2 * sequences, 512, batchedTokens);
  const small = [1, 2, 4].filter((size) => size <= largest).length;
  const eights = Math.max(0, Math.floor(Math.min(largest, 255) / 8));
  const sixteens = largest >= 256 ? Math.floor((largest - 256) / 16) + 1 : 0;
  return small + eights + sixteens;
}

/** Bytes of adapter slots: two low-rank matrices on every projection of every layer (rank × (in + out)), for each adapter held. */
export function adapterGib(model: Model, { count, rank, tensorParallel }: { count: number; rank: number; tensorParallel: number }): number {
  const hidden = model.hiddenSize;
  const { kvHeads, headDim } = model.attention?.full ?? {
    kvHeads: model.attentionHeads,
    headDim: Math.ceil(hidden / model.attentionHeads),
  };
  const query = model.attentionHeads * headDim;
  const width = model.intermediateSize ?? 4 * hidden;
  const perLayer = 4 * hidden + 2 * query + 2 * kvHeads * headDim + 3 * (hidden + width);
  return (count * rank * perLayer * model.layers * 2) / tensorParallel / 1024 ** 3;
}
