import { selector } from "../engines/accessor";
import { seriesName } from "../engines/metric-roles";
import { endsInDays } from "./alerts-gateway";
import { kubeStateSeries } from "./alerts-kubernetes";
import { envoy } from "./exporters";
import { type Fleet, type MonitoredModel, namesOf } from "./fleet";
import { anyOf } from "./promql";
import { gatewayJob, gpuJob, own } from "./queries";
import type { Alert } from "./rule";

/** Alerts about what measures and scales, and keys that end: if these are blind, every other silence means nothing. */
export function watcherAlerts(fleet: Fleet): Alert[] {
  return [...(fleet.keys?.length ? [keyExpiring(fleet)] : []), ...scalerBlind(fleet), ...exporterDown(fleet)];
}

const keyExpiring = (fleet: Fleet): Alert => ({
  name: "KeyExpiring",
  expr: `(${own(fleet, "slm:key:expiry_timestamp_seconds")} - time()) / 86400 < ${endsInDays}`,
  forSeconds: 300,
  severity: "warning",
  summary: 'The key {{ $labels.key }} ends in {{ printf "%.0f" $value }} days',
  duringRollout: "notify",
});

/** Series that a model's scaler may ask for; of an engine without metrics, the gateway's. */
function scalerSeries({ release }: MonitoredModel): string[] {
  const own = (["requestsWaiting", "requestsRunning", "kvCacheUsage"] as const).map((role) => seriesName(release, role));
  const known = own.filter((series) => series !== undefined);
  return known.length > 0 ? known : [selector(envoy, "envoy_cluster_upstream_rq_active")];
}

/** A scaler whose query returns nothing keeps the replicas that there are, silently. One expression for each series that scalers ask for. */
function scalerBlind(fleet: Fleet): Alert[] {
  const scaled = fleet.models.filter(({ autoscaled, scalesToZero }) => autoscaled && !scalesToZero);
  const blind = [...new Set(scaled.flatMap(scalerSeries))].map((series) => {
    const asking = scaled.filter((model) => scalerSeries(model).includes(series)).map(({ name }) => name);
    return `${own(fleet, "slm:model:info", `model=~"${asking.join("|")}"`)} unless on (model) ${own(fleet, series)}`;
  });
  const expr = anyOf(blind);
  if (!expr) return [];
  return [
    {
      name: "ScalerBlind",
      expr,
      forSeconds: 120,
      severity: "critical",
      summary: "The scaler of {{ $labels.model }} sees no series: it cannot scale",
      duringRollout: "mute",
    },
  ];
}

/** Whoever exports what the models' own series do not tell: where its series are gone, its alerts and panels say nothing. That all of the gateway's are, GatewayDown tells. */
function exporterDown(fleet: Fleet): Alert[] {
  const always = namesOf(fleet, ({ scalesToZero }) => !scalesToZero) !== undefined;
  const exporters: [name: string, series: string, wanted: boolean][] = [
    // Where every model may be away, so may the nodes with GPUs.
    [gpuJob, own(fleet, "up", `job="${gpuJob}"`), fleet.gpuCounters !== undefined && always],
    ["kube-state-metrics", kubeStateSeries(fleet), fleet.kubeState !== false],
  ];
  const gone = exporters
    .filter(([, , wanted]) => wanted)
    .map(([name, series]) => `label_replace(absent(${series}), "exporter", "${name}", "", "")`);
  const down = `label_replace(${own(fleet, "up", `job=~"${gatewayJob}|${gpuJob}"`)} == 0, "exporter", "$1", "job", "(.*)")`;
  const asked = fleet.gateway || fleet.gpuCounters ? [down] : [];
  if (asked.length + gone.length === 0) return [];
  return [
    {
      name: "ExporterDown",
      expr: [...asked, ...gone].join(" or "),
      forSeconds: 300,
      severity: "warning",
      summary: "{{ $labels.exporter }} tells nothing{{ if $labels.pod }} from {{ $labels.pod }}{{ end }}: alerts that ask it cannot fire",
      duringRollout: "notify",
    },
  ];
}
