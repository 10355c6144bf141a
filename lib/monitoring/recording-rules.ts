import { selector } from "../engines/accessor";
import { type EngineName, engineTables } from "../engines/tables";
import { envoy } from "./exporters";
import { coldStartSeconds, coldStartStages, type Fleet, hasMetrics, type MonitoredModel, namesOf } from "./fleet";
import { latencyNames } from "./objectives";
import { aggregate, anyOf, relabelled, select } from "./promql";
import { counterRate, gauge, modelJob, ofDeployments, own, type PodRole, seriesOf } from "./queries";
import type { RecordingRule } from "./rule";
import { eventRate, sloNames, sloRules } from "./slo-rules";

/** The recording rules that are evaluated with every scrape. Names are `slm:<what>:<how>`; nearly all have the label `model`. */
export function recordingRules(fleet: Fleet): RecordingRule[] {
  return [...constants(fleet), ...kubernetesNames(fleet), ...state(fleet), ...sloRules(fleet), ...totals(fleet)];
}

const constant = (record: string, value: number, labels: Record<string, string>): RecordingRule => ({
  record,
  expr: `vector(${value})`,
  labels,
});

/** What the environment says: which models there should be, what they promise and cost, how long they may take to start. */
function constants({ models, keys = [] }: Fleet): RecordingRule[] {
  return [
    ...models.flatMap(constantsOf),
    ...keys.map(({ name: key, expiresAt }) => constant("slm:key:expiry_timestamp_seconds", Date.parse(expiresAt) / 1000, { key })),
  ];
}

function constantsOf({ name: model, release, objectives, coldStart, usdPerHour }: MonitoredModel): RecordingRule[] {
  return [
    constant("slm:model:info", 1, { model, engine: release.engine, version: release.version }),
    constant("slm:slo:objective", objectives.availability, { model, slo: "availability" }),
    ...latencyNames.flatMap((name) => {
      const promised = objectives[name];
      return promised ? [constant("slm:slo:objective", promised.ratio, { model, slo: sloNames[name] })] : [];
    }),
    constant("slm:cold_start:budget_seconds", coldStartSeconds(coldStart), { model, stage: "all" }),
    ...Object.entries(coldStartStages(coldStart)).map(([stage, seconds]) =>
      constant("slm:cold_start:budget_seconds", seconds, { model, stage }),
    ),
    ...(usdPerHour === undefined ? [] : [constant("slm:replica:usd_per_hour", usdPerHour, { model })]),
  ];
}

const engines = (Object.keys(engineTables) as EngineName[]).join("|");
/** The model in the name of a pod of its Deployment, `<model>-<engine>`, and of its download's job; names of engines, replica sets, hashes and pods hold no dash. */
const podPatterns: Readonly<Record<PodRole, string>> = {
  server: `(.+)-(?:${engines})-[a-z0-9]+-[a-z0-9]+`,
  weights: `(.+)-(?:${engines})-download-[0-9a-f]+-[a-z0-9]+`,
};
const deploymentPattern = `(.+)-(?:${engines})`;

/** Which model each pod, Deployment and replica set in the namespace is of, distinguished from its name. */
function kubernetesNames(fleet: Fleet): RecordingRule[] {
  if (fleet.kubeState === false) return [];
  const named = (
    record: string,
    from: string,
    label: string,
    pattern: string,
    overrides: Pick<RecordingRule, "labels"> = {},
  ): RecordingRule => ({
    record,
    expr: `max by (model, ${label}) (${relabelled(from, "model", label, pattern)}) and on (model) ${own(fleet, "slm:model:info")}`,
    ...overrides,
  });
  const here = (name: string, match: string) => select(name, `namespace="${fleet.namespace}"`, match);
  const gone = `${here("kube_pod_status_phase", 'phase=~"Failed|Succeeded"')} == 1`;
  const pods = (["server", "weights"] as const).map((role) => {
    const living = `${here("kube_pod_created", `pod=~"${podPatterns[role]}"`)} >= bool 0 unless on (pod) ${gone}`;
    return named("slm:pod:info", living, "pod", podPatterns[role], { labels: { role } });
  });
  const deployments = `${here("kube_deployment_spec_replicas", `deployment=~"${deploymentPattern}"`)} >= bool 0`;
  const newest = here("kube_replicaset_created", `replicaset=~"${deploymentPattern}-[a-z0-9]+"`);
  const ofDownloads = `pod=~"${podPatterns.weights}"`;
  const failed = `${here("kube_pod_status_phase", `phase="Failed",${ofDownloads}`)} == 1 and on (pod) time() - ${here("kube_pod_created", ofDownloads)} < 3600`;
  return [
    ...pods,
    {
      record: "slm:download:failed_pods",
      expr: `count by (model) (${relabelled(failed, "model", "pod", podPatterns.weights)}) and on (model) ${own(fleet, "slm:model:info")}`,
    },
    named("slm:deployment:info", deployments, "deployment", deploymentPattern),
    {
      record: "slm:rollout:started_timestamp_seconds",
      expr: `max by (model) (${relabelled(newest, "model", "replicaset", `${deploymentPattern}-[a-z0-9]+`)}) and on (model) ${own(fleet, "slm:model:info")}`,
    },
  ];
}

/** The state of each model under one name, whatever its engine calls it. */
function state(fleet: Fleet): RecordingRule[] {
  const window = { window: "5m" };
  const rules: [string, string | undefined][] = [
    ["slm:model:up", modelUp(fleet)],
    ["slm:replicas:up", replicasUp(fleet)],
    ["slm:requests_waiting:sum", gauge(fleet, "requestsWaiting", "sum")],
    ["slm:requests_running:sum", gauge(fleet, "requestsRunning", "sum")],
    ["slm:kv_cache_usage:max", gauge(fleet, "kvCacheUsage", "max")],
    ["slm:preemptions:rate5m", counterRate(fleet, "preemptions", window)],
    ["slm:prompt_tokens:rate5m", counterRate(fleet, "promptTokens", window)],
    ["slm:generation_tokens:rate5m", counterRate(fleet, "generationTokens", window)],
  ];
  return rules.flatMap(([record, expr]) => (expr ? [{ record, expr }] : []));
}

/** Replicas that can be asked: a server that says itself whether it is ready is believed, of others the scrape is. */
function answering(fleet: Fleet): string | undefined {
  if (!namesOf(fleet, hasMetrics)) return undefined;
  const scraped = own(fleet, "up", `job="${modelJob}"`);
  const ready = seriesOf(fleet, "ready").map((name) => own(fleet, name));
  return [...ready, scraped].join(" or on (model, pod) ");
}

/**
 * 1 where at least one replica is up, else 0: by its metrics, or, for engines without any, by its Deployment's available replicas or the
 * gateway's healthy endpoints. A model that must have a replica at all times is 0, and not nothing, when there is no pod to be asked.
 */
function modelUp(fleet: Fleet): string | undefined {
  const isMeasured = ({ release, scalesToZero }: MonitoredModel): boolean =>
    !scalesToZero && (release.engine !== "ollama" || fleet.kubeState !== false || fleet.gateway !== undefined);
  const always = namesOf(fleet, isMeasured);
  const others = withoutMetrics(fleet, "max", (model) => !model.scalesToZero);
  const asked = answering(fleet);
  return anyOf([
    asked && aggregate("max", ["model"], asked),
    ...others.map((replicas) => `clamp_max(${replicas}, 1)`),
    always && `0 * ${aggregate("max", ["model"], own(fleet, "slm:model:info", `model=~"${always}"`))}`,
  ]);
}

/** Replicas of models whose engine has no metrics, by who can tell. */
function withoutMetrics(fleet: Fleet, operator: "max" | "sum", wanted: (model: MonitoredModel) => boolean): string[] {
  const names = namesOf(fleet, (model) => !hasMetrics(model) && wanted(model));
  if (!names) return [];
  const known = `${ofDeployments(fleet, "kube_deployment_status_replicas_available")} and on (model) ${own(fleet, "slm:model:info", `model=~"${names}"`)}`;
  // Each of the gateway's pods knows all endpoints.
  const healthy = aggregate("max", ["model"], own(fleet, selector(envoy, "envoy_cluster_membership_healthy"), `model=~"${names}"`));
  return [...(fleet.kubeState === false ? [] : [aggregate(operator, ["model"], known)]), ...(fleet.gateway ? [healthy] : [])];
}

function replicasUp(fleet: Fleet): string | undefined {
  const asked = answering(fleet);
  return anyOf([asked && aggregate("sum", ["model"], asked), ...withoutMetrics(fleet, "sum", () => true)]);
}

/** Sums for people: requests and tokens of the last hour, and what the replicas that there are cost, those that load included. */
function totals(fleet: Fleet): RecordingRule[] {
  const requests = aggregate("max", ["model"], own(fleet, eventRate("1h"), 'slo="availability"', 'sli!="reach"'));
  const counted = namesOf(fleet, hasMetrics) !== undefined || fleet.gateway !== undefined;
  const priced = fleet.models.some(({ usdPerHour }) => usdPerHour !== undefined);
  const living = fleet.kubeState === false ? [] : [`count by (model) (${own(fleet, "slm:pod:info", 'role="server"')})`];
  const replicas = [...living, own(fleet, "slm:replicas:up")].join(" or on (model) ");
  const tokens = (["prompt", "generation"] as const).flatMap((kind) =>
    seriesOf(fleet, `${kind}Tokens`).length > 0
      ? [{ record: `slm:${kind}_tokens:rate1h`, expr: `avg_over_time(${own(fleet, `slm:${kind}_tokens:rate5m`)}[1h])` }]
      : [],
  );
  return [
    ...(counted ? [{ record: "slm:requests:increase1h", expr: `3600 * ${requests}` }] : []),
    ...tokens,
    ...(priced
      ? [{ record: "slm:cost:usd_per_hour", expr: `(${replicas}) * on (model) group_left () ${own(fleet, "slm:replica:usd_per_hour")}` }]
      : []),
  ];
}
