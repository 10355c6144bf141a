import { type AlertCase, hours } from "./series";

const pod = 'namespace="slm",pod="chat-vllm-5d4f8c9b7-x2x1z"';
const weightsPod = 'namespace="slm",pod="chat-bring-1a2b3c4d"';
const deployment = 'namespace="slm",deployment="chat-vllm"';

export const kubernetesCases: Record<string, AlertCase> = {
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
};
