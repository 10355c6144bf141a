import { type Fleet, hasMetrics } from "./fleet";
import { errorRatio, type Window } from "./recording-rules";
import type { Alert } from "./rule";

/** Requests in an hour below which a share of errors says nothing: one slow answer of five is 20 %. Ours. */
const enoughRequests = 20;
/** Waiting requests per replica: between the scaling bounds of production-stack (5) and KAITO (10). */
const longQueue = 5;
/** Upstream's dashboard vllm_kv_cache.json turns red there. */
const fullCache = 0.98;
/** One preemption a minute: each throws work away that a client waits for. Ours. */
const preemptionsPerSecond = 1 / 60;

/** Alerts from what engines and gateway measure. */
export function modelAlerts(fleet: Fleet): Alert[] {
  const engines = new Set(fleet.models.map(({ release }) => release.engine));
  const firstToken = fleet.models.some(({ release, objectives }) => release.engine !== "ollama" && objectives.firstToken);
  return [
    ...(firstToken ? burns("FirstToken", "first_token", "First tokens of {{ $labels.model }} come too late") : []),
    ...burns("Availability", "availability", "{{ $labels.model }} fails requests or is away (seen by its {{ $labels.sli }})"),
    unreachable,
    ...(fleet.models.some(hasMetrics) ? [queueGrowing] : []),
    ...(engines.has("vllm") ? [kvCacheFull, preemptions] : []),
  ];
}

/**
 * Two burn rates, each over a long window, which shows that it matters, and a short one, which shows that it still lasts:
 * 14.4 spends 2 % of a 30-day budget in an hour, 6 spends 5 % in six hours (SRE Workbook, "Alerting on SLOs", table 5-8).
 */
function burns(name: string, slo: string, summary: string): Alert[] {
  const shared = { forSeconds: 0, duringRollout: "muted" } as const;
  const fast = { rate: 14.4, long: "1h", short: "5m" } as const;
  const slow = { rate: 6, long: "6h", short: "30m" } as const;
  return [
    {
      ...shared,
      name: `${name}BurnFast`,
      expr: burn(slo, fast),
      severity: "critical",
      summary: `${summary}: a month's budget lasts 2 days`,
    },
    {
      ...shared,
      name: `${name}BurnSlow`,
      expr: burn(slo, slow),
      severity: "warning",
      summary: `${summary}: a month's budget lasts 5 days`,
    },
  ];
}

/** Share of errors above which both alerts fire whatever was promised: 14.4 times the errors that 90 % allows would be more than all. Ours. */
const mostErrors = 0.9;

/** Shares of requests need enough of them; the share of time for which a model was away does not. */
function burn(slo: string, { rate, long, short }: { rate: number; long: Window; short: Window }): string {
  const both = (sli: string): string =>
    [long, short]
      .map((window) => `${errorRatio(window)}{slo="${slo}",${sli}}`)
      .map((errors) => `${errors} > on (model) group_left () clamp_max(${rate} * (1 - slm:slo:objective{slo="${slo}"}), ${mostErrors})`)
      .join(" and ");
  const ofRequests = `${both('sli!="reach"')} and on (model) slm:requests:increase1h >= ${enoughRequests}`;
  // A model that is new has no history to be judged by; that it does not come up, ModelUnreachable tells.
  const known = `slm:model:up offset ${long === "1h" ? "30m" : "3h"}`;
  return slo === "availability" ? `(${ofRequests}) or (${both('sli="reach"')} and on (model) ${known})` : ofRequests;
}

const unreachable: Alert = {
  name: "ModelUnreachable",
  expr: "slm:model:up == 0",
  forSeconds: 60,
  severity: "critical",
  summary: "No replica of {{ $labels.model }} answers",
  duringRollout: "muted",
};

const queueGrowing: Alert = {
  name: "QueueGrowing",
  // An engine that is that busy misses a scrape now and then: the last minute counts, not the last answer.
  expr: `max_over_time(slm:requests_waiting:sum[1m]) / (max_over_time(slm:replicas:up[1m]) > 0) > ${longQueue}`,
  forSeconds: 120,
  severity: "warning",
  summary: '{{ printf "%.0f" $value }} requests per replica wait for {{ $labels.model }}',
  duringRollout: "told",
};

const kvCacheFull: Alert = {
  name: "KvCacheFull",
  expr: `slm:kv_cache_usage:max > ${fullCache}`,
  forSeconds: 300,
  severity: "warning",
  summary: "The key-value cache of {{ $labels.model }} is {{ $value | humanizePercentage }} full",
  duringRollout: "told",
};

const preemptions: Alert = {
  name: "Preemptions",
  expr: `slm:preemptions:rate5m > ${preemptionsPerSecond.toFixed(4)}`,
  forSeconds: 300,
  severity: "warning",
  summary: '{{ $labels.model }} throws started requests out of its cache, {{ printf "%.2f" $value }} a second',
  duringRollout: "told",
};
