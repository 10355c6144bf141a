import { coldStartSeconds, type Fleet, type MonitoredModel } from "./fleet";
import { aggregate } from "./promql";
import { ofDeployments, ofPods, ofWeightsPods } from "./queries";
import type { Alert } from "./rule";

/** Restarts in a quarter of an hour that make a loop of them, and failures of a download that make it one that fails. Ours. */
const restarts = { crashLoop: 3, download: 2 };

/** Alerts from what Kubernetes says about the model servers' pods. */
export function kubernetesAlerts(fleet: Fleet): Alert[] {
  if (fleet.kubeState === false) return [];
  return [coldStartOverBudget(fleet), crashLoop(fleet), weightsDownloadFailing(fleet), rollingOut(fleet)];
}

/** Budgets differ, so each model has its own bound; all are one alert. */
function coldStartOverBudget(fleet: Fleet): Alert {
  const late = fleet.models.map((model) => notReadyFor(fleet, model));
  return {
    name: "ColdStartOverBudget",
    expr: late.join(" or "),
    forSeconds: 0,
    severity: "warning",
    summary: "Pod {{ $labels.pod }} of {{ $labels.model }} is not ready after {{ $value | humanizeDuration }}, longer than its budget",
    duringRollout: "told",
  };
}

/** A pod that was ready in the last hours is not cold, whatever it is now. */
function notReadyFor({ namespace }: Fleet, model: MonitoredModel): string {
  const one: Fleet = { namespace, models: [model] };
  const created = aggregate("max", ["model", "pod"], ofPods(one, "kube_pod_created"));
  const ready = ofPods(one, "kube_pod_container_status_ready", undefined, (selected) => `max_over_time(${selected}[6h])`);
  return `(time() - ${created} > ${coldStartSeconds(model.coldStart)} and on (model, pod) ${aggregate("min", ["model", "pod"], ready)} == 0)`;
}

function crashLoop(fleet: Fleet): Alert {
  const increase = aggregate(
    "max",
    ["model", "pod"],
    ofPods(fleet, "kube_pod_container_status_restarts_total", undefined, (selected) => `increase(${selected}[15m])`),
  );
  const waiting = aggregate(
    "max",
    ["model", "pod"],
    ofPods(fleet, "kube_pod_container_status_waiting_reason", 'reason="CrashLoopBackOff"', (selected) => `max_over_time(${selected}[5m])`),
  );
  return {
    name: "CrashLoop",
    expr: `${increase} >= ${restarts.crashLoop} or ${waiting} >= 1`,
    forSeconds: 60,
    severity: "critical",
    summary: "Pod {{ $labels.pod }} of {{ $labels.model }} ends again and again",
    duringRollout: "told",
  };
}

/** The weights come in a pod of their own: it ends with an error and is started again. */
function weightsDownloadFailing(fleet: Fleet): Alert {
  const increase = aggregate(
    "max",
    ["model", "pod"],
    ofWeightsPods(fleet, "kube_pod_container_status_restarts_total", undefined, (selected) => `increase(${selected}[15m])`),
  );
  const waiting = aggregate(
    "max",
    ["model", "pod"],
    ofWeightsPods(
      fleet,
      "kube_pod_container_status_waiting_reason",
      'reason="CrashLoopBackOff"',
      (selected) => `max_over_time(${selected}[5m])`,
    ),
  );
  return {
    name: "WeightsDownloadFailing",
    expr: `${increase} >= ${restarts.download} or ${waiting} >= 1`,
    forSeconds: 0,
    severity: "critical",
    summary: "The weights of {{ $labels.model }} do not arrive in pod {{ $labels.pod }}",
    duringRollout: "told",
  };
}

/** Not a fault: while it fires, Alertmanager mutes what a rollout of the same model is expected to cause. A rollout that takes too long is no excuse. */
function rollingOut(fleet: Fleet): Alert {
  const updated = aggregate("max", ["model"], ofDeployments(fleet, "kube_deployment_status_replicas_updated"));
  const available = aggregate("max", ["model"], ofDeployments(fleet, "kube_deployment_status_replicas_available"));
  const wanted = aggregate("max", ["model"], ofDeployments(fleet, "kube_deployment_spec_replicas"));
  const young = fleet.models
    .map((model) => {
      const created = ofPods({ namespace: fleet.namespace, models: [model] }, "kube_pod_created");
      return `${aggregate("max", ["model"], created)} > time() - ${coldStartSeconds(model.coldStart)}`;
    })
    .join(" or ");
  return {
    name: "ModelRollingOut",
    expr: `((${updated} < ${wanted}) or (${available} < ${wanted})) and on (model) (${young})`,
    forSeconds: 0,
    severity: "none",
    summary: "{{ $labels.model }} rolls out",
    duringRollout: "told",
  };
}
