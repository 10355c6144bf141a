import { selector } from "../../engines/accessor";
import { dcgm } from "../exporters";
import { type Fleet, hasMetrics } from "../fleet";
import { aggregate } from "../promql";
import { counterRate, gauge, latencyQuantile, modelJob, ofPods, own } from "../queries";
import type { DashboardSpec } from "./dashboard";
import { upOrDown } from "./fleet";
import type { PanelSpec } from "./panel";

const match = 'model=~"$model",pod=~"$pod"';
const by = ["pod"];
const scope = { match, window: "$__rate_interval", by };
const legend = "{{pod}}";

const stateRow = (fleet: Fleet): PanelSpec[] => [
  { title: "Up", unit: "count", as: "number", columns: 24, queries: [[own(fleet, "up", `job="${modelJob}"`, match), legend]], ...upOrDown },
];

const engineRow = (fleet: Fleet): PanelSpec[] => [
  { title: "Running requests", unit: "count", queries: [[gauge(fleet, "requestsRunning", "sum", { match, by }), legend]] },
  { title: "Waiting requests", unit: "count", queries: [[gauge(fleet, "requestsWaiting", "sum", { match, by }), legend]] },
  { title: "Generated tokens", unit: "tokensPerSecond", queries: [[counterRate(fleet, "generationTokens", scope), legend]] },
  {
    title: "Time to first token, p95",
    unit: "seconds",
    queries: [[latencyQuantile(fleet, "timeToFirstToken", 0.95, scope), legend]],
    empty: "No request ended in this time.",
    description: "One replica that is slower than the others is sick, or has requests that they have not.",
  },
  {
    title: "Key-value cache in use",
    unit: "share",
    queries: [[gauge(fleet, "kvCacheUsage", "max", { match, by }), legend]],
    thresholds: ["green", [0.9, "orange"], [0.98, "red"]],
  },
];

function podRow(fleet: Fleet): PanelSpec[] {
  if (fleet.kubeState === false) return [];
  const restarts = aggregate("max", ["model", "pod"], ofPods(fleet, "server", "kube_pod_container_status_restarts_total", 'pod=~"$pod"'));
  return [
    { title: "Restarts", unit: "count", queries: [[restarts, legend]], thresholds: ["green", [1, "orange"], [3, "red"]] },
    {
      title: "Why a container waits or was ended",
      empty: "No container waits, and none was ended.",
      unit: "count",
      queries: [
        [ofPods(fleet, "server", "kube_pod_container_status_waiting_reason", 'pod=~"$pod"'), `${legend} waits: {{reason}}`],
        [ofPods(fleet, "server", "kube_pod_container_status_last_terminated_reason", 'pod=~"$pod"'), `${legend} was ended: {{reason}}`],
      ],
    },
  ];
}

/** The exporter's own pod is `pod`; the one that has the GPU is `exported_pod`. */
const gpuRow = (fleet: Fleet): PanelSpec[] =>
  fleet.gpuCounters
    ? [
        {
          title: "Its GPUs",
          empty: "None of these pods has a GPU, or the exporter says nothing.",
          unit: "percent",
          queries: [[own(fleet, selector(dcgm, "DCGM_FI_DEV_GPU_UTIL"), 'exported_pod=~"$pod"'), "{{exported_pod}} GPU {{gpu}}"]],
        },
      ]
    : [];

/** Each replica by itself, so that a sick one is not hidden by the others; empty where no engine has metrics. */
export const replicaDashboard = (fleet: Fleet): DashboardSpec => ({
  uid: "slm-replicas",
  title: "SLM / Replicas",
  description: "What each pod of a model does.",
  variables: { model: own(fleet, "slm:model:info"), pod: own(fleet, "up", `job="${modelJob}"`, 'model=~"$model"') },
  rows: fleet.models.some(hasMetrics) ? { State: stateRow(fleet), Engine: engineRow(fleet), Pod: podRow(fleet), GPU: gpuRow(fleet) } : {},
});
