import type { Gpu } from "../accelerators/gpu";
import type { Model } from "../catalog/schema";
import { type VllmMemory, vllmMemory } from "../engines/vllm-memory";
import { bytesPerGib, formatCount, formatGib, gib, round } from "../units";
import { activationPeakBytes } from "./activation";
import { type CacheLayout, type CacheShape, cacheCapacity, cacheLayout } from "./kv-cache";
import { adapterGib, outsideGib, overheadGib } from "./overhead";
import { servedWeightBytes, stageOf } from "./stage";
import type { MemoryPlan } from "./types";
import type { VllmRequest } from "./vllm-request";
import { dtypeBytes, weightBytes } from "./weights";

/** What vLLM would print when it starts. */
export interface VllmEstimate extends MemoryPlan {
  /** One request of full context has room. */
  readonly fits: boolean;
  readonly reason: string;
  /** CUDA graphs and work buffers that need room outside the budget. */
  readonly outsideGib: number;
  readonly utilisation: number;
  readonly batchedTokens: number;
  readonly sequences: number;
  /** Cache bytes that one request of full context needs, in GiB. */
  readonly requestGib: number;
  /** Cache that all sequences need at least: a block each, of a model with linear-attention layers. */
  readonly leastGib: number;
}

/** Bytes of a cached element where the checkpoint says how its cache is stored, and the release goes by it. */
const checkpointCacheBytes = ({ cacheQuantization }: Model, { checkpointCache }: VllmMemory): number | undefined =>
  cacheQuantization === null || !checkpointCache ? undefined : cacheQuantization === "fp8" ? 1 : 0.5625;

/** GiB by which an estimate may be too good; a plan that fits only within it is refused. */
export const marginGib = 0.3;

/** Default batch sizes of the API server by card (EngineArgs.get_batch_defaults); a card of 160 GiB since 0.33 gets 16,384. */
function batchDefaults(gpu: Gpu | null, usableGib: number): Batching {
  const large = usableGib >= 70 && !gpu?.key.startsWith("a100");
  return large ? { batchedTokens: usableGib >= 160 ? 16_384 : 8192, sequences: 1024 } : { batchedTokens: 2048, sequences: 256 };
}

/** Budget of one device, item by item, or the name of the fact that is missing. */
export function estimateVllm(request: VllmRequest): VllmEstimate | string {
  const memory = memoryOf(request);
  const batch = batchOf(request, memory);
  const parts = partsOf(request, batch, memory);
  if (typeof parts === "string") return parts;
  const utilisation = request.utilisation ?? memory.utilisation;
  const kvGib = utilisation * request.usableGib - parts.weightsGib - parts.activationGib - parts.overheadGib;
  return finish({ ...parts, ...batch, kvGib, utilisation }, request);
}

/** What a server takes on one device, whatever the device holds. */
export interface VllmParts {
  readonly weightsGib: number;
  readonly activationGib: number;
  readonly overheadGib: number;
  /** CUDA graphs, work buffers and the sampler's copy that need room outside the budget. */
  readonly outsideGib: number;
  /** Cache that one request of full context holds. */
  readonly requestGib: number;
  /** Cache below which the engine does not start, whatever a request holds: a block for each sequence of linear-attention layers. */
  readonly leastGib: number;
  readonly layout: CacheLayout;
  readonly shape: CacheShape;
}

/** How the release sizes its memory for this model, by the runner that serves it. */
export const memoryOf = ({
  version,
  model,
  quantization,
  speculation,
}: Omit<VllmRequest, "gpu" | "usableGib" | "tensorParallel">): VllmMemory =>
  vllmMemory(version, {
    model,
    quantized: (quantization ?? model.checkpointQuantization) !== null,
    ...(speculation ? { speculation: speculation.method } : {}),
  });

/** What a server takes on one device, the fullest of its stages; a string names the fact that is missing. */
export function partsOf(request: VllmRequest, batch: Batching, memory: VllmMemory): VllmParts | string {
  const { model, tensorParallel } = request;
  const activationBytes = dtypeBytes[request.dtype];
  const weights = servedWeightBytes(request);
  if (weights === undefined) return weightBytes(model, request) === undefined ? "exact parameters" : "exact parameters of its draft model";
  const stage = stageOf(request);
  const elementBytes = request.cacheElementBytes ?? checkpointCacheBytes(model, memory) ?? activationBytes;
  const shape = { ...request, model: stage, elementBytes, activationBytes, ...batch, memory };
  const layout = cacheLayout(shape);
  if (typeof layout === "string") return layout;
  const input = { ...request, ...batch, enforceEager: request.enforceEager ?? false };
  return {
    weightsGib: gib(weights),
    activationGib: gib(activationPeakBytes(model, { ...batch, activationBytes, tensorParallel }, memory)),
    overheadGib: overheadGib(stage, input, memory) + (request.adapters ? adapterGib(stage, { ...request.adapters, tensorParallel }) : 0),
    outsideGib: outsideGib(stage, input, memory),
    requestGib: gib(layout.blocksPerRequest * layout.blockBytes),
    leastGib: memory.blockPerSequence && stage.attention?.linear && !input.enforceEager ? gib(batch.sequences * layout.blockBytes) : 0,
    layout,
    shape,
  };
}

/** Batch sizes of one server. */
export interface Batching {
  readonly batchedTokens: number;
  readonly sequences: number;
}

function batchOf(request: VllmRequest, memory: VllmMemory): Batching {
  const defaults = batchDefaults(request.gpu, request.usableGib);
  const whole = memory.wholePrompts ? Math.max(request.contextTokens, 2048) : defaults.batchedTokens;
  const batchedTokens = request.batchedTokens ?? whole;
  const sequences = request.sequences ?? (memory.wholePrompts ? 256 : defaults.sequences);
  return { batchedTokens, sequences: Math.min(sequences, batchedTokens) };
}

type Sized = VllmParts & Batching & { readonly kvGib: number; readonly utilisation: number };

function finish(sized: Sized, { usableGib }: VllmRequest): VllmEstimate {
  const { layout, shape, ...parts } = sized;
  const { tokens, concurrency } = cacheCapacity(layout, parts.kvGib * bytesPerGib, shape);
  const spareGib = (1 - parts.utilisation) * usableGib;
  const fits = parts.kvGib - Math.max(parts.requestGib, parts.leastGib) >= marginGib && spareGib >= parts.outsideGib;
  const reason = reasonFor(sized, concurrency, spareGib);
  return { ...parts, fits, kvTokens: tokens, maxConcurrency: round(concurrency), reason };
}

function reasonFor(sized: Sized, concurrency: number, spareGib: number): string {
  const { kvGib, weightsGib, activationGib, overheadGib: engineGib, requestGib, leastGib, outsideGib: outside, shape } = sized;
  const context = formatCount(shape.contextTokens);
  if (kvGib <= 0) {
    const items = `weights ${formatGib(weightsGib)}, activations ${formatGib(activationGib)} and engine ${formatGib(engineGib)}`;
    return `${items} exceed the budget of ${formatGib(kvGib + weightsGib + activationGib + engineGib)}`;
  }
  const need = `${context} tokens of context need ${formatGib(requestGib)} of cache, ${formatGib(kvGib)} is left`;
  if (kvGib < requestGib) return need;
  if (leastGib > requestGib && kvGib - leastGib < marginGib)
    return `${formatCount(sized.sequences)} sequences need a block each of a cache with linear-attention layers, ${formatGib(leastGib)}, ${formatGib(kvGib)} is left: lower maxNumSeqs`;
  if (kvGib - requestGib < marginGib) return `${need}: too tight, as an estimate may be ${formatGib(marginGib)} off`;
  if (spareGib < outside)
    return `CUDA graphs and warm-up need ${formatGib(outside)} outside the budget, utilisation leaves ${formatGib(spareGib)}`;
  return `${round(concurrency, 1)} requests of ${context} tokens fit`;
}
