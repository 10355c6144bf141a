import { findOllamaTag, findShape } from "../catalog/catalog";
import { untypedGguf } from "../catalog/ollama-names";
import { ollamaCacheTypes, ollamaElementBytes } from "../compatibility/ollama";
import { defaultVersion } from "../engines/tables";
import { formatCount, formatGib, round } from "../units";
import { cacheElementBytes } from "./cache-type";
import type { Fault } from "./fault";
import { missingFact, tooLong, unknownCacheType, unknownGpu, unknownModel, unknownQuantization } from "./lookup-faults";
import { type NodeMemory, type NodeRequest, nodeMemory } from "./node-memory";
import { isGguf, parseGguf, parseQuantization, type Quantization } from "./quantization";
import type { Question } from "./question";
import { type AskedDevice, askedDevice } from "./question-device";
import { ggufTypeOf } from "./storage";
import { marginGib } from "./vllm-estimate";

/** What an Ollama or an ONNX server would take, in GiB. */
export interface NodeEstimate extends Omit<NodeMemory, "requestGib"> {
  /** The requests asked for have room. */
  readonly fits: boolean;
  /** Cache that is reserved for them. */
  readonly kvGib: number;
  readonly kvTokens: number;
  /** Requests of full context that the card could hold at once. */
  readonly maxConcurrency: number;
  /** Weights, work buffer, runtime and cache. */
  readonly totalGib: number;
  readonly reason: string;
}

/** Answers a question about Ollama or the ONNX server. */
export function nodeAnswer(q: Question, engine: NodeRequest["engine"]): NodeEstimate | Fault[] {
  const tagged = engine === "ollama" ? findOllamaTag(q.model) : undefined;
  const model = (tagged ?? findShape(q.model))?.model;
  const device = askedDevice(q.gpu, q.gpuMemoryGib);
  const elementBytes = engine === "ollama" ? ollamaElementBytes(typeAsked(q)) : cacheElementBytes(q.kvCacheDtype);
  const quantization = storedAs(q, engine);
  const faults = [
    ...(model ? [] : [unknownModel("model", q.model)]),
    ...(device ? [] : [unknownGpu(q.gpu)]),
    ...(quantization ? [] : [wrongType(q.quantization!, engine)]),
    ...(elementBytes === null ? [engine === "ollama" ? notOllamas(q.kvCacheDtype) : unknownCacheType(q.kvCacheDtype)] : []),
  ];
  if (!model || !device || !quantization || faults.length > 0) return faults;
  const contextTokens = q.maxModelLen ?? Math.min(model.contextTokens, engine === "ollama" ? ollamaContext(device) : 8192);
  if (contextTokens > model.contextTokens) return [tooLong(contextTokens, model)];
  const request: NodeRequest = {
    ...{ engine, model, quantization, contextTokens, onGpu: true },
    version: q.engineVersion ?? defaultVersion[engine],
    concurrency: q.concurrency ?? 1,
    cacheElementBytes: elementBytes ?? undefined,
  };
  const memory = nodeMemory(request);
  return typeof memory === "string" ? [missingFact("model", model, memory)] : finish(memory, request, device);
}

const typeAsked = ({ kvCacheDtype: type }: Question): string | undefined =>
  type !== undefined && /^(auto|none|null)$/i.test(type) ? undefined : type?.toLowerCase();

const notOllamas = (value: string | undefined): Fault => ({
  path: "kvCacheDtype",
  value,
  bound: "must be a cache type of Ollama",
  fix: `use ${Object.keys(ollamaCacheTypes).join(", ")}`,
});

/** Ollama's own context where none is asked for, by the card's memory (docs/context-length.mdx). */
const ollamaContext = ({ usableGib, gpu }: AskedDevice): number => {
  const label = gpu?.memoryGib ?? usableGib;
  return label < 23 ? 4096 : label < 47 ? 32_768 : 262_144;
};

/** The type of the weights: as the question, the tag or the repository says, else each engine's own 4 bits. */
function storedAs({ quantization: written, model }: Question, engine: NodeRequest["engine"]): Quantization | undefined {
  const none = written !== undefined && /^(none|null|auto)$/i.test(written);
  if (engine === "onnx") return written === undefined || none || parseQuantization(written) === "onnx-int4" ? "onnx-int4" : undefined;
  const asked = written === undefined || none ? undefined : (parseGguf(written) ?? parseQuantization(written));
  if (written !== undefined && !none) return asked && isGguf(asked) ? asked : undefined;
  const named = findShape(model)?.quantization;
  return ggufTypeOf({ kind: "library", tag: model }) ?? (named && isGguf(named) ? named : untypedGguf(model));
}

const wrongType = (value: string, engine: NodeRequest["engine"]): Fault =>
  engine === "onnx"
    ? { path: "quantization", value, bound: "the ONNX server serves onnx-int4 only", fix: "leave it out, or use engine vllm" }
    : parseQuantization(value)
      ? { path: "quantization", value, bound: "ollama serves GGUF only", fix: "use a GGUF type such as Q4_K_M, or engine vllm" }
      : unknownQuantization(value);

function finish(
  { requestGib, ...fixed }: NodeMemory,
  { contextTokens, concurrency }: NodeRequest,
  { usableGib }: AskedDevice,
): NodeEstimate {
  const held = fixed.weightsGib + fixed.activationGib + fixed.overheadGib;
  const kvGib = requestGib * concurrency;
  const totalGib = held + kvGib;
  const maxConcurrency = Math.max(0, usableGib - held) / requestGib;
  const fits = totalGib + marginGib <= usableGib;
  const shortage = `${concurrency} × ${formatCount(contextTokens)} tokens need ${formatGib(totalGib)} in all, the card has ${formatGib(usableGib)}`;
  return {
    ...fixed,
    fits,
    kvGib,
    kvTokens: contextTokens * concurrency,
    maxConcurrency: round(maxConcurrency),
    totalGib,
    reason: fits || totalGib > usableGib ? shortage : `${shortage}: too tight, as an estimate may be ${formatGib(marginGib)} off`,
  };
}
