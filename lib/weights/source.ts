import type { Model } from "../catalog/schema";
import type { EngineName } from "../engines/tables";

/** Where the weights of one model come from. */
export type WeightsSource =
  /** A Hugging Face repository, or a folder in one, downloaded once to a volume of the server. */
  | { readonly kind: "huggingFace"; readonly repository: string; readonly revision?: string; readonly path?: string }
  /** A tag of Ollama's library, downloaded once to a volume of the server. */
  | { readonly kind: "library"; readonly tag: string }
  /** An OCI image that holds only files, mounted read-only by the kubelet; `path` is a file or folder in it. */
  | { readonly kind: "image"; readonly reference: string; readonly path?: string }
  /** A PersistentVolumeClaim of the namespace, mounted read-only; `path` is a file or folder on it. */
  | { readonly kind: "volume"; readonly claim: string; readonly path?: string }
  /** A file or folder that the engine's own image carries. */
  | { readonly kind: "baked"; readonly path: string };

/** What a lock says of one source: the revision to fetch, and the sha256 of each file. */
export interface Locked {
  readonly revision?: string;
  readonly licence?: string;
  readonly files: Readonly<Record<string, string>>;
  /** Bytes of each file. */
  readonly sizes?: Readonly<Record<string, number>> | undefined;
}

/** Weights as a server gets them. */
export interface Weights {
  readonly source: WeightsSource;
  readonly lock?: Locked;
}

/** Where weights that come from outside the image are mounted. */
export const weightsFolder = "/weights";

/** Where those of a draft model are. */
export const draftFolder = "/draft";

/** Name of a source in the lock. */
export function lockKey(source: WeightsSource): string {
  switch (source.kind) {
    case "huggingFace":
      return `huggingFace:${source.repository}${source.path ? `/${source.path}` : ""}`;
    case "library":
      return `library:${source.tag}`;
    case "volume":
      return `volume:${source.claim}/${source.path ?? ""}`;
    default:
      return `${source.kind}:${source.kind === "image" ? `${source.reference}/${source.path ?? ""}` : source.path}`;
  }
}

/** A lock entry is needed where neither a digest nor an image of ours fixes the bytes. */
export const needsLock = ({ kind }: WeightsSource): boolean => kind === "huggingFace" || kind === "library" || kind === "volume";

/** Sources that are downloaded, to a volume of the server's own. */
export const needsDownload = ({ kind }: WeightsSource): boolean => kind === "huggingFace" || kind === "library";

/** Sources that lie on a claim: one of the server's own, or the user's. It serves one node at a time, unless it is said to be shared. */
export const liesOnClaim = (source: WeightsSource): boolean => needsDownload(source) || source.kind === "volume";

/** What the engine is asked to load: a tag, or a path below the folder that the source is mounted at. */
export function modelPath(source: WeightsSource, folder = weightsFolder): string {
  switch (source.kind) {
    case "library":
      return source.tag;
    case "baked":
      return source.path;
    default:
      return [folder, (source.path ?? "").replace(/^\/+|\/+$/g, "")].filter(Boolean).join("/");
  }
}

/** Where a default source goes by what else is asked for. */
interface Wanted {
  /** The ONNX server's files are others on a GPU than on the CPU. @default false */
  readonly onGpu?: boolean | undefined;
  /** GGUF type of Ollama's tag, as people write it. @default that of the default tag */
  readonly quantization?: string | undefined;
}

/** The tag that pins a GGUF type, `qwen3:8b-q8_0` for Q8_0; where none does, the default tag. */
function libraryTag({ tag, pinnedTags = [] }: NonNullable<Model["sources"]["ollama"]>, type: string | undefined): string {
  const ending = `-${type?.toLowerCase().replace(/^(none|f16)$/, "fp16")}`;
  return pinnedTags.find((pinned) => pinned.toLowerCase().endsWith(ending)) ?? tag;
}

/** Where an engine gets a catalog model, or the variant that a repository holds, when the environment names no source; undefined: none is known. */
export function defaultSource(
  engine: EngineName,
  { sources }: Model,
  variant?: string,
  { onGpu = false, quantization }: Wanted = {},
): WeightsSource | undefined {
  if (engine === "ollama") return sources.ollama ? { kind: "library", tag: libraryTag(sources.ollama, quantization) } : undefined;
  if (engine === "vllm") {
    if (variant) return { kind: "huggingFace", repository: variant };
    const { repository, revision } = sources.huggingFace;
    return { kind: "huggingFace", repository, ...(revision ? { revision } : {}) };
  }
  const onnx = sources.onnx.find(({ format }) => format === "onnxruntime-genai");
  const path = onnx?.variants?.[onGpu ? "gpu" : "cpu"]?.path;
  if (onnx?.variants && path === undefined) return undefined;
  return onnx && { kind: "huggingFace", repository: onnx.repository, ...(path ? { path } : {}) };
}

const kinds: Readonly<Record<EngineName, readonly WeightsSource["kind"][]>> = {
  vllm: ["huggingFace", "image", "volume", "baked"],
  ollama: ["library", "image", "volume", "baked"],
  onnx: ["huggingFace", "image", "volume", "baked"],
};

/** Why an engine cannot read a source, and what it reads instead; undefined: it can. */
export function sourceFault(engine: EngineName, source: WeightsSource): { bound: string; fix: string } | undefined {
  if (!kinds[engine].includes(source.kind))
    return { bound: `${engine} does not read weights of kind ${source.kind}`, fix: `use one of ${kinds[engine].join(", ")}` };
  if (source.kind === "library") return undefined;
  const isFile = /\.gguf$/i.test(source.path ?? "");
  if (engine === "ollama" && !isFile) return { bound: "ollama reads one GGUF file", fix: "let path end in .gguf, or use engine vllm" };
  if (engine !== "ollama" && isFile)
    return {
      bound: `${engine} does not read GGUF`,
      fix: `name a folder of ${engine === "vllm" ? "safetensors" : "onnxruntime-genai"}, or use engine ollama`,
    };
  return undefined;
}
