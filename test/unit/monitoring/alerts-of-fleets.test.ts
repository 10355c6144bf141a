import { describe, expect, it } from "vitest";

import { ruleGroups } from "../../../lib/monitoring/alerts";
import { nothingToWatch } from "../../../lib/monitoring/alerts-self";
import type { Fleet, MonitoredModel } from "../../../lib/monitoring/fleet";
import type { AlertingRule } from "../../../lib/monitoring/rule";
import { models } from "../../support/fleet";

const scoped = { environment: "test", namespace: "slm" };
/** A fleet of one environment. */
type Some = Omit<Fleet, "namespace" | "environment">;
const asleep = (model: MonitoredModel): MonitoredModel => ({ ...model, scalesToZero: true });

/** Names of the alerts of a fleet beside those that every fleet has. */
const alertsOf = (fleet: Some, watchers = nothingToWatch): AlertingRule[] =>
  ruleGroups({ ...scoped, ...fleet }, watchers, "docs")[0]!.rules.filter((rule): rule is AlertingRule => "alert" in rule);
const namesOf = (fleet: Some) => alertsOf(fleet).map(({ alert }) => alert);

describe("alerts of a fleet that has less", () => {
  const kubernetes = [
    "ColdStartOverBudget",
    "ReplicaUnready",
    "ReplicaFlapping",
    "CrashLoop",
    "ContainerRestarting",
    "ContainerOomKilled",
    "ContainerCannotStart",
    "WeightsDownloadFailing",
    "ModelRollingOut",
    "RolloutStuck",
  ];
  const availability = ["AvailabilityBurnFast", "AvailabilityBurnSlow", "AvailabilityBurnLong", "ModelUnreachable"];
  const firstToken = ["FirstTokenBurnFast", "FirstTokenBurnSlow", "FirstTokenBurnLong"];
  const engine = ["EngineStalled", "AnswersEmpty", "EngineSilent", "QueueGrowing"];
  const door = [
    "GatewayDown",
    "GatewayErrors",
    "GatewayFindsNoReplica",
    "GatewayOverflow",
    "LimitsUncounted",
    "GatewayNotConfigured",
    "CertificateExpiring",
  ];

  it.each<[string, Some, string[]]>([
    ["Ollama alone", { models: [models.tiny] }, [...availability, ...kubernetes, "ExporterDown"]],
    [
      "vLLM that promises no first token and is not scaled",
      { models: [{ ...models.chat, objectives: { availability: 0.9 }, autoscaled: false }] },
      [...availability, ...engine, "KvCacheFull", "Preemptions", ...kubernetes, "ExporterDown"],
    ],
    [
      "Ollama that is said to promise a first token",
      { models: [{ ...models.tiny, objectives: models.chat.objectives }] },
      [...availability, ...kubernetes, "ExporterDown"],
    ],
    [
      "the default counters of GPUs",
      { models: [{ ...models.small, autoscaled: false }], gpuCounters: "default" },
      [...firstToken, ...availability, ...engine, ...kubernetes, "GpuXid", "ExporterDown"],
    ],
    [
      "a gateway and no keys",
      { models: [models.tiny], gateway: {}, keys: [] },
      [...availability, "EngineStalled", ...kubernetes, ...door, "ExporterDown"],
    ],
    [
      "a scaled model that may have no replica",
      { models: [{ ...models.small, scalesToZero: true }], kubeState: false },
      [...firstToken, ...availability, ...engine, "ReplicaUnready"],
    ],
  ])("%s", (_what, fleet, names) => expect(namesOf(fleet)).toEqual(names));

  it("miss one of the gateway's pods where their number is known, and wake somebody up where uncounted requests are refused", () => {
    const of = (gateway: Fleet["gateway"]) => alertsOf({ models: [models.tiny], ...(gateway ? { gateway } : {}) });
    const severity = (whenUncounted?: "open" | "closed") =>
      of(whenUncounted ? { whenUncounted } : {}).find(({ alert }) => alert === "LimitsUncounted")!.labels["severity"];
    expect([severity(), severity("open"), severity("closed")]).toEqual(["warning", "warning", "critical"]);
    const missing = of({ replicas: 3 }).find(({ alert }) => alert === "GatewayReplicaMissing")!;
    expect(missing.expr).toMatch(/^count\(up\{.* < 3$/);
    expect(of({}).map(({ alert }) => alert)).not.toContain("GatewayReplicaMissing");
  });

  it("miss autoscalers where models are scaled, and somebody tells of them", () => {
    const names = (fleet: Some) => namesOf(fleet).filter((name) => name.startsWith("ScalerF") || name.startsWith("ScalerA"));
    expect(names({ models: [models.chat] })).toEqual(["ScalerFailing", "ScalerAtMost"]);
    expect(names({ models: [models.tiny] })).toEqual([]);
    expect(names({ models: [models.chat], kubeState: false })).toEqual([]);
  });

  it("watch the parts that there are, and an Alertmanager that is ours; an operator's and Azure's bring a Watchdog of their own", () => {
    const others = namesOf({ models: [models.tiny] });
    const own = (watchers: typeof nothingToWatch) =>
      alertsOf({ models: [models.tiny] }, watchers).filter(({ alert }) => !others.includes(alert));
    expect(own(nothingToWatch)).toEqual([]);
    const parts = own({ jobs: ["prometheus"], alertmanager: false });
    expect(parts.map(({ alert }) => alert)).toEqual(["MonitoringDown", "RulesMissed", "SamplesDropped"]);
    expect(parts[0]!.expr).toBe(
      'up{job=~"prometheus"} == 0 or absent(up{job="prometheus"}) or increase(prometheus_rule_evaluation_failures_total{job="prometheus"}[5m]) > 0 or prometheus_config_last_reload_successful{job="prometheus"} == 0',
    );
    expect(own({ jobs: [], alertmanager: true }).map(({ alert }) => alert)).toEqual(["AlertsNotDelivered", "Watchdog"]);
    const [full] = own({ jobs: [], alertmanager: false, storageGib: 2 });
    expect(full!.expr).toContain("/ 2147483648 > 0.95");
  });

  it("miss the gateway's series where a scaler of Ollama asks for them", () => {
    const blind = alertsOf({ models: [{ ...models.tiny, autoscaled: true }], gateway: {} }).find(({ alert }) => alert === "ScalerBlind");
    expect(blind!.expr).toBe(
      'slm:model:info{environment="test",model=~"tiny"} unless on (model) envoy_cluster_upstream_rq_active{environment="test"}',
    );
  });

  it("miss exporters of what is watched, and no GPUs where their nodes may all be gone", () => {
    const missed = (fleet: Some) => alertsOf(fleet).find(({ alert }) => alert === "ExporterDown")?.expr ?? "";
    const absent = (expr: string) => [...expr.matchAll(/"exporter", "([a-z-]+)"/g)].map(([, name]) => name);
    expect(absent(missed({ models: [models.chat], gateway: {}, gpuCounters: "default" }))).toEqual(["slm-gpus", "kube-state-metrics"]);
    expect(absent(missed({ models: [asleep(models.chat)], gpuCounters: "default", kubeState: false }))).toEqual([]);
    expect(missed({ models: [models.chat], kubeState: false })).toBe("");
  });
});
