import { type CatalogMatch, findShape } from "../catalog/catalog";
import { divides } from "../compatibility/parallel";
import { vllmSupport } from "../engines/support";
import { defaultVersion } from "../engines/tables";
import { cacheElementBytes } from "./cache-type";
import type { Fault } from "./fault";
import {
  ofGguf,
  tooLong,
  unevenSplit,
  unknownCacheType,
  unknownFormat,
  unknownGpu,
  unknownModel,
  unknownQuantization,
} from "./lookup-faults";
import { isContainer, parseQuantization, type Quantization } from "./quantization";
import type { Question } from "./question";
import { type AskedDevice, askedDevice } from "./question-device";
import { startFaults } from "./question-starts";
import { readsDraft } from "./resolve-draft";
import type { Speculation, VllmRequest } from "./vllm-request";
import type { Dtype } from "./weights";

const dtypes: Readonly<Record<string, Dtype>> = {
  half: "float16",
  float16: "float16",
  bfloat16: "bfloat16",
  float: "float32",
  float32: "float32",
};

/** What a question asks of vLLM, with every name looked up; or every mistake. */
export function vllmQuestion(q: Question): VllmRequest | Fault[] {
  const found = findShape(q.model);
  const device = askedDevice(q.gpu, q.gpuMemoryGib);
  const speculation = askedSpeculation(q);
  const faults = [
    ...(found ? [] : [unknownModel("model", q.model)]),
    ...(/[-.]gguf$/i.test(q.model) && !readsGguf(q) ? [ofGguf("model", q.model)] : []),
    ...(device ? [] : [unknownGpu(q.gpu)]),
    ...quantizationFaults(q, found),
    ...(cacheElementBytes(q.kvCacheDtype) === null ? [unknownCacheType(q.kvCacheDtype)] : []),
    ...(Array.isArray(speculation) ? speculation : []),
  ];
  if (!found || !device || Array.isArray(speculation) || faults.length > 0) return faults;
  const request = requestOf(q, found, device, speculation);
  const uneven = shapeFaults(q, request);
  const refused = uneven.length > 0 ? uneven : startFaults(q, request, found);
  return refused.length > 0 ? refused : request;
}

/** Whether a release reads GGUF files, as its table of quantizations says; of one without a table nobody knows. */
function readsGguf({ engineVersion = defaultVersion.vllm }: Question): boolean {
  const support = vllmSupport(engineVersion);
  return support === undefined || "gguf" in support.quantizations;
}

function requestOf(q: Question, found: CatalogMatch, device: AskedDevice, speculation: Speculation | undefined): VllmRequest {
  const quantization = askedQuantization(q.quantization, found);
  const elementBytes = cacheElementBytes(q.kvCacheDtype);
  return {
    ...device,
    model: q.languageModelOnly ? textAlone(found.model) : found.model,
    version: q.engineVersion ?? defaultVersion.vllm,
    tensorParallel: q.tensorParallel ?? 1,
    dtype: dtypes[q.dtype ?? "auto"] ?? "bfloat16", // float16, where a card has no bfloat16, takes as much
    ...(quantization ? { quantization } : {}),
    ...(elementBytes ? { cacheElementBytes: elementBytes } : {}),
    ...(speculation ? { speculation } : {}),
    contextTokens: q.maxModelLen ?? found.model.contextTokens,
    ...given(q),
  };
}

/** A split that does not come out even, and a context that the model does not read. */
function shapeFaults(q: Question, { model, tensorParallel, contextTokens }: VllmRequest): Fault[] {
  const uneven = divides(model, tensorParallel);
  return [
    ...(uneven ? [unevenSplit(q.tensorParallel, uneven, model)] : []),
    ...(contextTokens > model.contextTokens ? [tooLong(contextTokens, model)] : []),
  ];
}

/** A model whose tower is neither loaded nor profiled. */
const textAlone = (model: CatalogMatch["model"]): CatalogMatch["model"] => ({
  ...model,
  tower: null,
  towerParameters: 0,
  parameters: model.parameters === null ? null : model.parameters - model.towerParameters,
});

/** How the weights are stored: as the question says, or, of a method that holds several formats, as the checkpoint does. */
function askedQuantization(written: string | undefined, { model, quantization }: CatalogMatch): Quantization | undefined {
  if (!written) return quantization;
  if (!isContainer(written)) return parseQuantization(written);
  return quantization ?? model.checkpointQuantization ?? parseQuantization(written);
}

function quantizationFaults({ quantization: written, model }: Question, found: CatalogMatch | undefined): Fault[] {
  if (!written || /^(none|null|auto)$/i.test(written)) return [];
  if (!isContainer(written)) return parseQuantization(written) ? [] : [unknownQuantization(written)];
  return !found || askedQuantization(written, found) ? [] : [unknownFormat(written, model)];
}

function given(q: Question): Partial<VllmRequest> {
  return {
    ...(q.gpuMemoryUtilization ? { utilisation: q.gpuMemoryUtilization } : {}),
    ...(q.maxNumBatchedTokens ? { batchedTokens: q.maxNumBatchedTokens } : {}),
    ...(q.maxNumSeqs ? { sequences: q.maxNumSeqs } : {}),
    ...(q.enforceEager ? { enforceEager: true } : {}),
    ...(q.adapters ? { adapters: q.adapters } : {}),
    ...(q.pipelineParallel ? { pipelineParallel: q.pipelineParallel } : {}),
  };
}

/** What guesses tokens; a draft has to be of the catalog, or its weights and cache are not known. */
function askedSpeculation({ speculative }: Question): Speculation | undefined | Fault[] {
  if (!speculative) return undefined;
  const { method, tokens, model } = speculative;
  const needsDraft = readsDraft(method);
  if (!needsDraft)
    return model === undefined
      ? { method, tokens }
      : [{ path: "speculative.model", value: model, bound: `is not read by ${method}`, fix: "leave it out, or use method draft_model" }];
  if (model === undefined)
    return [{ path: "speculative.model", value: model, bound: `${method} guesses with a model of its own`, fix: "name the draft model" }];
  const draft = findShape(model);
  if (!draft) return [unknownModel("speculative.model", model)];
  return { method, tokens, draft: { model: draft.model, ...(draft.quantization ? { quantization: draft.quantization } : {}) } };
}
