import { describe, expect, it } from "vitest";

import { ruleGroups } from "../../../lib/monitoring/alerts";
import type { Fleet, MonitoredModel } from "../../../lib/monitoring/fleet";
import { recordingRules } from "../../../lib/monitoring/recording-rules";
import type { AlertingRule, RecordingRule } from "../../../lib/monitoring/rule";
import { allWatchers, models, wholeFleet } from "../../support/fleet";
import { expected } from "../../support/monitoring-fixtures";

type Labels = Record<string, string>;

const groups = ruleGroups(wholeFleet, allWatchers, "https://runbooks.example");
const [group, slow] = groups;
const recorded = group!.rules.filter((rule): rule is RecordingRule => "record" in rule);
const alerting = group!.rules.filter((rule): rule is AlertingRule => "alert" in rule);
const isConstant = ({ expr }: RecordingRule): boolean => expr.startsWith("vector(");
/** On everything that is recorded or alerted. */
const scoped = { environment: "test", namespace: "slm" };
/** A fleet of one environment. */
type Some = Omit<Fleet, "namespace" | "environment">;

it("rules are two groups: with each scrape, what is recorded before what alerts; and every two minutes what looks back for days", () => {
  expect(groups.map(({ name, interval }) => [name, interval])).toEqual([
    ["slm", "15s"],
    ["slm-slow", "120s"],
  ]);
  expect(group!.rules).toEqual([...recorded, ...alerting]);
});

it("whatever is recorded or alerted names its environment and its namespace, and asks for nothing of others", () => {
  for (const { labels } of groups.flatMap(({ rules }) => rules)) expect(labels).toMatchObject(scoped);
  for (const { expr } of [...recorded, ...slow!.rules])
    for (const [selector, , matchers = ""] of expr.matchAll(/\b((?:slm|vllm|onnx|envoy|kube|http)[:_][\w:]+)(\{[^}]*\})?/g))
      expect(matchers, selector).toMatch(/environment="test"|namespace="slm"/);
});

it("two hundred models are as few rules as one, but for what the environment says of each, and fit into a ConfigMap", () => {
  const many = (count: number): Fleet => ({
    ...wholeFleet,
    models: Array.from({ length: count }, (_, index) => ({ ...models.chat, name: `a-model-with-a-rather-long-name-${index}` })),
  });
  const said = (fleet: Fleet) => recordingRules(fleet).filter((rule) => !isConstant(rule)).length;
  expect(said(many(200))).toBe(said(many(1)));
  const bytes = JSON.stringify({ groups: ruleGroups(many(200), allWatchers, "https://runbooks.example") }).length;
  expect(bytes).toBeLessThan(0.7 * 2 ** 20); // kubernetes.io, ConfigMap: at most 1 MiB, and the configuration is in it too
});

describe("recording rules", () => {
  it("tell what the environment says of each model and key, and no stage of a cold start that is none", () => {
    const stages = (model: string, ...[all, node, image, weights, load]: number[]) =>
      Object.entries({ all, node, image, weights, load }).map(([stage, seconds]) => [
        "slm:cold_start:budget_seconds",
        `vector(${seconds})`,
        { model, stage, ...scoped },
      ]);
    const objective = (model: string, slo: string, ratio: number) => ["slm:slo:objective", `vector(${ratio})`, { model, slo, ...scoped }];
    const price = (model: string, usd: number) => ["slm:replica:usd_per_hour", `vector(${usd})`, { model, ...scoped }];
    const info = (model: string, engine: string, version: string) => ["slm:model:info", "vector(1)", { model, engine, version, ...scoped }];
    expect(recorded.filter(isConstant).map(({ record, expr, labels }) => [record, expr, labels])).toEqual([
      info("chat", "vllm", "0.33.0"),
      objective("chat", "availability", 0.99),
      objective("chat", "first_token", 0.95),
      objective("chat", "time_per_output_token", 0.9),
      ...stages("chat", 840, 240, 120, 180, 300),
      price("chat", 0.5),
      info("small", "onnx", "0.18.0"),
      objective("small", "availability", 0.99),
      objective("small", "first_token", 0.95),
      ...stages("small", 840, 240, 120, 180, 300),
      price("small", 0.1),
      info("tiny", "ollama", "0.32.15"),
      objective("tiny", "availability", 0.99),
      ...stages("tiny", 240, 0, 60, 70, 110),
      ["slm:key:expiry_timestamp_seconds", `vector(${Date.UTC(2027, 5, 1) / 1000})`, { key: "team-a", ...scoped }],
    ]);
  });

  it("leave out of a cold start what a plan says of it beside its stages", () => {
    const planned = { ...models.chat.coldStart, compileSeconds: 200, totalSeconds: 840 };
    expect(recordingRules({ ...scoped, models: [{ ...models.chat, coldStart: planned }] })).toEqual(
      recordingRules({ ...scoped, models: [models.chat] }),
    );
  });

  it("ask engines, Kubernetes and the gateway with exactly these expressions", () => {
    const said = [...recorded.filter((rule) => !isConstant(rule)), ...(slow!.rules as RecordingRule[])].map(({ record, expr, labels }) => {
      const { environment: _environment, namespace: _namespace, ...own } = labels!;
      return { record, ...(Object.keys(own).length > 0 ? { labels: own } : {}), expr };
    });
    expect(said).toEqual(expected("recording-rules"));
  });
});

it("alerts are exactly these, with their expressions, times, labels and annotations", () => {
  const said = alerting.map(({ labels: { environment: _environment, namespace: _namespace, ...labels }, ...rule }) => ({
    ...rule,
    labels,
  }));
  expect(said).toEqual(expected("alerts"));
});

/** The expression under which a fleet records something; undefined where it does not. */
const recordedAs = (record: string, fleet: Some, labels?: Labels): string | undefined =>
  recordingRules({ ...scoped, ...fleet }).find(
    (rule) => rule.record === record && (!labels || JSON.stringify(rule.labels) === JSON.stringify(labels)),
  )?.expr;
const old: MonitoredModel = { ...models.chat, release: { engine: "vllm", version: "0.10.2" } };
const asleep = (model: MonitoredModel): MonitoredModel => ({ ...model, scalesToZero: true });
const up = 'up{environment="test",job="slm-models"}';
const reachability = 'max by (model) (slm:model:info{environment="test",model=~';
const ofTiny =
  'kube_deployment_status_replicas_available{namespace="slm"} * on (deployment) group_left (model) slm:deployment:info{environment="test"} and on (model) slm:model:info{environment="test",model=~"tiny"}';
const healthy = 'max by (model) (envoy_cluster_membership_healthy{environment="test",model=~"tiny"})';

describe("a model is up", () => {
  it.each<[string, Some, string | undefined]>([
    ["by its scrape, and away where there is none", { models: [models.chat] }, `max by (model) (${up}) or 0 * ${reachability}"chat"})`],
    [
      "by what its server says where it says whether it is ready",
      { models: [models.small] },
      `max by (model) (onnx_ready{environment="test"} or on (model, pod) ${up}) or 0 * ${reachability}"small"})`,
    ],
    ["by its scrape alone where it may have no replica", { models: [asleep(models.chat)] }, `max by (model) (${up})`],
    [
      "by its Deployment where it has no metrics",
      { models: [models.tiny] },
      `clamp_max(max by (model) (${ofTiny}), 1) or 0 * ${reachability}"tiny"})`,
    ],
    [
      "by the gateway as well where there is one",
      { models: [models.tiny], gateway: {} },
      `clamp_max(max by (model) (${ofTiny}), 1) or clamp_max(${healthy}, 1) or 0 * ${reachability}"tiny"})`,
    ],
    [
      "by the gateway alone without kube-state-metrics",
      { models: [models.tiny], gateway: {}, kubeState: false },
      `clamp_max(${healthy}, 1) or 0 * ${reachability}"tiny"})`,
    ],
    ["for nobody to say where nobody can", { models: [models.tiny], kubeState: false }, undefined],
    ["for nobody to say where it has no metrics and may have no replica", { models: [asleep(models.tiny)], gateway: {} }, undefined],
    [
      "by what can tell, each for its own",
      { models: [models.chat, models.tiny], kubeState: false },
      `max by (model) (${up}) or 0 * ${reachability}"chat"})`,
    ],
  ])("%s", (_what, fleet, expr) => expect(recordedAs("slm:model:up", fleet)).toBe(expr));

  it("with as many replicas as answer, also where it may have none", () => {
    expect(recordedAs("slm:replicas:up", { models: [asleep(models.tiny)] })).toBe(`sum by (model) (${ofTiny})`);
    expect(recordedAs("slm:replicas:up", { models: [models.tiny], gateway: {}, kubeState: false })).toBe(healthy);
    expect(recordedAs("slm:replicas:up", { models: [models.chat] })).toBe(`sum by (model) (${up})`);
  });
});

describe("of a fleet that has less", () => {
  it("no errors are counted at a gateway that is not there, and none of engines without counters", () => {
    const labelsOf = (fleet: Some) =>
      recordingRules({ ...scoped, ...fleet }).flatMap(({ record, labels }) =>
        record === "slm:slo_errors:rate5m" ? [`${labels!["slo"]} ${labels!["sli"]}`] : [],
      );
    expect(labelsOf({ models: [old] })).toEqual(["first_token engine", "availability engine", "availability http", "availability reach"]);
    expect(labelsOf({ models: [models.tiny], gateway: {} })).toEqual(["availability gateway", "availability reach"]);
    expect(labelsOf({ models: [{ ...models.small, objectives: { availability: 0.9 } }] })).toEqual([
      "availability engine",
      "availability embeddings",
      "availability reach",
    ]);
  });

  const failures = { slo: "availability", sli: "engine" };
  const ended = 'rate(vllm:request_success_total{environment="test",finished_reason=~"error"}[5m])';
  it("an engine that refuses nothing is evaluated by what it finished", () => {
    expect(recordedAs("slm:slo_errors:rate5m", { models: [old] }, failures)).toContain(`sum by (model) (${ended}) or 0 * (`);
  });

  it("releases of one engine are counted together: one that refuses is not hidden by one that cannot", () => {
    const refused = 'rate(vllm:admission_rejections_total{environment="test",reason=~"max_num_queued_reqs|max_num_queued_tokens"}[5m])';
    for (const both of [
      [old, { ...models.chat, name: "next" }],
      [{ ...models.chat, name: "next" }, old],
    ])
      expect(recordedAs("slm:slo_errors:rate5m", { models: both }, failures)).toContain(`sum by (model) (${ended} or ${refused})`);
  });

  it("requests are what the source that saw most of them saw, and nothing where nobody counts", () => {
    expect(recordedAs("slm:requests:increase1h", { models: [models.chat] })).toBe(
      '3600 * max by (model) (slm:slo_events:rate1h{environment="test",slo="availability",sli!="reach"})',
    );
    expect(recordedAs("slm:requests:increase1h", { models: [models.tiny] })).toBeUndefined();
  });

  it("cost is that of every pod, or of the replicas that answer where pods are not known", () => {
    expect(recordedAs("slm:cost:usd_per_hour", { models: [models.tiny] })).toBeUndefined();
    const price = 'on (model) group_left () slm:replica:usd_per_hour{environment="test"}';
    expect(recordedAs("slm:cost:usd_per_hour", { models: [{ ...models.tiny, usdPerHour: 0 }] })).toBe(
      `(count by (model) (slm:pod:info{environment="test",role="server"}) or on (model) slm:replicas:up{environment="test"}) * ${price}`,
    );
    expect(recordedAs("slm:cost:usd_per_hour", { models: [models.chat], kubeState: false })).toBe(
      `(slm:replicas:up{environment="test"}) * ${price}`,
    );
  });
});
