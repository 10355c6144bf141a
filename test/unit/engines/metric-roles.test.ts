import { describe, expect, it } from "vitest";

import { type EngineRelease, faultReasons, latencyBuckets, type MetricRole, seriesName } from "../../../lib/engines/metric-roles";

const old = { engine: "vllm", version: "0.10.2" } as const;
const now = { engine: "vllm", version: "0.33.0" } as const;
const onnx = { engine: "onnx", version: "0.18.0" } as const;
const ollama = { engine: "ollama", version: "0.32.15" } as const;

describe("the series behind a role", () => {
  it.each<[MetricRole, string | undefined, string | undefined, string | undefined]>([
    // role, vLLM 0.10.2, vLLM 0.33.0, the ONNX server
    ["requestsRunning", "vllm:num_requests_running", "vllm:num_requests_running", "onnx_num_requests_running"],
    ["requestsWaiting", "vllm:num_requests_waiting", "vllm:num_requests_waiting", "onnx_num_requests_waiting"],
    ["requestsFinished", "vllm:request_success_total", "vllm:request_success_total", "onnx_request_success_total"],
    ["requestsRejected", undefined, "vllm:admission_rejections_total", "onnx_request_rejected_total"],
    ["promptTokens", "vllm:prompt_tokens_total", "vllm:prompt_tokens_total", "onnx_prompt_tokens_total"],
    ["generationTokens", "vllm:generation_tokens_total", "vllm:generation_tokens_total", "onnx_generation_tokens_total"],
    ["kvCacheUsage", "vllm:gpu_cache_usage_perc", "vllm:kv_cache_usage_perc", undefined],
    ["prefixCacheHits", "vllm:gpu_prefix_cache_hits_total", "vllm:prefix_cache_hits_total", undefined],
    ["prefixCacheQueries", "vllm:gpu_prefix_cache_queries_total", "vllm:prefix_cache_queries_total", undefined],
    ["preemptions", "vllm:num_preemptions_total", "vllm:num_preemptions_total", undefined],
    ["ready", undefined, undefined, "onnx_ready"],
  ])("%s is that of the release", (role, before, after, other) => {
    expect([seriesName(old, role), seriesName(now, role), seriesName(onnx, role)]).toEqual([before, after, other]);
    expect(seriesName(ollama, role)).toBeUndefined();
  });

  it.each<[MetricRole, string, string, string]>([
    ["timeToFirstToken", "vllm:time_to_first_token_seconds", "vllm:time_to_first_token_seconds", "onnx_time_to_first_token_seconds"],
    ["interTokenLatency", "vllm:time_per_output_token_seconds", "vllm:inter_token_latency_seconds", "onnx_inter_token_latency_seconds"],
    ["endToEndLatency", "vllm:e2e_request_latency_seconds", "vllm:e2e_request_latency_seconds", "onnx_e2e_request_latency_seconds"],
    ["queueTime", "vllm:request_queue_time_seconds", "vllm:request_queue_time_seconds", "onnx_request_queue_time_seconds"],
  ])("%s is one of a histogram's", (role, before, after, other) => {
    for (const part of ["_bucket", "_sum", "_count"] as const) {
      const names = [old, now, onnx].map((release) => seriesName(release, role, part));
      expect(names).toEqual([before, after, other].map((name) => `${name}${part}`));
    }
  });

  it("is none where the release has no such part, or no table", () => {
    expect(seriesName(now, "requestsRunning", "_bucket")).toBeUndefined();
    expect(seriesName({ engine: "ollama", version: "9" } as unknown as EngineRelease, "requestsRunning")).toBeUndefined();
  });
});

it("counts against a server what it ended or refused, and apart what its client left", () => {
  expect(faultReasons).toEqual({
    vllm: { finished: ["error"], left: ["abort"], rejected: ["max_num_queued_reqs", "max_num_queued_tokens"] },
    onnx: { finished: ["error", "timeout", "shutdown"], left: ["abort"], rejected: ["queue_full", "not_ready"] },
    ollama: { finished: [], left: [], rejected: [] },
  });
});

it("knows the bounds that an objective may have, in order", () => {
  expect(latencyBuckets.timeToFirstToken.vllm).toEqual([
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
  ]);
  expect(latencyBuckets.timeToFirstToken.onnx).toEqual([
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640,
  ]);
  expect(latencyBuckets.timeToFirstToken.ollama).toEqual([]);
  for (const bounds of Object.values(latencyBuckets).flatMap((engines) => Object.values(engines)))
    expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
  expect(latencyBuckets.timePerOutputToken).toMatchObject({ vllm: [0.01, 0.025, 0.05, ...Array(16).fill(expect.any(Number))], ollama: [] });
});
