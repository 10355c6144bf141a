import type { Gpu } from "../accelerators/gpu";
import { type Deployment, formatCapability } from "./deployment";

/** Model types of the catalog that keep one vector for all heads of a token. */
const latent = /^(deepseek_v[23]|glm4_moe_lite)$/;

/** Prompts go through FlashAttention 2 below 10.0 (v1/attention/backends/mla/prefill), which starts with Ampere. */
const lowestOfPrompts = 80;
/** Triton's is the one decoder that reads an 8-bit cache below Hopper, and its FP8 starts with Ada (mla/triton_mla.py). */
const lowestOf8Bits = 89;
/** supported_kv_cache_dtypes of v1/attention/backends/mla. */
const cacheTypes = ["fp8", "fp8_e4m3"];
const plain = ["auto", "float16", "bfloat16"];

/** Why latent attention does not run on a GPU, or not with a cache type; undefined: it does, or the model has none. */
export function latentReason(
  { model: { modelType }, cacheType = "auto", version }: Deployment,
  gpu: Gpu,
  level: number,
): string | undefined {
  if (modelType === null || !latent.test(modelType)) return undefined;
  const needs = (what: string, lowest: number): string =>
    `${what} needs compute capability ${formatCapability(lowest)}, ${gpu.name} has ${gpu.computeCapability}`;
  if (level < lowestOfPrompts) return needs("latent attention", lowestOfPrompts);
  if (plain.includes(cacheType)) return undefined;
  if (!cacheTypes.includes(cacheType)) return `no backend of latent attention in vLLM ${version} reads kvCacheDtype ${cacheType}`;
  return level < lowestOf8Bits ? needs(`kvCacheDtype ${cacheType}`, lowestOf8Bits) : undefined;
}
