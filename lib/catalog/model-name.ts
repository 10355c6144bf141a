import type { Quantization } from "../planner/quantization";

/** Endings by which publishers mark a quantized checkpoint, longest first, and what each one means. */
const quantizedEndings: readonly (readonly [RegExp, Quantization])[] = [
  [/[-.]?(nvfp4)(a16)?(-\w+)?$/, "nvfp4"],
  [/[-.]?(fp8)([-_](dynamic|block|kv))*$/, "fp8"],
  [/[-.]?(awq)([-_.]?(int4|4bit|marlin|g128))*$/, "awq"],
  [/[-.]?(gptq)([-_.]?(int4|4bit|g128|marlin))*$/, "gptq"],
  [/[-.]?gptq[-_.]?int8$/, "int8"],
  [/[-.]?(quantized\.)?w8a8$/, "int8"],
  [/(-qat)?[-.]?(autoround|(quantized\.)?w4a16|int4)([-_.]?(int4|g128|ct))*$/, "gptq"],
  [/[-.]?(bnb-4bit|unsloth-bnb-4bit)$/, "bitsandbytes"],
];

/** Endings of other weights in the same shape: before tuning, without refusals, trained for quantization, with a head that predicts ahead. */
const variantEndings = /[-.](base|pt|abliterated|uncensored|heretic|qat|mtp|unquantized)(?=[-.]|$)/g;

/** A model's name without publisher, case and the words that do not change its shape; and what it announces. */
export interface ParsedName {
  readonly key: string;
  readonly quantization?: Quantization;
  /** It names other weights than the model's own. */
  readonly variant: boolean;
}

export function parseModelName(name: string): ParsedName {
  const lower = name.toLowerCase().replace(/^.*\//, "");
  const variant = lower.search(variantEndings) >= 0;
  for (const [ending, quantization] of quantizedEndings) {
    if (ending.test(lower) && lower.replace(ending, "").length > 3)
      return { key: shapeKey(lower.replace(ending, "")), quantization, variant };
  }
  return { key: shapeKey(lower), variant };
}

const shapeKey = (lower: string): string =>
  lower
    .replace(/^meta-/, "")
    .replace(variantEndings, "")
    .replace(/-(instruct|it|chat|hf|bf16)(?=-|$)/g, "")
    .replace(/[-_](v0\.\d|v1\.0)$/, "");
