import { selector } from "../engines/accessor";
import { type MetricRole, seriesName } from "../engines/metric-roles";
import { envoy, type kubeState } from "./exporters";
import { type Fleet, hasMetrics, type MonitoredModel, namesOf } from "./fleet";
import { aggregate, anyOf, bucketBound, quantileBy, rateBy, relabelled, select } from "./promql";

/** Labels that our scrape configuration puts on the series of every model server: `model`, and `job` with this value. */
export const modelJob = "slm-models";
/** `job` of the gateway's series; they also have `model`. */
export const gatewayJob = "slm-gateway";

/** Where and over which time a query looks: a matcher such as `model="chat"`, and a PromQL duration. */
export interface Scope {
  readonly match?: string;
  readonly window: string;
}

type Part = Parameters<typeof seriesName>[2];

/** The distinct series of a role in the fleet, one per engine release that has it. */
const seriesOf = (fleet: Fleet, role: MetricRole, part?: Part): string[] => [
  ...new Set(fleet.models.map(({ release }) => seriesName(release, role, part)).filter((name) => name !== undefined)),
];

/** Models that only the gateway can tell of. */
const viaGateway = (fleet: Fleet): string | undefined => (fleet.gateway ? namesOf(fleet, (model) => !hasMetrics(model)) : undefined);

/** Quantile of a latency, by model, in seconds. Of models in Ollama only the whole request is known, from the gateway, which counts in milliseconds. */
export function latencyQuantile(fleet: Fleet, role: MetricRole, quantile: number, { match, window }: Scope): string | undefined {
  const engines = seriesOf(fleet, role, "_bucket").map((name) => quantileBy(quantile, ["model"], select(name, match), window));
  const names = role === "endToEndLatency" ? viaGateway(fleet) : undefined;
  const buckets = names && select(selector(envoy, "envoy_cluster_upstream_rq_time"), `model=~"${names}"`, match);
  return anyOf([...engines, buckets && `${quantileBy(quantile, ["model"], buckets, window)} / 1000`]);
}

/** What one model has in a gauge, all its replicas together (`sum`), or in the fullest of them (`max`). */
export function gauge(fleet: Fleet, role: MetricRole, operator: "sum" | "max", match?: string): string | undefined {
  const engines = seriesOf(fleet, role).map((name) => aggregate(operator, ["model"], select(name, match)));
  const names = role === "requestsRunning" ? viaGateway(fleet) : undefined;
  const active = names && select(selector(envoy, "envoy_cluster_upstream_rq_active"), `model=~"${names}"`, match);
  return anyOf([...engines, active && aggregate(operator, ["model"], active)]);
}

/** Events per second of a counter, by model and further labels. */
export function counterRate(fleet: Fleet, role: MetricRole, { match, window }: Scope, ...labels: string[]): string | undefined {
  return anyOf(seriesOf(fleet, role).map((name) => rateBy(["model", ...labels], select(name, match), window)));
}

/** Requests per second by model and outcome. An engine names its reason; the gateway its HTTP status, for models in Ollama. */
export function outcomes(fleet: Fleet, { match, window }: Scope): string | undefined {
  const engines = seriesOf(fleet, "requestsFinished").map((name) => rateBy(["model", "finished_reason"], select(name, match), window));
  const names = viaGateway(fleet);
  const all = names && select(selector(envoy, "envoy_cluster_upstream_rq"), `model=~"${names}"`, match);
  const byStatus =
    all && relabelled(rateBy(["model", "envoy_response_code"], all, window), "finished_reason", "envoy_response_code", "(.*)");
  return anyOf([...engines, byStatus && aggregate("sum", ["model", "finished_reason"], byStatus)]);
}

/** Share of looked-up prompt tokens that the prefix cache held, 0 to 1; vLLM only. */
export function prefixCacheHitRatio(fleet: Fleet, scope: Scope): string | undefined {
  const hits = counterRate(fleet, "prefixCacheHits", scope);
  const lookups = counterRate(fleet, "prefixCacheQueries", scope);
  return hits && lookups && `(${hits}) / ((${lookups}) > 0)`;
}

/** Share of first tokens that came too late, 0 to 1, by model; each model by its own objective. */
export function slowFirstTokens(fleet: Fleet, window: string): string | undefined {
  return anyOf(fleet.models.map((model) => slowFirstTokensOf(model, window)));
}

function slowFirstTokensOf({ name, release, objectives }: MonitoredModel, window: string): string | undefined {
  const buckets = seriesName(release, "timeToFirstToken", "_bucket");
  const count = seriesName(release, "timeToFirstToken", "_count");
  if (!objectives.firstToken || !buckets || !count) return undefined;
  const model = `model="${name}"`;
  const good = rateBy(["model"], select(buckets, model, bucketBound(objectives.firstToken.seconds)), window);
  return `1 - ${good} / (${rateBy(["model"], select(count, model), window)} > 0)`;
}

/** The model in the name of a pod of its Deployment, `<model>-<engine>`; names of engines, replica sets and pods hold no dash. */
const podPattern = (names: string): string => `(${names})-[a-z]+-[a-z0-9]+-[a-z0-9]+`;
/** The same for its Deployment, and for the pod that brings and checks its weights. */
const deploymentPattern = (names: string): string => `(${names})-[a-z]+`;
const weightsPodPattern = (names: string): string => `(${names})-bring-[a-z0-9]+`;

/** The series of model servers' pods that kube-state-metrics has, with the label `model`. */
export function ofPods(fleet: Fleet, name: keyof typeof kubeState.metrics, match?: string, wrap = (selected: string) => selected): string {
  const pods = podPattern(namesOf(fleet) ?? "");
  return relabelled(wrap(select(name, `namespace="${fleet.namespace}"`, `pod=~"${pods}"`, match)), "model", "pod", pods);
}

/** The same for the pods that bring their weights. */
export function ofWeightsPods(
  fleet: Fleet,
  name: keyof typeof kubeState.metrics,
  match?: string,
  wrap = (selected: string) => selected,
): string {
  const pods = weightsPodPattern(namesOf(fleet) ?? "");
  return relabelled(wrap(select(name, `namespace="${fleet.namespace}"`, `pod=~"${pods}"`, match)), "model", "pod", pods);
}

/** The same for their Deployments. */
export function ofDeployments(fleet: Fleet, name: keyof typeof kubeState.metrics, names = namesOf(fleet) ?? ""): string {
  const deployments = deploymentPattern(names);
  return relabelled(select(name, `namespace="${fleet.namespace}"`, `deployment=~"${deployments}"`), "model", "deployment", deployments);
}

/**
 * What a scaler asks for one model: requests that wait, all replicas together, and the fullest cache.
 * Never GPU utilisation, which is high for one busy client as for a full queue.
 */
export function scalerQueries({ name, release }: MonitoredModel): { waiting?: string; kvCacheUsage?: string } {
  const waiting = seriesName(release, "requestsWaiting");
  const usage = seriesName(release, "kvCacheUsage");
  return {
    ...(waiting ? { waiting: `sum(${select(waiting, `model="${name}"`)})` } : {}),
    ...(usage ? { kvCacheUsage: `max(${select(usage, `model="${name}"`)})` } : {}),
  };
}
