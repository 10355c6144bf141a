import { selector } from "../engines/accessor";
import { faultReasons, seriesName } from "../engines/metric-roles";
import { type EngineName, engineTables } from "../engines/tables";
import { envoy, vllmHttp } from "./exporters";
import { type Fleet, type MonitoredModel, namesOf } from "./fleet";
import { type LatencyName, latencyNames, latencyRoles } from "./objectives";
import { anyOf, bucketBound, rateBy } from "./promql";
import { modelJob, own, seriesOf } from "./queries";
import type { RecordingRule } from "./rule";

/** Windows over which errors are counted: two for each burn rate, of "Alerting on SLOs" in the SRE Workbook, table 5-8. */
export const windows = ["5m", "30m", "1h", "6h", "3d"] as const;
export type Window = (typeof windows)[number];

/** Events and bad events per second, and their ratio, by model, `slo` and `sli`. */
export const eventRate = (window: Window): string => `slm:slo_events:rate${window}`;
const errorRate = (window: Window): string => `slm:slo_errors:rate${window}`;
export const errorRatio = (window: Window): string => `slm:slo_errors:ratio_rate${window}`;

/** Name of an objective in the label `slo`. */
export const sloNames: Readonly<Record<LatencyName, string>> = { firstToken: "first_token", timePerOutputToken: "time_per_output_token" };

/** Events of one source, and the bad ones among them, as PromQL; undefined where the fleet has no such source. */
interface Indicator {
  readonly slo: string;
  readonly sli: string;
  readonly events: string | undefined;
  readonly errors: string | undefined;
}

const shortest = "5m";

/**
 * What is counted over five minutes. Each source counts and is evaluated by itself: what the engine, its web server, and the gateway saw of the
 * same request are three indicators, and one that is blind hides none of the others.
 */
function indicators(fleet: Fleet): Indicator[] {
  return [
    ...latencyNames.map((name) => latency(fleet, name)),
    { slo: "availability", sli: "engine", ...engineRequests(fleet) },
    { slo: "availability", sli: "embeddings", ...embeddingRequests(fleet) },
    { slo: "availability", sli: "http", ...httpAnswers(fleet) },
    { slo: "availability", sli: "gateway", ...gatewayAnswers(fleet) },
    { slo: "availability", sli: "reach", ...reachability(fleet) },
  ];
}

/** Rules that are evaluated with every scrape: what is recorded over five minutes, and its means over the longer windows. */
export function sloRules(fleet: Fleet): RecordingRule[] {
  const recorded = indicators(fleet).flatMap(({ slo, sli, events, errors }): RecordingRule[] =>
    events && errors
      ? [
          { record: eventRate(shortest), expr: events, labels: { slo, sli } },
          // A counter that never counted has no series: then it is 0 of what was counted.
          { record: errorRate(shortest), expr: `${errors} or 0 * (${events})`, labels: { slo, sli } },
        ]
      : [],
  );
  return [...recorded, ...windows.filter((window) => window !== "3d").flatMap((window) => overWindow(fleet, window))];
}

/** Seconds between two evaluations of the slow rules. A series is forgotten five minutes after its last sample: it must have its next one well before. */
export const slowIntervalSeconds = 120;
/** Seconds over which the budget of errors is meant to last. */
const budgetSeconds = 30 * 86_400;

/**
 * Rules of the slowest tier, and what is left of the budget. Thirty days of series are not kept everywhere, so the mean decays: each
 * evaluation weighs what was before by its share of thirty days less. It outlives a day without an evaluation.
 */
export function slowSloRules(fleet: Fleet): RecordingRule[] {
  const decayed = (kind: "events" | "errors"): RecordingRule => {
    const record = `slm:slo_${kind}:decayed30d`;
    const share = slowIntervalSeconds / budgetSeconds;
    const now = `${share.toExponential(4)} * ${own(fleet, `slm:slo_${kind}:rate${shortest}`)}`;
    const before = `last_over_time(${own(fleet, record)}[1d])`;
    return { record, expr: `${1 - share} * ${before} + ${now} or ${before} or ${now}` };
  };
  const ratio = `${own(fleet, "slm:slo_errors:decayed30d")} / (${own(fleet, "slm:slo_events:decayed30d")} > 0)`;
  return [
    ...overWindow(fleet, "3d"),
    decayed("events"),
    decayed("errors"),
    {
      record: "slm:slo_budget:left_ratio",
      expr: `1 - max by (model, slo) (${ratio}) / on (model, slo) (1 - ${own(fleet, "slm:slo:objective")})`,
    },
  ];
}

/** Steps at which the five minutes are asked for, and how many of them a window has. */
const steps: Readonly<Record<Exclude<Window, "5m">, readonly [step: string, count: number]>> = {
  "30m": ["1m", 30],
  "1h": ["1m", 60],
  "6h": ["1m", 360],
  "3d": ["5m", 864],
};

/** Means over a window, in which time without a series counts as time without events: of a model that is new, few events stay few. */
function overWindow(fleet: Fleet, window: Window): RecordingRule[] {
  const ratio = { record: errorRatio(window), expr: `${own(fleet, errorRate(window))} / (${own(fleet, eventRate(window))} > 0)` };
  if (window === shortest) return [ratio];
  const [step, count] = steps[window];
  const mean = (name: string) => `sum_over_time(${own(fleet, name)}[${window}:${step}]) / ${count}`;
  return [
    { record: eventRate(window), expr: mean(eventRate(shortest)) },
    { record: errorRate(window), expr: mean(errorRate(shortest)) },
    ratio,
  ];
}

type Counted = Pick<Indicator, "events" | "errors">;

/** First tokens, and tokens, that came too late; models that share a histogram and a bound are one expression. */
function latency(fleet: Fleet, name: LatencyName): Indicator {
  const promises = new Map<string, MonitoredModel[]>();
  for (const model of fleet.models) {
    const series = seriesName(model.release, latencyRoles[name], "_bucket");
    const promised = model.objectives[name];
    if (!series || !promised) continue;
    const key = `${series} ${promised.seconds}`;
    promises.set(key, [...(promises.get(key) ?? []), model]);
  }
  const groups = [...promises.values()].map((models) => {
    const { release, objectives } = models[0]!;
    const matcher = `model=~"${models.map((model) => model.name).join("|")}"`;
    const count = rateBy(["model"], own(fleet, seriesName(release, latencyRoles[name], "_count")!, matcher), shortest);
    const bucket = own(fleet, seriesName(release, latencyRoles[name], "_bucket")!, matcher, bucketBound(objectives[name]!.seconds));
    return { count, late: `${count} - ${rateBy(["model"], bucket, shortest)}` };
  });
  const events = anyOf(groups.map(({ count }) => count));
  return { slo: sloNames[name], sli: "engine", events, errors: anyOf(groups.map(({ late }) => late)) };
}

const oneOf = (values: readonly string[]): string => `"${values.join("|")}"`;

/** Requests that an engine finished or refused; those that the client left or wrote badly do not count. One expression for each engine, whatever its releases. */
function engineRequests(fleet: Fleet): Counted {
  const engines = (Object.keys(engineTables) as EngineName[]).map((engine) => {
    const models = fleet.models.filter(({ release }) => release.engine === engine);
    const named = (role: "requestsFinished" | "requestsRejected") => [
      ...new Set(models.map(({ release }) => seriesName(release, role)).filter((name) => name !== undefined)),
    ];
    const { finished, left, rejected } = faultReasons[engine];
    const rates = (names: string[], matcher: string) => names.map((name) => `rate(${own(fleet, name, matcher)}[${shortest}])`);
    const refused = rates(named("requestsRejected"), `reason=~${oneOf(rejected)}`);
    const sum = (parts: string[]) => (parts.length > 0 ? `sum by (model) (${parts.join(" or ")})` : undefined);
    return {
      events: sum([...rates(named("requestsFinished"), `finished_reason!~${oneOf(left)}`), ...refused]),
      errors: sum([...rates(named("requestsFinished"), `finished_reason=~${oneOf(finished)}`), ...refused]),
    };
  });
  return { events: anyOf(engines.map(({ events }) => events)), errors: anyOf(engines.map(({ errors }) => errors)) };
}

/** Embedding requests of an engine that counts them apart: all of them may fail while chats are answered. */
function embeddingRequests(fleet: Fleet): Counted {
  const [name] = seriesOf(fleet, "embeddingsFinished");
  if (!name) return { events: undefined, errors: undefined };
  const { finished, left } = faultReasons.onnx;
  return {
    events: rateBy(["model"], own(fleet, name, `finished_reason!~${oneOf(left)}`), shortest),
    errors: rateBy(["model"], own(fleet, name, `finished_reason=~${oneOf(finished)}`), shortest),
  };
}

/** Answers of vLLM's web server: 5xx among those that are not the client's fault. The engine counts no request that it lost. */
function httpAnswers(fleet: Fleet): Counted {
  if (!fleet.models.some(({ release }) => release.engine === "vllm")) return { events: undefined, errors: undefined };
  const answers = (status: string) =>
    rateBy(["model"], own(fleet, selector(vllmHttp, "http_requests"), `job="${modelJob}"`, `status=~"${status}"`), shortest);
  return { events: answers("2xx|5xx"), errors: answers("5xx") };
}

/**
 * Answers 5xx and 429 among all. Envoy counts a 429 of a consumer's own limit as one of the cluster, too: it is no answer of the model, and taken
 * off. Nor is what was refused while a model that may have no replica had none.
 */
function gatewayAnswers(fleet: Fleet): Counted {
  if (!fleet.gateway) return { events: undefined, errors: undefined };
  const counted = (name: "envoy_cluster_upstream_rq" | "envoy_cluster_ratelimit_over_limit", ...matchers: string[]) =>
    rateBy(["model"], own(fleet, selector(envoy, name), 'model!=""', ...matchers), shortest);
  const all = counted("envoy_cluster_upstream_rq");
  const known = (part: string) => `(${part} or 0 * ${all})`;
  const limited = known(counted("envoy_cluster_ratelimit_over_limit"));
  const status = (pattern: string) => known(counted("envoy_cluster_upstream_rq", `envoy_response_code=~"${pattern}"`));
  return {
    events: `clamp_min(${all} - ${limited}, 0)${unlessAsleep(fleet)}`,
    errors: `${status("5..")} + clamp_min(${status("429")} - ${limited}, 0)${unlessAsleep(fleet)}`,
  };
}

/** Without the models that may have no replica, and had none now or when the shortest window began. */
function unlessAsleep(fleet: Fleet): string {
  const names = namesOf(fleet, ({ scalesToZero }) => scalesToZero === true);
  if (!names) return "";
  const up = own(fleet, "slm:replicas:up");
  const awake = `${up} > 0 and ${up} offset ${shortest} > 0`;
  return ` unless on (model) (${own(fleet, "slm:model:info", `model=~"${names}"`)} unless on (model) (${awake}))`;
}

/** The share of time for which no replica could be asked, as one event a second. */
function reachability(fleet: Fleet): Counted {
  const known = fleet.models.length > 0 && own(fleet, "slm:model:up");
  if (!known) return { events: undefined, errors: undefined };
  const up = `avg_over_time(${known}[${shortest}])`;
  return { events: `0 * ${up} + 1`, errors: `1 - ${up}` };
}
