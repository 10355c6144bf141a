import { type AlertCase, answers, chat, cluster, counter, deploymentOf, finished, hours, podOf, pods, replica, small, up } from "./series";

export const modelCases: Record<string, AlertCase> = {
  ModelUnreachable: {
    fires: [
      // Another environment's model of the same name answers.
      {
        series: { [up.chat]: `0x${hours}`, [up.chat.replace('environment="test"', 'environment="other"')]: `1x${hours}` },
        atMinutes: 3,
        labels: { model: "chat" },
        summary: "No replica of chat answers",
      },
      { series: { [up.chat]: `0x${hours}` }, atMinutes: 3, labels: { model: "chat" }, summary: "No replica of chat answers" },
      { series: { [up.chat]: "1 1 stale" }, atMinutes: 10, labels: { model: "chat" }, summary: "No replica of chat answers" },
      {
        series: { [`onnx_ready{${small}}`]: `0x${hours}` },
        atMinutes: 3,
        labels: { model: "small" },
        summary: "No replica of small answers",
      },
      {
        series: { [`kube_deployment_status_replicas_available{${deploymentOf("tiny")}}`]: `0x${hours}` },
        atMinutes: 3,
        labels: { model: "tiny" },
        summary: "No replica of tiny answers",
      },
    ],
    quiet: [
      { why: "one of two replicas is left", series: { [`up{${replica("chat", "aaaaa")}}`]: `0x${hours}` }, atMinutes: 10 },
      { why: "it was away for half a minute", series: { [up.chat]: `1 1 0 1x${hours}` }, atMinutes: 4 },
    ],
  },
  EngineStalled: {
    fires: [
      {
        series: { [`vllm:num_requests_running{${chat}}`]: `8x${hours}`, [`vllm:generation_tokens_total{${chat}}`]: `500x${hours}` },
        atMinutes: 12,
        labels: { model: "chat", pod: pods.chat },
        summary: `8 requests are in hand in ${pods.chat} of chat, and no token comes`,
      },
      // None is begun.
      {
        series: { [`vllm:num_requests_waiting{${chat}}`]: `2x${hours}`, [`vllm:generation_tokens_total{${chat}}`]: `500x${hours}` },
        atMinutes: 12,
        labels: { model: "chat", pod: pods.chat },
        summary: `2 requests are in hand in ${pods.chat} of chat, and no token comes`,
      },
      {
        series: {
          [`onnx_num_embedding_requests_running{${small}}`]: `1x${hours}`,
          [`onnx_embedding_tokens_total{${small}}`]: `500x${hours}`,
        },
        atMinutes: 12,
        labels: { model: "small", pod: pods.small },
        summary: `1 requests are in hand in ${pods.small} of small, and no token comes`,
      },
      // Of an engine without metrics the gateway tells.
      {
        series: { [cluster("tiny", "upstream_rq_active")]: `3x${hours}`, [answers("tiny", 200)]: `50x${hours}` },
        atMinutes: 12,
        labels: { model: "tiny" },
        summary: "3 requests are in hand of tiny, and no token comes",
      },
    ],
    quiet: [
      {
        why: "an embedding is made",
        series: {
          [`onnx_num_embedding_requests_running{${small}}`]: `1x${hours}`,
          [`onnx_embedding_tokens_total{${small}}`]: counter([hours, 40]),
        },
        atMinutes: 30,
      },
      {
        why: "the gateway has an answer now and then",
        series: { [cluster("tiny", "upstream_rq_active")]: `3x${hours}`, [answers("tiny", 200)]: counter([hours, 0.2]) },
        atMinutes: 60,
      },
      { why: "nothing runs", series: { [`vllm:generation_tokens_total{${chat}}`]: `500x${hours}` }, atMinutes: 30 },
      {
        why: "tokens come",
        series: {
          [`vllm:num_requests_running{${chat}}`]: `8x${hours}`,
          [`vllm:generation_tokens_total{${chat}}`]: counter([hours, 1]),
        },
        atMinutes: 30,
      },
      {
        why: "a long prompt is read",
        series: {
          [`vllm:num_requests_running{${chat}}`]: `1x${hours}`,
          [`vllm:generation_tokens_total{${chat}}`]: `500x${hours}`,
          [`vllm:prompt_tokens_total{${chat}}`]: counter([hours, 1000]),
        },
        atMinutes: 30,
      },
      {
        why: "the first request for an hour has run for three minutes",
        series: { [`vllm:num_requests_running{${chat}}`]: `0x59 1x${hours}`, [`vllm:generation_tokens_total{${chat}}`]: `500x${hours}` },
        atMinutes: 63,
      },
    ],
  },
  EngineSilent: {
    fires: [
      {
        series: { [`vllm:num_requests_running{${chat}}`]: "0 0 stale" },
        atMinutes: 9,
        labels: { job: "slm-models", model: "chat", pod: pods.chat },
        summary: `Pod ${pods.chat} of chat is up, and there are no series of its engine`,
      },
      // The pod is ready, and is no target any more.
      {
        series: {
          [`kube_pod_created{${podOf("chat").replace("x2x1z", "aaaaa")}}`]: `0x${hours}`,
          [`kube_pod_container_status_ready{${podOf("chat").replace("x2x1z", "aaaaa")},container="server"}`]: `1x${hours}`,
        },
        atMinutes: 9,
        labels: { model: "chat", pod: pods.chat.replace("x2x1z", "aaaaa") },
        summary: `Pod ${pods.chat.replace("x2x1z", "aaaaa")} of chat is up, and there are no series of its engine`,
      },
    ],
    quiet: [
      {
        why: "its scrape fails, which is reported elsewhere",
        series: { [up.chat]: `0x${hours}`, [`vllm:num_requests_running{${chat}}`]: "stale" },
        atMinutes: 20,
      },
      { why: "its series are there", series: {}, atMinutes: 20 },
    ],
  },
  AnswersEmpty: {
    fires: [
      {
        // One token ends each answer.
        series: {
          [finished("stop")]: counter([hours, 2]),
          [finished("length")]: `0x${hours}`,
          [`vllm:generation_tokens_total{${chat}}`]: counter([60, 400], [hours, 2]),
        },
        atMinutes: 140,
        labels: { model: "chat", pod: pods.chat },
        summary: `Pod ${pods.chat} of chat answers, and its answers are empty`,
      },
      {
        series: {
          [finished("stop")]: counter([hours, 2]),
          [`vllm:generation_tokens_total{${chat}}`]: `${counter([60, 400])} 24000x${hours}`,
        },
        atMinutes: 140,
        labels: { model: "chat", pod: pods.chat },
        summary: `Pod ${pods.chat} of chat answers, and its answers are empty`,
      },
    ],
    quiet: [
      {
        why: "a model that only embeds makes no token",
        series: { [finished("stop")]: counter([hours, 10]), [`vllm:generation_tokens_total{${chat}}`]: `0x${hours}` },
        atMinutes: 140,
      },
      {
        why: "clients ask for one token each",
        series: {
          [finished("stop")]: counter([hours, 1]),
          [finished("length")]: counter([hours, 9]),
          [`vllm:generation_tokens_total{${chat}}`]: counter([hours, 10]),
        },
        atMinutes: 140,
      },
      {
        why: "answers are short",
        series: { [finished("stop")]: counter([hours, 10]), [`vllm:generation_tokens_total{${chat}}`]: counter([hours, 20]) },
        atMinutes: 140,
      },
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
        series: { [`onnx_num_requests_waiting{${small}}`]: `8x${hours}` },
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
          [`up{${replica("chat", "aaaaa")}}`]: `1x${hours}`,
          [`up{${replica("chat", "bbbbb")}}`]: `1x${hours}`,
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
