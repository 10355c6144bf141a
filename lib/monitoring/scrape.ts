import { envoy } from "./exporters";
import { envoyGatewayCluster, type Fleet, hasMetrics, namesOf } from "./fleet";
import { gatewayJob, gpuJob, modelJob } from "./queries";

/** A rule that keeps a target or a series, or gives it a label, from the labels it has. */
export interface Relabel {
  readonly from: readonly string[];
  readonly regex?: string;
  readonly to?: string;
  readonly value?: string;
  readonly action?: "keep" | "drop";
}

/** Pods whose metrics are read, whoever reads them: our Prometheus, an operator's, or Azure's. */
export interface PodTarget {
  readonly job: string;
  readonly namespace: string;
  /** Label of the pods, and the values that it may have. */
  readonly label: { readonly name: string; readonly values: readonly string[] };
  /** Name of the container's port. */
  readonly port: string;
  readonly path: string;
  readonly relabel: readonly Relabel[];
  readonly metricRelabel: readonly Relabel[];
}

/** Where pods of others are found: the gateway's Envoy, or the DCGM exporter. */
export interface PodPlace {
  readonly namespace: string;
  readonly label: { readonly name: string; readonly value: string };
  /** Name of the container's port. */
  readonly port: string;
}

const labelMeta = (label: string): string => `__meta_kubernetes_pod_label_${label.replace(/[^a-zA-Z0-9_]/g, "_")}`;
const instance = "app.kubernetes.io/instance";
const common = ({ environment }: Fleet): Relabel[] => [
  { from: ["__meta_kubernetes_pod_phase"], regex: "Succeeded|Failed", action: "drop" },
  { from: ["__meta_kubernetes_namespace"], to: "namespace" },
  { from: ["__meta_kubernetes_pod_name"], to: "pod" },
  { from: [], to: "environment", value: environment },
];

/** The model servers that have metrics; undefined when none has. `port` is the name of their container's port. */
export function modelTarget(fleet: Fleet, port = "http"): PodTarget | undefined {
  const names = namesOf(fleet, hasMetrics);
  if (!names) return undefined;
  return {
    job: modelJob,
    namespace: fleet.namespace,
    label: { name: instance, values: names.split("|") },
    port,
    path: "/metrics",
    relabel: [...common(fleet), { from: [labelMeta(instance)], to: "model" }],
    metricRelabel: [],
  };
}

const placed = (fleet: Fleet, job: string, { namespace, label, port }: PodPlace, path: string): PodTarget => ({
  job,
  namespace,
  label: { name: label.name, values: [label.value] },
  port,
  path,
  relabel: common(fleet),
  metricRelabel: [],
});

/** Series of Envoy that rules or dashboards ask for: a cluster has ten times as many, and a gateway of a hundred routes would pass the limit of samples. */
const envoySeries = Object.values(envoy.metrics).flatMap(({ series }) => series);

/** Envoy's own path for Prometheus. */
export const envoyPath = "/stats/prometheus";

/** Which series of Envoy are kept; each of a cluster gets its model's name. */
export const envoyRelabel = ({ gateway, namespace }: Fleet): Relabel[] => [
  { from: ["__name__"], regex: envoySeries.join("|"), action: "keep" },
  { from: ["envoy_cluster_name"], regex: gateway?.clusterPattern ?? envoyGatewayCluster(namespace), to: "model" },
];

/** The gateway's Envoy. */
export const gatewayTarget = (fleet: Fleet, place: PodPlace): PodTarget => ({
  ...placed(fleet, gatewayJob, place, envoyPath),
  metricRelabel: envoyRelabel(fleet),
});

/** The DCGM exporter, with its labels for pods and GPUs kept; Azure's own default scrape drops them. */
export const gpuTarget = (fleet: Fleet, place: PodPlace): PodTarget => placed(fleet, gpuJob, place, "/metrics");

const toPrometheus = ({ from, regex, to, value, action }: Relabel, [source, target]: readonly [string, string]): object => ({
  ...(from.length > 0 ? { [source]: from } : {}),
  ...(regex ? { regex } : {}),
  ...(to ? { [target]: to } : {}),
  ...(value ? { replacement: value } : {}),
  ...(action ? { action } : {}),
});
const snake = ["source_labels", "target_label"] as const;
const camel = ["sourceLabels", "targetLabel"] as const;

/** As entries of `relabel_configs` and `metric_relabel_configs`. */
export const relabelConfigs = (rules: readonly Relabel[]): object[] => rules.map((rule) => toPrometheus(rule, snake));

/** As an entry of `scrape_configs`. */
export function scrapeConfig({ job, namespace, label, port, path, relabel, metricRelabel }: PodTarget): object {
  const portRule: Relabel = { from: ["__meta_kubernetes_pod_container_port_name"], regex: port, action: "keep" };
  return {
    job_name: job,
    metrics_path: path,
    kubernetes_sd_configs: [
      {
        role: "pod",
        namespaces: { names: [namespace] },
        selectors: [{ role: "pod", label: `${label.name} in (${label.values.join(", ")})` }],
      },
    ],
    relabel_configs: relabelConfigs([portRule, ...relabel]),
    metric_relabel_configs: relabelConfigs(metricRelabel),
  };
}

/** As the `spec` of a PodMonitor. An operator names the job after the monitor: ours is put back. */
export function podMonitorSpec({ job, namespace, label, port, path, relabel, metricRelabel }: PodTarget, interval: string): object {
  return {
    namespaceSelector: { matchNames: [namespace] },
    selector: { matchExpressions: [{ key: label.name, operator: "In", values: label.values }] },
    podMetricsEndpoints: [
      {
        port,
        path,
        interval,
        relabelings: [...relabel, { from: [], to: "job", value: job }].map((rule) => toPrometheus(rule, camel)),
        metricRelabelings: metricRelabel.map((rule) => toPrometheus(rule, camel)),
      },
    ],
  };
}
