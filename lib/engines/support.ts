import { own } from "../own";
import support0_10_2 from "./data/vllm-support-0.10.2.json";
import support0_33_0 from "./data/vllm-support-0.33.0.json";
import type { EngineVersion } from "./tables";

/** What one vLLM release runs, as its own code lists it (tools/facts/vllm_support.py). */
export interface VllmSupport {
  /** Architectures, as `architectures` of a `config.json` names them, by what they do. */
  readonly architectures: { readonly generate: readonly string[]; readonly pooling: readonly string[]; readonly draft: readonly string[] };
  /** Lowest compute capability, as 75 for 7.5, of each stored quantization; null: no GPU of CUDA. */
  readonly quantizations: Readonly<Record<string, number | null | undefined>>;
  /** Values of `--kv-cache-dtype`. */
  readonly cacheTypes: readonly string[];
  /** Cache types and lowest compute capability of each attention backend; empty where the release has no such list. */
  readonly attentionBackends: Readonly<
    Record<string, { readonly cacheTypes: readonly string[]; readonly lowestCapability: number | null } | undefined>
  >;
  /** Values of `--attention-backend` and `--mamba-backend`; empty where the release has no such flag. */
  readonly attentionBackendNames: readonly string[];
  readonly mambaBackendNames: readonly string[];
  readonly toolParsers: readonly string[];
  readonly reasoningParsers: readonly string[];
  readonly speculation: {
    /** Values of `method` in `--speculative-config`. */
    readonly methods: readonly string[];
    /** Head for multi-token prediction, by model type or architecture. */
    readonly headByTypeOrArchitecture: Readonly<Record<string, string | undefined>>;
  };
  /** Model types that refuse float16. */
  readonly float16Refused: readonly string[];
}

const supports: Readonly<Record<EngineVersion<"vllm">, VllmSupport>> = { "0.10.2": support0_10_2, "0.33.0": support0_33_0 };

/** What a release with a table runs; undefined for any other, of which nothing is known. */
export const vllmSupport = (version: string): VllmSupport | undefined => own(supports, version);
