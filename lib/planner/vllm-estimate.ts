import type { Gpu } from "../accelerators/gpu";
import type { Model } from "../catalog/schema";
import { type VllmMemory, vllmMemory } from "../engines/vllm-memory";
import { bytesPerGib, gib, round, showCount, showGib } from "../units";
import { activationPeakBytes } from "./activation";
import { type CacheLayout, type CacheShape, cacheCapacity, cacheLayout } from "./kv-cache";
import { adapterGib, outsideGib, overheadGib } from "./overhead";
import type { Quantization } from "./quantization";
import type { MemoryPlan } from "./types";
import { type Dtype, dtypeBytes, weightBytes } from "./weights";

/** One vLLM server on one kind of device. Every optional field has the version's default. */
export interface VllmRequest {
  readonly model: Model;
  readonly gpu: Gpu | null;
  /** Memory of one device as the driver reports it, in GiB. */
  readonly usableGib: number;
  readonly version: string;
  readonly tensorParallel: number;
  readonly dtype: Dtype;
  readonly quantization?: Quantization;
  /** Bytes per cached element. @default those of the data type */
  readonly cacheElementBytes?: number;
  readonly contextTokens: number;
  readonly utilisation?: number;
  readonly batchedTokens?: number;
  readonly sequences?: number;
  readonly enforceEager?: boolean;
  readonly adapters?: { readonly count: number; readonly rank: number };
}

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
}

/** GiB by which an estimate may be too good; a plan that fits only within it is refused. */
export const marginGib = 0.3;

/** Default batch sizes of the API server by card (EngineArgs.get_batch_defaults); a card of 160 GiB since 0.33 gets 16,384. */
function batchDefaults(gpu: Gpu | null, usableGib: number): Batching {
  const large = usableGib >= 70 && !gpu?.key.startsWith("a100");
  return large ? { batchedTokens: usableGib >= 160 ? 16_384 : 8192, sequences: 1024 } : { batchedTokens: 2048, sequences: 256 };
}

/** Budget of one device, item by item, or the name of the fact that is missing. */
export function estimateVllm(request: VllmRequest): VllmEstimate | string {
  const memory = vllmMemory(request.version);
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
  readonly layout: CacheLayout;
  readonly shape: CacheShape;
}

/** What a server takes on one device; a string names the fact that is missing. */
export function partsOf(request: VllmRequest, batch: Batching, memory: VllmMemory): VllmParts | string {
  const { model, tensorParallel } = request;
  const activationBytes = dtypeBytes[request.dtype];
  const shape = { ...request, elementBytes: request.cacheElementBytes ?? activationBytes, activationBytes, ...batch, memory };
  const weights = weightBytes(model, request);
  if (weights === undefined) return "exact parameters";
  const layout = cacheLayout(shape);
  if (typeof layout === "string") return layout;
  const input = { ...request, ...batch, enforceEager: request.enforceEager ?? false };
  return {
    weightsGib: gib(weights),
    activationGib: gib(activationPeakBytes(model, { ...batch, activationBytes, tensorParallel }, memory)),
    overheadGib: overheadGib(model, input, memory) + (request.adapters ? adapterGib(model, { ...request.adapters, tensorParallel }) : 0),
    outsideGib: memory.graphsInBudget ? 0 : outsideGib(model, input),
    requestGib: gib(layout.blocksPerRequest * layout.blockBytes),
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
  const fits = parts.kvGib - parts.requestGib >= marginGib && spareGib >= parts.outsideGib;
  const reason = reasonFor(sized, concurrency, spareGib);
  return { ...parts, fits, kvTokens: tokens, maxConcurrency: round(concurrency), reason };
}

function reasonFor(sized: Sized, concurrency: number, spareGib: number): string {
  const { kvGib, weightsGib, activationGib, overheadGib: engineGib, requestGib, outsideGib: outside, shape } = sized;
  const context = showCount(shape.contextTokens);
  if (kvGib <= 0) {
    const items = `weights ${showGib(weightsGib)}, activations ${showGib(activationGib)} and engine ${showGib(engineGib)}`;
    return `${items} exceed the budget of ${showGib(kvGib + weightsGib + activationGib + engineGib)}`;
  }
  const need = `${context} tokens of context need ${showGib(requestGib)} of cache, ${showGib(kvGib)} is left`;
  if (kvGib < requestGib) return need;
  if (kvGib - requestGib < marginGib) return `${need}: too tight, as an estimate may be ${showGib(marginGib)} off`;
  if (spareGib < outside)
    return `CUDA graphs and warm-up need ${showGib(outside)} outside the budget, utilisation leaves ${showGib(spareGib)}`;
  return `${round(concurrency, 1)} requests of ${context} tokens fit`;
}
