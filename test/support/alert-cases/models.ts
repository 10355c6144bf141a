import { type AlertCase, chat, hours } from "./series";

export const modelCases: Record<string, AlertCase> = {
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
};
