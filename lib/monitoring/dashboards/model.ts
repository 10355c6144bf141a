import type { MetricRole } from "../../engines/metric-roles";
import type { Fleet } from "../fleet";
import { counterRate, gauge, latencyQuantile, outcomes, own, prefixCacheHitRatio } from "../queries";
import { type DashboardSpec, linkTo } from "./dashboard";
import { firingAlerts, upOrDown } from "./fleet";
import type { PanelSpec, Query } from "./panel";

const match = 'model=~"$model"';
const scope = { match, window: "$__rate_interval" };

const noRequest = "No request ended in this time.";
const quantiles = (fleet: Fleet, role: MetricRole): Query[] =>
  [0.5, 0.95, 0.99].map((quantile) => [latencyQuantile(fleet, role, quantile, scope), `{{model}} p${quantile * 100}`]);

const latency = (fleet: Fleet, title: string, role: MetricRole): PanelSpec => ({
  title,
  unit: "seconds",
  queries: quantiles(fleet, role),
  empty: noRequest,
});

const stateRow = (fleet: Fleet, runbookBase: string | undefined): PanelSpec[] => [
  { title: "Up", unit: "count", as: "number", queries: [[own(fleet, "slm:model:up", match), "{{model}}"]], ...upOrDown },
  {
    title: "Replicas",
    unit: "count",
    as: "number",
    queries: [[own(fleet, "slm:replicas:up", match), "{{model}}"]],
    thresholds: ["red", [1, "green"]],
    link: ["Replicas", linkTo(fleet, "slm-replicas", "model")],
  },
  firingAlerts(fleet, runbookBase, match),
];

const latencyRow = (fleet: Fleet): PanelSpec[] => [
  latency(fleet, "Time to first token", "timeToFirstToken"),
  latency(fleet, "Time between tokens", "interTokenLatency"),
  latency(fleet, "Whole request", "endToEndLatency"),
  latency(fleet, "Time in the queue", "queueTime"),
];

const loadRow = (fleet: Fleet): PanelSpec[] => [
  {
    title: "Requests",
    unit: "count",
    queries: [
      [gauge(fleet, "requestsRunning", "sum", { match }), "{{model}} running"],
      [gauge(fleet, "requestsWaiting", "sum", { match }), "{{model}} waiting"],
    ],
  },
  {
    title: "Tokens",
    unit: "tokensPerSecond",
    queries: [
      [counterRate(fleet, "promptTokens", scope), "{{model}} prompt"],
      [counterRate(fleet, "generationTokens", scope), "{{model}} generated"],
    ],
  },
  {
    title: "Finished requests",
    unit: "requestsPerSecond",
    queries: [[outcomes(fleet, scope), "{{model}} {{finished_reason}}"]],
    empty: noRequest,
  },
  {
    title: "Refused requests",
    unit: "requestsPerSecond",
    queries: [[counterRate(fleet, "requestsRejected", { ...scope, by: ["reason"] }), "{{model}} {{reason}}"]],
    empty: "No request was refused.",
  },
];

const cacheRow = (fleet: Fleet): PanelSpec[] => [
  {
    title: "Key-value cache in use",
    unit: "share",
    queries: [[gauge(fleet, "kvCacheUsage", "max", { match }), "{{model}}"]],
    description: "Of the fullest replica.",
    thresholds: ["green", [0.9, "orange"], [0.98, "red"]],
  },
  {
    title: "Prefix cache hits",
    unit: "share",
    queries: [[prefixCacheHitRatio(fleet, scope), "{{model}}"]],
    description: "Share of the looked-up prompt tokens.",
    empty: "No prompt was looked up in this time.",
  },
  { title: "Preemptions", unit: "perSecond", queries: [[counterRate(fleet, "preemptions", scope), "{{model}}"]] },
];

/** One model, or some: the same panels for every engine that measures the same. */
export const modelDashboard = (fleet: Fleet, runbookBase: string | undefined): DashboardSpec => ({
  uid: "slm-model",
  title: "SLM / Model",
  description: "How fast a model answers, how full it is, and how its requests end.",
  variables: { model: own(fleet, "slm:model:info") },
  rows: { State: stateRow(fleet, runbookBase), Latency: latencyRow(fleet), Load: loadRow(fleet), Cache: cacheRow(fleet) },
});
