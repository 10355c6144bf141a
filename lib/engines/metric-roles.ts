import type { MetricName } from "./accessor";
import type { EngineTable, MetricTable } from "./table";
import { type EngineName, type EngineVersion, engineTables, type TableOf } from "./tables";

/** What dashboards, alerts and scalers ask for, by meaning; the name behind each changed between versions. */
export type MetricRole =
  | "timeToFirstToken"
  | "interTokenLatency"
  | "timePerOutputToken"
  | "endToEndLatency"
  | "queueTime"
  | "requestsRunning"
  | "requestsWaiting"
  | "requestsFinished"
  | "requestsRejected"
  | "embeddingsFinished"
  | "embeddingsRunning"
  | "embeddingTokens"
  | "promptTokens"
  | "generationTokens"
  | "kvCacheUsage"
  | "prefixCacheHits"
  | "prefixCacheQueries"
  | "preemptions"
  | "ready";

const vllm = {
  timeToFirstToken: "vllm:time_to_first_token_seconds",
  endToEndLatency: "vllm:e2e_request_latency_seconds",
  queueTime: "vllm:request_queue_time_seconds",
  requestsRunning: "vllm:num_requests_running",
  requestsWaiting: "vllm:num_requests_waiting",
  requestsFinished: "vllm:request_success",
  promptTokens: "vllm:prompt_tokens",
  generationTokens: "vllm:generation_tokens",
  preemptions: "vllm:num_preemptions",
} as const;

type NameOf<T> = T extends MetricTable ? MetricName<T> : never;
type Names = { [E in EngineName]: { [V in EngineVersion<E>]: Partial<Record<MetricRole, NameOf<TableOf<E, V>>>> } };

/**
 * Names by role, engine and version; a name that the version's table lacks does not compile. A role that is left out has no series
 * there: the ONNX server has no paged cache, vLLM 0.10.2 refuses nothing, and Ollama has no metrics at all (its requests are counted at the gateway).
 * The ONNX server counts embeddings apart, vLLM with all other requests.
 * vLLM observes a time per output token once a request, the ONNX server once a token. vLLM answers only when it is ready, so it needs no such gauge.
 */
export const metricRoles = {
  vllm: {
    "0.10.2": {
      ...vllm,
      kvCacheUsage: "vllm:gpu_cache_usage_perc",
      prefixCacheHits: "vllm:gpu_prefix_cache_hits",
      prefixCacheQueries: "vllm:gpu_prefix_cache_queries",
      interTokenLatency: "vllm:time_per_output_token_seconds",
    },
    "0.33.0": {
      ...vllm,
      requestsRejected: "vllm:admission_rejections",
      kvCacheUsage: "vllm:kv_cache_usage_perc",
      prefixCacheHits: "vllm:prefix_cache_hits",
      prefixCacheQueries: "vllm:prefix_cache_queries",
      interTokenLatency: "vllm:inter_token_latency_seconds",
      timePerOutputToken: "vllm:request_time_per_output_token_seconds",
    },
  },
  onnx: {
    "0.18.0": {
      timeToFirstToken: "onnx_time_to_first_token_seconds",
      interTokenLatency: "onnx_inter_token_latency_seconds",
      timePerOutputToken: "onnx_inter_token_latency_seconds",
      ready: "onnx_ready",
      endToEndLatency: "onnx_e2e_request_latency_seconds",
      queueTime: "onnx_request_queue_time_seconds",
      requestsRunning: "onnx_num_requests_running",
      requestsWaiting: "onnx_num_requests_waiting",
      requestsFinished: "onnx_request_success",
      requestsRejected: "onnx_request_rejected",
      embeddingsFinished: "onnx_embedding_request_success",
      embeddingsRunning: "onnx_num_embedding_requests_running",
      embeddingTokens: "onnx_embedding_tokens",
      promptTokens: "onnx_prompt_tokens",
      generationTokens: "onnx_generation_tokens",
    },
  },
  ollama: { "0.32.15": {} },
} as const satisfies Names;

/** One engine in one of its versions. */
export type EngineRelease = { [E in EngineName]: { readonly engine: E; readonly version: EngineVersion<E> } }[EngineName];

/** The release that a plan has decided on, whose version is one of the tables'. */
export const releaseOf = ({ engine, version }: { readonly engine: string; readonly version: string }): EngineRelease =>
  ({ engine, version }) as EngineRelease;

/**
 * Values of `finished_reason` and of `reason` that count against the server; a request that its client left or wrote badly does not.
 * vLLM: v1/engine/__init__.py FINISH_REASON_STRINGS and v1/engine/async_llm.py, 0.33.0 wheel. ONNX: images/onnx-server/onnx_server/metrics.py.
 */
export const faultReasons = {
  vllm: { finished: ["error"], left: ["abort"], rejected: ["max_num_queued_reqs", "max_num_queued_tokens"] },
  onnx: { finished: ["error", "timeout", "shutdown"], left: ["abort"], rejected: ["queue_full", "not_ready"] },
  ollama: { finished: [], left: [], rejected: [] },
} as const satisfies Record<EngineName, Record<"finished" | "left" | "rejected", readonly string[]>>;

const vllmSeconds = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
] as const;

/** A latency that a model may promise. */
export type LatencyRole = "timeToFirstToken" | "timePerOutputToken";

/**
 * Bounds of the buckets of the promised latencies, in seconds: an objective must be one of them, because a histogram knows nothing between two.
 * vLLM: v1/metrics/loggers.py and buckets.py of the 0.33.0 wheel; the first token's are the same at commit 005a810b, which has the names of 0.10.2. ONNX: the server's metrics.py.
 */
export const latencyBuckets: Readonly<Record<LatencyRole, Readonly<Record<EngineName, readonly number[]>>>> = {
  timeToFirstToken: {
    vllm: vllmSeconds,
    onnx: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640],
    ollama: [],
  },
  timePerOutputToken: {
    vllm: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80],
    onnx: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.4, 0.8, 2, 5],
    ollama: [],
  },
};

/** Part of a histogram on the wire. */
type Part = "_bucket" | "_sum" | "_count";

/** Name on the wire of the series that plays a role; undefined where the release has none. `part` chooses among a histogram's series. */
export function seriesName({ engine, version }: EngineRelease, role: MetricRole, part?: Part): string | undefined {
  const names: Partial<Record<MetricRole, string>> = (metricRoles[engine] as Record<string, object>)[version] ?? {};
  const table: EngineTable = (engineTables[engine] as Record<string, EngineTable>)[version]!;
  const family = names[role];
  return family && table.metrics[family]!.series.find((series) => !part || series.endsWith(part));
}
