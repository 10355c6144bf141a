import { type Fleet, hasMetrics } from "./fleet";
import { counterRate, gauge, modelJob, own, seriesOf } from "./queries";
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
    ...(fleet.models.some(hasMetrics) ? [engineStalled(fleet), engineSilent(fleet), queueGrowing(fleet)] : []),
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

/** Requests run, and neither a prompt is read nor a token made: a hung engine answers its probes and counts no error. */
function engineStalled(fleet: Fleet): Alert {
  const running = gauge(fleet, "requestsRunning", "sum", { ...perPod, match: 'pod!=""' });
  const window = { window: "5m", ...perPod };
  const tokens = (["generationTokens", "promptTokens"] as const).map((role) => `(${counterRate(fleet, role, window)}) > 0`).join(" or ");
  return {
    name: "EngineStalled",
    expr: `(${running}) > 0 unless on (model, pod) (${tokens})`,
    forSeconds: 300,
    severity: "critical",
    summary: '{{ printf "%.0f" $value }} requests run in {{ $labels.pod }} of {{ $labels.model }}, and no token comes',
    duringRollout: "notify",
  };
}

/** The scrape works, and what an engine exports is not in it: every other query about the engine is blind. */
const engineSilent = (fleet: Fleet): Alert => ({
  name: "EngineSilent",
  expr: `${own(fleet, "up", `job="${modelJob}"`)} == 1 unless on (model, pod) (${seriesOf(fleet, "requestsRunning")
    .map((name) => own(fleet, name))
    .join(" or ")})`,
  forSeconds: 300,
  severity: "critical",
  summary: "Pod {{ $labels.pod }} of {{ $labels.model }} answers its scrape, and has no series of its engine",
  duringRollout: "notify",
});

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
