import type { Device } from "../accelerators/vm-size";
import type { VllmMemory } from "../engines/vllm-memory";
import { bytesPerGib, formatGib, gib } from "../units";
import { cacheCapacity } from "./kv-cache";
import { type NodeRequest, nodeMemory } from "./node-memory";
import type { Resolved } from "./resolve";
import type { MemoryPlan, VllmFeatures } from "./types";
import { type Batching, marginGib, memoryOf, partsOf, type VllmParts } from "./vllm-estimate";
import type { Speculation, VllmRequest } from "./vllm-request";
import { type Dtype, weightBytes } from "./weights";

/** What a model takes on each of its devices, whichever device that is. */
export interface MemoryRequirement {
  /** Memory that each device must report, in GiB. */
  readonly usableGib: number;
  readonly reason: () => string;
  /** The memory plan on a device that reports so much. */
  readonly on: (usableGib: number) => MemoryPlan;
}

/** Batch of one server that a plan makes: fixed, so that a larger device never needs more; without chunked prefill it holds a whole prompt. */
export function plannedBatch({ request, concurrency, contextTokens, deployment }: Resolved): Batching {
  const least = deployment.features.chunkedPrefill === false ? contextTokens : 0;
  const batchedTokens = request.maxNumBatchedTokens ?? Math.max(2048, least, concurrency);
  const sequences = Math.max(concurrency, Math.min(256, Math.max(16, 2 * concurrency)));
  return { batchedTokens, sequences: Math.min(sequences, batchedTokens) };
}

/** What a model takes on a kind of device; a string names the fact that is missing. */
export function memoryRequirement(resolved: Resolved, device: Pick<Device, "gpu" | "gpuCount">): MemoryRequirement | string {
  if (resolved.engine === "vllm") return device.gpu ? vllmRequirement(resolved, device) : vllmCpuRequirement(resolved);
  const own = nodeRequirement(resolved, device);
  return resolved.additionalModels.reduce<MemoryRequirement | string>((sum, other) => add(sum, nodeRequirement(other, device)), own);
}

/** Two models in one server, both loaded. The memory plan stays the first one's. */
function add(sum: MemoryRequirement | string, other: MemoryRequirement | string): MemoryRequirement | string {
  if (typeof sum === "string") return sum;
  if (typeof other === "string") return other;
  const usableGib = sum.usableGib + other.usableGib;
  return { usableGib, reason: () => `${sum.reason()}; and ${other.reason()}`, on: (usable) => sum.on(usable - other.usableGib) };
}

function vllmRequirement(resolved: Resolved, { gpu, gpuCount }: Pick<Device, "gpu" | "gpuCount">): MemoryRequirement | string {
  const asked = vllmRequest(resolved);
  const memory = memoryOf(asked);
  const utilisation = resolved.request.gpuMemoryUtilization ?? memory.utilisation;
  const parts = partsOf({ ...asked, gpu, tensorParallel: gpuCount }, plannedBatch(resolved), memory);
  if (typeof parts === "string") return parts;
  const fixed = parts.weightsGib + parts.activationGib + parts.overheadGib;
  const cache = Math.max(resolved.concurrency * parts.requestGib, parts.leastGib) + marginGib;
  const load = loadPeak(resolved, memory);
  const usableGib = Math.max((fixed + cache) / utilisation, parts.outsideGib / (1 - utilisation), load?.gib ?? 0);
  if (load && load.gib === usableGib)
    return { usableGib, reason: () => load.reason, on: (usable) => vllmPlan(parts, utilisation * usable - fixed) };
  return { usableGib, reason: () => describe(parts, cache, utilisation), on: (usable) => vllmPlan(parts, utilisation * usable - fixed) };
}

/** What a release that quantizes only once all is loaded holds at its peak: the 16-bit weights; undefined: it goes layer by layer. */
function loadPeak({ model, deployment, version, request }: Resolved, memory: VllmMemory): { gib: number; reason: string } | undefined {
  if (!deployment.online || !memory.loadsWhole) return undefined;
  // more GPUs only for the load are a cost that nobody asked for: they have to be asked for
  const bytes = weightBytes(model, { dtype: "bfloat16", tensorParallel: request.tensorParallel ?? 1 });
  if (bytes === undefined) return undefined;
  const peak = gib(bytes) + memory.nonTorchGib;
  return {
    gib: peak,
    reason: `vLLM ${version} loads ${formatGib(gib(bytes))} of 16-bit weights before it quantizes them to ${deployment.online}; tensorParallel splits them, and a newer engineVersion goes layer by layer`,
  };
}

const vllmRequest = ({
  model,
  version,
  dtype,
  quantization,
  cacheElementBytes,
  contextTokens,
  request,
  draft,
}: Resolved): Omit<VllmRequest, "gpu" | "tensorParallel"> => ({
  model,
  version,
  usableGib: 0,
  dtype: dtype ?? "bfloat16",
  ...(quantization ? { quantization } : {}),
  ...(cacheElementBytes ? { cacheElementBytes } : {}),
  contextTokens,
  ...(request.enforceEager ? { enforceEager: true } : {}),
  ...(request.adapters ? { adapters: request.adapters } : {}),
  ...(request.vllm?.speculative ? { speculation: speculationOf(request.vllm.speculative, draft) } : {}),
});

/** What guesses tokens beside the model. */
const speculationOf = ({ method, tokens }: NonNullable<VllmFeatures["speculative"]>, draft: Resolved["draft"]): Speculation => ({
  method,
  tokens,
  ...(draft ? { draft: { model: draft.model, ...(draft.quantization ? { quantization: draft.quantization } : {}) } } : {}),
});

const describe = (parts: Pick<VllmParts, "weightsGib" | "activationGib" | "overheadGib">, cache: number, utilisation: number): string =>
  `weights ${formatGib(parts.weightsGib)}, activations ${formatGib(parts.activationGib)}, engine ${formatGib(parts.overheadGib)}, cache ${formatGib(cache)} at utilisation ${utilisation}`;

function vllmPlan({ layout, shape, weightsGib, activationGib, overheadGib }: VllmParts, kvGib: number): MemoryPlan {
  const { tokens, concurrency } = cacheCapacity(layout, kvGib * bytesPerGib, shape);
  return { weightsGib, activationGib, overheadGib, kvGib, kvTokens: tokens, maxConcurrency: concurrency };
}

/**
 * vLLM on the CPU: weights in the model's data type, a cache that is set apart at start, and its three processes, in GiB:
 * API server 0.7, engine core 0.6 and worker 0.75 besides weights and cache (SmolLM2-135M, vLLM 0.32 on two cores: 2.57 at its peak in all).
 */
const cpuProcessesGib = 2.25;

function vllmCpuRequirement(resolved: Resolved): MemoryRequirement | string {
  const { model, quantization, dtype = "bfloat16", concurrency, contextTokens } = resolved;
  const weights = weightBytes(model, { dtype, ...(quantization ? { quantization } : {}), tensorParallel: 1 });
  if (weights === undefined) return "exact parameters";
  const own = nodeMemory(nodeRequest(resolved, false));
  if (typeof own === "string") return own;
  const beside = cpuDraft(resolved, dtype);
  if (typeof beside === "string") return beside;
  const requestGib = own.requestGib + beside.requestGib;
  const kvGib = Math.max(0.25, requestGib * concurrency + marginGib);
  const maxConcurrency = kvGib / requestGib;
  const plan = {
    weightsGib: gib(weights) + beside.weightsGib,
    activationGib: 0,
    overheadGib: cpuProcessesGib,
    kvGib,
    kvTokens: Math.floor(maxConcurrency * contextTokens),
    maxConcurrency,
  };
  return { usableGib: plan.weightsGib + cpuProcessesGib + kvGib, reason: () => describe(plan, kvGib, 1), on: () => plan };
}

/** Weights and cache of a draft model in vLLM on the CPU. */
function cpuDraft(resolved: Resolved, dtype: Dtype): { weightsGib: number; requestGib: number } | string {
  const { draft } = resolved;
  if (!draft) return { weightsGib: 0, requestGib: 0 };
  const weights = weightBytes(draft.model, {
    dtype,
    ...(draft.quantization ? { quantization: draft.quantization } : {}),
    tensorParallel: 1,
  });
  const cache = nodeMemory({ ...nodeRequest(resolved, false), model: draft.model, quantization: undefined });
  if (weights === undefined) return "exact parameters of its draft model";
  return typeof cache === "string" ? `${cache} of its draft model` : { weightsGib: gib(weights), requestGib: cache.requestGib };
}

/** Ollama (llama.cpp) and the ONNX server: weights, a cache reserved for `concurrency` × context, a work buffer, and the runtime. */
function nodeRequirement(resolved: Resolved, { gpu }: Pick<Device, "gpu">): MemoryRequirement | string {
  const { contextTokens, concurrency } = resolved;
  const memory = nodeMemory(nodeRequest(resolved, gpu !== null));
  if (typeof memory === "string") return memory;
  const { requestGib, ...fixed } = memory;
  const held = fixed.weightsGib + fixed.activationGib + fixed.overheadGib;
  const cache = requestGib * concurrency;
  const usableGib = held + cache + marginGib;
  const on = (usable: number): MemoryPlan => {
    const kvGib = Math.max(0, usable - held);
    const maxConcurrency = kvGib / requestGib;
    return { ...fixed, kvGib, kvTokens: Math.floor(maxConcurrency * contextTokens), maxConcurrency };
  };
  return { usableGib, reason: () => describe(fixed, cache + marginGib, 1), on };
}

const nodeRequest = (resolved: Resolved, onGpu: boolean): NodeRequest => {
  const { version, model, quantization, contextTokens, concurrency, cacheElementBytes } = resolved;
  return {
    engine: resolved.engine === "onnx" ? "onnx" : "ollama",
    version,
    model,
    quantization,
    contextTokens,
    concurrency,
    cacheElementBytes,
    onGpu,
  };
};
