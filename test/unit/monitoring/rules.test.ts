import { describe, expect, it } from "vitest";

import { ruleGroups } from "../../../lib/monitoring/alerts";
import { nothingToWatch } from "../../../lib/monitoring/alerts-watchers";
import type { Fleet, MonitoredModel } from "../../../lib/monitoring/fleet";
import { recordingRules } from "../../../lib/monitoring/recording-rules";
import type { AlertingRule, RecordingRule } from "../../../lib/monitoring/rule";
import { allWatchers, models, wholeFleet } from "../../support/fleet";
import { expected } from "../../support/monitoring-fixtures";

type Labels = Record<string, string>;
interface Recorded {
  readonly state: Record<string, string>;
  readonly errors: { labels: Labels; expr: string }[];
}

const groups = ruleGroups(wholeFleet, allWatchers, "https://runbooks.example");
const [group] = groups;
const recorded = group!.rules.filter((rule): rule is RecordingRule => "record" in rule);
const alerting = group!.rules.filter((rule): rule is AlertingRule => "alert" in rule);
const isConstant = ({ expr }: RecordingRule): boolean => expr.startsWith("vector(");

it("rules are one group, evaluated every 15 seconds, what is recorded before what is told", () => {
  expect(groups).toHaveLength(1);
  expect([group!.name, group!.interval]).toEqual(["slm", "15s"]);
  expect(group!.rules).toEqual([...recorded, ...alerting]);
});

describe("recording rules", () => {
  it("tell what the environment says of each model and key, and no stage of a cold start that is none", () => {
    const stages = (model: string, ...[all, node, image, weights, load]: number[]) =>
      Object.entries({ all, node, image, weights, load }).map(([stage, seconds]) => [
        "slm:cold_start:budget_seconds",
        `vector(${seconds})`,
        { model, stage },
      ]);
    const objective = (model: string, slo: string, ratio: number) => ["slm:slo:objective", `vector(${ratio})`, { model, slo }];
    const info = (model: string, engine: string, version: string) => ["slm:model:info", "vector(1)", { model, engine, version }];
    expect(recorded.filter(isConstant).map(({ record, expr, labels }) => [record, expr, labels])).toEqual([
      info("chat", "vllm", "0.33.0"),
      objective("chat", "availability", 0.99),
      objective("chat", "first_token", 0.95),
      ...stages("chat", 840, 240, 120, 180, 300),
      info("small", "onnx", "0.18.0"),
      objective("small", "availability", 0.99),
      objective("small", "first_token", 0.95),
      ...stages("small", 840, 240, 120, 180, 300),
      info("tiny", "ollama", "0.32.15"),
      objective("tiny", "availability", 0.99),
      ...stages("tiny", 240, 0, 60, 70, 110),
      ["slm:key:expiry_timestamp_seconds", `vector(${Date.UTC(2027, 5, 1) / 1000})`, { key: "team-a" }],
    ]);
  });

  it("leave out of a cold start what a plan says of it beside its stages", () => {
    const planned = { ...models.chat.coldStart, compileSeconds: 200, totalSeconds: 840 };
    expect(recordingRules({ namespace: "slm", models: [{ ...models.chat, coldStart: planned }] })).toEqual(
      recordingRules({ namespace: "slm", models: [models.chat] }),
    );
  });

  it("ask engines, Kubernetes and the gateway with exactly these expressions", () => {
    const { state, errors } = expected<Recorded>("recording-rules");
    const { "slm:cost:usd_per_hour": cost, ...perModel } = state;
    const rules = (named: Record<string, string>) => Object.entries(named).map(([record, expr]) => ({ record, expr }));
    const ratios = ["5m", "30m", "1h", "6h"].flatMap((window) =>
      errors.map(({ expr, labels }) => ({
        record: `slm:slo_errors:ratio_rate${window}`,
        expr: expr.replaceAll("WINDOW", window),
        labels,
      })),
    );
    expect(recorded.filter((rule) => !isConstant(rule))).toEqual([
      ...rules(perModel),
      ...ratios,
      { record: "slm:cost:usd_per_hour", expr: cost },
    ]);
  });
});

it("alerts are exactly these, with their expressions, times, labels and annotations", () => {
  expect(alerting).toEqual(expected<AlertingRule[]>("alerts"));
});

/** The expression under which a fleet records something; undefined where it does not. */
const recordedAs = (record: string, fleet: Omit<Fleet, "namespace">, labels?: Labels): string | undefined =>
  recordingRules({ namespace: "slm", ...fleet }).find(
    (rule) => rule.record === record && (!labels || JSON.stringify(rule.labels) === JSON.stringify(labels)),
  )?.expr;
const old: MonitoredModel = { ...models.chat, release: { engine: "vllm", version: "0.10.2" } };
const asleep = (model: MonitoredModel): MonitoredModel => ({ ...model, scalesToZero: true });
const reach = "max by (model) (slm:model:info{model=~";
const ofTiny =
  'label_replace(kube_deployment_status_replicas_available{namespace="slm",deployment=~"(tiny)-[a-z]+"}, "model", "$1", "deployment", "(tiny)-[a-z]+")';
const healthy = 'max by (model) (envoy_cluster_membership_healthy{model=~"tiny"})';

describe("a model is up", () => {
  it.each<[string, Omit<Fleet, "namespace">, string | undefined]>([
    [
      "by its metrics, and away where there are none",
      { models: [models.chat] },
      `max by (model) (up{job="slm-models"}) or 0 * ${reach}"chat"})`,
    ],
    ["by its metrics alone where it may have no replica", { models: [asleep(models.chat)] }, 'max by (model) (up{job="slm-models"})'],
    [
      "by its Deployment where it has no metrics",
      { models: [models.tiny] },
      `clamp_max(max by (model) (${ofTiny}), 1) or 0 * ${reach}"tiny"})`,
    ],
    [
      "by the gateway as well where there is one",
      { models: [models.tiny], gateway: {} },
      `clamp_max(max by (model) (${ofTiny}), 1) or clamp_max(${healthy}, 1) or 0 * ${reach}"tiny"})`,
    ],
    [
      "by the gateway alone without kube-state-metrics",
      { models: [models.tiny], gateway: {}, kubeState: false },
      `clamp_max(${healthy}, 1) or 0 * ${reach}"tiny"})`,
    ],
    ["for nobody to say where nobody can", { models: [models.tiny], kubeState: false }, undefined],
    ["for nobody to say where it has no metrics and may have no replica", { models: [asleep(models.tiny)], gateway: {} }, undefined],
    [
      "by what can tell, each for its own",
      { models: [models.chat, models.tiny], kubeState: false },
      `max by (model) (up{job="slm-models"}) or 0 * ${reach}"chat"})`,
    ],
  ])("%s", (_what, fleet, expr) => expect(recordedAs("slm:model:up", fleet)).toBe(expr));

  it("with as many replicas as answer, also where it may have none", () => {
    expect(recordedAs("slm:replicas:up", { models: [asleep(models.tiny)] })).toBe(`sum by (model) (${ofTiny})`);
    expect(recordedAs("slm:replicas:up", { models: [models.tiny], gateway: {}, kubeState: false })).toBe(healthy);
    expect(recordedAs("slm:replicas:up", { models: [models.small] })).toBe('sum by (model) (up{job="slm-models"})');
  });
});

describe("of a fleet that has less", () => {
  it("no errors are counted at a gateway that is not there, and none of engines without counters", () => {
    const labelsOf = (fleet: Omit<Fleet, "namespace">) =>
      recordingRules({ namespace: "slm", ...fleet }).flatMap(({ record, labels }) =>
        record.endsWith("ratio_rate6h") ? [`${labels!["slo"]} ${labels!["sli"]}`] : [],
      );
    expect(labelsOf({ models: [models.chat] })).toEqual(["first_token engine", "availability engine", "availability reach"]);
    expect(labelsOf({ models: [models.tiny], gateway: {} })).toEqual(["availability gateway", "availability reach"]);
    expect(labelsOf({ models: [{ ...models.small, objectives: { availability: 0.9 } }] })).toEqual([
      "availability engine",
      "availability reach",
    ]);
  });

  it("an engine that refuses nothing is judged by what it finished", () => {
    const all = 'sum by (model) (rate(vllm:request_success_total{model="chat",finished_reason!~"abort"}[1h]))';
    const bad = 'sum by (model) (rate(vllm:request_success_total{model="chat",finished_reason=~"error"}[1h]))';
    expect(recordedAs("slm:slo_errors:ratio_rate1h", { models: [old] }, { slo: "availability", sli: "engine" })).toBe(
      `(${bad} or 0 * ${all}) / (${all} > 0)`,
    );
  });

  it("requests are counted by engines alone without a gateway, and by nobody without either", () => {
    expect(recordedAs("slm:requests:increase1h", { models: [models.chat] })).toBe(
      "3600 * (sum by (model) (rate(vllm:request_success_total[1h])))",
    );
    expect(recordedAs("slm:requests:increase1h", { models: [models.tiny] })).toBeUndefined();
  });

  it("cost is recorded only of models that have a price, a price of nothing included", () => {
    expect(recordedAs("slm:cost:usd_per_hour", { models: [models.tiny] })).toBeUndefined();
    expect(recordedAs("slm:cost:usd_per_hour", { models: [{ ...models.tiny, usdPerHour: 0 }] })).toBe('0 * slm:replicas:up{model="tiny"}');
  });
});

/** Names of the alerts of a fleet beside those that every fleet has. */
const alertsOf = (fleet: Omit<Fleet, "namespace">, watchers = nothingToWatch): AlertingRule[] =>
  ruleGroups({ namespace: "slm", ...fleet }, watchers, "docs")[0]!.rules.filter((rule): rule is AlertingRule => "alert" in rule);
const namesOf = (fleet: Omit<Fleet, "namespace">) => alertsOf(fleet).map(({ alert }) => alert);

describe("alerts of a fleet that has less", () => {
  const kubernetes = ["ColdStartOverBudget", "CrashLoop", "WeightsDownloadFailing", "ModelRollingOut"];
  const availability = ["AvailabilityBurnFast", "AvailabilityBurnSlow", "ModelUnreachable"];
  const firstToken = ["FirstTokenBurnFast", "FirstTokenBurnSlow"];

  it.each<[string, Omit<Fleet, "namespace">, string[]]>([
    ["Ollama alone", { models: [models.tiny] }, [...availability, ...kubernetes, "Watchdog"]],
    [
      "vLLM that promises no first token and is not scaled",
      { models: [{ ...models.chat, objectives: { availability: 0.9 }, autoscaled: false }] },
      [...availability, "QueueGrowing", "KvCacheFull", "Preemptions", ...kubernetes, "Watchdog"],
    ],
    [
      "Ollama that is said to promise a first token",
      { models: [{ ...models.tiny, objectives: models.chat.objectives }] },
      [...availability, ...kubernetes, "Watchdog"],
    ],
    [
      "the default counters of GPUs",
      { models: [{ ...models.small, autoscaled: false }], gpuCounters: "default" },
      [...firstToken, ...availability, "QueueGrowing", ...kubernetes, "GpuXid", "Watchdog"],
    ],
    [
      "a gateway and no keys",
      { models: [models.tiny], gateway: {}, keys: [] },
      [...availability, ...kubernetes, "CertificateExpiring", "Watchdog"],
    ],
    [
      "a scaled model that may have no replica",
      { models: [{ ...models.small, scalesToZero: true }], kubeState: false },
      [...firstToken, ...availability, "QueueGrowing", "Watchdog"],
    ],
  ])("%s", (_what, fleet, names) => expect(namesOf(fleet)).toEqual(names));

  it("watch the parts that there are, and an Alertmanager that is ours", () => {
    const down = (watchers: typeof nothingToWatch) =>
      alertsOf({ models: [models.tiny] }, watchers).filter(({ alert }) => /MonitoringDown|NotDelivered/.test(alert));
    expect(down(nothingToWatch)).toEqual([]);
    expect(down({ jobs: ["prometheus"], alertmanager: false }).map(({ alert, expr }) => [alert, expr])).toEqual([
      [
        "MonitoringDown",
        'up{job=~"prometheus"} == 0 or absent(up{job="prometheus"}) or increase(prometheus_rule_evaluation_failures_total[5m]) > 0',
      ],
    ]);
    expect(down({ jobs: [], alertmanager: true }).map(({ alert }) => alert)).toEqual(["AlertsNotDelivered"]);
  });
});
