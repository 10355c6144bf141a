import { ggufBitsPerWeight, type Quantization } from "../planner/quantization";

/** Endings by which publishers mark a quantized checkpoint, longest first, and what each one means. */
const quantizedEndings: readonly (readonly [RegExp, Quantization])[] = [
  [/[-.]?(nvfp4)(a16)?(-\w+)?$/, "nvfp4"],
  [/[-.]fp4$/, "nvfp4"], // NVIDIA's older name
  [/[-.]?mxfp4$/, "mxfp4"],
  [/[-.]?(fp8)([-_](dynamic|block|kv))*$/, "fp8"],
  [/[-.]?(awq)([-_.]?(int4|4bit|marlin|g128))*$/, "awq"],
  [/[-.]?gptq[-_.]?int8$/, "int8"],
  [/[-.]?(gptq)([-_.]?(int4|4bit|4b|g128|128g|marlin))*$/, "gptq"],
  [/[-.]?(quantized\.)?(w8a8|int8)$/, "int8"],
  [/[-.]?(autoround|(quantized\.)?w4a16|int4)([-_.]?(int4|g128|ct))*$/, "gptq"],
  [/[-.]?(bnb-4bit|unsloth-bnb-4bit)$/, "bitsandbytes"],
];

/** Words of other weights in the same shape: before tuning, without refusals, that think, trained for quantization, with a head that predicts ahead. */
const variantWords = /[-.](base|pt|abliterated(-v\d+)?|uncensored|heretic|thinking|qat|mtp|unquantized|gguf)(?=[-.]|$)/g;
const lastVariantWord = new RegExp(`(?:${variantWords.source})$`);
/** A GGUF type at the end, as files and what was trained for one are named. */
const ggufEnding = /[-.]((?:i?q\d|bf16|f16)\w*)$/;

/** A model's name without publisher, case and the words that do not change its shape; and what it announces. */
export interface ParsedName {
  readonly key: string;
  readonly quantization?: Quantization;
  /** The checkpoint holds scales for a cache of this type, which an engine then uses. */
  readonly cache?: "fp8";
  /** It names other weights than the model's own. */
  readonly variant: boolean;
}

interface Stripped {
  readonly rest: string;
  readonly quantization?: Quantization | undefined;
}

/** A name without its last marking; undefined: it has none. */
function stripped(name: string, trainedFor: boolean): Stripped | undefined {
  if (lastVariantWord.test(name)) return { rest: name.replace(lastVariantWord, "") };
  const [ending, quantization] = quantizedEndings.find(([pattern]) => pattern.test(name) && name.replace(pattern, "").length > 3) ?? [];
  if (ending) return { rest: name.replace(ending, ""), quantization };
  const type = trainedFor ? ggufEnding.exec(name)?.[1]?.toUpperCase() : undefined;
  if (type === undefined || !Object.hasOwn(ggufBitsPerWeight, type)) return undefined;
  return { rest: name.replace(ggufEnding, ""), quantization: type as Quantization };
}

export function parseModelName(name: string): ParsedName {
  const lower = name
    .toLowerCase()
    .replace(/^.*\//, "")
    .replace(/^[a-z]{4,}(-[a-z]+)?_(?=[a-z])/, "");
  const variant = lower.search(variantWords) >= 0;
  const gguf = /[-.]gguf$/.test(lower);
  let rest = lower;
  let quantization: Quantization | undefined;
  for (let next = stripped(rest, variant); next; next = stripped(rest, variant)) {
    rest = next.rest;
    quantization ??= next.quantization;
  }
  // a GGUF type without a GGUF file is what the weights were trained for, and they are stored in 16 bits
  const stored =
    /unquantized/.test(lower) || (!gguf && quantization && Object.hasOwn(ggufBitsPerWeight, quantization)) ? undefined : quantization;
  return {
    key: shapeKey(rest),
    ...(stored ? { quantization: stored } : {}),
    ...(/fp8([-_]dynamic)?[-_]kv/.test(lower) ? { cache: "fp8" as const } : {}),
    variant,
  };
}

const shapeKey = (lower: string): string =>
  lower
    .replace(/^(meta|huihui)-/, "")
    .replace(/^(med|translate)gemma-(?=\d)/, "gemma-3-") // tuned from it (their model cards)
    .replace(variantWords, "")
    .replace(/-(instruct|it|chat|hf|bf16)(?=-|$)/g, "")
    .replace(/[-_](v0\.\d|v1\.0)$/, "");

/** Formats that none of the engines reads, by what their repositories are named. */
const foreignFormats: readonly (readonly [RegExp, string])[] = [
  [/^mlx-community\/|[-_]mlx([-_]|$)/i, "MLX"],
  [/^openvino\/|[-_](ov|openvino)$/i, "OpenVINO"],
  [/[-_.]exl[23]\b/i, "ExLlama"],
  [/[-_]aqlm\b/i, "AQLM"],
  [/[-_]coreml\b/i, "Core ML"],
  [/[-_](litert|tflite)\b|^litert-community\//i, "LiteRT"],
  [/[-_]mnn$/i, "MNN"],
];

/** The format of a repository that no engine here reads, by its name; undefined: none that is known. */
export const foreignFormat = (name: string): string | undefined => foreignFormats.find(([pattern]) => pattern.test(name))?.[1];
