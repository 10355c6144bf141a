import type { Gpu } from "../accelerators/gpu";
import type { Model } from "../catalog/schema";
import type { VllmMemory } from "../engines/vllm-memory";

/**
 * Buffers of collectives per device, in GiB, where cards have a direct link: NCCL channels and all-reduce buffers
 * (2.07 GiB outside torch against 0.25 alone: Llama-3.1-8B, 2 and 4 H100, vLLM 0.19). Without a link, by version.
 */
const linkedCollectivesGib = 1.83;

/** CUDA graphs: GiB per layer when all 51 default batch sizes are captured (0.72 GiB for 40 layers, 0.40 for 24; logs of 0.11 to 0.27). */
const graphGibPerLayer = 0.018;
/** However few sizes are captured: 0.35 GiB for 5 sizes of 28 layers, 0.26 for 3 of 30 (vLLM 0.22.1 and 0.20.2). */
const leastGraphGib = 0.25;

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
  const collectives = input.tensorParallel > 1 ? (input.gpu?.nvlink ? linkedCollectivesGib : memory.busCollectivesGib) : 0;
  const graphs = memory.graphsInBudget ? graphGib(model, input) : 0;
  return memory.nonTorchGib + collectives + graphs;
}

/** GiB of CUDA graphs on one device. */
function graphGib(model: Model, { enforceEager, sequences, batchedTokens }: OverheadInput): number {
  if (enforceEager) return 0;
  const all =
    graphGibPerLayer * model.layers * (captureSizes(sequences, batchedTokens, largestGraph(model)) / captureSizes(256, 8192, 512));
  return Math.max(leastGraphGib, all);
}

/**
 * GiB that an engine takes after the cache is allocated. The sampler's 32-bit copy, where the profile runs without one. The graphs, where
 * they are not measured before (of a mixture two and a half times as large: 1.84 GiB of gpt-oss-20b, 1.92 of Qwen3-VL-30B-A3B on four devices),
 * and the work buffers of MXFP4 experts (1.57 GiB for 8,192 tokens). The gpt-oss-20b log of vLLM 0.19 runs out of memory there; Qwen3-30B-A3B
 * beside it does not.
 */
export function outsideGib(model: Model, input: OverheadInput, memory: VllmMemory): number {
  const copy = (Math.min(input.sequences, input.batchedTokens) * model.vocabularySize * 4) / 1024 ** 3;
  const sampler = memory.profilesSampler ? 0 : copy;
  if (memory.graphsInBudget) return sampler;
  if (!model.mixture) return graphGib(model, input) + sampler;
  const buffers = model.checkpointQuantization === "mxfp4" ? (1.57 * input.batchedTokens) / 8192 / input.tensorParallel : 0;
  return 2.5 * graphGib(model, input) + buffers + sampler;
}

/** Largest batch that graphs are captured for (config/vllm.py; models/config.py raises it for gpt-oss). */
const largestGraph = ({ architecture }: Model): number => (architecture === "GptOssForCausalLM" ? 1024 : 512);

/** Batch sizes captured: 1, 2, 4, every 8 below 256, every 16 up to the largest: twice the sequences, and no more than a bound. */
function captureSizes(sequences: number, batchedTokens: number, bound: number): number {
  const largest = Math.min(2 * sequences, bound, batchedTokens);
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
