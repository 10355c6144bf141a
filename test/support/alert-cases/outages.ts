import {
  answers,
  chat,
  condition,
  counter,
  deploymentOf,
  door,
  finished,
  gpu,
  hours,
  httpStatus,
  podOf,
  pods,
  replica,
  replicaSetOf,
  type Series,
  secondDoor,
  small,
  up,
} from "./series";

/** Something that happens, and every alert that then fires; what mutes is among them, and Watchdog is not. */
export interface Outage {
  readonly what: string;
  readonly series: Series;
  readonly atMinutes: number;
  readonly notified: readonly string[];
}

/** A pattern over and over: minutes up, then minutes down. */
const flapping = (upMinutes: number, downMinutes: number, values: readonly [string, string] = ["1", "0"]): string =>
  Array.from({ length: Math.ceil(hours / (upMinutes + downMinutes)) }, () => [
    ...Array.from({ length: upMinutes }, () => values[0]),
    ...Array.from({ length: downMinutes }, () => values[1]),
  ])
    .flat()
    .join(" ");

/** Half of 600 requests an hour fail. */
const halfFail: Series = { [finished("stop")]: counter([hours, 5]), [finished("error")]: counter([hours, 5]) };
/** A counter that grows by one every so many minutes. */
const every = (minutes: number): string => Array.from({ length: hours }, (_, minute) => Math.floor(minute / minutes)).join(" ");
const second = replica("chat", "aaaaa");
const third = replica("chat", "bbbbb");

/** A replica that answers, and has nothing to do. */
const answering = (labels: string): Series => ({ [`up{${labels}}`]: `1x${hours}`, [`vllm:num_requests_running{${labels}}`]: `0x${hours}` });

/** Outages as they happened to others, whole: all that fires, and nothing else. */
export const outages: readonly Outage[] = [
  {
    what: "half of the requests fail, and there is no request through the gateway",
    series: halfFail,
    atMinutes: 120,
    notified: ["AvailabilityBurnFast", "AvailabilityBurnLong", "AvailabilityBurnSlow"],
  },
  {
    what: "half of the requests fail, and one old request came through the gateway",
    series: { ...halfFail, [answers("chat", 200)]: `1x${hours}` },
    atMinutes: 120,
    notified: ["AvailabilityBurnFast", "AvailabilityBurnLong", "AvailabilityBurnSlow"],
  },
  {
    what: "the only replica is evicted every eight minutes",
    series: {
      [up.chat]: `1x60 ${flapping(4, 4)}`,
      [`kube_deployment_status_replicas_available{${deploymentOf("chat")}}`]: `1x60 ${flapping(4, 4)}`,
      [`kube_pod_created{${podOf("chat")}}`]: Array.from({ length: hours }, (_, minute) => Math.floor(minute / 8) * 480).join(" "),
    },
    atMinutes: 106,
    notified: ["AvailabilityBurnFast", "ModelUnreachable", "ReplicaFlapping"],
  },
  {
    what: "fifteen requests an hour come, and all fail",
    series: { [finished("stop")]: `0x${hours}`, [finished("error")]: every(4) },
    atMinutes: 600,
    notified: ["AvailabilityBurnFast", "AvailabilityBurnLong", "AvailabilityBurnSlow"],
  },
  {
    what: "5 % of the requests fail for eleven hours",
    series: { [finished("stop")]: counter([hours, 95]), [finished("error")]: counter([hours, 5]) },
    atMinutes: 660,
    notified: ["AvailabilityBurnLong"],
  },
  {
    what: "the engine hangs: eight requests run, no token comes, clients leave",
    series: {
      [`vllm:num_requests_running{${chat}}`]: `8x${hours}`,
      [`vllm:generation_tokens_total{${chat}}`]: `${counter([60, 500])} 30000x${hours}`,
      [`vllm:prompt_tokens_total{${chat}}`]: `${counter([60, 500])} 30000x${hours}`,
      [finished("stop")]: `${counter([60, 5])} 300x${hours}`,
      [finished("abort")]: `0x${hours}`,
    },
    atMinutes: 75,
    notified: ["EngineStalled"],
  },
  {
    what: "the engine answers 500 and counts no request",
    series: { [httpStatus("2xx")]: `${counter([60, 10])} 600x${hours}`, [httpStatus("5xx")]: `0x60 ${counter([hours, 10])}` },
    atMinutes: 120,
    notified: ["AvailabilityBurnFast", "AvailabilityBurnLong", "AvailabilityBurnSlow"],
  },
  {
    what: "too many requests: a third replica is added and loads",
    series: {
      ...answering(second),
      [`kube_deployment_spec_replicas{${deploymentOf("chat")}}`]: `2x60 3x${hours}`,
      [`kube_deployment_status_replicas_updated{${deploymentOf("chat")}}`]: `2x60 3x${hours}`,
      [`kube_deployment_status_replicas_available{${deploymentOf("chat")}}`]: `2x${hours}`,
      [`kube_pod_created{namespace="slm",pod="${pods.chat.replace(/.{5}$/, "bbbbb")}"}`]: `_x60 3600x${hours}`,
      [`vllm:num_requests_waiting{${chat}}`]: `40x${hours}`,
      [`vllm:num_requests_running{${chat}}`]: `8x${hours}`,
      [`vllm:generation_tokens_total{${chat}}`]: counter([hours, 500]),
      [`vllm:time_to_first_token_seconds_bucket{${chat},le="2.5"}`]: `0x${hours}`,
      [`vllm:time_to_first_token_seconds_count{${chat}}`]: counter([hours, 10]),
      [finished("stop")]: counter([hours, 10]),
    },
    atMinutes: 68,
    notified: ["FirstTokenBurnFast", "FirstTokenBurnLong", "FirstTokenBurnSlow", "QueueGrowing"],
  },
  {
    what: "a pod that failed is left behind",
    series: {
      'kube_pod_created{namespace="slm",pod="chat-vllm-5d4f8c9b7-ffff1"}': `0x${hours}`,
      'kube_pod_container_status_ready{namespace="slm",pod="chat-vllm-5d4f8c9b7-ffff1",container="server"}': `0x${hours}`,
      'kube_pod_status_phase{namespace="slm",pod="chat-vllm-5d4f8c9b7-ffff1",phase="Failed"}': `1x${hours}`,
    },
    atMinutes: 600,
    notified: [],
  },
  {
    what: "one of two replicas ends every twelve minutes, each time after its cold start",
    series: {
      [`up{${second}}`]: flapping(2, 10),
      [`kube_pod_container_status_restarts_total{${podOf("chat")},container="server"}`]: every(12),
    },
    atMinutes: 600,
    notified: ["CrashLoop"],
  },
  {
    what: "the engine's series are gone, and its port answers",
    series: Object.fromEntries(
      ["vllm:num_requests_waiting", "vllm:num_requests_running", "vllm:kv_cache_usage_perc"].map((name) => [
        `${name}{${chat}}`,
        "1 1 stale",
      ]),
    ),
    atMinutes: 20,
    notified: ["EngineSilent", "ScalerBlind"],
  },
  {
    what: "an ONNX server refuses 6000 requests an hour and finishes none",
    series: { [`onnx_request_rejected_total{${small},reason="queue_full"}`]: counter([hours, 100]) },
    atMinutes: 90,
    notified: ["AvailabilityBurnFast", "AvailabilityBurnLong", "AvailabilityBurnSlow"],
  },
  {
    what: "the exporter of GPUs does not answer",
    series: { [`up{${gpu}}`]: `1x10 0x${hours}` },
    atMinutes: 20,
    notified: ["ExporterDown"],
  },
  {
    what: "the gateway's series are gone",
    series: { [`up{${door}}`]: "1x10 stale", [`up{${secondDoor}}`]: "1x10 stale" },
    atMinutes: 30,
    notified: ["GatewayDown"],
  },
  {
    what: "one of three replicas is not ready for five hours",
    series: {
      ...answering(second),
      [`up{${third}}`]: `0x${hours}`,
      [`kube_deployment_spec_replicas{${deploymentOf("chat")}}`]: `3x${hours}`,
      [`kube_deployment_status_replicas_updated{${deploymentOf("chat")}}`]: `3x${hours}`,
      [`kube_deployment_status_replicas_available{${deploymentOf("chat")}}`]: `2x${hours}`,
    },
    atMinutes: 300,
    notified: ["ReplicaUnready"],
  },
  {
    what: "a new template rolls out: what it causes is muted, and the mute is seen",
    series: {
      [up.chat]: `1x59 0x${hours}`,
      [`kube_deployment_status_replicas_available{${deploymentOf("chat")}}`]: `1x59 0x${hours}`,
      [condition("chat", "NewReplicaSetAvailable")]: `1x59 stale`,
      [condition("chat", "ReplicaSetUpdated")]: `_x60 1x${hours}`,
      [`kube_replicaset_created{${replicaSetOf("chat").replace("5d4f8c9b7", "8e7f6a5b4")}}`]: `_x60 3600x${hours}`,
    },
    atMinutes: 66,
    notified: ["ModelRollingOut", "ModelUnreachable"],
  },
];
