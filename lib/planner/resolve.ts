import { findGpu, type Gpu, similarGpus } from "../accelerators/gpu";
import { regions, vmSizes } from "../accelerators/vm-size";
import { type Found, findModel } from "../catalog/catalog";
import type { Model } from "../catalog/schema";
import { checkExtraArgs } from "../engines/check-extra-args";
import type { EngineTable } from "../engines/table";
import { defaultVersion, type EngineName, engineTables } from "../engines/tables";
import { nearest } from "../nearest";
import { isBrought, type Weights } from "../weights/source";
import { cacheElementBytes, unknownModel } from "./estimate";
import type { Fault } from "./fault";
import { isGguf, parseQuantization, type Quantization } from "./quantization";
import { impliedQuantization, resolveWeights } from "./resolve-weights";
import type { ModelRequest, PlanRequest } from "./types";
import { type Dtype, dtypeBytes } from "./weights";

/** A model request with every name looked up and every default filled in. */
export interface Resolved {
  readonly name: string;
  readonly request: ModelRequest;
  readonly model: Model;
  readonly engine: EngineName;
  readonly version: string;
  readonly table: EngineTable;
  readonly quantization: Quantization | undefined;
  /** The quantization is asked for, rather than that of a repository which was named. */
  readonly asksQuantization: boolean;
  readonly dtype: Dtype | undefined;
  readonly cacheElementBytes: number | undefined;
  readonly contextTokens: number;
  readonly concurrency: number;
  readonly replicas: number;
  readonly gpu: Gpu | undefined;
  readonly weights: Weights;
  /** Further models of the same server. */
  readonly more: readonly Resolved[];
  /** The weights lie on a volume that serves one node at a time. */
  readonly exclusiveVolume: boolean;
}

/** Looks everything up, or tells every mistake. */
export function resolve(name: string, request: ModelRequest, environment: PlanRequest): Resolved | Fault[] {
  const path = `models.${name}`;
  const found: Found | undefined = typeof request.model === "string" ? findModel(request.model) : { model: request.model };
  if (!found) return [unknownModel(`${path}.model`, request.model as string)];
  const { model } = found;
  const version = request.engineVersion ?? defaultVersion[request.engine];
  const table = (engineTables[request.engine] as Readonly<Record<string, EngineTable>>)[version];
  const source = resolveWeights(path, request, found, environment);
  const quantization = quantizationOf(request, found);
  const elementBytes = cacheElementBytes(request.kvCacheDtype);
  const contextTokens = request.contextTokens ?? Math.min(8192, model.contextTokens);
  const resolved = { name, request, model, engine: request.engine, version, quantization: quantization ?? undefined, contextTokens };
  const faults = [
    ...numberFaults(path, request, model),
    ...(table ? checkArgs(path, table, request.extraArgs ?? []) : [unknownVersion(`${path}.engineVersion`, request.engine, version)]),
    ...(quantization === null ? [unknownQuantization(path, request)] : formatFaults(path, resolved)),
    ...(elementBytes === null ? [cacheFault(path, request)] : []),
    ...(Array.isArray(source) ? source : accessFaults(path, model, source, environment)),
    ...placementFaults(path, request),
  ];
  const more = moreModels(name, request, environment);
  if (faults.length > 0 || !table || Array.isArray(source)) return [...faults, ...more.faults];
  if (more.faults.length > 0) return more.faults;
  return {
    ...resolved,
    table,
    asksQuantization: request.quantization !== undefined || (found.quantization !== undefined && !found.repository),
    dtype: request.dtype && request.dtype in dtypeBytes ? (request.dtype as Dtype) : undefined,
    cacheElementBytes: elementBytes ?? undefined,
    concurrency: request.concurrency ?? 1,
    replicas: request.replicas ?? 1,
    gpu: request.gpu ? findGpu(request.gpu) : undefined,
    weights: source,
    more: more.resolved,
    exclusiveVolume:
      [source, ...more.resolved.map(({ weights }) => weights)].some((each) => isBrought(each.source)) && !request.sharedVolume,
  };
}

/** Further models of the same server; only Ollama holds several. */
function moreModels(name: string, { more = {}, engine, concurrency }: ModelRequest, environment: PlanRequest) {
  const resolved =
    engine !== "ollama"
      ? []
      : Object.entries(more).map(([other, request]) =>
          resolve(`${name}.ollama.more.${other}`, { ...request, engine, ...(concurrency ? { concurrency } : {}) }, environment),
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

/** Null: what the request says is not a quantization. */
function quantizationOf(request: ModelRequest, found: Found): Quantization | undefined | null {
  if (request.quantization !== undefined && !/^none$/i.test(request.quantization)) return parseQuantization(request.quantization) ?? null;
  if (request.engine === "ollama") return request.quantization ? "F16" : (impliedQuantization(request, found) ?? "Q4_K_M");
  if (request.engine === "onnx") return "onnx-int4";
  return request.quantization && !found.repository ? undefined : found.quantization;
}

function numberFaults(path: string, request: ModelRequest, model: Model): Fault[] {
  const bounds: readonly [keyof ModelRequest, number, number, boolean][] = [
    ["contextTokens", 256, model.contextTokens, true],
    ["concurrency", 1, 4096, true],
    ["replicas", 0, 1000, true],
    ["tensorParallel", 1, 8, true],
    ["gpuMemoryUtilization", 0.1, 0.98, false],
    ["maxNumBatchedTokens", 256, 131_072, true],
  ];
  return bounds.flatMap(([key, low, high, whole]) => {
    const value = request[key] as number | undefined;
    if (value === undefined || (value >= low && value <= high && (!whole || Number.isInteger(value)))) return [];
    const kind = whole ? "a whole number" : "a number";
    const what = key === "contextTokens" && value > high ? `${model.id} reads at most ${high} tokens` : `choose ${kind} in that range`;
    return [{ path: `${path}.${key}`, value, bound: `must be ${kind} from ${low} to ${high}`, fix: what }];
  });
}

const checkArgs = (path: string, table: EngineTable, args: readonly string[]): Fault[] =>
  checkExtraArgs(table, args, `${path}.extraArgs`).map((line) => {
    const [, at, what, fix] = /^(\S+): (.*?)(?:; (.*))?$/.exec(line)!;
    const index = Number(/\[(\d+)\]$/.exec(at!)![1]);
    return { path: at!, value: args[index], bound: what!, fix: fix ?? "correct it" };
  });

const unknownVersion = (path: string, engine: EngineName, value: string): Fault => ({
  path,
  value,
  bound: `must be a ${engine} version with a table`,
  fix: `use ${Object.keys(engineTables[engine]).join(" or ")}`,
});

const unknownQuantization = (path: string, { quantization, engine }: ModelRequest): Fault => ({
  path: `${path}.quantization`,
  value: quantization,
  bound: "must name a known quantization",
  fix: engine === "ollama" ? "use a GGUF type such as Q4_K_M" : "use fp8, int8, awq, gptq, bitsandbytes, nvfp4 or mxfp4",
});

const cacheFault = (path: string, { kvCacheDtype }: ModelRequest): Fault => ({
  path: `${path}.kvCacheDtype`,
  value: kvCacheDtype,
  bound: "must be auto, bfloat16, float16 or an 8-bit or 4-bit type",
  fix: "use auto or fp8",
});

/** An engine reads its own formats only. */
function formatFaults(path: string, { engine, quantization }: Pick<Resolved, "engine" | "quantization">): Fault[] {
  const fault = (bound: string, fix: string): Fault[] => [{ path: `${path}.quantization`, value: quantization, bound, fix }];
  const gguf = quantization !== undefined && isGguf(quantization);
  if (engine === "vllm" && (gguf || quantization === "onnx-int4"))
    return fault("vllm does not serve this format", `use awq or fp8, or engine ${gguf ? "ollama" : "onnx"}`);
  if (engine === "ollama" && !gguf) return fault("ollama serves GGUF only", "use a GGUF type such as Q4_K_M, or engine vllm");
  if (engine === "onnx" && quantization !== "onnx-int4")
    return fault("the ONNX server serves onnx-int4 only", "use onnx-int4, or engine vllm");
  return [];
}

function accessFaults(path: string, model: Model, { source }: Weights, { hfToken, allowedLicences }: PlanRequest): Fault[] {
  const at = `${path}.model`;
  const licence = allowedLicences && !allowedLicences.includes(model.licence ?? "");
  return [
    ...(model.gated && !hfToken && source.kind === "huggingFace"
      ? [
          {
            path: at,
            value: model.id,
            bound: `${model.huggingFace} is gated and needs a token`,
            fix: "set hfToken to one whose owner accepted its licence",
          },
        ]
      : []),
    ...(licence
      ? [
          {
            path: at,
            value: model.id,
            bound: `its licence (${model.licence ?? "not sourced"}) must be one of ${allowedLicences.join(", ")}`,
            fix: "allow the licence or choose another model",
          },
        ]
      : []),
  ];
}

function placementFaults(path: string, { gpu, size, engine, adapters, more }: ModelRequest): Fault[] {
  const sizes = vmSizes.map(({ name }) => name);
  return [
    ...(gpu && !findGpu(gpu)
      ? [{ path: `${path}.gpu`, value: gpu, bound: "must be a known GPU", fix: `did you mean ${similarGpus(gpu).join(", ") || "l4"}?` }]
      : []),
    ...(size && !sizes.includes(size)
      ? [{ path: `${path}.size`, value: size, bound: "must be a known VM size", fix: `did you mean ${nearest(size, sizes).join(", ")}?` }]
      : []),
    ...(adapters && engine !== "vllm"
      ? [
          {
            path: `${path}.adapters`,
            value: adapters,
            bound: `${engine} serves no adapters`,
            fix: "use engine vllm, or merge them into the weights",
          },
        ]
      : []),
    ...(more && Object.keys(more).length > 0 && engine !== "ollama"
      ? [
          {
            path: `${path}.ollama.more`,
            value: Object.keys(more),
            bound: `${engine} serves one model a server`,
            fix: "give each model an entry of its own",
          },
        ]
      : []),
  ];
}
