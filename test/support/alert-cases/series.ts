/** Series by selector, in promtool's notation, one sample a minute. */
export type Series = Record<string, string>;

/** When an alert fires, and when it must not. Each is told on top of `healthy`, which it may replace. */
export interface AlertCase {
  fires: { series: Series; atMinutes: number; labels?: Record<string, string>; summary: string; start?: string }[];
  quiet: { why: string; series: Series; atMinutes: number; start?: string }[];
}

export const hours = 480;
export const chat = 'model="chat"';
export const finished = (reason: string): string => `vllm:request_success_total{${chat},finished_reason="${reason}"}`;

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
