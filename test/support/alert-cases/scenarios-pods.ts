import type { Outage } from "./outages";
import { autoscaler, chat, condition, counter, gpu, hours, podOf, replicaSetOf, up } from "./series";
import { available, repeated, second, secondPod, server, spec, step, third, working } from "./working";

/** Outages of replicas, nodes and autoscalers. */
export const ofPods: readonly Outage[] = [
  {
    what: "one of three replicas hangs",
    series: {
      ...spec(`3x${hours}`),
      ...available(`3x${hours}`),
      ...working(chat),
      ...working(second),
      ...working(third),
      [`vllm:generation_tokens_total{${third}}`]: `${counter([60, 500])} 30000x${hours}`,
    },
    atMinutes: 75,
    notified: ["EngineStalled"],
  },
  {
    what: "a rollout ends, and its server dies every twenty minutes",
    series: {
      [condition("chat", "NewReplicaSetAvailable")]: "1x59 stale",
      [condition("chat", "ReplicaSetUpdated")]: `_x60 1x20 stale`,
      [`kube_replicaset_created{${replicaSetOf("chat").replace("5d4f8c9b7", "8e7f6a5b4")}}`]: `_x60 3600x${hours}`,
      [`kube_pod_container_status_restarts_total{${server}}`]: step(20),
    },
    atMinutes: 130,
    notified: ["CrashLoop"],
  },
  {
    what: "no node takes the second replica",
    series: { ...spec(`2x${hours}`), [`kube_pod_created{${secondPod}}`]: `0x${hours}` },
    atMinutes: 60,
    notified: ["ColdStartOverBudget", "ReplicaUnready"],
  },
  {
    what: "the second replica's image cannot be pulled",
    series: {
      ...spec(`2x${hours}`),
      [`kube_pod_created{${secondPod}}`]: `0x${hours}`,
      [`kube_pod_container_status_ready{${secondPod},container="server"}`]: `0x${hours}`,
      [`kube_pod_container_status_waiting_reason{${secondPod},container="server",reason="ImagePullBackOff"}`]: repeated([1, 1, "_", "_"]),
      [`kube_pod_container_status_waiting_reason{${secondPod},container="server",reason="ErrImagePull"}`]: repeated(["_", "_", 1, 1]),
    },
    atMinutes: 8,
    notified: ["ContainerCannotStart"],
  },
  {
    what: "the only replica's node is lost",
    series: {
      [up.chat]: `1x60 0x${hours}`,
      ...available(`1x60 0x${hours}`),
      [`kube_pod_container_status_ready{${server}}`]: `1x60 0x${hours}`,
    },
    atMinutes: 64,
    notified: ["ModelUnreachable"],
  },
  {
    what: "a GPU falls off the bus, and the exporter with it",
    series: {
      [`up{${gpu}}`]: `1x60 0x${hours}`,
      ...working(chat),
      [`vllm:generation_tokens_total{${chat}}`]: `${counter([60, 500])} 30000x${hours}`,
    },
    atMinutes: 75,
    notified: ["EngineStalled", "ExporterDown"],
  },
  {
    what: "one of two replicas is evicted every eight minutes, and comes back in four",
    series: {
      ...spec(`2x${hours}`),
      ...available(repeated([2, 2, 2, 2, 1, 1, 1, 1])),
      [`up{${second}}`]: `1x${hours}`,
      ...working(second),
    },
    atMinutes: 60,
    notified: ["ReplicaFlapping"],
  },
  {
    what: "a server is ended for its memory every four hours",
    series: {
      [`kube_pod_container_status_restarts_total{${server}}`]: step(220),
      [`kube_pod_container_status_last_terminated_reason{${server},reason="OOMKilled"}`]: `_x220 1x${hours}`,
    },
    atMinutes: 670,
    notified: ["ContainerOomKilled", "ContainerRestarting"],
  },
  {
    what: "a rollout never ends: nobody decides that it is stuck",
    series: {
      [condition("chat", "NewReplicaSetAvailable")]: "1x9 stale",
      [condition("chat", "ReplicaSetUpdated")]: `_x10 1x${hours}`,
      [`kube_replicaset_created{${replicaSetOf("chat").replace("5d4f8c9b7", "8e7f6a5b4")}}`]: `_x10 600x${hours}`,
    },
    atMinutes: 370,
    notified: ["RolloutStuck"],
  },
  {
    what: "the number of replicas changes, and its template does not: nothing is muted",
    series: { ...spec(`2x9 1x${hours}`), ...available(`2x9 1x${hours}`) },
    atMinutes: 30,
    notified: [],
  },
  {
    what: "the scaler's operator is away: the autoscaler has nobody to ask",
    series: { [autoscaler("chat", "status_condition", ',condition="ScalingActive",status="false"')]: `0x60 1x${hours}` },
    atMinutes: 75,
    notified: ["ScalerFailing"],
  },
  {
    what: "the most replicas carry no more for an hour, and requests wait",
    series: {
      [autoscaler("chat", "spec_min_replicas")]: `1x${hours}`,
      [autoscaler("chat", "spec_max_replicas")]: `3x${hours}`,
      [autoscaler("chat", "status_desired_replicas")]: `3x${hours}`,
      ...working(chat),
      [`vllm:num_requests_waiting{${chat}}`]: `8x${hours}`,
    },
    atMinutes: 75,
    notified: ["QueueGrowing", "ScalerAtMost"],
  },
  {
    what: "the clock of whoever makes pods is ten minutes ahead",
    series: { [`kube_pod_created{${podOf("chat")}}`]: `600x${hours}` },
    atMinutes: 5,
    notified: [],
  },
];
