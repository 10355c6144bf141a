import { selector } from "../engines/accessor";
import { envoy, self } from "./exporters";
import type { Fleet } from "./fleet";
import { anyOf } from "./promql";
import { gatewayJob, scalerQueries } from "./queries";
import type { Alert } from "./rule";

/** Parts of the monitoring itself, by the `job` of their series, that must be up. */
export interface Watchers {
  readonly jobs: readonly string[];
  /** Whether Prometheus sends to an Alertmanager of ours. */
  readonly alertmanager: boolean;
}

/** Nothing of the monitoring is ours to watch: an operator's, or Azure's. */
export const nothingToWatch: Watchers = { jobs: [], alertmanager: false };

/** Days before its end at which a certificate or a key is told of; cert-manager renews at 30 of 90. Ours. */
const endsInDays = 14;

/** Alerts about what watches, scales and lets in: if these are blind, every other silence means nothing. */
export function watcherAlerts(fleet: Fleet, watchers: Watchers): Alert[] {
  return [
    ...(fleet.gateway ? [certificateExpiring] : []),
    ...(fleet.keys?.length ? [keyExpiring] : []),
    ...scalerBlind(fleet),
    ...(watchers.jobs.length > 0 ? [monitoringDown(watchers)] : []),
    ...(watchers.alertmanager ? [alertsNotDelivered] : []),
    alwaysFiring,
  ];
}

const certificateExpiring: Alert = {
  name: "CertificateExpiring",
  // Envoy says 4294967295 where it has no certificate.
  expr: `min by (namespace) (${selector(envoy, "envoy_server_days_until_first_cert_expiring")}{job="${gatewayJob}"}) < ${endsInDays}`,
  forSeconds: 300,
  severity: "warning",
  summary: "A certificate of the gateway ends in {{ $value }} days",
  duringRollout: "told",
};

const keyExpiring: Alert = {
  name: "KeyExpiring",
  expr: `(slm:key:expiry_timestamp_seconds - time()) / 86400 < ${endsInDays}`,
  forSeconds: 300,
  severity: "warning",
  summary: 'The key {{ $labels.key }} ends in {{ printf "%.0f" $value }} days',
  duringRollout: "told",
};

/** A scaler whose query returns nothing keeps the replicas that there are, silently. */
function scalerBlind({ models }: Fleet): Alert[] {
  const blind = models
    .filter(({ autoscaled, scalesToZero }) => autoscaled && !scalesToZero)
    .flatMap((model) => Object.values(scalerQueries(model)).map((query) => `slm:model:info{model="${model.name}"} unless on () ${query}`));
  const expr = anyOf(blind);
  if (!expr) return [];
  return [
    {
      name: "ScalerBlind",
      expr,
      forSeconds: 120,
      severity: "critical",
      summary: "The scaler of {{ $labels.model }} sees no series: it cannot scale",
      duringRollout: "muted",
    },
  ];
}

/** Only another part can tell that one is down; that Prometheus itself is down, only the receiver of `Watchdog` can. */
const monitoringDown = ({ jobs, alertmanager }: Watchers): Alert => ({
  name: "MonitoringDown",
  expr: [
    `up{job=~"${jobs.join("|")}"} == 0`,
    ...jobs.map((job) => `absent(up{job="${job}"})`),
    `increase(${selector(self, "prometheus_rule_evaluation_failures_total")}[5m]) > 0`,
    ...(alertmanager ? [`${selector(self, "prometheus_notifications_alertmanagers_discovered")} < 1`] : []),
  ].join(" or "),
  forSeconds: 120,
  severity: "critical",
  summary: "{{ $labels.job }} is down, or rules fail: other alerts may not come",
  duringRollout: "told",
});

const alertsNotDelivered: Alert = {
  name: "AlertsNotDelivered",
  expr: `sum by (integration, reason) (rate(${selector(self, "alertmanager_notifications_failed_total")}[5m])) > 0`,
  forSeconds: 300,
  severity: "critical",
  summary: "Messages by {{ $labels.integration }} fail ({{ $labels.reason }})",
  duringRollout: "told",
};

/** Fires always: a receiver that hears nothing from it for minutes knows that the monitoring is down. */
const alwaysFiring: Alert = {
  name: "Watchdog",
  expr: "vector(1)",
  forSeconds: 0,
  severity: "none",
  summary: "The monitoring works",
  duringRollout: "told",
};
