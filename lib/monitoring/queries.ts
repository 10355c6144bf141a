import { selector } from "../engines/accessor";
import { type MetricRole, seriesName } from "../engines/metric-roles";
import { envoy, type kubeState } from "./exporters";
import { type Fleet, hasMetrics, type MonitoredModel, namesOf } from "./fleet";
import { aggregate, anyOf, quantileBy, rateBy, relabelled, select } from "./promql";

/** Labels that our scrape configuration puts on the series of every model server: `model`, `environment`, and `job` with this value. */
export const modelJob = "slm-models";
/** `job` of the gateway's series; they also have `model` and `environment`. */
export const gatewayJob = "slm-gateway";
/** `job` of the series of GPUs. */
export const gpuJob = "slm-gpus";

/** Matcher for the series of this environment alone: whoever scrapes and records puts the label on them. */
export const ours = ({ environment }: Pick<Fleet, "environment">): string => `environment="${environment}"`;

/** A series that our rules record, or that our targets have, of this environment alone. */
export const own = (fleet: Pick<Fleet, "environment">, name: string, ...matchers: (string | undefined)[]): string =>
  select(name, ours(fleet), ...matchers);

/** Where and over which time a query looks: a matcher such as `model="chat"`, and a PromQL duration. `by` are further labels, such as `pod`. */
export interface Scope {
  readonly match?: string;
  readonly window: string;
  readonly by?: readonly string[];
}

type Part = Parameters<typeof seriesName>[2];

/** The distinct series of a role in the fleet, one per name that its engine releases give it. */
export const seriesOf = (fleet: Fleet, role: MetricRole, part?: Part): string[] => [
  ...new Set(fleet.models.map(({ release }) => seriesName(release, role, part)).filter((name) => name !== undefined)),
];

/** Models that only the gateway can tell of. */
const viaGateway = (fleet: Fleet): string | undefined => (fleet.gateway ? namesOf(fleet, (model) => !hasMetrics(model)) : undefined);
const all = (labels: readonly string[] = []): string[] => ["model", ...labels];

/** Quantile of a latency, by model, in seconds. Of models in Ollama only the whole request is known, from the gateway, which counts in milliseconds. */
export function latencyQuantile(fleet: Fleet, role: MetricRole, quantile: number, { match, window, by }: Scope): string | undefined {
  const engines = seriesOf(fleet, role, "_bucket").map((name) => quantileBy(quantile, all(by), own(fleet, name, match), window));
  const names = role === "endToEndLatency" && !by ? viaGateway(fleet) : undefined;
  const buckets = names && own(fleet, selector(envoy, "envoy_cluster_upstream_rq_time"), `model=~"${names}"`, match);
  return anyOf([...engines, buckets && `${quantileBy(quantile, ["model"], buckets, window)} / 1000`]);
}

/** What one model has in a gauge, all its replicas together (`sum`), or in the fullest of them (`max`). */
export function gauge(
  fleet: Fleet,
  role: MetricRole,
  operator: "sum" | "max",
  { match, by }: Omit<Scope, "window"> = {},
): string | undefined {
  const engines = seriesOf(fleet, role).map((name) => aggregate(operator, all(by), own(fleet, name, match)));
  const names = role === "requestsRunning" && !by ? viaGateway(fleet) : undefined;
  const active = names && own(fleet, selector(envoy, "envoy_cluster_upstream_rq_active"), `model=~"${names}"`, match);
  return anyOf([...engines, active && aggregate(operator, ["model"], active)]);
}

/** Events per second of a counter, by model and further labels. */
export function counterRate(fleet: Fleet, role: MetricRole, { match, window, by }: Scope): string | undefined {
  return anyOf(seriesOf(fleet, role).map((name) => rateBy(all(by), own(fleet, name, match), window)));
}

/** Requests per second by model and outcome. An engine names its reason; the gateway its HTTP status, for models in Ollama. */
export function outcomes(fleet: Fleet, { match, window }: Scope): string | undefined {
  const engines = seriesOf(fleet, "requestsFinished").map((name) => rateBy(all(["finished_reason"]), own(fleet, name, match), window));
  const names = viaGateway(fleet);
  const requests = names && own(fleet, selector(envoy, "envoy_cluster_upstream_rq"), `model=~"${names}"`, match);
  const byStatus =
    requests && relabelled(rateBy(["model", "envoy_response_code"], requests, window), "finished_reason", "envoy_response_code", "(.*)");
  return anyOf([...engines, byStatus && aggregate("sum", ["model", "finished_reason"], byStatus)]);
}

/** Share of looked-up prompt tokens that the prefix cache held, 0 to 1; vLLM only. */
export function prefixCacheHitRatio(fleet: Fleet, scope: Scope): string | undefined {
  const hits = counterRate(fleet, "prefixCacheHits", scope);
  const lookups = counterRate(fleet, "prefixCacheQueries", scope);
  return hits && lookups && `(${hits}) / ((${lookups}) > 0)`;
}

/** Roles of pods: the server, and a pod that downloads and checks its weights. */
export type PodRole = "server" | "weights";
/** Series of ours that says which model a pod serves: kube-state-metrics knows only names. */
export const podInfo = (fleet: Fleet, role: PodRole): string => own(fleet, "slm:pod:info", `role="${role}"`);

/** What kube-state-metrics says of model servers' pods, with the label `model`. Pods that ended, and were left behind, are none. */
export const ofPods = (
  fleet: Fleet,
  role: PodRole,
  name: keyof typeof kubeState.metrics,
  match?: string,
  wrap = (selected: string): string => selected,
): string => `${wrap(select(name, `namespace="${fleet.namespace}"`, match))} * on (pod) group_left (model) ${podInfo(fleet, role)}`;

/** The same of their Deployments, by model. */
export const ofDeployments = (
  fleet: Fleet,
  name: keyof typeof kubeState.metrics,
  match?: string,
  wrap = (selected: string): string => selected,
): string =>
  `${wrap(select(name, `namespace="${fleet.namespace}"`, match))} * on (deployment) group_left (model) ${own(fleet, "slm:deployment:info")}`;

/** What a scaler goes by: requests that wait, the share of the cache in use, and requests in hand, running and waiting. */
export type Signal = "waiting" | "kvUse" | "concurrency";

/**
 * What a scaler asks for one model, all its replicas together: whoever divides it by their number has the average of one. Each answer is one
 * number, or none where a series is missing. Of an engine without metrics the gateway counts the requests in hand.
 * Never GPU utilisation, which is high for one busy client as for a full queue.
 */
export function scalerQueries(
  fleet: Pick<Fleet, "environment">,
  { name, release }: Pick<MonitoredModel, "name" | "release">,
): Partial<Record<Signal, string>> {
  const sum = (series: string | undefined) => series && `sum(${own(fleet, series, `model="${name}"`)})`;
  const waiting = sum(seriesName(release, "requestsWaiting"));
  const running = sum(seriesName(release, "requestsRunning"));
  const kvUse = sum(seriesName(release, "kvCacheUsage"));
  const concurrency = waiting && running ? `${running} + ${waiting}` : sum(selector(envoy, "envoy_cluster_upstream_rq_active"));
  return { ...(waiting ? { waiting } : {}), ...(kvUse ? { kvUse } : {}), ...(concurrency ? { concurrency } : {}) };
}
