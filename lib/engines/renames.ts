/** A name that another one replaced. The version where it vanished comes from the generated history. */
export interface Rename {
  /** What to write instead, ready to paste. */
  readonly now: string;
  /** Where the replacement is stated. */
  readonly source: string;
}

const wheel = "deprecation text in the vllm 0.10.2 wheel, engine/arg_utils.py";

/** Replaced vLLM flags. */
export const flagRenames: Readonly<Record<string, Rename>> = {
  "--disable-log-requests": { now: "--no-enable-log-requests", source: `${wheel}; vllm#29402` },
  "--cuda-graph-sizes": { now: "--cudagraph-capture-sizes", source: "vllm 0.12.0 wheel, engine/arg_utils.py" },
  "--enable-multimodal-encoder-data-parallel": { now: "--mm-encoder-tp-mode data", source: wheel },
  "--disable-mm-preprocessor-cache": { now: "--mm-processor-cache-gb 0", source: wheel },
  "--num-redundant-experts": { now: "--eplb-config", source: wheel },
  "--eplb-window-size": { now: "--eplb-config", source: wheel },
  "--eplb-step-interval": { now: "--eplb-config", source: wheel },
  "--eplb-log-balancedness": { now: "--eplb-config", source: wheel },
};

const inField = (field: string, source: string): Rename => ({ now: `the field ${field}`, source });
const docs = "vllm docs";

/** Flags of older releases whose part a field of an environment plays, so that no flag that is spelt alike is suggested. */
export const flagFields: Readonly<Record<string, Rename>> = {
  "--enable-reasoning": inField("vllm.reasoningParser", `${docs}, features/reasoning_outputs`),
  "--speculative-model": inField("vllm.speculative", `${docs}, features/spec_decode`),
  "--num-speculative-tokens": inField("vllm.speculative", `${docs}, features/spec_decode`),
  "--speculative-draft-tensor-parallel-size": inField("vllm.speculative", `${docs}, features/spec_decode`),
  "--ngram-prompt-lookup-max": inField("vllm.speculative", `${docs}, features/spec_decode`),
  "--ngram-prompt-lookup-min": inField("vllm.speculative", `${docs}, features/spec_decode`),
  "--guided-decoding-disable-fallback": inField("vllm.structuredOutputs", `${docs}, features/structured_outputs`),
  "--guided-decoding-disable-any-whitespace": inField("vllm.structuredOutputs", `${docs}, features/structured_outputs`),
  "--guided-decoding-disable-additional-properties": inField("vllm.structuredOutputs", `${docs}, features/structured_outputs`),
  "--device": inField("cpu", `${docs}, getting_started/installation/cpu`),
  "--max-seq-len-to-capture": inField("enforceEager", "vllm 0.10.2 wheel, engine/arg_utils.py"),
  "--max-context-len-to-capture": inField("enforceEager", `${docs}, usage/v1_guide`),
  "--speculative-disable-by-batch-size": inField("vllm.speculative", `${docs}, features/spec_decode`),
  "--speculative-max-model-len": inField("vllm.speculative", `${docs}, features/spec_decode`),
  "--spec-decoding-acceptance-method": inField("vllm.speculative", `${docs}, features/spec_decode`),
  "--calculate-kv-scales": inField("kvCacheDtype", `${docs}, features/quantization/quantized_kvcache`),
  "--override-pooler-config": { now: "--pooler-config", source: "vllm 0.12.0 wheel, engine/arg_utils.py" },
  // what other servers call the same: SGLang's server arguments, Text Generation Inference's launcher, llama.cpp's server
  "--context-length": inField("contextTokens", "sglang docs, advanced_features/server_arguments"),
  "--ctx-size": inField("contextTokens", "llama.cpp tools/server/README.md"),
  "--max-total-tokens": inField("contextTokens", "text-generation-inference docs, reference/launcher"),
  "--max-input-length": inField("contextTokens", "text-generation-inference docs, reference/launcher"),
  "--tp": inField("tensorParallel", "sglang docs, advanced_features/server_arguments"),
  "--tp-size": inField("tensorParallel", "sglang docs, advanced_features/server_arguments"),
  "--num-shard": inField("tensorParallel", "text-generation-inference docs, reference/launcher"),
  "--mem-fraction-static": inField("gpuMemoryUtilization", "sglang docs, advanced_features/server_arguments"),
  "--cuda-memory-fraction": inField("gpuMemoryUtilization", "text-generation-inference docs, reference/launcher"),
  "--max-running-requests": inField("concurrency", "sglang docs, advanced_features/server_arguments"),
  "--max-concurrent-requests": inField("concurrency", "text-generation-inference docs, reference/launcher"),
  "--chunked-prefill-size": inField("maxNumBatchedTokens", "sglang docs, advanced_features/server_arguments"),
  "--max-batch-prefill-tokens": inField("maxNumBatchedTokens", "text-generation-inference docs, reference/launcher"),
  "--disable-radix-cache": inField("vllm.prefixCaching", "sglang docs, advanced_features/server_arguments"),
  "--disable-cuda-graph": inField("enforceEager", "sglang docs, advanced_features/server_arguments"),
  "--grammar-backend": inField("vllm.structuredOutputs", "sglang docs, advanced_features/server_arguments"),
  "--speculative-algorithm": inField("vllm.speculative", "sglang docs, advanced_features/server_arguments"),
  "--lora-paths": inField("vllm.adapters", "sglang docs, advanced_features/server_arguments"),
  "--quantize": inField("quantization", "text-generation-inference docs, reference/launcher"),
  "--tool-parser": inField("vllm.toolParser", `${docs}, features/tool_calling`),
  "--full-cuda-graph": { now: "--compilation-config.cudagraph_mode", source: "vllm 0.10.2 wheel, config/compilation.py" },
};

/** Flags of the first engine that nothing took the place of (vllm docs, usage/v1_guide). */
export const flagsWithoutHeir: readonly string[] = [
  "--num-scheduler-steps",
  "--multi-step-stream-outputs",
  "--use-v2-block-manager",
  "--num-lookahead-slots",
  "--preemption-mode",
  "--worker-use-ray",
  "--engine-use-ray",
  "--enable-prompt-adapter",
  "--max-prompt-adapters",
  "--max-prompt-adapter-token",
  "--override-neuron-config",
  "--qlora-adapter-name-or-path",
  "--help",
];

/** Replaced vLLM metrics (docs/usage/metrics.md, vllm#27341, vllm PR#32661). */
export const metricRenames: Readonly<Record<string, Rename>> = {
  "vllm:gpu_cache_usage_perc": { now: "vllm:kv_cache_usage_perc", source: "vllm#27341" },
  "vllm:gpu_prefix_cache_hits": { now: "vllm:prefix_cache_hits", source: "vllm docs/usage/metrics.md" },
  "vllm:gpu_prefix_cache_queries": { now: "vllm:prefix_cache_queries", source: "vllm docs/usage/metrics.md" },
  "vllm:time_per_output_token_seconds": { now: "vllm:inter_token_latency_seconds", source: "vllm PR#32661" },
};
