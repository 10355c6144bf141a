/** Series by selector, in promtool's notation, one sample a minute. */
type Series = Record<string, string>;

/** When an alert fires, and when it must not. Each is told on top of `healthy`, which it may replace. */
export interface AlertCase {
  fires: { series: Series; atMinutes: number; labels?: Record<string, string>; summary: string; start?: string }[];
  quiet: { why: string; series: Series; atMinutes: number; start?: string }[];
}

const hours = 480;
const chat = 'model="chat"';
const pod = 'namespace="slm",pod="chat-vllm-5d4f8c9b7-x2x1z"';
const weightsPod = 'namespace="slm",pod="chat-bring-1a2b3c4d"';
const deployment = 'namespace="slm",deployment="chat-vllm"';
const finished = (reason: string): string => `vllm:request_success_total{${chat},finished_reason="${reason}"}`;
const firstTokens = (goodPerMinute: number): Series => ({
  [`vllm:time_to_first_token_seconds_bucket{${chat},le="2.5"}`]: `0+${goodPerMinute}x${hours}`,
  [`vllm:time_to_first_token_seconds_count{${chat}}`]: `0+10x${hours}`,
  [finished("stop")]: `0+10x${hours}`,
});
const errors = (perThousand: number): Series => ({
  [finished("stop")]: `0+${1000 - perThousand}x${hours}`,
  [finished("error")]: `0+${perThousand}x${hours}`,
});

/** A fleet without a fault: nothing of it may fire but Watchdog. */
export const healthy: Series = {
  [`up{job="slm-models",${chat},pod="chat-1"}`]: `1x${hours}`,
  'up{job="slm-models",model="small",pod="small-1"}': `1x${hours}`,
  'kube_deployment_status_replicas_available{namespace="slm",deployment="tiny-ollama"}': `1x${hours}`,
  [`vllm:num_requests_waiting{${chat}}`]: `0x${hours}`,
  [`vllm:kv_cache_usage_perc{${chat}}`]: `0.4x${hours}`,
  'onnx_num_requests_waiting{model="small"}': `0x${hours}`,
  'up{job="prometheus"}': `1x${hours}`,
  'up{job="alertmanager"}': `1x${hours}`,
  'up{job="kube-state-metrics"}': `1x${hours}`,
  'up{job="grafana"}': `1x${hours}`,
  prometheus_notifications_alertmanagers_discovered: `1x${hours}`,
};

const burned = (slo: string, sli = "engine") => ({ model: "chat", slo, sli });

export const alertCases: Record<string, AlertCase> = {
  FirstTokenBurnFast: {
    fires: [
      {
        series: firstTokens(2),
        atMinutes: 90,
        labels: burned("first_token"),
        summary: "First tokens of chat come too late: a month's budget lasts 2 days",
      },
    ],
    quiet: [
      { why: "a tenth comes late", series: firstTokens(9), atMinutes: 90 },
      {
        why: "ten requests an hour are too few to judge by",
        series: {
          [`vllm:time_to_first_token_seconds_bucket{${chat},le="2.5"}`]: `0x${hours}`,
          [`vllm:time_to_first_token_seconds_count{${chat}}`]: `0 0 0 0 0 0 1 1 1 1 1 1 2 2 2 2 2 2 3 3 3 3 3 3 4x${hours}`,
          [finished("stop")]: `0 0 0 0 0 0 1 1 1 1 1 1 2 2 2 2 2 2 3 3 3 3 3 3 4x${hours}`,
        },
        atMinutes: 24,
      },
    ],
  },
  FirstTokenBurnSlow: {
    fires: [
      {
        series: firstTokens(6),
        atMinutes: 400,
        labels: burned("first_token"),
        summary: "First tokens of chat come too late: a month's budget lasts 5 days",
      },
    ],
    quiet: [{ why: "a fifth comes late: four times the budget", series: firstTokens(8), atMinutes: 400 }],
  },
  AvailabilityBurnFast: {
    fires: [
      {
        series: errors(300),
        atMinutes: 90,
        labels: burned("availability"),
        summary: "chat fails requests or is away (seen by its engine): a month's budget lasts 2 days",
      },
      {
        series: { [`up{job="slm-models",${chat},pod="chat-1"}`]: `1x70 0x${hours}` },
        atMinutes: 95,
        labels: burned("availability", "reach"),
        summary: "chat fails requests or is away (seen by its reach): a month's budget lasts 2 days",
      },
      {
        series: {
          'envoy_cluster_upstream_rq{model="tiny",envoy_response_code="200"}': `0+10x${hours}`,
          'envoy_cluster_upstream_rq{model="tiny",envoy_response_code="503"}': `0+10x${hours}`,
        },
        atMinutes: 90,
        labels: { ...burned("availability", "gateway"), model: "tiny" },
        summary: "tiny fails requests or is away (seen by its gateway): a month's budget lasts 2 days",
      },
    ],
    quiet: [
      { why: "5 % fail: five times the budget", series: errors(50), atMinutes: 90 },
      {
        why: "clients that leave are no fault",
        series: { [finished("stop")]: `0+1x${hours}`, [finished("abort")]: `0+9x${hours}` },
        atMinutes: 90,
      },
      { why: "the model is new, and comes up", series: { [`up{job="slm-models",${chat},pod="chat-1"}`]: `0x10 1x${hours}` }, atMinutes: 9 },
      {
        why: "wrong requests are no fault",
        series: { 'envoy_cluster_upstream_rq{model="tiny",envoy_response_code="400"}': `0+10x${hours}` },
        atMinutes: 90,
      },
    ],
  },
  AvailabilityBurnSlow: {
    fires: [
      {
        series: errors(100),
        atMinutes: 400,
        labels: burned("availability"),
        summary: "chat fails requests or is away (seen by its engine): a month's budget lasts 5 days",
      },
    ],
    quiet: [{ why: "3 % fail: three times the budget", series: errors(30), atMinutes: 400 }],
  },
  ModelUnreachable: {
    fires: [
      {
        series: { [`up{job="slm-models",${chat},pod="chat-1"}`]: `0x${hours}` },
        atMinutes: 3,
        labels: { model: "chat" },
        summary: "No replica of chat answers",
      },
      {
        series: { [`up{job="slm-models",${chat},pod="chat-1"}`]: "1 1 stale" },
        atMinutes: 10,
        labels: { model: "chat" },
        summary: "No replica of chat answers",
      },
      {
        series: { 'kube_deployment_status_replicas_available{namespace="slm",deployment="tiny-ollama"}': `0x${hours}` },
        atMinutes: 3,
        labels: { model: "tiny" },
        summary: "No replica of tiny answers",
      },
    ],
    quiet: [
      { why: "one of two replicas is left", series: { [`up{job="slm-models",${chat},pod="chat-2"}`]: `0x${hours}` }, atMinutes: 10 },
      { why: "it was away for half a minute", series: { [`up{job="slm-models",${chat},pod="chat-1"}`]: `1 1 0 1x${hours}` }, atMinutes: 4 },
    ],
  },
  QueueGrowing: {
    fires: [
      {
        series: { [`vllm:num_requests_waiting{${chat}}`]: `12x${hours}` },
        atMinutes: 4,
        labels: { model: "chat" },
        summary: "12 requests per replica wait for chat",
      },
      {
        series: { 'onnx_num_requests_waiting{model="small"}': `8x${hours}` },
        atMinutes: 4,
        labels: { model: "small" },
        summary: "8 requests per replica wait for small",
      },
    ],
    quiet: [
      {
        why: "twelve wait for three replicas",
        series: {
          [`vllm:num_requests_waiting{${chat}}`]: `12x${hours}`,
          [`up{job="slm-models",${chat},pod="chat-2"}`]: `1x${hours}`,
          [`up{job="slm-models",${chat},pod="chat-3"}`]: `1x${hours}`,
        },
        atMinutes: 10,
      },
      { why: "the queue is gone after a minute", series: { [`vllm:num_requests_waiting{${chat}}`]: `12 0x${hours}` }, atMinutes: 4 },
    ],
  },
  KvCacheFull: {
    fires: [
      {
        series: { [`vllm:kv_cache_usage_perc{${chat}}`]: `0.99x${hours}` },
        atMinutes: 7,
        labels: { model: "chat" },
        summary: "The key-value cache of chat is 99% full",
      },
    ],
    quiet: [{ why: "97 % are in use", series: { [`vllm:kv_cache_usage_perc{${chat}}`]: `0.97x${hours}` }, atMinutes: 20 }],
  },
  Preemptions: {
    fires: [
      {
        series: { [`vllm:num_preemptions_total{${chat}}`]: `0+3x${hours}` },
        atMinutes: 15,
        labels: { model: "chat" },
        summary: "chat throws started requests out of its cache, 0.05 a second",
      },
    ],
    quiet: [
      { why: "one in five minutes", series: { [`vllm:num_preemptions_total{${chat}}`]: "0 0 0 0 0 1 1 1 1 1 2 2 2 2 2 3" }, atMinutes: 15 },
    ],
  },
  ColdStartOverBudget: {
    fires: [
      {
        series: { [`kube_pod_created{${pod}}`]: `0x${hours}`, [`kube_pod_container_status_ready{${pod},container="vllm"}`]: `0x${hours}` },
        atMinutes: 15,
        labels: { model: "chat", pod: "chat-vllm-5d4f8c9b7-x2x1z" },
        summary: "Pod chat-vllm-5d4f8c9b7-x2x1z of chat is not ready after 15m 0s, longer than its budget",
      },
    ],
    quiet: [
      {
        why: "the budget, which has a new node in it, is not used up",
        series: { [`kube_pod_created{${pod}}`]: `0x${hours}`, [`kube_pod_container_status_ready{${pod},container="vllm"}`]: `0x${hours}` },
        atMinutes: 13,
      },
      {
        why: "it was ready, and is not now",
        series: {
          [`kube_pod_created{${pod}}`]: `0x${hours}`,
          [`kube_pod_container_status_ready{${pod},container="vllm"}`]: `0x5 1x5 0x${hours}`,
        },
        atMinutes: 20,
      },
    ],
  },
  CrashLoop: {
    fires: [
      {
        series: { [`kube_pod_container_status_restarts_total{${pod},container="vllm"}`]: `0 1 2 3 4x${hours}` },
        atMinutes: 9,
        labels: { model: "chat", pod: "chat-vllm-5d4f8c9b7-x2x1z" },
        summary: "Pod chat-vllm-5d4f8c9b7-x2x1z of chat ends again and again",
      },
    ],
    quiet: [
      {
        why: "one restart is no loop",
        series: { [`kube_pod_container_status_restarts_total{${pod},container="vllm"}`]: `0x5 1x${hours}` },
        atMinutes: 12,
      },
    ],
  },
  WeightsDownloadFailing: {
    fires: [
      {
        series: { [`kube_pod_container_status_restarts_total{${weightsPod},container="weights"}`]: `0 1 2 3x${hours}` },
        atMinutes: 6,
        labels: { model: "chat", pod: "chat-bring-1a2b3c4d" },
        summary: "The weights of chat do not arrive in pod chat-bring-1a2b3c4d",
      },
    ],
    quiet: [
      {
        why: "the second try worked",
        series: { [`kube_pod_container_status_restarts_total{${weightsPod},container="weights"}`]: `0x5 1x${hours}` },
        atMinutes: 12,
      },
    ],
  },
  ModelRollingOut: {
    fires: [
      {
        series: {
          [`kube_deployment_spec_replicas{${deployment}}`]: `2x${hours}`,
          [`kube_deployment_status_replicas_updated{${deployment}}`]: `1x${hours}`,
          [`kube_deployment_status_replicas_available{${deployment}}`]: `2x${hours}`,
          [`kube_pod_created{${pod}}`]: `0x${hours}`,
        },
        atMinutes: 13,
        labels: { model: "chat" },
        summary: "chat rolls out",
      },
    ],
    quiet: [
      {
        why: "a rollout that outlasts the budget is no excuse",
        series: {
          [`kube_deployment_spec_replicas{${deployment}}`]: `2x${hours}`,
          [`kube_deployment_status_replicas_updated{${deployment}}`]: `1x${hours}`,
          [`kube_deployment_status_replicas_available{${deployment}}`]: `2x${hours}`,
          [`kube_pod_created{${pod}}`]: `0x${hours}`,
        },
        atMinutes: 15,
      },
    ],
  },
  GpuXid: {
    fires: [
      {
        series: { 'DCGM_FI_DEV_XID_ERRORS{gpu="0",Hostname="node-1"}': `79x${hours}` },
        atMinutes: 1,
        labels: { gpu: "0", Hostname: "node-1" },
        summary: "GPU 0 of node-1 reports XID 79",
      },
    ],
    quiet: [{ why: "0 is no error", series: { 'DCGM_FI_DEV_XID_ERRORS{gpu="0",Hostname="node-1"}': `0x${hours}` }, atMinutes: 5 }],
  },
  GpuThrottling: {
    fires: [
      {
        series: { 'DCGM_FI_DEV_THERMAL_VIOLATION{gpu="1",hostname="node-2"}': `0+12000000000x${hours}` },
        atMinutes: 15,
        labels: { gpu: "1", hostname: "node-2" },
        summary: "GPU 1 of node-2 is slowed down for heat 20% of the time",
      },
    ],
    quiet: [
      {
        why: "5 % of the time",
        series: { 'DCGM_FI_DEV_THERMAL_VIOLATION{gpu="1",hostname="node-2"}': `0+3000000000x${hours}` },
        atMinutes: 15,
      },
    ],
  },
  CertificateExpiring: {
    fires: [
      {
        series: { 'envoy_server_days_until_first_cert_expiring{job="slm-gateway",namespace="gateway"}': `10x${hours}` },
        atMinutes: 6,
        labels: { namespace: "gateway" },
        summary: "A certificate of the gateway ends in 10 days",
      },
    ],
    quiet: [
      {
        why: "30 days are left",
        series: { 'envoy_server_days_until_first_cert_expiring{job="slm-gateway",namespace="gateway"}': `30x${hours}` },
        atMinutes: 10,
      },
      {
        why: "it holds none",
        series: { 'envoy_server_days_until_first_cert_expiring{job="slm-gateway",namespace="gateway"}': `4294967295x${hours}` },
        atMinutes: 10,
      },
    ],
  },
  KeyExpiring: {
    fires: [
      { series: {}, start: "2027-05-25T00:00:00Z", atMinutes: 6, labels: { key: "team-a" }, summary: "The key team-a ends in 7 days" },
    ],
    quiet: [{ why: "a month is left", series: {}, start: "2027-05-01T00:00:00Z", atMinutes: 10 }],
  },
  ScalerBlind: {
    fires: [
      {
        series: { [`vllm:kv_cache_usage_perc{${chat}}`]: "stale" },
        atMinutes: 3,
        labels: { model: "chat", engine: "vllm", version: "0.33.0" },
        summary: "The scaler of chat sees no series: it cannot scale",
      },
    ],
    quiet: [{ why: "every series is there", series: {}, atMinutes: 10 }],
  },
  MonitoringDown: {
    fires: [
      {
        series: { 'up{job="alertmanager"}': `0x${hours}` },
        atMinutes: 3,
        labels: { job: "alertmanager" },
        summary: "alertmanager is down, or rules fail: other alerts may not come",
      },
      {
        series: { 'up{job="kube-state-metrics"}': "stale" },
        atMinutes: 3,
        labels: { job: "kube-state-metrics" },
        summary: "kube-state-metrics is down, or rules fail: other alerts may not come",
      },
    ],
    quiet: [{ why: "every part is up", series: {}, atMinutes: 10 }],
  },
  AlertsNotDelivered: {
    fires: [
      {
        series: { 'alertmanager_notifications_failed_total{integration="webhook",reason="serverError"}': `0+1x${hours}` },
        atMinutes: 8,
        labels: { integration: "webhook", reason: "serverError" },
        summary: "Messages by webhook fail (serverError)",
      },
    ],
    quiet: [
      {
        why: "old failures are past",
        series: { 'alertmanager_notifications_failed_total{integration="webhook",reason="serverError"}': `5x${hours}` },
        atMinutes: 20,
      },
    ],
  },
  Watchdog: { fires: [{ series: {}, atMinutes: 1, summary: "The monitoring works" }], quiet: [] },
};
