import { coldStartSeconds, type Fleet, hasMetrics } from "./fleet";
import { aggregate, select } from "./promql";
import { modelJob, ofDeployments, ofPods, own, type PodRole } from "./queries";
import type { Alert } from "./rule";

/** Restarts that make a loop of them, losses of replicas that are no chance, and pods of a download that failed within an hour and make it one that fails. Ours. */
const restarts = { crashLoop: 3, flapping: 3, download: 2 };
/** Why a container waits that nothing but a change will start. */
const cannotStart = "ImagePullBackOff|ErrImagePull|InvalidImageName|ErrImageNeverPull|CreateContainerConfigError|CreateContainerError";

/** Alerts from what Kubernetes says about the model servers' pods. */
export function kubernetesAlerts(fleet: Fleet): Alert[] {
  if (fleet.kubeState === false) return fleet.models.some(hasMetrics) ? [replicaUnready(fleet)] : [];
  const all = [
    coldStartOverBudget,
    replicaUnready,
    replicaFlapping,
    crashLoop,
    containerRestarting,
    containerOomKilled,
    containerCannotStart,
    weightsDownloadFailing,
    rollingOut,
    rolloutStuck,
  ];
  return all.map((alert) => alert(fleet));
}

const byPod = (operator: "max" | "min", expression: string): string => aggregate(operator, ["model", "pod"], expression);
const byModel = (expression: string): string => aggregate("max", ["model"], expression);
const budget = (fleet: Fleet): string => own(fleet, "slm:cold_start:budget_seconds", 'stage="all"');
const longestColdStart = ({ models }: Fleet): number => Math.max(...models.map(({ coldStart }) => coldStartSeconds(coldStart)));

/**
 * A pod that was ready in the last hours is not cold, whatever it is now; one that ended and was left behind is none. A pod that no node takes has
 * no container whose state could be told, so it counts by its age.
 */
function coldStartOverBudget(fleet: Fleet): Alert {
  const created = byPod("max", ofPods(fleet, "server", "kube_pod_created"));
  const ready = ofPods(fleet, "server", "kube_pod_container_status_ready", undefined, (selected) => `max_over_time(${selected}[6h])`);
  return {
    name: "ColdStartOverBudget",
    expr: `time() - ${created} > on (model) group_left () ${budget(fleet)} unless on (model, pod) ${byPod("max", ready)} == 1`,
    forSeconds: 0,
    severity: "warning",
    summary: "Pod {{ $labels.pod }} of {{ $labels.model }} is not ready after {{ $value | humanizeDuration }}, longer than its budget",
    duringRollout: "notify",
  };
}

/**
 * The rest of the replicas may well carry the load, so that nothing else is seen of it: for longer than the longest cold start it is no start.
 * Without kube-state-metrics, replicas are missed by their scrapes.
 */
function replicaUnready(fleet: Fleet): Alert {
  const silent = `count by (model) (${own(fleet, "up", `job="${modelJob}"`)} == 0)`;
  const wanted = byModel(ofDeployments(fleet, "kube_deployment_spec_replicas"));
  const available = byModel(ofDeployments(fleet, "kube_deployment_status_replicas_available"));
  return {
    name: "ReplicaUnready",
    expr: fleet.kubeState === false ? silent : `${wanted} - ${available} > 0`,
    forSeconds: Math.max(900, longestColdStart(fleet)),
    severity: "warning",
    summary: "{{ $value }} replicas of {{ $labels.model }} are not available, for longer than a cold start takes",
    duringRollout: "notify",
  };
}

/** A replica that is taken away and comes again is never missed for long: how often is counted, but for those that nobody wants any more. */
function replicaFlapping(fleet: Fleet): Alert {
  const drops = (name: "kube_deployment_status_replicas_available" | "kube_deployment_spec_replicas") =>
    byModel(ofDeployments(fleet, name, undefined, (selected) => `resets(${selected}[3h])`));
  return {
    name: "ReplicaFlapping",
    expr: `${drops("kube_deployment_status_replicas_available")} - ${drops("kube_deployment_spec_replicas")} >= ${restarts.flapping}`,
    forSeconds: 60,
    severity: "warning",
    summary: "Replicas of {{ $labels.model }} were lost {{ $value }} times within three hours",
    duringRollout: "notify",
  };
}

const waiting = (fleet: Fleet, role: PodRole, reason: string): string =>
  byPod(
    "max",
    ofPods(fleet, role, "kube_pod_container_status_waiting_reason", `reason=~"${reason}"`, (selected) => `max_over_time(${selected}[5m])`),
  );
const restarted = (fleet: Fleet, role: PodRole, window: string): string =>
  byPod(
    "max",
    ofPods(fleet, role, "kube_pod_container_status_restarts_total", undefined, (selected) => `increase(${selected}[${window}])`),
  );

/** A server that dies after each cold start dies a few times an hour at most: six hours are counted, while the last end is younger than two cold starts. */
function crashLoop(fleet: Fleet): Alert {
  const recent = `${Math.max(1800, 2 * longestColdStart(fleet))}s`;
  return {
    name: "CrashLoop",
    expr:
      `${restarted(fleet, "server", "6h")} >= ${restarts.crashLoop} and on (model, pod) ${restarted(fleet, "server", recent)} > 0` +
      ` or ${waiting(fleet, "server", "CrashLoopBackOff")} >= 1`,
    forSeconds: 60,
    severity: "critical",
    summary: "Pod {{ $labels.pod }} of {{ $labels.model }} ends again and again",
    duringRollout: "notify",
  };
}

/** A server that dies every few hours is no loop, and each time some requests with it. */
const containerRestarting = (fleet: Fleet): Alert => ({
  name: "ContainerRestarting",
  expr:
    `${restarted(fleet, "server", "1d")} >= ${restarts.crashLoop} and on (model, pod) ${restarted(fleet, "server", "6h")} > 0` +
    ` unless on (model, pod) ${restarted(fleet, "server", "6h")} >= ${restarts.crashLoop}`,
  forSeconds: 60,
  severity: "warning",
  summary: 'Pod {{ $labels.pod }} of {{ $labels.model }} ended {{ printf "%.0f" $value }} times within a day',
  duringRollout: "notify",
});

function containerOomKilled(fleet: Fleet): Alert {
  const killed = (role: PodRole) =>
    `${byPod("max", ofPods(fleet, role, "kube_pod_container_status_last_terminated_reason", 'reason="OOMKilled"'))} == 1` +
    ` and on (model, pod) ${restarted(fleet, role, "1h")} > 0`;
  return {
    name: "ContainerOomKilled",
    expr: `(${killed("server")}) or (${killed("weights")})`,
    forSeconds: 0,
    severity: "warning",
    summary: "Pod {{ $labels.pod }} of {{ $labels.model }} was ended for taking more memory than its limit",
    duringRollout: "notify",
  };
}

function containerCannotStart(fleet: Fleet): Alert {
  const init = (role: PodRole) =>
    byPod("max", ofPods(fleet, role, "kube_pod_init_container_status_waiting_reason", `reason=~"${cannotStart}"`));
  const stuck = (["server", "weights"] as const).flatMap((role) => [waiting(fleet, role, cannotStart), init(role)]);
  return {
    name: "ContainerCannotStart",
    expr: stuck.map((expression) => `${expression} >= 1`).join(" or "),
    forSeconds: 120,
    severity: "critical",
    summary: "Pod {{ $labels.pod }} of {{ $labels.model }} cannot start a container: its image or a secret is missing",
    duringRollout: "notify",
  };
}

/** The weights come by a job of their own: a pod that ends with an error is followed by another. */
const weightsDownloadFailing = (fleet: Fleet): Alert => ({
  name: "WeightsDownloadFailing",
  expr: `${own(fleet, "slm:download:failed_pods")} >= ${restarts.download}`,
  forSeconds: 0,
  severity: "critical",
  summary: "The weights of {{ $labels.model }} do not arrive: {{ $value }} pods of their download failed within an hour",
  duringRollout: "notify",
});

/** 1 of each model whose Deployment has not completed its template. */
const progressing = (fleet: Fleet): string =>
  `${byModel(
    ofDeployments(
      fleet,
      "kube_deployment_status_condition",
      'condition="Progressing",status="true",reason=~"NewReplicaSetCreated|FoundNewReplicaSet|ReplicaSetUpdated"',
    ),
  )} == 1`;

/**
 * Not a fault: while it fires, Alertmanager mutes what a rollout of the same model is expected to cause. A rollout is a new template that the
 * Deployment has not completed: Kubernetes keeps the reason NewReplicaSetAvailable through evictions and changes of the number of replicas
 * (pkg/controller/deployment/progress.go, syncRolloutStatus). Each replica set mutes for one cold start per replica, no longer.
 */
function rollingOut(fleet: Fleet): Alert {
  const wanted = byModel(ofDeployments(fleet, "kube_deployment_spec_replicas"));
  const age = `time() - ${own(fleet, "slm:rollout:started_timestamp_seconds")}`;
  return {
    name: "ModelRollingOut",
    expr: `${progressing(fleet)} and on (model) (${age} < on (model) ${budget(fleet)} * on (model) clamp_min(${wanted}, 1))`,
    forSeconds: 0,
    severity: "none",
    summary: "{{ $labels.model }} rolls out: alerts that it is expected to cause are muted",
    duringRollout: "notify",
  };
}

/** Kubernetes waits no longer for a new template, or a quarter of a day has passed and whoever should decide that does not; the old pods may still answer. */
const rolloutStuck = (fleet: Fleet): Alert => ({
  name: "RolloutStuck",
  expr:
    `${byModel(ofDeployments(fleet, "kube_deployment_status_condition", 'condition="Progressing",status="false"'))} == 1` +
    ` or count_over_time((${progressing(fleet)})[6h:5m]) >= 70`,
  forSeconds: 60,
  severity: "warning",
  summary: "The rollout of {{ $labels.model }} makes no progress within its deadline, or never ends",
  duringRollout: "notify",
});

/** kube-state-metrics itself, by what every Deployment of ours has. */
export const kubeStateSeries = ({ namespace }: Fleet): string => select("kube_deployment_spec_replicas", `namespace="${namespace}"`);
