import { describe, expect, it } from "vitest";

import type { EngineRelease } from "../../../lib/engines/metric-roles";
import { decisionSeconds, quietSecondsOf, scaleInSeconds, scaleOutSeconds } from "../../../lib/scaling/promise";
import { type Scaled, scaledObjectSpec, signalsOf, targetsOf } from "../../../lib/scaling/scaled-object";
import type { Scaling } from "../../../lib/scaling/settings";

const onnx: EngineRelease = { engine: "onnx", version: "0.18.0" };
const vllm: EngineRelease = { engine: "vllm", version: "0.33.0" };
const coldStart = { nodeSeconds: 240, imageSeconds: 120, weightsSeconds: 0, loadSeconds: 60 };

const scaled = (scaling: Scaling, release: EngineRelease = vllm): Scaled => ({
  ...{ name: "chat", environment: "prod", release, scaling, quietSeconds: 420 },
  targets: targetsOf(scaling, release.engine, 4),
});
const spec = (scaling: Scaling, release?: EngineRelease) =>
  scaledObjectSpec(scaled(scaling, release), { deployment: "chat-vllm", prometheusUrl: "http://prometheus:9090" });
const asked = (of: ReturnType<typeof spec>) => of.triggers.flatMap(({ metadata }) => ("query" in metadata ? [metadata] : []));

it("a model in vLLM is scaled by waiting requests and the cache, each an average over its pods; no answer is none", () => {
  expect(spec({ min: 1, max: 3 })).toEqual({
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "chat-vllm" },
    pollingInterval: 15,
    minReplicaCount: 1,
    maxReplicaCount: 3,
    fallback: { failureThreshold: 3, replicas: 1, behavior: "currentReplicasIfHigher" },
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleUp: { stabilizationWindowSeconds: 0 },
          scaleDown: { stabilizationWindowSeconds: 420, policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
        },
      },
    },
    triggers: [
      {
        type: "prometheus",
        name: "waiting",
        metricType: "AverageValue",
        metadata: {
          serverAddress: "http://prometheus:9090",
          query: 'sum(vllm:num_requests_waiting{environment="prod",model="chat"})',
          threshold: "5",
          ignoreNullValues: "false",
        },
      },
      {
        type: "prometheus",
        name: "kvuse",
        metricType: "AverageValue",
        metadata: {
          serverAddress: "http://prometheus:9090",
          query: 'sum(vllm:kv_cache_usage_perc{environment="prod",model="chat"})',
          threshold: "0.8",
          ignoreNullValues: "false",
        },
      },
    ],
  });
});

it("names of another version are asked for where that version runs", () => {
  const queries = asked(spec({ min: 1, max: 3 }, { engine: "vllm", version: "0.10.2" })).map(({ query }) => query);
  expect(queries).toContain('sum(vllm:gpu_cache_usage_perc{environment="prod",model="chat"})');
});

it("the fallback is never below the fewest pods", () => expect(spec({ min: 2, max: 3 }).fallback.replicas).toBe(2));

it("periods are triggers of their own", () => {
  const schedule = [{ from: "0 8 * * 1-5", to: "0 20 * * 1-5", timezone: "UTC", replicas: 2 }];
  expect(spec({ min: 1, max: 3, concurrency: 8, schedule }).triggers.map(({ name, type, metadata }) => [name, type, metadata])).toEqual([
    ["concurrency", "prometheus", expect.objectContaining({ threshold: "8" })],
    ["period-0", "cron", { timezone: "UTC", start: "0 8 * * 1-5", end: "0 20 * * 1-5", desiredReplicas: "2" }],
  ]);
});

it("a model that may have no pod waits for nothing while it has none, and is blind while it has some", () => {
  const zero = spec({ min: 0, max: 3, toZero: true, schedule: [] }, onnx);
  const of = (role: string) => `sum(onnx_num_requests_${role}{environment="prod",model="chat"})`;
  expect(asked(zero).map(({ query }) => query)).toEqual([
    `(${of("running")} + ${of("waiting")}) or on () (0 * absent(up{environment="prod",job="slm-models",model="chat"}))`,
  ]);
  expect(zero).toMatchObject({ minReplicaCount: 0, cooldownPeriod: 420, fallback: { replicas: 1 } });
  expect(spec({ min: 1, max: 3 })).not.toHaveProperty("cooldownPeriod");
});

describe("targets", () => {
  it("are those that are set, and no others", () => {
    expect(targetsOf({ min: 1, max: 2, kvUse: 0.5 }, "vllm", 4)).toEqual({ kvUse: 0.5 });
    expect(targetsOf({ min: 1, max: 2, waiting: 1 }, "onnx", 4)).toEqual({ waiting: 1 });
  });
  it("are the engine's own where none is set", () => {
    expect(targetsOf({ min: 1, max: 2 }, "vllm", 4)).toEqual({ waiting: 5, kvUse: 0.8 });
    expect(targetsOf({ min: 1, max: 2 }, "onnx", 4)).toEqual({ concurrency: 4 });
    expect(targetsOf({ min: 1, max: 2 }, "ollama", 2)).toEqual({ concurrency: 2 });
  });
  it("are of what each engine, or the gateway for it, tells", () => {
    for (const [release, signals] of [
      [vllm, signalsOf.vllm],
      [onnx, signalsOf.onnx],
    ] as const)
      for (const signal of signals) expect(asked(spec({ min: 1, max: 2, [signal]: 0.5 }, release))[0]!.query).toMatch(/^sum\((vllm|onnx)/);
    expect(asked(spec({ min: 1, max: 2 }, { engine: "ollama", version: "0.32.15" }))[0]!.query).toContain(
      "envoy_cluster_upstream_rq_active",
    );
  });
});

describe("promises", () => {
  it("a pod is kept for as long as it would take to have it again, within a minute and an hour", () => {
    expect(quietSecondsOf({}, coldStart)).toBe(420);
    expect(quietSecondsOf({}, { ...coldStart, nodeSeconds: 0, imageSeconds: 1, loadSeconds: 1 })).toBe(60);
    expect(quietSecondsOf({}, { ...coldStart, weightsSeconds: 7200 })).toBe(3600);
    expect(quietSecondsOf({ quietSeconds: 0 }, coldStart)).toBe(0);
  });
  it("more pods are decided on after a scrape, its timeout, a look of the autoscaler, and the question", () => {
    expect(decisionSeconds).toBe(15 + 10 + 15 + 3);
    expect(scaleOutSeconds(coldStart)).toBe(43 + 420);
  });
  it("fewer pods come one by one, a minute apart", () => {
    expect(scaleInSeconds({}, coldStart, 3, 1)).toBe(43 + 420 + 60 + 15);
    expect(scaleInSeconds({ quietSeconds: 60 }, coldStart, 2, 1)).toBe(43 + 60 + 15);
  });
});
