import { selector } from "../engines/accessor";
import { faultReasons, seriesName } from "../engines/metric-roles";
import { envoy } from "./exporters";
import { coldStartSeconds, coldStartStages, type Fleet, hasMetrics, type MonitoredModel, namesOf } from "./fleet";
import { aggregate, anyOf, rateBy, select } from "./promql";
import { counterRate, gauge, modelJob, ofDeployments, slowFirstTokens } from "./queries";
import type { RecordingRule } from "./rule";

/** Windows over which errors are counted: two for each burn rate, of "Alerting on SLOs" in the SRE Workbook, table 5-8. */
export const windows = ["5m", "30m", "1h", "6h"] as const;
export type Window = (typeof windows)[number];

/** Share of bad events by model, `slo` and `sli`. */
export const errorRatio = (window: Window): string => `slm:slo_errors:ratio_rate${window}`;

/** Every recording rule of a fleet. Names are `slm:<what>:<how>`; all have the label `model`. */
export function recordingRules(fleet: Fleet): RecordingRule[] {
  return [...constants(fleet), ...state(fleet), ...errors(fleet), ...cost(fleet)];
}

const constant = (record: string, value: number, labels: Record<string, string>): RecordingRule => ({
  record,
  expr: `vector(${value})`,
  labels,
});

/** What the environment says: which models there should be, what they promise, how long they may take to start. */
function constants({ models, keys = [] }: Fleet): RecordingRule[] {
  return [
    ...models.flatMap(({ name: model, release, objectives, coldStart }) => [
      constant("slm:model:info", 1, { model, engine: release.engine, version: release.version }),
      constant("slm:slo:objective", objectives.availability, { model, slo: "availability" }),
      ...(objectives.firstToken ? [constant("slm:slo:objective", objectives.firstToken.ratio, { model, slo: "first_token" })] : []),
      constant("slm:cold_start:budget_seconds", coldStartSeconds(coldStart), { model, stage: "all" }),
      ...Object.entries(coldStartStages(coldStart)).map(([stage, seconds]) =>
        constant("slm:cold_start:budget_seconds", seconds, { model, stage }),
      ),
    ]),
    ...keys.map(({ name: key, expiresAt }) => constant("slm:key:expiry_timestamp_seconds", Date.parse(expiresAt) / 1000, { key })),
  ];
}

/** The state of each model under one name, whatever its engine calls it. */
function state(fleet: Fleet): RecordingRule[] {
  const window = { window: "5m" };
  const rules: [string, string | undefined][] = [
    ["slm:model:up", modelUp(fleet)],
    ["slm:replicas:up", replicasUp(fleet)],
    ["slm:requests:increase1h", finishedInAnHour(fleet)],
    ["slm:requests_waiting:sum", gauge(fleet, "requestsWaiting", "sum")],
    ["slm:requests_running:sum", gauge(fleet, "requestsRunning", "sum")],
    ["slm:kv_cache_usage:max", gauge(fleet, "kvCacheUsage", "max")],
    ["slm:preemptions:rate5m", counterRate(fleet, "preemptions", window)],
    ["slm:prompt_tokens:rate5m", counterRate(fleet, "promptTokens", window)],
    ["slm:generation_tokens:rate5m", counterRate(fleet, "generationTokens", window)],
  ];
  return rules.flatMap(([record, expr]) => (expr ? [{ record, expr }] : []));
}

/**
 * 1 where at least one replica is up, else 0: by its metrics, or, for engines without any, by its Deployment's available replicas or the
 * gateway's healthy endpoints. A model that must have a replica at all times is 0, and not nothing, when there is no pod to be asked.
 */
function modelUp(fleet: Fleet): string | undefined {
  const seen = ({ release, scalesToZero }: MonitoredModel): boolean =>
    !scalesToZero && (release.engine !== "ollama" || fleet.kubeState !== false || fleet.gateway !== undefined);
  const always = namesOf(fleet, seen);
  const others = withoutMetrics(fleet, "max", (model) => !model.scalesToZero);
  return anyOf([
    namesOf(fleet, hasMetrics) && aggregate("max", ["model"], select("up", `job="${modelJob}"`)),
    ...others.map((replicas) => `clamp_max(${replicas}, 1)`),
    always && `0 * ${aggregate("max", ["model"], select("slm:model:info", `model=~"${always}"`))}`,
  ]);
}

/** Replicas of models whose engine has no metrics, by who can tell. */
function withoutMetrics(fleet: Fleet, operator: "max" | "sum", wanted: (model: MonitoredModel) => boolean): string[] {
  const names = namesOf(fleet, (model) => !hasMetrics(model) && wanted(model));
  if (!names) return [];
  const available = aggregate(operator, ["model"], ofDeployments(fleet, "kube_deployment_status_replicas_available", names));
  // Each of the gateway's pods knows all endpoints.
  const healthy = aggregate("max", ["model"], select(selector(envoy, "envoy_cluster_membership_healthy"), `model=~"${names}"`));
  return [...(fleet.kubeState === false ? [] : [available]), ...(fleet.gateway ? [healthy] : [])];
}

/** Requests of the last hour: alerts about a share of them need enough of them. */
function finishedInAnHour(fleet: Fleet): string | undefined {
  const engines = counterRate(fleet, "requestsFinished", { window: "1h" });
  const gateway = fleet.gateway && rateBy(["model"], select(selector(envoy, "envoy_cluster_upstream_rq"), 'model!=""'), "1h");
  const perSecond = anyOf([gateway, engines]);
  return perSecond && `3600 * (${perSecond})`;
}

function replicasUp(fleet: Fleet): string | undefined {
  return anyOf([
    namesOf(fleet, hasMetrics) && aggregate("sum", ["model"], select("up", `job="${modelJob}"`)),
    ...withoutMetrics(fleet, "sum", () => true),
  ]);
}

/** Errors by window: late first tokens; and of availability what the engine, the gateway and the mere reach of the model say. */
function errors(fleet: Fleet): RecordingRule[] {
  return windows.flatMap((window) => {
    const rules: [Record<string, string>, string | undefined][] = [
      [{ slo: "first_token", sli: "engine" }, slowFirstTokens(fleet, window)],
      [{ slo: "availability", sli: "engine" }, anyOf(fleet.models.map((model) => failed(model, window)))],
      [{ slo: "availability", sli: "gateway" }, fleet.gateway && failedAtGateway(window)],
      [{ slo: "availability", sli: "reach" }, `1 - avg_over_time(slm:model:up[${window}])`],
    ];
    return rules.flatMap(([labels, expr]) => (expr ? [{ record: errorRatio(window), expr, labels }] : []));
  });
}

const oneOf = (values: readonly string[]): string => `"${values.join("|")}"`;

/** Share of a model's requests that its engine failed or refused; requests that the client left do not count. */
function failed({ name, release }: MonitoredModel, window: Window): string | undefined {
  const finished = seriesName(release, "requestsFinished");
  const rejected = seriesName(release, "requestsRejected");
  if (!finished) return undefined;
  const reasons = faultReasons[release.engine];
  const model = `model="${name}"`;
  const bad = rateBy(["model"], select(finished, model, `finished_reason=~${oneOf(reasons.finished)}`), window);
  const all = rateBy(["model"], select(finished, model, `finished_reason!~${oneOf(reasons.left)}`), window);
  if (!rejected) return `(${bad} or 0 * ${all}) / (${all} > 0)`;
  const refused = `(${rateBy(["model"], select(rejected, model, `reason=~${oneOf(reasons.rejected)}`), window)} or 0 * ${all})`;
  return `((${bad} or 0 * ${all}) + ${refused}) / ((${all} + ${refused}) > 0)`;
}

/** Answers 5xx and 429 among all; a 429 of a consumer's own limit never reaches the cluster, so this one is the engine's. */
function failedAtGateway(window: Window): string {
  const all = selector(envoy, "envoy_cluster_upstream_rq");
  const total = rateBy(["model"], select(all, 'model!=""'), window);
  return `(${rateBy(["model"], select(all, 'model!=""', 'envoy_response_code=~"5..|429"'), window)} or 0 * ${total}) / (${total} > 0)`;
}

/** USD per hour of the replicas that are up. */
function cost({ models }: Fleet): RecordingRule[] {
  const expr = anyOf(
    models.map(({ name, usdPerHour }) => (usdPerHour === undefined ? undefined : `${usdPerHour} * slm:replicas:up{model="${name}"}`)),
  );
  return expr ? [{ record: "slm:cost:usd_per_hour", expr }] : [];
}
