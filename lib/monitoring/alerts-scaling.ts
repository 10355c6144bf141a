import type { kubeState } from "./exporters";
import type { Fleet } from "./fleet";
import { aggregate, relabelled, select } from "./promql";
import { ofDeployments, own } from "./queries";
import type { Alert } from "./rule";

/** Name that KEDA gives the autoscaler of a ScaledObject, which is called as its model. */
const autoscalerPattern = "keda-hpa-(.+)";

type Name = Extract<keyof typeof kubeState.metrics, `kube_horizontalpodautoscaler_${string}`>;

/** What kube-state-metrics says of autoscalers, by model. */
const ofAutoscalers = (fleet: Fleet, name: Name, match?: string): string =>
  `${aggregate("max", ["model"], relabelled(select(name, `namespace="${fleet.namespace}"`, match), "model", "horizontalpodautoscaler", autoscalerPattern))} and on (model) ${own(fleet, "slm:model:info")}`;

/** Alerts about the autoscalers that KEDA makes; none where nothing is scaled or nobody tells of them. */
export function scalingAlerts(fleet: Fleet): Alert[] {
  if (fleet.kubeState === false || !fleet.models.some(({ autoscaled }) => autoscaled)) return [];
  return [scalerFailing(fleet), scalerAtMost(fleet)];
}

/** Nobody answers the autoscaler: KEDA is away, or its question fails. Of a model that has no pod it asks nothing, and says the same. */
function scalerFailing(fleet: Fleet): Alert {
  const failing = ofAutoscalers(
    fleet,
    "kube_horizontalpodautoscaler_status_condition",
    'condition=~"ScalingActive|AbleToScale",status=~"false|unknown"',
  );
  const wanted = aggregate("max", ["model"], ofDeployments(fleet, "kube_deployment_spec_replicas"));
  return {
    name: "ScalerFailing",
    expr: `(${failing}) == 1 and on (model) ${wanted} > 0`,
    forSeconds: 600,
    severity: "critical",
    summary: "The autoscaler of {{ $labels.model }} cannot ask for its load: the number of replicas stays as it is",
    duringRollout: "notify",
  };
}

/** More load than the most replicas carry, if it grows; where the number is fixed that is no news. */
function scalerAtMost(fleet: Fleet): Alert {
  const most = ofAutoscalers(fleet, "kube_horizontalpodautoscaler_spec_max_replicas");
  const least = ofAutoscalers(fleet, "kube_horizontalpodautoscaler_spec_min_replicas");
  const desired = ofAutoscalers(fleet, "kube_horizontalpodautoscaler_status_desired_replicas");
  return {
    name: "ScalerAtMost",
    expr: `(${desired}) >= on (model) (${most}) and on (model) (${most}) > on (model) (${least})`,
    forSeconds: 3600,
    severity: "warning",
    summary: "{{ $labels.model }} has had the most replicas that it may have, {{ $value }}, for an hour",
    duringRollout: "notify",
  };
}
