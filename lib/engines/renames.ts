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

/** Replaced vLLM metrics (docs/usage/metrics.md, vllm#27341, vllm PR#32661). */
export const metricRenames: Readonly<Record<string, Rename>> = {
  "vllm:gpu_cache_usage_perc": { now: "vllm:kv_cache_usage_perc", source: "vllm#27341" },
  "vllm:gpu_prefix_cache_hits": { now: "vllm:prefix_cache_hits", source: "vllm docs/usage/metrics.md" },
  "vllm:gpu_prefix_cache_queries": { now: "vllm:prefix_cache_queries", source: "vllm docs/usage/metrics.md" },
  "vllm:time_per_output_token_seconds": { now: "vllm:inter_token_latency_seconds", source: "vllm PR#32661" },
};
