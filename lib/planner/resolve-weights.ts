import type { Found } from "../catalog/catalog";
import type { EngineName } from "../engines/tables";
import { defaultSource, isBrought, loadOf, lockKey, needsLock, sourceFault, type Weights, type WeightsSource } from "../weights/source";
import type { Fault } from "./fault";
import { parseQuantization, type Quantization } from "./quantization";
import type { ModelRequest, PlanRequest } from "./types";

const sourceOf = ({ weights, engine }: ModelRequest, { model, repository }: Found): WeightsSource | undefined =>
  weights?.[engine] ?? defaultSource(engine, model, repository);

/** Where a model's weights come from and what the lock says of them, or every mistake about it. */
export function resolveWeights(path: string, request: ModelRequest, found: Found, { lock, locked }: PlanRequest): Weights | Fault[] {
  const { engine, replicas = 1, sharedVolume } = request;
  const source = sourceOf(request, found);
  if (!source) return [unknownSource(path, engine, found.model.id)];
  const at = `${path}.weights.${engine}`;
  const key = lockKey(source);
  const entry = key === undefined ? undefined : lock?.[key];
  const unreadable = sourceFault(engine, source);
  const faults = [
    ...(unreadable ? [{ path: at, value: show(source), ...unreadable }] : []),
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
    ...(replicas > 1 && isBrought(source) && !sharedVolume
      ? [
          {
            path: `${path}.replicas`,
            value: replicas,
            bound: "several replicas cannot share a volume of one node",
            fix: "set storage.shared with a class that offers ReadWriteMany, or take the weights from an image",
          },
        ]
      : []),
  ];
  if (faults.length > 0) return faults;
  const pinned = source.kind === "huggingFace" && entry?.revision ? { ...source, revision: entry.revision } : source;
  return { source: pinned, load: loadOf(source), ...(entry ? { lock: entry } : {}) };
}

const show = (source: WeightsSource): string => (source.kind === "huggingFace" ? source.repository : (lockKey(source) ?? source.kind));

function unknownSource(path: string, engine: EngineName, model: string): Fault {
  const at = { path: `${path}.weights.${engine}`, value: undefined };
  if (engine === "ollama")
    return { ...at, bound: `no Ollama tag of ${model} is known`, fix: "use engine vllm, or name the tag: { kind: library, tag: … }" };
  return {
    ...at,
    bound: `no onnxruntime-genai repository of ${model} is known`,
    fix: "use engine vllm or ollama, or name the repository: { kind: huggingFace, repository: … }",
  };
}

/** The GGUF type that a tag or a file's name ends with. */
export function impliedQuantization(request: ModelRequest, found: Found): Quantization | undefined {
  const source = sourceOf(request, found);
  if (!source) return undefined;
  const name = source.kind === "library" ? source.tag : "path" in source ? (source.path ?? "").replace(/\.gguf$/i, "") : "";
  const [, type] = /[-.]((?:i?q\d|fp?16|bf16)\w*)$/i.exec(name) ?? [];
  return type === undefined ? undefined : parseQuantization(type.replace(/^fp16$/i, "F16"));
}
