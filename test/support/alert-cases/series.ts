/** Series by selector, in promtool's notation, one sample a minute. */
export type Series = Record<string, string>;

/** When an alert fires, and when it must not. Each is added on top of `healthy`, which it may replace. */
export interface AlertCase {
  fires: { series: Series; atMinutes: number; labels?: Record<string, string>; summary: string; start?: string }[];
  quiet: { why: string; series: Series; atMinutes: number; start?: string }[];
}

/** Minutes for which a series goes on. */
export const hours = 720;

/** Names of pods as a Deployment gives them. */
export const pods = {
  chat: "chat-vllm-5d4f8c9b7-x2x1z",
  small: "small-onnx-6c5d9f7b8-k4j2h",
  tiny: "tiny-ollama-7d8e9f6a5-b3c4d",
} as const;
type Model = keyof typeof pods;

/** Labels that our scrape puts on what a server exports. */
const scraped = (model: Model): string => `job="slm-models",environment="test",namespace="slm",model="${model}",pod="${pods[model]}"`;
export const chat = scraped("chat");
export const small = scraped("small");
export const up = { chat: `up{${chat}}`, small: `up{${small}}` } as const;
/** One more replica of a model, by the end of its pod's name. */
export const replica = (name: "chat" | "small", end: string): string => (name === "chat" ? chat : small).replace(/.{5}"$/, `${end}"`);
export const finished = (reason: string): string => `vllm:request_success_total{${chat},finished_reason="${reason}"}`;
export const httpStatus = (status: string): string =>
  `http_requests_total{${chat},handler="/v1/chat/completions",method="POST",status="${status}"}`;
export const door = 'job="slm-gateway",environment="test",namespace="gateway",pod="envoy-1"';
export const secondDoor = door.replace("envoy-1", "envoy-2");
/** Of the gateway's cluster that is a model. */
export const cluster = (model: Model, name: string, labels = ""): string => `envoy_cluster_${name}{${door},model="${model}"${labels}}`;
/** Answers to clients, by the hundred of their status. */
export const doorAnswers = (hundred: number, prefix = "https-10443"): string =>
  `envoy_http_downstream_rq_xx{${door},envoy_http_conn_manager_prefix="${prefix}",envoy_response_code_class="${hundred}"}`;
/** The autoscaler that KEDA makes for a model. */
export const autoscaler = (model: Model, name: string, labels = ""): string =>
  `kube_horizontalpodautoscaler_${name}{namespace="slm",horizontalpodautoscaler="keda-hpa-${model}"${labels}}`;
export const answers = (model: Model, code: number): string =>
  `envoy_cluster_upstream_rq{${door},model="${model}",envoy_response_code="${code}"}`;
export const gpu = 'job="slm-gpus",environment="test",namespace="gpu",pod="dcgm-1"';

/** Labels of what kube-state-metrics tells of a pod, of its container, and of its Deployment. */
export const podOf = (model: Model): string => `namespace="slm",pod="${pods[model]}"`;
export const deploymentOf = (model: Model): string => `namespace="slm",deployment="${pods[model].split("-").slice(0, 2).join("-")}"`;
export const replicaSetOf = (model: Model): string => `namespace="slm",replicaset="${pods[model].split("-").slice(0, 3).join("-")}"`;
export const condition = (model: Model, reason: string, status = "true"): string =>
  `kube_deployment_status_condition{${deploymentOf(model)},condition="Progressing",status="${status}",reason="${reason}"}`;

const kubernetes = (model: Model): Series => ({
  [`kube_pod_created{${podOf(model)}}`]: `0x${hours}`,
  [`kube_pod_container_status_ready{${podOf(model)},container="server"}`]: `1x${hours}`,
  [`kube_deployment_spec_replicas{${deploymentOf(model)}}`]: `1x${hours}`,
  [`kube_deployment_status_replicas_updated{${deploymentOf(model)}}`]: `1x${hours}`,
  [`kube_deployment_status_replicas_available{${deploymentOf(model)}}`]: `1x${hours}`,
  [condition(model, "NewReplicaSetAvailable")]: `1x${hours}`,
  [`kube_replicaset_created{${replicaSetOf(model)}}`]: `0x${hours}`,
});

/** A fleet without a fault: nothing of it may fire but Watchdog. */
export const healthy: Series = {
  [up.chat]: `1x${hours}`,
  [up.small]: `1x${hours}`,
  [`onnx_ready{${small}}`]: `1x${hours}`,
  [`vllm:num_requests_waiting{${chat}}`]: `0x${hours}`,
  [`vllm:num_requests_running{${chat}}`]: `0x${hours}`,
  [`vllm:kv_cache_usage_perc{${chat}}`]: `0.4x${hours}`,
  [`onnx_num_requests_waiting{${small}}`]: `0x${hours}`,
  [`onnx_num_requests_running{${small}}`]: `0x${hours}`,
  ...kubernetes("chat"),
  ...kubernetes("small"),
  ...kubernetes("tiny"),
  [`up{${door}}`]: `1x${hours}`,
  [`up{${secondDoor}}`]: `1x${hours}`,
  [`envoy_server_live{${door}}`]: `1x${hours}`,
  [`envoy_control_plane_connected_state{${door}}`]: `1x${hours}`,
  [`up{${gpu}}`]: `1x${hours}`,
  'up{job="prometheus"}': `1x${hours}`,
  'up{job="alertmanager"}': `1x${hours}`,
  'up{job="kube-state-metrics"}': `1x${hours}`,
  'up{job="grafana"}': `1x${hours}`,
  'prometheus_config_last_reload_successful{job="prometheus"}': `1x${hours}`,
  'alertmanager_config_last_reload_successful{job="alertmanager"}': `1x${hours}`,
  'prometheus_notifications_alertmanagers_discovered{job="prometheus"}': `1x${hours}`,
};

/** Minutes, and how much comes in each of them. */
export type Phase = readonly [minutes: number, perMinute: number];

/** A counter that grows at one pace after the other. */
export function counter(...phases: readonly Phase[]): string {
  let last = 0;
  const written = phases.map(([minutes, perMinute], index) => {
    // The series begins at minute 0; each later phase at the minute after the one before.
    const first = index === 0 ? 0 : last + perMinute;
    const steps = index === 0 ? minutes : minutes - 1;
    last = first + perMinute * steps;
    return `${first}+${perMinute}x${steps}`;
  });
  return written.join(" ");
}
