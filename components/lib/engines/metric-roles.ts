import type { MetricName } from "./accessor";
import type { EngineVersion, TableOf } from "./tables";

/** What dashboards, alerts and scalers ask for, by meaning; the name behind each changed between versions. */
export type MetricRole =
  | "kvCacheUsage"
  | "prefixCacheHits"
  | "prefixCacheQueries"
  | "interTokenLatency"
  | "requestsWaiting"
  | "requestsRunning"
  | "timeToFirstToken";

const stable = {
  requestsWaiting: "vllm:num_requests_waiting",
  requestsRunning: "vllm:num_requests_running",
  timeToFirstToken: "vllm:time_to_first_token_seconds",
} as const;

/** Names by role and version; a name that the version's table lacks does not compile. */
export const metricRoles = {
  "0.10.2": {
    ...stable,
    kvCacheUsage: "vllm:gpu_cache_usage_perc",
    prefixCacheHits: "vllm:gpu_prefix_cache_hits",
    prefixCacheQueries: "vllm:gpu_prefix_cache_queries",
    interTokenLatency: "vllm:time_per_output_token_seconds",
  },
  "0.33.0": {
    ...stable,
    kvCacheUsage: "vllm:kv_cache_usage_perc",
    prefixCacheHits: "vllm:prefix_cache_hits",
    prefixCacheQueries: "vllm:prefix_cache_queries",
    interTokenLatency: "vllm:inter_token_latency_seconds",
  },
} as const satisfies { [V in EngineVersion<"vllm">]: Record<MetricRole, MetricName<TableOf<"vllm", V>>> };
