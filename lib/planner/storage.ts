import type { CatalogMatch } from "../catalog/catalog";
import { parseModelName } from "../catalog/model-name";
import { untypedGguf } from "../catalog/ollama-names";
import type { EngineTable } from "../engines/table";
import { engineTables } from "../engines/tables";
import { nearest } from "../nearest";
import { own } from "../own";
import type { WeightsSource } from "../weights/source";
import type { Fault } from "./fault";
import { ofGguf } from "./lookup-faults";
import { type GgufType, ggufBitsPerWeight, isContainer, isGguf, parseGguf, parseQuantization, type Quantization } from "./quantization";
import { sourceOf } from "./resolve-weights";
import type { ModelRequest } from "./types";

/** How weights are stored, and what the engine makes of them while it loads them. */
export interface Storage {
  /** Undefined: in the model's data type. */
  readonly stored: Quantization | undefined;
  /** Undefined: nothing. */
  readonly online: Quantization | undefined;
  readonly faults: readonly Fault[];
}

/** What `--quantization` is given for 16-bit weights that vLLM quantizes while it loads them, where the release offers it. */
export const onlineMethods = { fp8: "fp8", int8: "int8_per_channel_weight_only", bitsandbytes: "bitsandbytes" } as const;
type Online = keyof typeof onlineMethods;

const isOnline = (kind: Quantization, version: string): kind is Online => {
  const flags: EngineTable["flags"] | undefined = own<EngineTable>(engineTables.vllm, version)?.flags;
  return Object.hasOwn(onlineMethods, kind) && (flags?.["--quantization"]?.choices ?? []).includes(onlineMethods[kind as Online]);
};

/** How a request's weights are stored: the source and the model say it; a request may only agree, or have the engine quantize. */
export function storageOf(path: string, request: ModelRequest, found: CatalogMatch, version: string): Storage {
  const source = sourceOf(request, found);
  if (request.engine === "ollama") return ollamaStorage(path, request, source);
  if (request.engine === "onnx") return onnxStorage(path, request);
  return vllmStorage(path, request, found, source, version);
}

const nothing = { stored: undefined, online: undefined };
const fault = (path: string, value: unknown, bound: string, fix: string): Fault => ({ path: `${path}.quantization`, value, bound, fix });

function vllmStorage(
  path: string,
  request: ModelRequest,
  found: CatalogMatch,
  source: WeightsSource | undefined,
  version: string,
): Storage {
  if (source?.kind === "huggingFace" && /gguf/i.test(source.repository))
    return { ...nothing, faults: [ofGguf(`${path}.model`, source.repository)] };
  const stored = checkpointQuantization(found, source);
  const { quantization: written } = request;
  // of a method that holds several formats, the checkpoint says which
  if (written === undefined || (isContainer(written) && stored !== undefined)) return { stored, online: undefined, faults: [] };
  if (/^none$/i.test(written))
    return stored ? { ...nothing, stored, faults: [contradiction(path, written, stored, source)] } : { ...nothing, faults: [] };
  const asked = parseQuantization(written);
  if (asked === undefined)
    return { ...nothing, faults: [unknown(path, written, "use fp8, int8, awq, gptq, bitsandbytes, nvfp4 or mxfp4")] };
  if (isGguf(asked) || asked === "onnx-int4")
    return {
      ...nothing,
      faults: [fault(path, asked, "vllm does not serve this format", `use awq or fp8, or engine ${isGguf(asked) ? "ollama" : "onnx"}`)],
    };
  if (stored !== undefined)
    return { stored, online: undefined, faults: stored === asked ? [] : [contradiction(path, written, stored, source)] };
  // what an image, a claim or the engine's own image holds, nobody but the user knows
  if (source && source.kind !== "huggingFace" && !isOnline(asked, version)) return { stored: asked, online: undefined, faults: [] };
  if (isOnline(asked, version)) return { stored: undefined, online: asked, faults: [] };
  return { ...nothing, stored: asked, faults: [notStored(path, written, found, asked)] };
}

/** What the repository's name announces, or the model's own checkpoint is; undefined: 16 bits. */
function checkpointQuantization({ model, quantization }: CatalogMatch, source: WeightsSource | undefined): Quantization | undefined {
  if (source?.kind !== "huggingFace")
    return source?.kind === "image" || source?.kind === "volume"
      ? quantization
      : (quantization ?? model.checkpointQuantization ?? undefined);
  if (source.repository === model.huggingFace) return quantization ?? model.checkpointQuantization ?? undefined;
  return parseModelName(source.repository).quantization;
}

const contradiction = (path: string, written: string, stored: Quantization, source: WeightsSource | undefined): Fault =>
  fault(
    path,
    written,
    `${source?.kind === "huggingFace" ? source.repository : "the checkpoint"} is stored as ${stored}, which vLLM does not change`,
    "leave quantization out, or name another repository",
  );

const notStored = (path: string, written: string, { model }: CatalogMatch, asked: Quantization): Fault =>
  fault(
    path,
    written,
    `${model.huggingFace} is not stored as ${asked}, and vLLM does not make it so`,
    `name the repository that is as the model, such as ${model.huggingFace}-${asked.toUpperCase()}, or use fp8, which is made while loading`,
  );

const unknown = (path: string, written: string, fix: string): Fault => fault(path, written, "must name a known quantization", fix);

function ollamaStorage(path: string, request: ModelRequest, source: WeightsSource | undefined): Storage {
  const { quantization: written } = request;
  const type = source?.kind === "library" ? unknownHubType(source.tag) : undefined;
  if (type !== undefined) return { ...nothing, faults: [unknownType(path, type)] };
  const implied = source && ggufTypeOf(source);
  const untypedOnes = source?.kind === "library" ? untypedGguf(source.tag) : "Q4_K_M";
  if (written === undefined) return { ...nothing, stored: implied ?? untypedOnes, faults: [] };
  const asked = /^none$/i.test(written) ? "F16" : (parseGguf(written) ?? parseQuantization(written));
  if (asked === undefined) return { ...nothing, faults: [unknown(path, written, "use a GGUF type such as Q4_K_M")] };
  if (!isGguf(asked))
    return { ...nothing, faults: [fault(path, asked, "ollama serves GGUF only", "use a GGUF type such as Q4_K_M, or engine vllm")] };
  if (implied !== undefined && implied !== asked && source)
    return {
      ...nothing,
      stored: implied,
      faults: [fault(path, written, `what is pulled is stored as ${implied}`, "leave quantization out, or name another tag or file")],
    };
  const untyped =
    implied === undefined && source?.kind === "library" && asked !== untypedOnes ? untypedTag(path, request, source.tag, asked) : undefined;
  return { ...nothing, stored: asked, faults: untyped ? [untyped] : [] };
}

/** A tag that says no type holds what its publisher chose: 4 bits in Ollama's library and of Hugging Face, unless it is somebody's own. */
function untypedTag(path: string, { quantization, weights }: ModelRequest, tag: string, asked: Quantization): Fault | undefined {
  const hub = /^(hf\.co|huggingface\.co)\//i.test(tag);
  if (weights?.ollama !== undefined && !hub) return undefined;
  const fix = hub
    ? `write ${tag.replace(/:latest$/i, "")}:${asked}`
    : `name the tag: weights { ollama: { kind: library, tag: … } }, or leave quantization out`;
  return fault(path, quantization, `the tag ${tag} that is pulled is not said to be stored so`, fix);
}

function onnxStorage(path: string, { quantization: written }: ModelRequest): Storage {
  const asked = written === undefined ? "onnx-int4" : parseQuantization(written);
  if (asked === "onnx-int4") return { ...nothing, stored: asked, faults: [] };
  const known = asked !== undefined || /^none$/i.test(written ?? "");
  return {
    ...nothing,
    faults: [
      known
        ? fault(path, asked ?? written, "the ONNX server serves onnx-int4 only", "use onnx-int4, or engine vllm")
        : unknown(path, written!, "use onnx-int4"),
    ],
  };
}

/** The GGUF type that a tag or a file's name says; of a tag of Hugging Face it is what follows the colon. */
export function ggufTypeOf(source: WeightsSource): Quantization | undefined {
  const name = source.kind === "library" ? source.tag : "path" in source ? (source.path ?? "").replace(/\.gguf$/i, "") : "";
  const [, type] = /[-.:]((?:[it]?q\d|fp?16|bf16|f32|(?:mx|nv)fp4)\w*)$/i.exec(name.replace(/\.gguf$/i, "")) ?? [];
  return type === undefined ? undefined : (parseGguf(type) ?? widestOf(type));
}

/** Of a mixture that is in no table, such as Q4_K_XL, the widest type of as many bits: a plan holds more rather than less. */
function widestOf(type: string): GgufType | undefined {
  const bits = /^i?q\d/i.exec(type)?.[0]?.toUpperCase();
  const known = Object.entries(ggufBitsPerWeight).filter(([name]) => bits !== undefined && name.startsWith(bits));
  return known.sort(([, a], [, b]) => b - a)[0]?.[0] as GgufType | undefined;
}

/** What follows the colon of a tag of Hugging Face and is no type (docs/hub/ollama: a type, or latest); undefined: it is one, or nothing follows. */
function unknownHubType(tag: string): string | undefined {
  const [, type] = /^(?:hf\.co|huggingface\.co)\/[^:]+:(.+)$/i.exec(tag) ?? [];
  return type === undefined || /^latest$/i.test(type) || ggufTypeOf({ kind: "library", tag }) !== undefined ? undefined : type;
}

const unknownType = (path: string, type: string): Fault => ({
  path: `${path}.weights.ollama.tag`,
  value: type,
  bound: "must be a GGUF type after the colon of a tag of hf.co",
  fix: `use ${nearest(type.toUpperCase(), Object.keys(ggufBitsPerWeight), 3).join(", ") || "Q4_K_M"}`,
});
