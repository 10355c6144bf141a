import type { Outage } from "./outages";
import { answers, chat, counter, doorAnswers, finished, hours, small, up } from "./series";
import { burns, repeated, step, working } from "./working";

/** Outages of engines, and of what is counted of them. */
export const ofEngines: readonly Outage[] = [
  {
    what: "answers come with status 200 and nothing in them",
    series: {
      [finished("stop")]: counter([hours, 5]),
      [`vllm:generation_tokens_total{${chat}}`]: counter([60, 1000], [hours, 5]),
      [`vllm:prompt_tokens_total{${chat}}`]: counter([hours, 1000]),
    },
    atMinutes: 140,
    notified: ["AnswersEmpty"],
  },
  {
    what: "the cache is full, and three requests wait for it",
    series: { ...working(chat), [`vllm:kv_cache_usage_perc{${chat}}`]: `1x${hours}`, [`vllm:num_requests_waiting{${chat}}`]: `3x${hours}` },
    atMinutes: 30,
    notified: ["KvCacheFull"],
  },
  {
    what: "the queue grows by a request every ten minutes",
    series: { ...working(chat), [`vllm:num_requests_waiting{${chat}}`]: step(10) },
    atMinutes: 90,
    notified: ["QueueGrowing"],
  },
  {
    what: "requests wait, and none is begun",
    series: { [`vllm:num_requests_waiting{${chat}}`]: `2x${hours}`, [`vllm:generation_tokens_total{${chat}}`]: `500x${hours}` },
    atMinutes: 20,
    notified: ["EngineStalled"],
  },
  {
    what: "a ready pod is no target any more",
    series: Object.fromEntries(
      ["up", "vllm:num_requests_waiting", "vllm:num_requests_running", "vllm:kv_cache_usage_perc"].map((name) => [
        `${name}{${chat}}`,
        "1x60 stale",
      ]),
    ),
    atMinutes: 68,
    notified: ["EngineSilent", "ModelUnreachable", "ScalerBlind"],
  },
  {
    what: "counters begin anew every two minutes, and half of the requests fail",
    series: { [finished("stop")]: repeated([0, 5]), [finished("error")]: repeated([0, 5]) },
    atMinutes: 120,
    notified: burns,
  },
  {
    what: "embeddings fail while chats are answered",
    series: {
      [`onnx_request_success_total{${small},finished_reason="stop"}`]: counter([hours, 100]),
      [`onnx_embedding_request_success_total{${small},finished_reason="error"}`]: counter([hours, 1]),
    },
    atMinutes: 120,
    notified: burns,
  },
  {
    what: "an environment beside this one answers for a model of the same name",
    series: {
      [up.chat]: `1x60 0x${hours}`,
      [up.chat.replace('environment="test"', 'environment="other"').replace("slm", "slm-other")]: `1x${hours}`,
      'kube_deployment_status_replicas_available{namespace="slm-other",deployment="chat-vllm"}': `1x${hours}`,
    },
    atMinutes: 64,
    notified: ["ModelUnreachable"],
  },
  {
    what: "two requests an hour come, and all fail",
    series: { [finished("error")]: step(30) },
    atMinutes: 420,
    notified: ["AvailabilityBurnFast"],
  },
  {
    what: "a version with one request of a hundred fails them all",
    series: {
      [finished("stop")]: counter([hours, 99]),
      [answers("chat", 200)]: counter([hours, 99]),
      [doorAnswers(2)]: counter([hours, 99]),
      [doorAnswers(5)]: counter([hours, 1]),
      [answers("small", 500)]: counter([hours, 1]),
    },
    atMinutes: 120,
    notified: burns,
  },
  {
    what: "first tokens come too late at night, when few ask",
    series: {
      [`vllm:time_to_first_token_seconds_bucket{${chat},le="2.5"}`]: `${counter([60, 10])} 600x${hours}`,
      [`vllm:time_to_first_token_seconds_count{${chat}}`]: `${counter([60, 10])} ${Array.from({ length: hours }, (_, minute) => 600 + Math.floor(minute / 6)).join(" ")}`,
      [finished("stop")]: counter([hours, 1]),
    },
    atMinutes: 440,
    notified: ["FirstTokenBurnFast", "FirstTokenBurnLong", "FirstTokenBurnSlow"],
  },
];
