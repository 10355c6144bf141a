import { ollama0_32_15 } from "../engines/data/ollama-0.32.15";

/** GGUF types with their real bits per weight: block sizes, and file averages of Llama-3.1-8B for the mixtures. */
export const ggufBitsPerWeight = ollama0_32_15.ggufBitsPerWeight;
/** A GGUF quantization, e.g. `Q4_K_M`. */
export type GgufType = keyof typeof ggufBitsPerWeight;

/** How the weights are stored, other than in the model's data type. */
export type Quantization = keyof typeof linearBits | GgufType;

/**
 * Bits per weight of the linear layers; embeddings and the output layer stay in 16 bits. 4-bit formats with groups of 128 add a 16-bit
 * scale and a 4-bit zero point per group (4 + 20/128), NVFP4 an 8-bit scale per 16 (4.5), MXFP4 one per 32 (4.25), bitsandbytes NF4 a
 * quantized scale per 64 (4.13). ONNX int4 uses groups of 32 with a 16-bit scale, and quantizes no embedding (onnxruntime-genai builder).
 * Checked against logged weights: Qwen3-8B FP8 8.79 GiB computed, 8.80 logged; NVFP4 5.96 computed, 5.98 logged.
 */
export const linearBits = {
  fp8: 8,
  int8: 8,
  awq: 4.15625,
  gptq: 4.15625,
  bitsandbytes: 4.127,
  nvfp4: 4.5,
  mxfp4: 4.25,
  "onnx-int4": 4.5,
} as const;

/** Whether a quantization names a GGUF type. */
export const isGguf = (quantization: Quantization): quantization is GgufType => !Object.hasOwn(linearBits, quantization);

/** What vLLM and people call each quantization. */
const aliases: readonly (readonly [RegExp, keyof typeof linearBits])[] = [
  [/nvfp4|modelopt_fp4|^modelopt$/, "nvfp4"],
  [/mxfp4/, "mxfp4"],
  [/fp8/, "fp8"],
  [/awq/, "awq"],
  [/bitsandbytes|bnb/, "bitsandbytes"],
  [/int8|w8a8|w8a16/, "int8"],
  [/onnx/, "onnx-int4"],
  [/gptq|auto[-_]?round|w4a16|int4|moe_wna16|inc/, "gptq"],
];

/**
 * Whether a method holds several formats, so that only the checkpoint says which. Of `modelopt` alone NVFP4 is assumed where nothing says it:
 * that is what its logs are of.
 */
export const isContainer = (text: string): boolean => /^(compressed-tensors|modelopt|modelopt_mixed)$/i.test(text);

/** A GGUF type by its name in any case; MXFP4 and NVFP4 are GGUF types too. */
export function parseGguf(text: string): GgufType | undefined {
  const upper = text.toUpperCase().replace(/^FP16$/, "F16");
  return Object.hasOwn(ggufBitsPerWeight, upper) ? (upper as GgufType) : undefined;
}

/** A quantization from what people write (`AWQ-Marlin`, `compressed-tensors w4a16`, `q4_k_m`); undefined when nothing is recognised. */
export function parseQuantization(text: string): Quantization | undefined {
  const lower = text.toLowerCase();
  return aliases.find(([pattern]) => pattern.test(lower))?.[1] ?? parseGguf(text);
}
