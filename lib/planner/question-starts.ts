import type { CatalogMatch } from "../catalog/catalog";
import { deviceReason, refusals } from "../compatibility/compatibility";
import type { Deployment, Refusal } from "../compatibility/deployment";
import { vllmSupport } from "../engines/support";
import { vllmMemory } from "../engines/vllm-memory";
import { formatGib, gib } from "../units";
import type { Fault } from "./fault";
import type { Question } from "./question";
import type { VllmRequest } from "./vllm-request";
import { weightBytes } from "./weights";

/** Why vLLM would not start with what a question asks, whatever memory there is: what its code refuses, and what it loads before it shrinks it. */
export function startFaults(q: Question, request: VllmRequest, found: CatalogMatch): Fault[] {
  const deployment = deploymentOf(q, request, found);
  const refused = refusals(deployment).map((refusal) => refusalFault(q, refusal));
  const onDevice = refused.length > 0 ? [] : deviceFaults(q, request, deployment);
  return [...refused, ...sequenceFaults(q), ...onDevice, ...loadFaults(q, request, deployment)];
}

/** vllm/config/scheduler.py: a batch holds a token of each sequence at least. */
const sequenceFaults = ({ maxNumBatchedTokens: batch, maxNumSeqs: sequences }: Question): Fault[] =>
  batch !== undefined && sequences !== undefined && batch < sequences
    ? [
        {
          path: "maxNumBatchedTokens",
          value: batch,
          bound: `must be at least the ${sequences} sequences that run at once`,
          fix: "raise it, or lower maxNumSeqs",
        },
      ]
    : [];

function deploymentOf(
  q: Question,
  { model, version, quantization, contextTokens, speculation, dtype }: VllmRequest,
  found: CatalogMatch,
): Deployment {
  const stored = found.quantization ?? model.checkpointQuantization ?? undefined;
  const online = stored === undefined && quantization === "fp8" ? quantization : undefined;
  const kinds = vllmSupport(version)?.cacheTypes ?? [];
  return {
    ...{ engine: "vllm", version, contextTokens, online },
    // the checkpoint that is meant may hold the head that the catalog's one lacks
    model: { ...model, huggingFace: found.repository ?? model.huggingFace, unloadedParameters: 1 },
    stored: online ? undefined : (quantization ?? stored),
    dtype: q.dtype === undefined || q.dtype === "auto" ? undefined : dtype,
    cacheType: q.kvCacheDtype !== undefined && q.kvCacheDtype !== "auto" && kinds.includes(q.kvCacheDtype) ? q.kvCacheDtype : undefined,
    concurrency: 1,
    batchedTokens: undefined,
    ...(speculation?.draft ? { draft: speculation.draft.model } : {}),
    features: speculation && headKnown(model) ? { speculative: { method: speculation.method, tokens: speculation.tokens } } : {},
  };
}

/** Without its type or architecture nothing says whether a model has a head for more tokens. */
const headKnown = ({ modelType, architecture }: VllmRequest["model"]): boolean => modelType !== null && architecture !== null;

/** A card of a table, and of CUDA: what the ROCm build refuses is not known. */
function deviceFaults(q: Question, { gpu, version, tensorParallel: count }: VllmRequest, deployment: Deployment): Fault[] {
  const known = vllmSupport(version) && gpu && gpu.computeCapability !== null;
  const bound = known ? deviceReason(deployment, { gpu, count }) : undefined;
  return bound ? [{ path: "gpu", value: q.gpu, bound, fix: "choose another GPU, or what it has" }] : [];
}

/** A release that quantizes only once all is loaded holds the 16-bit weights first. */
function loadFaults(
  q: Question,
  { version, tensorParallel, pipelineParallel = 1, usableGib }: VllmRequest,
  { model, online }: Deployment,
): Fault[] {
  const memory = vllmMemory(version);
  const bytes = online && memory.loadsWhole ? weightBytes(model, { dtype: "bfloat16", tensorParallel }) : undefined;
  const loads = bytes === undefined ? 0 : gib(bytes) / pipelineParallel;
  if (loads + memory.nonTorchGib <= usableGib) return [];
  const bound = `vLLM ${version} loads ${formatGib(loads)} of 16-bit weights before it quantizes them to ${online}, the card has ${formatGib(usableGib)}`;
  return [{ path: "quantization", value: q.quantization, bound, fix: "use a stored FP8 checkpoint, a newer engineVersion or more GPUs" }];
}

function refusalFault(q: Question, { field, bound, fix }: Refusal): Fault {
  const names: Partial<Record<Refusal["field"], keyof Question>> = {
    model: "model",
    dtype: "dtype",
    cacheType: "kvCacheDtype",
    "features.speculative": "speculative",
  };
  const path = names[field] ?? "quantization";
  return { path, value: q[path], bound, fix };
}
