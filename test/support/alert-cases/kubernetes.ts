import { type AlertCase, deploymentOf, hours, podOf, pods, type Series } from "./series";

const weights = "chat-vllm-download-1a2b3c4d5e-x7k2p";
const server = `${podOf("chat")},container="server"`;
const downloader = `namespace="slm",pod="${weights}",container="weights"`;
const chatPod = { model: "chat", pod: pods.chat };
const created: Series = { [`kube_pod_created{namespace="slm",pod="${weights}"}`]: `0x${hours}` };
const next = "chat-vllm-download-1a2b3c4d5e-m4n5p";
/** A pod that was made at some second, and has failed. */
const failedPod = (pod: string, second: number): Series => ({
  [`kube_pod_created{namespace="slm",pod="${pod}"}`]: `${second}x${hours}`,
  [`kube_pod_status_phase{namespace="slm",pod="${pod}",phase="Failed"}`]: `1x${hours}`,
});
const replicas = (kind: string): string => `kube_deployment_${kind}{${deploymentOf("chat")}}`;
export const kubernetesCases: Record<string, AlertCase> = {
  ColdStartOverBudget: {
    fires: [
      {
        series: { [`kube_pod_container_status_ready{${server}}`]: `0x${hours}` },
        atMinutes: 15,
        labels: chatPod,
        summary: `Pod ${pods.chat} of chat is not ready after 15m 0s, longer than its budget`,
      },
      // No node takes it: no container of it has a state.
      {
        series: { [`kube_pod_created{${podOf("chat").replace("x2x1z", "aaaaa")}}`]: `0x${hours}` },
        atMinutes: 15,
        labels: { model: "chat", pod: pods.chat.replace("x2x1z", "aaaaa") },
        summary: `Pod ${pods.chat.replace("x2x1z", "aaaaa")} of chat is not ready after 15m 0s, longer than its budget`,
      },
    ],
    quiet: [
      {
        why: "it is older than that, and ready",
        series: { [`kube_pod_container_status_ready{${server}}`]: `1x${hours}` },
        atMinutes: 30,
      },
      {
        why: "the budget, which has a new node in it, is not used up",
        series: { [`kube_pod_container_status_ready{${server}}`]: `0x${hours}` },
        atMinutes: 13,
      },
      {
        why: "it was ready, and is not now",
        series: { [`kube_pod_container_status_ready{${server}}`]: `0x5 1x5 0x${hours}` },
        atMinutes: 20,
      },
      {
        why: "it failed, and was left behind",
        series: {
          [`kube_pod_container_status_ready{${server}}`]: `0x${hours}`,
          [`kube_pod_status_phase{${podOf("chat")},phase="Failed"}`]: `1x${hours}`,
        },
        atMinutes: 60,
      },
    ],
  },
  ReplicaUnready: {
    fires: [
      {
        series: { [replicas("spec_replicas")]: `3x${hours}`, [replicas("status_replicas_available")]: `2x${hours}` },
        atMinutes: 17,
        labels: { model: "chat" },
        summary: "1 replicas of chat are not available, for longer than a cold start takes",
      },
    ],
    quiet: [
      {
        why: "a third replica is added, and has its cold start",
        series: { [replicas("spec_replicas")]: `2x9 3x${hours}`, [replicas("status_replicas_available")]: `2x${hours}` },
        atMinutes: 23,
      },
    ],
  },
  ReplicaFlapping: {
    fires: [
      {
        series: {
          [replicas("spec_replicas")]: `2x${hours}`,
          [replicas("status_replicas_available")]: `2x9 1x3 2x20 1x3 2x20 1x3 2x${hours}`,
        },
        atMinutes: 64,
        labels: { model: "chat" },
        summary: "Replicas of chat were lost 3 times within three hours",
      },
    ],
    quiet: [
      {
        why: "two were lost",
        series: { [replicas("spec_replicas")]: `2x${hours}`, [replicas("status_replicas_available")]: `2x9 1x3 2x20 1x3 2x${hours}` },
        atMinutes: 64,
      },
      {
        why: "a scaler took each away",
        series: {
          [replicas("spec_replicas")]: `2x9 1x3 2x20 1x3 2x20 1x3 2x${hours}`,
          [replicas("status_replicas_available")]: `2x9 1x5 2x20 1x3 2x20 1x3 2x${hours}`,
        },
        atMinutes: 66,
      },
    ],
  },
  ContainerRestarting: {
    fires: [
      {
        series: { [`kube_pod_container_status_restarts_total{${server}}`]: `0x99 1x199 2x199 3x${hours}` },
        atMinutes: 510,
        labels: chatPod,
        summary: `Pod ${pods.chat} of chat ended 3 times within a day`,
      },
    ],
    quiet: [
      {
        why: "two within a day",
        series: { [`kube_pod_container_status_restarts_total{${server}}`]: `0x99 1x199 2x${hours}` },
        atMinutes: 510,
      },
      {
        why: "it is a loop, which is told of",
        series: { [`kube_pod_container_status_restarts_total{${server}}`]: `0 1 2 3 4x${hours}` },
        atMinutes: 60,
      },
    ],
  },
  CrashLoop: {
    fires: [
      {
        series: { [`kube_pod_container_status_restarts_total{${server}}`]: `0 1 2 3 4x${hours}` },
        atMinutes: 9,
        labels: chatPod,
        summary: `Pod ${pods.chat} of chat ends again and again`,
      },
      {
        series: { [`kube_pod_container_status_waiting_reason{${server},reason="CrashLoopBackOff"}`]: `1x${hours}` },
        atMinutes: 3,
        labels: chatPod,
        summary: `Pod ${pods.chat} of chat ends again and again`,
      },
    ],
    quiet: [
      {
        why: "one restart is no loop",
        series: { [`kube_pod_container_status_restarts_total{${server}}`]: `0x5 1x${hours}` },
        atMinutes: 12,
      },
      {
        why: "it ended four times, and has run for an hour since",
        series: { [`kube_pod_container_status_restarts_total{${server}}`]: `0 1 2 3 4x${hours}` },
        atMinutes: 64,
      },
    ],
  },
  ContainerOomKilled: {
    fires: [
      {
        series: {
          [`kube_pod_container_status_last_terminated_reason{${server},reason="OOMKilled"}`]: `_x10 1x${hours}`,
          [`kube_pod_container_status_restarts_total{${server}}`]: `0x10 1x${hours}`,
        },
        atMinutes: 15,
        labels: chatPod,
        summary: `Pod ${pods.chat} of chat was ended for taking more memory than its limit`,
      },
    ],
    quiet: [
      {
        why: "it was hours ago",
        series: {
          [`kube_pod_container_status_last_terminated_reason{${server},reason="OOMKilled"}`]: `_x10 1x${hours}`,
          [`kube_pod_container_status_restarts_total{${server}}`]: `0x10 1x${hours}`,
        },
        atMinutes: 90,
      },
      {
        why: "it ended with an error",
        series: {
          [`kube_pod_container_status_last_terminated_reason{${server},reason="Error"}`]: `_x10 1x${hours}`,
          [`kube_pod_container_status_restarts_total{${server}}`]: `0x10 1x${hours}`,
        },
        atMinutes: 15,
      },
    ],
  },
  ContainerCannotStart: {
    fires: [
      {
        series: { [`kube_pod_container_status_waiting_reason{${server},reason="ImagePullBackOff"}`]: `1x${hours}` },
        atMinutes: 4,
        labels: chatPod,
        summary: `Pod ${pods.chat} of chat cannot start a container: its image or a secret is missing`,
      },
      {
        series: {
          ...created,
          [`kube_pod_init_container_status_waiting_reason{${downloader},reason="CreateContainerConfigError"}`]: `1x${hours}`,
        },
        atMinutes: 4,
        labels: { model: "chat", pod: weights },
        summary: `Pod ${weights} of chat cannot start a container: its image or a secret is missing`,
      },
    ],
    quiet: [
      {
        why: "the image is being pulled",
        series: { [`kube_pod_container_status_waiting_reason{${server},reason="ContainerCreating"}`]: `1x${hours}` },
        atMinutes: 30,
      },
    ],
  },
  WeightsDownloadFailing: {
    fires: [
      {
        series: { ...failedPod(weights, 0), ...failedPod(next, 120) },
        atMinutes: 6,
        labels: { model: "chat" },
        summary: "The weights of chat do not arrive: 2 pods of their download failed within an hour",
      },
    ],
    quiet: [
      {
        why: "the second pod is still at work",
        series: { ...failedPod(weights, 0), ...created },
        atMinutes: 12,
      },
      { why: "they failed long ago", series: { ...failedPod(weights, 0), ...failedPod(next, 120) }, atMinutes: 70 },
      {
        why: "another model's pods failed",
        series: { ...failedPod("other-vllm-download-1a2b3c4d5e-a1b2c", 0), ...failedPod("other-vllm-download-1a2b3c4d5e-d3e4f", 120) },
        atMinutes: 6,
      },
    ],
  },
};
