import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { dcgm, kubeState } from "../../lib/monitoring/exporters";

/** How a model server's pod is, to be reported as kube-state-metrics tells it. Times are in seconds since 1970. */
export interface PodState {
  readonly model: string;
  readonly engine: string;
  readonly pod: string;
  readonly created: number;
  /** When it was ready; undefined while it is not. */
  readonly ready?: number;
  readonly restarts?: number;
  /** Why its container waits. */
  readonly waits?: string;
}

type Labels = Readonly<Record<string, string>>;
type Line = readonly [name: keyof typeof kubeState.metrics | keyof typeof dcgm.metrics, labels: Labels, value: number];

const namespace = "slm";

/** Pods with their Deployments and replica sets, under the names and with the labels of kube-state-metrics' documentation. */
export function kubernetesLines(pods: readonly PodState[]): Line[] {
  const deploymentOf = ({ model, engine }: PodState): string => `${model}-${engine}`;
  const deployments = [...new Set(pods.map(deploymentOf))];
  const ofDeployment = (name: string) => pods.filter((pod) => deploymentOf(pod) === name);
  return [...pods.flatMap(podLines), ...deployments.flatMap((name) => deploymentLines(name, ofDeployment(name)))];
}

function podLines({ pod, created, ready, restarts = 0, waits }: PodState): Line[] {
  const own = { namespace, pod };
  const container = { ...own, container: "server" };
  return [
    ["kube_pod_created", own, created],
    ["kube_pod_status_scheduled_time", own, created + 2],
    ["kube_pod_status_phase", { ...own, phase: "Running" }, 1],
    ["kube_pod_container_state_started", container, created + 8],
    ["kube_pod_container_status_ready", container, ready === undefined ? 0 : 1],
    ["kube_pod_container_status_restarts_total", container, restarts],
    ...(ready === undefined ? [] : [["kube_pod_status_ready_time", own, ready] as const]),
    ...(waits ? [["kube_pod_container_status_waiting_reason", { ...container, reason: waits }, 1] as const] : []),
  ];
}

function deploymentLines(deployment: string, pods: readonly PodState[]): Line[] {
  const own = { namespace, deployment };
  const available = { condition: "Progressing", status: "true", reason: "NewReplicaSetAvailable" };
  return [
    ["kube_deployment_spec_replicas", own, pods.length],
    ["kube_deployment_status_replicas_available", own, pods.filter(({ ready }) => ready !== undefined).length],
    ["kube_deployment_status_condition", { ...own, ...available }, 1],
    [
      "kube_replicaset_created",
      { namespace, replicaset: pods[0]!.pod.replace(/-[^-]+$/, "") },
      Math.min(...pods.map(({ created }) => created)),
    ],
  ];
}

/** GPUs that move a little, each with the pod that has it. */
export function gpuLines(pods: readonly string[], seconds: number): Line[] {
  return pods.flatMap((pod, index): Line[] => {
    const labels = { gpu: String(index), Hostname: "gpu-node-0", modelName: "NVIDIA A10", exported_pod: pod };
    const busy = 0.6 + 0.3 * Math.sin(seconds / 40 + index);
    return [
      ["DCGM_FI_DEV_GPU_UTIL", labels, Math.round(busy * 100)],
      ["DCGM_FI_DEV_FB_USED", labels, 18_000 + 500 * index],
      ["DCGM_FI_DEV_FB_FREE", labels, 4_700 - 500 * index],
      ["DCGM_FI_DEV_POWER_USAGE", labels, 60 + 90 * busy],
      ["DCGM_FI_DEV_GPU_TEMP", labels, 45 + 30 * busy],
      ["DCGM_FI_DEV_SM_CLOCK", labels, 1_695],
      ["DCGM_FI_DEV_XID_ERRORS", labels, 0],
      ["DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", labels, 0.4 * busy],
      ["DCGM_FI_PROF_DRAM_ACTIVE", labels, 0.7 * busy],
      ["DCGM_FI_DEV_POWER_VIOLATION", labels, seconds * 1e7],
      ["DCGM_FI_DEV_THERMAL_VIOLATION", labels, seconds * 2e6],
    ];
  });
}

const written = ([name, labels, value]: Line): string => {
  const inside = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  return `${name}{${inside.join(",")}} ${value}\n`;
};

/**
 * Stands in for kube-state-metrics (`/pods`) and for the DCGM exporter (`/gpus`), neither of which can be built here: their names and labels, for
 * pods that are processes of a test, and for GPUs that there are not.
 */
export async function startExporters(pods: () => readonly PodState[], onGpus: readonly string[]): Promise<{ port: number; close(): void }> {
  const started = Date.now();
  const server = createServer(({ url }, response) => {
    const lines = url === "/pods" ? kubernetesLines(pods()) : gpuLines(onGpus, (Date.now() - started) / 1000);
    response.setHeader("content-type", "text/plain; version=0.0.4").end(lines.map(written).join(""));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
