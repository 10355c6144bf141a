import { describe, expect, it } from "vitest";

import type { Fleet } from "../../../lib/monitoring/fleet";
import { prometheusConfig } from "../../../lib/monitoring/prometheus-config";
import { gatewayTarget, gpuTarget, modelTarget, type PodTarget, podMonitorSpec, scrapeConfig } from "../../../lib/monitoring/scrape";
import { models, wholeFleet } from "../../support/fleet";

const envoys = { namespace: "gateway", label: { name: "app.kubernetes.io/name", value: "envoy" }, port: "admin" };
const exporters = { namespace: "gpu", label: { name: "app", value: "dcgm" }, port: "metrics" };
const httproute = "httproute/slm/([^/]+)/rule/.*";
const asked =
  "envoy_cluster_upstream_rq|envoy_cluster_upstream_rq_time_bucket|envoy_cluster_upstream_rq_time_sum|envoy_cluster_upstream_rq_time_count|envoy_cluster_upstream_rq_active|envoy_cluster_upstream_rq_retry|envoy_cluster_membership_healthy|envoy_http_downstream_rq_xx|envoy_cluster_upstream_rq_pending_overflow|envoy_cluster_upstream_rq_active_overflow|envoy_cluster_upstream_cx_none_healthy|envoy_cluster_ratelimit_ok|envoy_cluster_ratelimit_over_limit|envoy_cluster_ratelimit_error|envoy_control_plane_connected_state|envoy_cluster_manager_cds_update_rejected|envoy_listener_manager_lds_update_rejected|envoy_server_live|envoy_server_days_until_first_cert_expiring";

interface Expected {
  readonly job: string;
  readonly namespace: string;
  readonly label: string;
  readonly values: string[];
  readonly port: string;
  readonly path: string;
  /** Label of the pod that names the model. */
  readonly model?: string;
  /** Pattern that finds the model in the name of an Envoy cluster. */
  readonly cluster?: string;
}

const targets: [string, PodTarget, Expected][] = [
  [
    "model servers with metrics",
    modelTarget(wholeFleet)!,
    {
      job: "slm-models",
      namespace: "slm",
      label: "app.kubernetes.io/instance",
      values: ["chat", "small"],
      port: "http",
      path: "/metrics",
      model: "__meta_kubernetes_pod_label_app_kubernetes_io_instance",
    },
  ],
  [
    "the gateway",
    gatewayTarget(wholeFleet, envoys),
    {
      job: "slm-gateway",
      namespace: "gateway",
      label: "app.kubernetes.io/name",
      values: ["envoy"],
      port: "admin",
      path: "/stats/prometheus",
      cluster: httproute,
    },
  ],
  [
    "the DCGM exporter",
    gpuTarget(wholeFleet, exporters),
    { job: "slm-gpus", namespace: "gpu", label: "app", values: ["dcgm"], port: "metrics", path: "/metrics" },
  ],
];

describe.each(targets)("%s", (_what, target, { job, namespace, label, values, port, path, model, cluster }) => {
  it("are found by Prometheus: those pods alone, by the name of their port, and not when they have ended", () => {
    expect(scrapeConfig(target)).toEqual({
      job_name: job,
      metrics_path: path,
      kubernetes_sd_configs: [
        { role: "pod", namespaces: { names: [namespace] }, selectors: [{ role: "pod", label: `${label} in (${values.join(", ")})` }] },
      ],
      relabel_configs: [
        { source_labels: ["__meta_kubernetes_pod_container_port_name"], regex: port, action: "keep" },
        { source_labels: ["__meta_kubernetes_pod_phase"], regex: "Succeeded|Failed", action: "drop" },
        { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
        { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
        { target_label: "environment", replacement: "test" },
        ...(model ? [{ source_labels: [model], target_label: "model" }] : []),
      ],
      metric_relabel_configs: cluster
        ? [
            { source_labels: ["__name__"], regex: asked, action: "keep" },
            { source_labels: ["envoy_cluster_name"], regex: cluster, target_label: "model" },
          ]
        : [],
    });
  });

  it("are found by an operator in the same way, under our name of the job", () => {
    expect(podMonitorSpec(target, "15s")).toEqual({
      namespaceSelector: { matchNames: [namespace] },
      selector: { matchExpressions: [{ key: label, operator: "In", values }] },
      podMetricsEndpoints: [
        {
          port,
          path,
          interval: "15s",
          relabelings: [
            { sourceLabels: ["__meta_kubernetes_pod_phase"], regex: "Succeeded|Failed", action: "drop" },
            { sourceLabels: ["__meta_kubernetes_namespace"], targetLabel: "namespace" },
            { sourceLabels: ["__meta_kubernetes_pod_name"], targetLabel: "pod" },
            { targetLabel: "environment", replacement: "test" },
            ...(model ? [{ sourceLabels: [model], targetLabel: "model" }] : []),
            { targetLabel: "job", replacement: job },
          ],
          metricRelabelings: cluster
            ? [
                { sourceLabels: ["__name__"], regex: asked, action: "keep" },
                { sourceLabels: ["envoy_cluster_name"], regex: cluster, targetLabel: "model" },
              ]
            : [],
        },
      ],
    });
  });
});

describe("targets", () => {
  it("take no model server in Ollama, which has no metrics, and the port that they are given", () => {
    expect(modelTarget({ environment: "test", namespace: "slm", models: [models.tiny] })).toBeUndefined();
    expect(modelTarget({ environment: "test", namespace: "slm", models: [models.chat] }, "metrics")).toMatchObject({
      port: "metrics",
      label: { values: ["chat"] },
    });
  });

  it("find the model in the name of a cluster of Envoy Gateway, or by a pattern of the fleet's own", () => {
    const found = (name: string) => new RegExp(`^(?:${httproute})$`).exec(name)?.[1];
    expect([
      found("httproute/slm/chat/rule/0"),
      found("xds_cluster"),
      found("httproute/slm/chat"),
      found("httproute/other/chat/rule/0"),
    ]).toEqual(["chat", undefined, undefined, undefined]);
    const fleet: Fleet = { ...wholeFleet, gateway: { clusterPattern: "outbound_(.*)" } };
    expect(gatewayTarget(fleet, envoys).metricRelabel.at(-1)).toEqual({
      from: ["envoy_cluster_name"],
      regex: "outbound_(.*)",
      to: "model",
    });
  });
});

describe("Prometheus' configuration", () => {
  const fixed = [
    { job: "prometheus", address: "127.0.0.1:9090" },
    { job: "kube-state-metrics", address: "k:8080", honorLabels: true },
  ];
  const global = {
    scrape_interval: "15s",
    scrape_timeout: "10s",
    evaluation_interval: "15s",
    sample_limit: 20_000,
    external_labels: { environment: "test" },
  };
  const jobs = [
    { job_name: "prometheus", honor_labels: false, static_configs: [{ targets: ["127.0.0.1:9090"] }] },
    { job_name: "kube-state-metrics", honor_labels: true, static_configs: [{ targets: ["k:8080"] }] },
  ];

  it("names a job once, with the addresses of all its targets, each with its own labels", () => {
    const two = ["chat", "edge"].map((model) => ({ job: "slm-models", address: `${model}:8000`, labels: { model } }));
    const { scrape_configs: scrapes } = prometheusConfig({ environment: "test", ruleFile: "/r", pods: [], fixed: [...two, ...fixed] }) as {
      scrape_configs: object[];
    };
    const static_configs = two.map(({ address, labels }) => ({ targets: [address], labels }));
    expect(scrapes).toEqual([{ job_name: "slm-models", honor_labels: false, static_configs }, ...jobs]);
  });

  it("reads pods and parts, keeps the labels of what kube-state-metrics tells of alone, and sends alerts on", () => {
    const pods = targets.map(([, target]) => target);
    expect(prometheusConfig({ environment: "test", ruleFile: "/rules.json", pods, fixed, alertmanager: "a:9093" })).toEqual({
      global,
      rule_files: ["/rules.json"],
      alerting: { alertmanagers: [{ static_configs: [{ targets: ["a:9093"] }] }] },
      scrape_configs: [...pods.map(scrapeConfig), ...jobs],
    });
  });

  it("sends no alerts where nobody takes them", () => {
    expect(prometheusConfig({ environment: "test", ruleFile: "/rules.json", pods: [], fixed })).toEqual({
      global,
      rule_files: ["/rules.json"],
      scrape_configs: jobs,
    });
  });
});
