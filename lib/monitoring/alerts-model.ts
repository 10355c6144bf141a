import { selector } from "../engines/accessor";
import { envoy } from "./exporters";
import { type Fleet, hasMetrics, namesOf } from "./fleet";
import { aggregate } from "./promql";
import { counterRate, gauge, modelJob, ofPods, own, seriesOf } from "./queries";
import type { Alert } from "./rule";

/** Waiting requests per replica: between the scaling bounds of production-stack (5) and KAITO (10). */
const longQueue = 5;
/** Upstream's dashboard vllm_kv_cache.json turns red there. */
const fullCache = 0.98;
/** One preemption a minute: each throws work away that a client waits for. Ours. */
const preemptionsPerSecond = 1 / 60;

/** Alerts from what engines measure. */
export function modelAlerts(fleet: Fleet): Alert[] {
  const engines = new Set(fleet.models.map(({ release }) => release.engine));
  return [
    unreachable(fleet),
    ...(fleet.models.some(hasMetrics) || fleet.gateway ? [engineStalled(fleet)] : []),
    ...(fleet.models.some(hasMetrics) ? [answersEmpty(fleet), engineSilent(fleet), queueGrowing(fleet)] : []),
    ...(engines.has("vllm") ? [kvCacheFull(fleet), preemptions(fleet)] : []),
  ];
}

const unreachable = (fleet: Fleet): Alert => ({
  name: "ModelUnreachable",
  expr: `${own(fleet, "slm:model:up")} == 0`,
  forSeconds: 60,
  severity: "critical",
  summary: "No replica of {{ $labels.model }} answers",
  duringRollout: "mute",
});

const perPod = { by: ["pod"] };

/** Share of an hour's finished requests that ended by themselves, and tokens of each, at which answers are empty: the token that ends an answer is one. Ours. */
const empty = { stopped: 0.9, tokens: 1 };
/** Requests below which their tokens say nothing. Ours, as for the objectives. */
const enoughRequests = 20;

/**
 * Requests are in hand, and neither a prompt is read nor a token made: a hung engine answers its probes and counts no error. Of an engine without
 * metrics the gateway tells that requests are open and none is answered, for longer than it lets one last.
 */
function engineStalled(fleet: Fleet): Alert {
  const inHand = (["requestsRunning", "requestsWaiting", "embeddingsRunning"] as const)
    .map((role) => gauge(withMetrics(fleet), role, "sum", { ...perPod, match: 'pod!=""' }))
    .filter((expression) => expression !== undefined)
    .map((expression) => `(${expression}) > 0`);
  const window = { window: "5m", ...perPod };
  const tokens = (["generationTokens", "promptTokens", "embeddingTokens"] as const)
    .map((role) => counterRate(fleet, role, window))
    .filter((expression) => expression !== undefined)
    .map((expression) => `(${expression}) > 0`);
  const ofEngines = inHand.length > 0 ? [`(${inHand.join(" or ")}) unless on (model, pod) (${tokens.join(" or ")})`] : [];
  return {
    name: "EngineStalled",
    expr: [...ofEngines, ...unanswered(fleet)].join(" or "),
    forSeconds: 300,
    severity: "critical",
    summary:
      '{{ printf "%.0f" $value }} requests are in hand {{ if $labels.pod }}in {{ $labels.pod }} {{ end }}of {{ $labels.model }}, and no token comes',
    duringRollout: "notify",
  };
}

const withMetrics = (fleet: Fleet): Fleet => ({ ...fleet, models: fleet.models.filter(hasMetrics) });

/** Requests that the gateway has open for models without metrics, where it had no answer for as long as it waits for one. */
function unanswered(fleet: Fleet): string[] {
  const names = fleet.gateway && namesOf(fleet, (model) => !hasMetrics(model));
  if (!names) return [];
  const ofNames = (name: "envoy_cluster_upstream_rq_active" | "envoy_cluster_upstream_rq") =>
    own(fleet, selector(envoy, name), `model=~"${names}"`);
  const open = aggregate("sum", ["model"], `avg_over_time(${ofNames("envoy_cluster_upstream_rq_active")}[10m])`);
  const answered = aggregate("sum", ["model"], `increase(${ofNames("envoy_cluster_upstream_rq")}[10m])`);
  return [`${open} > 0.5 unless on (model) ${answered} > 0`];
}

/** Requests end well and nothing is in their answers, of a model that made tokens within a day: a broken template, weights or a stop token. */
function answersEmpty(fleet: Fleet): Alert {
  const hour = { window: "1h", ...perPod };
  const finished = (match?: string) => counterRate(fleet, "requestsFinished", { ...hour, ...(match ? { match } : {}) });
  const tokens = counterRate(fleet, "generationTokens", hour);
  const stopped = `(${finished('finished_reason="stop"')})`;
  const some = (window: string) => `(${counterRate(fleet, "requestsFinished", { window, ...perPod })})`;
  return {
    name: "AnswersEmpty",
    expr: [
      `(${tokens}) <= ${empty.tokens} * (${finished()})`,
      `${stopped} >= ${empty.stopped} * (${finished()})`,
      `${some("1h")} * 3600 >= ${enoughRequests}`,
      `${some("15m")} > 0`,
    ]
      .join(" and on (model, pod) ")
      .concat(` and on (model) max_over_time(${own(fleet, "slm:generation_tokens:rate5m")}[1d]) > 0`),
    forSeconds: 300,
    severity: "critical",
    summary: "Pod {{ $labels.pod }} of {{ $labels.model }} answers, and its answers are empty",
    duringRollout: "notify",
  };
}

/** What an engine exports is not in its scrape, or a pod that is ready is not scraped at all: every other query about it is blind. */
function engineSilent(fleet: Fleet): Alert {
  const series = seriesOf(fleet, "requestsRunning").map((name) => own(fleet, name));
  const scraped = own(fleet, "up", `job="${modelJob}"`);
  const names = namesOf(fleet, hasMetrics);
  const ready = aggregate("max", ["model", "pod"], ofPods(fleet, "server", "kube_pod_container_status_ready"));
  const unseen = `(${ready} == 1 and on (model) ${own(fleet, "slm:model:info", `model=~"${names}"`)}) unless on (model, pod) ${scraped}`;
  return {
    name: "EngineSilent",
    expr: `${scraped} == 1 unless on (model, pod) (${series.join(" or ")})${fleet.kubeState === false ? "" : ` or ${unseen}`}`,
    forSeconds: 300,
    severity: "critical",
    summary: "Pod {{ $labels.pod }} of {{ $labels.model }} is up, and there are no series of its engine",
    duringRollout: "notify",
  };
}

const queueGrowing = (fleet: Fleet): Alert => ({
  name: "QueueGrowing",
  // An engine that is that busy misses a scrape now and then: the last minute counts, not the last answer.
  expr: `max_over_time(${own(fleet, "slm:requests_waiting:sum")}[1m]) / (max_over_time(${own(fleet, "slm:replicas:up")}[1m]) > 0) > ${longQueue}`,
  forSeconds: 120,
  severity: "warning",
  summary: '{{ printf "%.0f" $value }} requests per replica wait for {{ $labels.model }}',
  duringRollout: "notify",
});

const kvCacheFull = (fleet: Fleet): Alert => ({
  name: "KvCacheFull",
  expr: `${own(fleet, "slm:kv_cache_usage:max")} > ${fullCache}`,
  forSeconds: 300,
  severity: "warning",
  summary: "The key-value cache of {{ $labels.model }} is {{ $value | humanizePercentage }} full",
  duringRollout: "notify",
});

const preemptions = (fleet: Fleet): Alert => ({
  name: "Preemptions",
  expr: `${own(fleet, "slm:preemptions:rate5m")} > ${preemptionsPerSecond.toFixed(4)}`,
  forSeconds: 300,
  severity: "warning",
  summary: '{{ $labels.model }} throws started requests out of its cache, {{ printf "%.2f" $value }} a second',
  duringRollout: "notify",
});
