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
  ignore: z.array(z.string()).nullish(),
  modules_to_not_convert: z.array(z.string()).nullish(),
  bits: z.number().optional(),
  w_bit: z.number().optional(),
  load_in_4bit: z.boolean().optional(),
  quant_algo: z.string().optional(),
  format: z.string().optional(),
  config_groups: z.record(z.string(), group).optional(),
});

const cacheConfig = z.looseObject({
  kv_cache_scheme: z.union([z.string(), z.looseObject({ num_bits: z.number(), type: z.string() })]).nullish(),
  kv_cache_quant_algo: z.string().nullish(),
});

/** How a checkpoint stores its weights, by the `quantization_config` of its `config.json`; undefined: in a way that is not understood. */
export function storedQuantization(config: unknown): Stored | undefined {
  const parsed = quantizationConfig.safeParse(config);
  const stored = parsed.success ? kindOfAll(parsed.data) : undefined;
  // MXFP4 quantizes the experts alone, and NVFP4 is counted by what it leaves out in each kind of model
  return parsed.success && stored !== "mxfp4" && stored !== "nvfp4" && leavesOut(parsed.data) ? undefined : stored;
}

/** Whether attention or feed-forward layers stay as they were: how many bytes that is, the shapes alone do not say. */
const leavesOut = ({ ignore, modules_to_not_convert: modules }: z.infer<typeof quantizationConfig>): boolean =>
  [...(ignore ?? []), ...(modules ?? [])].some(
    (name) =>
      /attn|attention|mixer|mlp|_proj|shared_expert|layers\.\d*\*/.test(name) &&
      !/linear_attn|gate\$?$|router|norm|bias$|eh_proj|visual|vision|mm_|multi_modal|mtp|conv1d|k_proj_scale/.test(name),
  );

/** The KV cache that a checkpoint holds scales for: vLLM's `auto` follows it. Null: the model's data type. */
export function storedCache(config: unknown): "fp8" | "nvfp4" | null {
  const { kv_cache_scheme: scheme, kv_cache_quant_algo: algorithm } = cacheConfig.safeParse(config).data ?? {};
  if (typeof scheme === "object" && scheme?.num_bits) return scheme.type === "float" ? (scheme.num_bits === 8 ? "fp8" : "nvfp4") : null;
  const name = typeof scheme === "string" ? scheme : (algorithm ?? "");
  return /^fp8/i.test(name) ? "fp8" : /^nvfp4/i.test(name) ? "nvfp4" : null;
}

function kindOfAll(config: z.infer<typeof quantizationConfig>): Stored | undefined {
  const { quant_method: method, bits, w_bit: width, load_in_4bit: four, quant_algo: algorithm = "" } = config;
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
      return compressedTensors(Object.values(config.config_groups ?? {}), config.format);
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
