import { selector } from "../engines/accessor";
import { self } from "./exporters";
import { select } from "./promql";
import type { Alert } from "./rule";

/** Parts of the monitoring itself, by the `job` of their series, that must be up. */
export interface Watchers {
  readonly jobs: readonly string[];
  /** Whether Prometheus sends to an Alertmanager of ours. */
  readonly alertmanager: boolean;
  /** Volume of a Prometheus of ours, in GiB. @default it is not ours */
  readonly storageGib?: number;
}

/** Nothing of the monitoring is ours to watch: an operator's, or Azure's. Both have a Watchdog of their own. */
export const nothingToWatch: Watchers = { jobs: [], alertmanager: false };

/** Share of its volume at which Prometheus is about to lose samples: retention keeps blocks within 80 %, the rest is the write-ahead log's. Ours. */
const fullShare = 0.95;

/** Alerts of the monitoring about itself. */
export function selfAlerts(watchers: Watchers): Alert[] {
  const { jobs, alertmanager, storageGib } = watchers;
  return [
    ...(jobs.length > 0 ? [monitoringDown(watchers), rulesMissed, samplesDropped] : []),
    ...(storageGib === undefined ? [] : [seriesVolumeFull(storageGib)]),
    ...(alertmanager ? [alertsNotDelivered, alwaysFiring] : []),
  ];
}

const prometheus = 'job="prometheus"';
const grows = (name: keyof typeof self.metrics, window: string): string =>
  `increase(${select(selector(self, name), prometheus)}[${window}]) > 0`;

/** Only another part can tell that one is down; that Prometheus itself is down, only the receiver of `Watchdog` can. */
const monitoringDown = ({ jobs, alertmanager }: Watchers): Alert => ({
  name: "MonitoringDown",
  expr: [
    `up{job=~"${jobs.join("|")}"} == 0`,
    ...jobs.map((job) => `absent(up{job="${job}"})`),
    grows("prometheus_rule_evaluation_failures_total", "5m"),
    `${select(selector(self, "prometheus_config_last_reload_successful"), prometheus)} == 0`,
    ...(alertmanager
      ? [
          `${select(selector(self, "alertmanager_config_last_reload_successful"), 'job="alertmanager"')} == 0`,
          `${select(selector(self, "prometheus_notifications_alertmanagers_discovered"), prometheus)} < 1`,
        ]
      : []),
  ].join(" or "),
  forSeconds: 120,
  severity: "critical",
  summary: "{{ $labels.job }} is down, or its rules or settings fail: other alerts may not come",
  duringRollout: "notify",
});

const rulesMissed: Alert = {
  name: "RulesMissed",
  expr: grows("prometheus_rule_group_iterations_missed_total", "5m"),
  forSeconds: 300,
  severity: "warning",
  summary: "Prometheus skips evaluations of {{ $labels.rule_group }}: it is too slow, and alerts come late or never",
  duringRollout: "notify",
};

const samplesDropped: Alert = {
  name: "SamplesDropped",
  expr: [
    grows("prometheus_target_scrapes_exceeded_sample_limit_total", "15m"),
    grows("prometheus_target_scrapes_sample_duplicate_timestamp_total", "15m"),
    grows("prometheus_target_scrapes_sample_out_of_order_total", "15m"),
    grows("prometheus_notifications_dropped_total", "15m"),
  ].join(" or "),
  forSeconds: 300,
  severity: "warning",
  summary: "Prometheus drops samples or alerts: a target has too many series, or two targets are one",
  duringRollout: "notify",
};

function seriesVolumeFull(storageGib: number): Alert {
  const parts = [
    "prometheus_tsdb_storage_blocks_bytes",
    "prometheus_tsdb_wal_storage_size_bytes",
    "prometheus_tsdb_head_chunks_storage_size_bytes",
  ] as const;
  const used = parts.map((name) => select(selector(self, name), prometheus)).join(" + ");
  return {
    name: "SeriesVolumeFull",
    expr: [
      `(${used}) / ${storageGib * 2 ** 30} > ${fullShare}`,
      grows("prometheus_tsdb_wal_writes_failed_total", "15m"),
      grows("prometheus_tsdb_compactions_failed_total", "3h"),
    ].join(" or "),
    forSeconds: 60,
    severity: "critical",
    summary: "Prometheus cannot write its series, or is about to fill its volume",
    duringRollout: "notify",
  };
}

const alertsNotDelivered: Alert = {
  name: "AlertsNotDelivered",
  expr: `sum by (integration, reason) (rate(${selector(self, "alertmanager_notifications_failed_total")}[5m])) > 0`,
  forSeconds: 300,
  severity: "critical",
  summary: "Messages by {{ $labels.integration }} fail ({{ $labels.reason }})",
  duringRollout: "notify",
};

/** Fires always: a receiver that hears nothing from it for minutes knows that the monitoring is down. */
const alwaysFiring: Alert = {
  name: "Watchdog",
  expr: "vector(1)",
  forSeconds: 0,
  severity: "none",
  summary: "The monitoring works",
  duringRollout: "notify",
};
