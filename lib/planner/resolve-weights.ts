import type { Found } from "../catalog/catalog";
import type { EngineName } from "../engines/tables";
import { defaultSource, isBrought, loadOf, lockKey, needsLock, sourceFault, type Weights, type WeightsSource } from "../weights/source";
import type { Fault } from "./fault";
import type { ModelRequest, PlanRequest } from "./types";
import { wantsGpu } from "./wants-gpu";

/** Where a request's weights come from: what it names, or what the catalog knows; a repository that the model's name is goes before that. */
export function sourceOf(request: ModelRequest, { model, repository }: Found): WeightsSource | undefined {
  const { weights, engine } = request;
  const named = weights?.[engine];
  return named ?? (repository !== undefined && engine !== "vllm" ? undefined : defaultSource(engine, model, repository, wantsGpu(request)));
}

/** Where a model's weights come from and what the lock says of them, or every mistake about it. */
export function resolveWeights(
  path: string,
  request: ModelRequest,
  found: Found,
  { lock, locked, kubernetesVersion }: PlanRequest,
): Weights | Fault[] {
  const { engine, replicas = 1, sharedVolume } = request;
  const source = sourceOf(request, found);
  if (!source) return [unknownSource(path, engine, found)];
  const at = `${path}.weights.${engine}`;
  const named = request.weights?.[engine];
  const key = lockKey(source);
  const entry = key === undefined ? undefined : lock?.[key];
  const unreadable = sourceFault(engine, source);
  const faults = [
    ...(unreadable ? [{ path: at, value: show(source), ...unreadable }] : []),
    ...(source.kind === "image" && kubernetesVersion !== undefined && minor(kubernetesVersion) < imageVolumesFrom
      ? [
          {
            path: at,
            value: "image",
            bound: `image volumes are on by default from Kubernetes 1.${imageVolumesFrom}, and the cluster runs ${kubernetesVersion}`,
            fix: "raise kubernetesVersion, or use kind huggingFace or volume",
          },
        ]
      : []),
    ...(named?.kind === "huggingFace" && named.revision && entry?.revision && entry.revision !== named.revision
      ? [
          {
            path: `${at}.revision`,
            value: named.revision,
            bound: `the model lock says ${entry.revision}`,
            fix: "run make lock, which locks the revision that is named here, or leave it out",
          },
        ]
      : []),
    ...(locked && !entry && needsLock(source) && !unreadable
      ? [
          {
            path: at,
            value: key,
            bound: "must be in the model lock, with revision and sha256 of each file",
            fix: "run make lock and commit what it writes",
            neededBy: "update" as const,
          },
        ]
      : []),
    ...(replicas > 1 && (isBrought(source) || source.kind === "volume") && !sharedVolume
      ? [
          {
            path: `${path}.replicas`,
            value: replicas,
            bound: `several replicas cannot share a volume of one node${source.kind === "volume" ? `, and nothing says that the claim ${source.claim} is another` : ""}`,
            fix: "set storage.shared with a class that offers ReadWriteMany, or take the weights from an image",
          },
        ]
      : []),
  ];
  if (faults.length > 0) return faults;
  const pinned = source.kind === "huggingFace" && entry?.revision ? { ...source, revision: entry.revision } : source;
  return { source: pinned, load: loadOf(source), ...(entry ? { lock: entry } : {}) };
}

/** First minor version of Kubernetes 1 with image volumes on by default (kubernetes PR 135195); AKS lets nobody turn them on before. */
const imageVolumesFrom = 35;
const minor = (version: string): number => Number(/^1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);

const show = (source: WeightsSource): string => (source.kind === "huggingFace" ? source.repository : (lockKey(source) ?? source.kind));

function unknownSource(path: string, engine: EngineName, { model, repository }: Found): Fault {
  const at = { path: `${path}.weights.${engine}`, value: undefined };
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
