import type { Gpu } from "../accelerators/gpu";
import { vllmSupport } from "../engines/support";
import { type Deployment, formatCapability } from "./deployment";

/** Head sizes that FlashInfer takes (v1/attention/backends/flashinfer.py, get_supported_head_sizes). */
const flashInferHeads = [64, 128, 256, 512];

/**
 * Lowest compute capability at which an attention backend of 0.33.0 reads a cache type, for one head size; undefined: it never does.
 * FlashAttention adds nothing: it reads an 8-bit cache through its third version alone, which is Hopper's (fa_utils.py), where Triton does too.
 */
const backends: readonly ((type: string, headDim: number) => number | undefined)[] = [
  (type, headDim) => {
    if (!flashInferHeads.includes(headDim)) return undefined;
    if (type.startsWith("nvfp4")) return type === "nvfp4" && headDim !== 64 ? 80 : 100; // its prefill below 10.0 misreads heads of 64
    return type.startsWith("fp8") && !type.endsWith("per_token_head") ? 80 : undefined;
  },
  // Triton's FP8 is native from 8.9 (triton_attn.py)
  (type) => (type.startsWith("fp8") ? 89 : type.endsWith("per_token_head") ? 75 : undefined),
];

/** Cache types as wide as the data type: every backend reads them. */
const plain = ["auto", "float16", "bfloat16"];

/** Why no attention backend of the release reads the cache type on a GPU; undefined: one does, or nothing is known of the release. */
export function cacheReason({ cacheType, version, model }: Deployment, gpu: Gpu, level: number): string | undefined {
  if (cacheType === undefined || cacheType === "auto") return undefined;
  if (cacheType === "bfloat16" && !gpu.bf16) return `${gpu.name} has no bfloat16 for the cache: use kvCacheDtype float16`;
  const listed = vllmSupport(version)?.attentionBackends;
  if (plain.includes(cacheType) || !listed || Object.keys(listed).length === 0) return undefined;
  // others are of sparse latent attention, of other devices, or read by nothing: FlashAttention's, FlashInfer's and Triton's lists are those of models here
  if (!Object.values(listed).some((backend) => backend?.cacheTypes.includes(cacheType)))
    return `no attention backend of vLLM ${version} reads kvCacheDtype ${cacheType} with this model's heads`;
  const { full, sliding } = model.attention ?? {};
  const minimums = [full, sliding].flatMap((layers) => (layers ? [lowest(cacheType, layers.headDim)] : []));
  if (minimums.every((minimum) => minimum !== undefined && minimum <= level)) return undefined;
  const known = minimums.filter((minimum) => minimum !== undefined);
  return known.length < minimums.length
    ? `no attention backend of vLLM ${version} reads kvCacheDtype ${cacheType} with this model's heads`
    : `kvCacheDtype ${cacheType} needs compute capability ${formatCapability(Math.max(...known))}, ${gpu.name} has ${gpu.computeCapability}`;
}

function lowest(type: string, headDim: number): number | undefined {
  const able = backends.flatMap((backend) => backend(type, headDim) ?? []);
  return able.length > 0 ? Math.min(...able) : undefined;
}
