import type { Outage } from "./outages";
import { ofEngines } from "./scenarios-engines";
import { ofPods } from "./scenarios-pods";
import { answers, autoscaler, chat, cluster, counter, door, doorAnswers, hours, podOf, secondDoor, up } from "./series";
import { available, burns, server, spec } from "./working";

/** Outages of the door and of the monitoring. */
const ofDoors: readonly Outage[] = [
  {
    what: "a consumer asks far more than it may, all day",
    series: {
      [answers("tiny", 200)]: counter([hours, 10]),
      [answers("tiny", 429)]: counter([hours, 90]),
      [cluster("tiny", "ratelimit_over_limit")]: counter([hours, 90]),
      [cluster("tiny", "ratelimit_ok")]: counter([hours, 10]),
      [doorAnswers(2)]: counter([hours, 10]),
      [doorAnswers(4)]: counter([hours, 90]),
    },
    atMinutes: 120,
    notified: [],
  },
  {
    what: "limits cannot be counted, and requests are refused for it",
    series: {
      [cluster("chat", "ratelimit_error")]: counter([hours, 10]),
      [doorAnswers(2)]: counter([hours, 10]),
      [doorAnswers(5)]: counter([hours, 10]),
    },
    atMinutes: 90,
    notified: ["GatewayErrors", "LimitsUncounted"],
  },
  {
    what: "every pod of Envoy drains",
    series: { [`envoy_server_live{${door}}`]: `1x60 0x${hours}`, [`envoy_server_live{${secondDoor}}`]: `1x60 0x${hours}` },
    atMinutes: 65,
    notified: ["GatewayDown"],
  },
  {
    what: "one pod of Envoy is pending for an hour",
    series: { [`up{${secondDoor}}`]: "1x10 stale" },
    atMinutes: 70,
    notified: ["GatewayReplicaMissing"],
  },
  {
    what: "the gateway's controller is away for an hour, and a pod that was replaced is not found",
    series: {
      [`envoy_control_plane_connected_state{${door}}`]: `1x10 0x${hours}`,
      [cluster("chat", "upstream_cx_none_healthy")]: `0x20 ${counter([hours, 1])}`,
      [answers("chat", 503)]: `0x20 ${counter([hours, 1])}`,
    },
    atMinutes: 38,
    notified: ["AvailabilityBurnFast", "GatewayFindsNoReplica", "GatewayNotConfigured"],
  },
  {
    what: "an engine without metrics hangs, and clients leave before an answer",
    series: { [cluster("tiny", "upstream_rq_active")]: `2x${hours}`, [answers("tiny", 200)]: `${counter([60, 5])} 300x${hours}` },
    atMinutes: 80,
    notified: ["EngineStalled"],
  },
  {
    what: "Alertmanager does not answer",
    series: {
      'up{job="alertmanager"}': `1x10 0x${hours}`,
      'prometheus_notifications_dropped_total{job="prometheus",alertmanager="a"}': counter([10, 0], [hours, 3]),
    },
    atMinutes: 30,
    notified: ["MonitoringDown", "SamplesDropped"],
  },
  {
    what: "rules fail",
    series: { 'prometheus_rule_evaluation_failures_total{job="prometheus",rule_group="slm"}': counter([hours, 4]) },
    atMinutes: 20,
    notified: ["MonitoringDown"],
  },
  {
    what: "new settings are refused, and the old ones stay",
    series: { 'prometheus_config_last_reload_successful{job="prometheus"}': `1x10 0x${hours}` },
    atMinutes: 30,
    notified: ["MonitoringDown"],
  },
  {
    what: "Prometheus' volume fills",
    series: { 'prometheus_tsdb_wal_writes_failed_total{job="prometheus"}': counter([hours, 1]) },
    atMinutes: 20,
    notified: ["SeriesVolumeFull"],
  },
];

/** What else may happen, whole: all that fires, and nothing else. */
export const scenarios: readonly Outage[] = [...ofPods, ...ofEngines, ...ofDoors];

/** The same where the model chat may have no replica: nights are no outage. */
export const asleepScenarios: readonly Outage[] = [
  {
    what: "a model that has no pod at night is asked all the same",
    series: {
      ...Object.fromEntries(
        [up.chat, ...["waiting", "running"].map((kind) => `vllm:num_requests_${kind}{${chat}}`)].map((name) => [name, "stale"]),
      ),
      [`vllm:kv_cache_usage_perc{${chat}}`]: "stale",
      [`kube_pod_created{${podOf("chat")}}`]: "stale",
      [`kube_pod_container_status_ready{${server}}`]: "stale",
      ...spec(`0x${hours}`),
      ...available(`0x${hours}`),
      [answers("chat", 503)]: counter([hours, 2]),
      [cluster("chat", "upstream_cx_none_healthy")]: counter([hours, 2]),
      [doorAnswers(5)]: counter([hours, 2]),
      [autoscaler("chat", "status_condition", ',condition="ScalingActive",status="false"')]: `1x${hours}`,
    },
    atMinutes: 120,
    notified: [],
  },
  {
    what: "morning comes, and its pod does not",
    series: {
      ...Object.fromEntries(
        [up.chat, ...["waiting", "running"].map((kind) => `vllm:num_requests_${kind}{${chat}}`)].map((name) => [name, "stale"]),
      ),
      [`vllm:kv_cache_usage_perc{${chat}}`]: "stale",
      [`kube_pod_created{${podOf("chat")}}`]: `_x60 3600x${hours}`,
      [`kube_pod_container_status_ready{${server}}`]: "stale",
      ...spec(`0x60 1x${hours}`),
      ...available(`0x${hours}`),
    },
    atMinutes: 90,
    notified: ["ColdStartOverBudget", "ReplicaUnready"],
  },
  {
    what: "awake, it fails half of what the gateway asks it",
    series: { [answers("chat", 200)]: counter([hours, 5]), [answers("chat", 500)]: counter([hours, 5]) },
    atMinutes: 120,
    notified: burns,
  },
];
