import { type CatalogMatch, findModel, findOllamaTag } from "../catalog/catalog";
import type { Model } from "../catalog/schema";
import type { EngineName } from "../engines/tables";
import {
  defaultSource,
  type Locked,
  liesOnClaim,
  lockKey,
  needsLock,
  sourceFault,
  type Weights,
  type WeightsSource,
} from "../weights/source";
import type { Fault } from "./fault";
import { mostReplicas } from "./most-replicas";
import type { ModelRequest, PlanRequest } from "./types";
import { wantsGpu } from "./wants-gpu";

/** Where a request's weights come from: what it names, or what the catalog knows; a repository that the model's name is goes before that. */
export function sourceOf(request: ModelRequest, { model, repository }: CatalogMatch): WeightsSource | undefined {
  const { weights, engine } = request;
  const named = weights?.[engine];
  if (named || (repository !== undefined && engine !== "vllm")) return named;
  return defaultSource(engine, model, repository, { onGpu: wantsGpu(request), quantization: request.quantization });
}

/** Where a model's weights come from and what the lock says of them, or every mistake about it. */
export function resolveWeights(path: string, request: ModelRequest, found: CatalogMatch, environment: PlanRequest): Weights | Fault[] {
  const source = sourceOf(request, found);
  if (!source) return [unknownSource(path, request.engine, found)];
  const named = request.weights?.[request.engine] !== undefined;
  const other = named ? (otherModel(source, found.model) ?? otherDevice(source, request)) : undefined;
  if (other) return [{ path: `${path}.weights.${request.engine}`, value: format(source), ...other }];
  return resolveSource({ path, at: `${path}.weights.${request.engine}`, named }, request, source, environment);
}

/** Why a folder of an ONNX repository is for another device, as far as its name says: its genai_config.json names the provider. */
function otherDevice(source: WeightsSource, request: ModelRequest): { bound: string; fix: string } | undefined {
  if (request.engine !== "onnx" || source.kind !== "huggingFace" || source.path === undefined) return undefined;
  const [, folder] = /^(?:.*\/)?(gpu|cuda|directml|dml|cpu|cpu_and_mobile|mobile)(?=[-_/]|$)/i.exec(source.path) ?? [];
  const wanted = wantsGpu(request) ? /^(gpu|cuda)/i : /^(cpu|mobile)/i;
  if (folder === undefined || wanted.test(folder)) return undefined;
  return {
    bound: `the folder ${source.path} is for ${folder}, and the model is planned on a ${wantsGpu(request) ? "GPU" : "CPU"}`,
    fix: `name the folder for ${wantsGpu(request) ? "cuda" : "cpu"}, or set cpu: ${wantsGpu(request)}`,
  };
}

/** Why a source holds another model than the one that is planned, as far as its name says; undefined: it does not, or nobody knows. */
function otherModel(source: WeightsSource, { id, parameters }: Model): { bound: string; fix: string } | undefined {
  const name = source.kind === "huggingFace" ? source.repository : source.kind === "library" ? source.tag : "";
  const [, hub] = /^(?:hf\.co|huggingface\.co)\/([^:]+)/i.exec(name) ?? [];
  const held = (source.kind === "library" && hub === undefined ? findOllamaTag(name) : findModel(hub ?? name))?.model;
  if (!held?.parameters || !parameters || Math.abs(held.parameters / parameters - 1) < sameSize) return undefined;
  return { bound: `holds ${held.id}, and the model that is planned is ${id}`, fix: `write model ${held.id}, or name weights of ${id}` };
}

/** Share by which two models of one shape may differ: towers and heads that one leaves out. */
const sameSize = 0.15;

/** The same for the adapters of a vLLM server, by name. */
export function resolveAdapters(path: string, request: ModelRequest, environment: PlanRequest) {
  const sources = request.engine === "vllm" ? Object.entries(request.adapters?.sources ?? {}) : [];
  const resolved = sources.map(([name, source]) => {
    return [name, resolveSource({ path, at: `${path}.vllm.adapters.${name}.source`, named: true }, request, source, environment)] as const;
  });
  return {
    faults: resolved.flatMap(([, weights]) => (Array.isArray(weights) ? (weights as Fault[]) : [])),
    adapters: Object.fromEntries(resolved.filter((entry): entry is [string, Weights] => !Array.isArray(entry[1]))),
  };
}

/** Where a source stands in the environment: in a model's entry, and there; whether it is written, or comes from the catalog. */
interface WeightsRequest {
  readonly path: string;
  readonly at: string;
  readonly named: boolean;
}

/** One source with its lock, or every mistake about it. */
export function resolveSource(
  { path, at, named }: WeightsRequest,
  request: ModelRequest,
  source: WeightsSource,
  environment: PlanRequest,
): Weights | Fault[] {
  const entry = environment.lock?.[lockKey(source)];
  const unreadable = sourceFault(request.engine, source);
  const faults = [
    ...(unreadable ? [{ path: at, value: format(source), ...unreadable }] : []),
    ...imageVolumeFaults(at, source, environment),
    ...(entry && named ? revisionFaults(at, source, entry) : []),
    ...(!entry && environment.locked && !unreadable && needsLock(source) ? [notLocked(at, source)] : []),
    ...sharingFaults(path, source, request),
  ];
  if (faults.length > 0) return faults;
  const pinned = source.kind === "huggingFace" && entry?.revision ? { ...source, revision: entry.revision } : source;
  return { source: pinned, ...(entry ? { lock: entry } : {}) };
}

function imageVolumeFaults(at: string, { kind }: WeightsSource, { kubernetesVersion }: PlanRequest): Fault[] {
  if (kind !== "image" || kubernetesVersion === undefined || minor(kubernetesVersion) >= imageVolumesFrom) return [];
  return [
    {
      path: at,
      value: "image",
      bound: `image volumes are on by default from Kubernetes 1.${imageVolumesFrom}, and the cluster runs ${kubernetesVersion}`,
      fix: "raise kubernetesVersion, or use kind huggingFace or volume",
    },
  ];
}

const notLocked = (at: string, source: WeightsSource): Fault => ({
  path: at,
  value: lockKey(source),
  bound: "must be in the model lock, with revision and sha256 of each file",
  fix: "run make lock and commit what it writes",
  neededBy: "update",
});

function revisionFaults(at: string, source: WeightsSource, { revision }: Locked): Fault[] {
  if (source.kind !== "huggingFace" || !source.revision || !revision || revision === source.revision) return [];
  return [
    {
      path: `${at}.revision`,
      value: source.revision,
      bound: `the model lock says ${revision}`,
      fix: "run make lock, which locks the revision that is named here, or leave it out",
    },
  ];
}

/** Replicas on several nodes cannot mount a volume that serves one. */
function sharingFaults(path: string, source: WeightsSource, request: ModelRequest): Fault[] {
  const replicas = mostReplicas(request);
  if (replicas <= 1 || request.sharedVolume || !liesOnClaim(source)) return [];
  const unknown = source.kind === "volume" ? `, and nothing says that the claim ${source.claim} is another` : "";
  return [
    {
      path: `${path}.${request.scaling ? "scaling.max" : "replicas"}`,
      value: replicas,
      bound: `several replicas cannot share a volume of one node${unknown}`,
      fix: "set storage.shared with a class that offers ReadWriteMany, or take the weights from an image",
    },
  ];
}

/** First minor version of Kubernetes 1 with image volumes on by default (kubernetes PR 135195); AKS lets nobody turn them on before. */
const imageVolumesFrom = 35;
const minor = (version: string): number => Number(/^1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);

const format = (source: WeightsSource): string => (source.kind === "huggingFace" ? source.repository : lockKey(source));

function unknownSource(path: string, engine: EngineName, { model, repository }: CatalogMatch): Fault {
  const at = { path: `${path}.weights.${engine}`, value: undefined };
  if (repository !== undefined && /gguf/i.test(repository) && engine === "ollama")
    return {
      ...at,
      bound: `${repository} holds GGUF files, and which of them Ollama would pull is not said`,
      fix: `write model ${model.id} and weights { ollama: { kind: library, tag: "hf.co/${repository}:Q4_K_M" } }`,
    };
  if (repository !== undefined)
    return {
      ...at,
      bound: `${repository} is a repository for vLLM, and which weights ${engine} would read in its place is not known`,
      fix: `name them: { kind: ${engine === "ollama" ? "library, tag: …" : "huggingFace, repository: …"} }, or use engine vllm`,
    };
  if (engine === "ollama")
    return { ...at, bound: `no Ollama tag of ${model.id} is known`, fix: "use engine vllm, or name the tag: { kind: library, tag: … }" };
  return {
    ...at,
    bound: `no onnxruntime-genai repository of ${model.id} is known`,
    fix: "use engine vllm or ollama, or name the repository: { kind: huggingFace, repository: … }",
  };
}
