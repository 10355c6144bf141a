import { findGpu, type Gpu } from "../accelerators/gpu";
import { regions } from "../accelerators/vm-size";
import { type CatalogMatch, findModel } from "../catalog/catalog";
import type { Model } from "../catalog/schema";
import { refusals } from "../compatibility/compatibility";
import type { Deployment, Refusal } from "../compatibility/deployment";
import { ollamaElementBytes } from "../compatibility/ollama";
import { checkExtraArgs } from "../engines/check-extra-args";
import type { EngineTable } from "../engines/table";
import { defaultVersion, type EngineName, engineTables } from "../engines/tables";
import { nearest } from "../nearest";
import { own } from "../own";
import { liesOnClaim, type Weights } from "../weights/source";
import { cacheElementBytes } from "./cache-type";
import type { Fault } from "./fault";
import { unknownModel } from "./lookup-faults";
import { mostReplicas } from "./most-replicas";
import { ownFacts } from "./own-facts";
import type { Quantization } from "./quantization";
import { accessFaults, contradictionFaults, cpuFaults, numberFaults, placementFaults, scalingFaults, splitFaults } from "./request-faults";
import { type Draft, resolveDraft } from "./resolve-draft";
import { resolveAdapters, resolveWeights } from "./resolve-weights";
import { type Storage, storageOf } from "./storage";
import type { ModelRequest, PlanRequest, VllmFeatures } from "./types";
import { sharedClassFaults } from "./volume-faults";
import { type Dtype, dtypeBytes } from "./weights";

/** A model request with every name looked up and every default filled in. */
export interface Resolved {
  readonly name: string;
  readonly request: ModelRequest;
  readonly model: Model;
  readonly engine: EngineName;
  readonly version: string;
  readonly table: EngineTable;
  /** How the weights lie in memory: as stored, or as the engine makes them while it loads. */
  readonly quantization: Quantization | undefined;
  readonly dtype: Dtype | undefined;
  readonly cacheElementBytes: number | undefined;
  readonly contextTokens: number;
  readonly concurrency: number;
  readonly replicas: number;
  readonly gpu: Gpu | undefined;
  readonly weights: Weights;
  /** Adapters by the name that clients ask for. */
  readonly adapters: Readonly<Record<string, Weights>>;
  /** What guesses tokens beside the model. */
  readonly draft: Draft | undefined;
  /** What the engine is asked, for the compatibility table. */
  readonly deployment: Deployment;
  /** Further models of the same server. */
  readonly additionalModels: readonly Resolved[];
  /** The weights lie on a volume that serves one node at a time. */
  readonly exclusiveVolume: boolean;
}

/** Looks everything up, or tells every mistake. */
export function resolve(name: string, request: ModelRequest, environment: PlanRequest): Resolved | Fault[] {
  const path = `models.${name}`;
  const found: CatalogMatch | undefined = typeof request.model === "string" ? findModel(request.model) : { model: request.model };
  if (!found) return [unknownModel(`${path}.model`, request.model as string)];
  const model = ownFacts(found);
  const version = request.engineVersion ?? defaultVersion[request.engine];
  const table = own<EngineTable>(engineTables[request.engine], version);
  const source = resolveWeights(path, request, { ...found, model }, environment);
  const adapters = resolveAdapters(path, request, environment);
  const drafted = resolveDraft(path, request, version, environment);
  const storage = storageOf(path, request, { ...found, model }, version);
  const elementBytes = request.engine === "ollama" ? ollamaElementBytes(request.kvCacheDtype) : cacheElementBytes(request.kvCacheDtype);
  const contextTokens = request.contextTokens ?? Math.min(8192, model.contextTokens);
  const deployment = {
    ...deploymentOf(request, model, version, contextTokens, storage),
    ...(drafted.model ? { draft: drafted.model } : {}),
  };
  const refused = refusals(deployment);
  const faults = [
    ...numberFaults(path, request, model),
    ...scalingFaults(path, request),
    ...splitFaults(path, request),
    ...(table ? argumentFaults(path, table, request.extraArgs ?? []) : [unknownVersion(`${path}.engineVersion`, request.engine, version)]),
    ...storage.faults,
    ...refused.map((refusal) => refusalFault(path, request, refusal)),
    ...(elementBytes === null && refused.every(({ field }) => field !== "cacheType") ? [cacheFault(path, request)] : []),
    ...(Array.isArray(source) ? source : accessFaults(path, model, source, environment)),
    ...adapters.faults,
    ...drafted.faults,
    ...placementFaults(path, request),
    ...contradictionFaults(path, request),
    ...cpuFaults(path, request),
    ...sharedClassFaults(path, request),
  ];
  const additionalModels = resolveAdditional(name, request, environment);
  if (faults.length > 0 || !table || Array.isArray(source)) return [...locatedFaults(faults), ...additionalModels.faults];
  if (additionalModels.faults.length > 0) return additionalModels.faults;
  const beside = [...Object.values(adapters.adapters), ...additionalModels.resolved.map(({ weights }) => weights)];
  const held = [source, ...(drafted.draft ? [drafted.draft.weights] : []), ...beside];
  return {
    ...{ name, request, model, engine: request.engine, version, table, contextTokens, deployment },
    quantization: storage.online ?? storage.stored,
    dtype: deployment.dtype,
    cacheElementBytes: elementBytes ?? undefined,
    concurrency: deployment.concurrency,
    replicas: mostReplicas(request),
    gpu: request.gpu ? findGpu(request.gpu) : undefined,
    weights: source,
    adapters: adapters.adapters,
    draft: drafted.draft,
    additionalModels: additionalModels.resolved,
    exclusiveVolume: !request.sharedVolume && held.some((weights) => liesOnClaim(weights.source)),
  };
}

function deploymentOf(
  request: ModelRequest,
  model: Model,
  version: string,
  contextTokens: number,
  { stored, online }: Storage,
): Deployment {
  const { engine, dtype, kvCacheDtype, concurrency = 1, maxNumBatchedTokens, vllm = {} } = request;
  return {
    ...{ engine, version, model, stored, online, contextTokens, concurrency },
    dtype: dtype && Object.hasOwn(dtypeBytes, dtype) ? (dtype as Dtype) : undefined,
    cacheType: kvCacheDtype && /^(auto|none)$/i.test(kvCacheDtype) ? undefined : kvCacheDtype,
    batchedTokens: maxNumBatchedTokens,
    features: engine === "vllm" ? vllm : {},
  };
}

/** Each mistake once: several weights of a server may share one. */
const locatedFaults = (faults: readonly Fault[]): Fault[] =>
  faults.filter(({ path, bound }, index) => faults.findIndex((other) => other.path === path && other.bound === bound) === index);

/** Field of a model entry that a refusal is about, and what was written there. */
function refusalFault(path: string, request: ModelRequest, { field, bound, fix }: Refusal): Fault {
  const names: Partial<Record<Refusal["field"], keyof ModelRequest>> = {
    stored: "quantization",
    online: "quantization",
    cacheType: "kvCacheDtype",
    batchedTokens: "maxNumBatchedTokens",
  };
  const feature = /^features\.(.*)$/.exec(field)?.[1] as keyof VllmFeatures | undefined;
  if (feature) return { path: `${path}.vllm.${feature}`, value: request.vllm?.[feature], bound, fix };
  const key = names[field] ?? (field as keyof ModelRequest);
  return { path: `${path}.${key}`, value: key === "model" ? shownModel(request) : request[key], bound, fix };
}

const shownModel = ({ model }: ModelRequest): string => (typeof model === "string" ? model : model.id);

/** Further models of the same server; only Ollama holds several. */
function resolveAdditional(name: string, { additionalModels = {}, engine, concurrency }: ModelRequest, environment: PlanRequest) {
  const resolved =
    engine !== "ollama"
      ? []
      : Object.entries(additionalModels).map(([other, request]) =>
          resolve(`${name}.ollama.additionalModels.${other}`, { ...request, engine, ...(concurrency ? { concurrency } : {}) }, environment),
        );
  return {
    faults: resolved.flatMap((result) => (Array.isArray(result) ? (result as Fault[]) : [])),
    resolved: resolved.flatMap((result) => (Array.isArray(result) ? [] : [result as Resolved])),
  };
}

/** The region must have prices where a price is asked for. */
export function regionFaults({ region, target }: PlanRequest): Fault[] {
  if (target !== "azure" || regions.includes(region)) return [];
  return [
    {
      path: "region",
      value: region,
      bound: "must be a region with known prices",
      fix: `use ${nearest(region, regions).join(", ") || regions.join(", ")}`,
    },
  ];
}

const argumentFaults = (path: string, table: EngineTable, args: readonly string[]): Fault[] =>
  checkExtraArgs(table, args).map(({ index, bound, fix }) => ({ path: `${path}.extraArgs[${index}]`, value: args[index], bound, fix }));

const unknownVersion = (path: string, engine: EngineName, value: string): Fault => ({
  path,
  value,
  bound: `must be a ${engine} version with a table`,
  fix: `use ${Object.keys(engineTables[engine]).join(" or ")}`,
});

const cacheFault = (path: string, { kvCacheDtype }: ModelRequest): Fault => ({
  path: `${path}.kvCacheDtype`,
  value: kvCacheDtype,
  bound: "must be a type whose size is known: auto, bfloat16, float16, fp8, int8_per_token_head or nvfp4",
  fix: "use auto or fp8",
});
