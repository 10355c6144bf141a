import { describe, expect, it } from "vitest";

import type { EngineRelease } from "../../../lib/engines/metric-roles";
import { alerts } from "../../../lib/monitoring/alerts";
import { dashboards } from "../../../lib/monitoring/dashboards";
import type { Fleet } from "../../../lib/monitoring/fleet";
import { gauge, latencyQuantile, prefixCacheHitRatio, scalerQueries } from "../../../lib/monitoring/queries";
import { recordingRules } from "../../../lib/monitoring/recording-rules";
import { allWatchers, models, wholeFleet } from "../../support/fleet";

const of = (release: EngineRelease): Fleet => ({ environment: "test", namespace: "slm", models: [{ ...models.chat, release }] });
const old = of({ engine: "vllm", version: "0.10.2" });
const now = of({ engine: "vllm", version: "0.33.0" });

/** Every query there is: panels, recording rules, alerts, scaler. */
const everything = (fleet: Fleet): string =>
  JSON.stringify([
    dashboards(fleet),
    recordingRules(fleet),
    alerts(fleet, allWatchers),
    fleet.models.map((model) => scalerQueries(fleet, model)),
  ]);

describe("a changed vLLM version", () => {
  it("changes the queries to the names that it has", () => {
    const scope = { match: 'model="chat"', window: "5m" };
    expect(gauge(old, "kvCacheUsage", "max")).toBe('max by (model) (vllm:gpu_cache_usage_perc{environment="test"})');
    expect(gauge(now, "kvCacheUsage", "max")).toBe('max by (model) (vllm:kv_cache_usage_perc{environment="test"})');
    expect(latencyQuantile(old, "interTokenLatency", 0.95, scope)).toBe(
      'histogram_quantile(0.95, sum by (model, le) (rate(vllm:time_per_output_token_seconds_bucket{environment="test",model="chat"}[5m])))',
    );
    expect(latencyQuantile(now, "interTokenLatency", 0.95, scope)).toBe(
      'histogram_quantile(0.95, sum by (model, le) (rate(vllm:inter_token_latency_seconds_bucket{environment="test",model="chat"}[5m])))',
    );
    expect(scalerQueries(old, old.models[0]!).kvUse).toBe('sum(vllm:gpu_cache_usage_perc{environment="test",model="chat"})');
  });

  it("leaves no name of the other version anywhere: panels, rules, alerts, scaler", () => {
    for (const gone of ["vllm:gpu_cache_usage_perc", "vllm:gpu_prefix_cache", "vllm:time_per_output_token_seconds_bucket"]) {
      expect(everything(old)).toContain(gone);
      expect(everything(now)).not.toContain(gone);
    }
    for (const later of ["vllm:kv_cache_usage_perc", "vllm:prefix_cache_hits", "vllm:admission_rejections"]) {
      expect(everything(now)).toContain(later);
      expect(everything(old)).not.toContain(later);
    }
  });

  it("asks for both names while both versions run", () => {
    const both: Fleet = { environment: "test", namespace: "slm", models: [...old.models, { ...now.models[0]!, name: "next" }] };
    expect(gauge(both, "kvCacheUsage", "max")).toBe(
      'max by (model) (vllm:gpu_cache_usage_perc{environment="test"}) or max by (model) (vllm:kv_cache_usage_perc{environment="test"})',
    );
  });
});

describe("queries", () => {
  it("ask the ONNX server for what it measures, and not for a cache that it lacks", () => {
    const onnx: Fleet = { environment: "test", namespace: "slm", models: [models.small] };
    expect(gauge(onnx, "requestsWaiting", "sum")).toBe('sum by (model) (onnx_num_requests_waiting{environment="test"})');
    expect(gauge(onnx, "kvCacheUsage", "max")).toBeUndefined();
    expect(prefixCacheHitRatio(onnx, { window: "5m" })).toBeUndefined();
    expect(scalerQueries(onnx, models.small)).toEqual({
      waiting: 'sum(onnx_num_requests_waiting{environment="test",model="small"})',
      concurrency:
        'sum(onnx_num_requests_running{environment="test",model="small"}) + sum(onnx_num_requests_waiting{environment="test",model="small"})',
    });
  });

  it("take what is known of a model in Ollama from the gateway, in seconds", () => {
    const ollama: Fleet = { environment: "test", namespace: "slm", models: [models.tiny], gateway: {} };
    expect(latencyQuantile(ollama, "endToEndLatency", 0.5, { window: "5m" })).toBe(
      'histogram_quantile(0.5, sum by (model, le) (rate(envoy_cluster_upstream_rq_time_bucket{environment="test",model=~"tiny"}[5m]))) / 1000',
    );
    expect(scalerQueries(ollama, models.tiny)).toEqual({
      concurrency: 'sum(envoy_cluster_upstream_rq_active{environment="test",model="tiny"})',
    });
    expect(latencyQuantile(ollama, "timeToFirstToken", 0.5, { window: "5m" })).toBeUndefined();
    expect(latencyQuantile({ ...ollama, gateway: undefined } as Fleet, "endToEndLatency", 0.5, { window: "5m" })).toBeUndefined();
  });

  it("count late first tokens by a bucket that the histogram has, with and without decimals", () => {
    const whole: Fleet = {
      environment: "test",
      namespace: "slm",
      models: [{ ...models.chat, objectives: { availability: 0.99, firstToken: { seconds: 1, ratio: 0.9 } } }],
    };
    const late = (fleet: Fleet) =>
      recordingRules(fleet).find(({ record, labels }) => record === "slm:slo_errors:rate5m" && labels!["slo"] === "first_token")!.expr;
    expect(late(whole)).toContain(String.raw`vllm:time_to_first_token_seconds_bucket{environment="test",model=~"chat",le=~"1(\\.0)?"}`);
    expect(late(now)).toContain('le="2.5"');
  });
});

it("a fleet that has nothing but a model asks for nothing but engines and Kubernetes", () => {
  expect(everything(now)).not.toMatch(/envoy_|DCGM_/);
  expect(everything(wholeFleet)).toMatch(/envoy_.*DCGM_/s);
});
