import { z } from "zod";

import type { Model } from "./schema";

type Stored = NonNullable<Model["checkpointQuantization"]>;

/** One group of layers of a compressed-tensors checkpoint. */
const group = z.looseObject({
  weights: z.looseObject({ num_bits: z.number(), type: z.string().optional() }).nullish(),
  input_activations: z.looseObject({ num_bits: z.number() }).nullish(),
});
const quantizationConfig = z.looseObject({
  quant_method: z.string(),
  bits: z.number().optional(),
  w_bit: z.number().optional(),
  load_in_4bit: z.boolean().optional(),
  quant_algo: z.string().optional(),
  format: z.string().optional(),
  config_groups: z.record(z.string(), group).optional(),
});

/** How a checkpoint stores its weights, by the `quantization_config` of its `config.json`; undefined: in a way that is not understood. */
export function storedQuantization(config: unknown): Stored | undefined {
  const parsed = quantizationConfig.safeParse(config);
  if (!parsed.success) return undefined;
  const { quant_method: method, bits, w_bit: width, load_in_4bit: four, quant_algo: algorithm = "" } = parsed.data;
  switch (method) {
    case "fp8":
    case "fbgemm_fp8":
      return "fp8";
    case "awq":
      return (width ?? bits ?? 4) === 4 ? "awq" : undefined;
    case "gptq":
    case "auto-round":
      return bits === 4 ? "gptq" : bits === 8 ? "int8" : undefined;
    case "bitsandbytes":
      return four ? "bitsandbytes" : undefined;
    case "mxfp4":
      return "mxfp4";
    case "modelopt":
      return /^fp8/i.test(algorithm) ? "fp8" : /^nvfp4$/i.test(algorithm) ? "nvfp4" : undefined;
    case "compressed-tensors":
      return compressedTensors(Object.values(parsed.data.config_groups ?? {}), parsed.data.format);
    default:
      return undefined;
  }
}

/** All groups have to agree: of a mixed checkpoint the size is not known. */
function compressedTensors(groups: readonly z.infer<typeof group>[], format: string | undefined): Stored | undefined {
  const kinds = new Set(groups.map(({ weights }) => kindOf(weights ?? undefined, format)));
  const [only] = kinds;
  return kinds.size === 1 ? only : undefined;
}

function kindOf(weights: { num_bits: number; type?: string | undefined } | undefined, format: string | undefined): Stored | undefined {
  if (!weights) return undefined;
  if (weights.type === "float") return weights.num_bits === 8 ? "fp8" : format?.startsWith("nvfp4") ? "nvfp4" : undefined;
  return weights.num_bits === 8 ? "int8" : weights.num_bits === 4 ? "gptq" : undefined;
}
