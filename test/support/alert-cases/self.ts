import { type AlertCase, counter, hours, type Series } from "./series";

/** A volume of 10 GiB with so many bytes in blocks. */
const volume = (bytes: string): Series => ({
  'prometheus_tsdb_storage_blocks_bytes{job="prometheus"}': `${bytes}x${hours}`,
  'prometheus_tsdb_wal_storage_size_bytes{job="prometheus"}': `1e8x${hours}`,
  'prometheus_tsdb_head_chunks_storage_size_bytes{job="prometheus"}': `1e7x${hours}`,
});

const failing = "alertmanager is down, or its rules or settings fail: other alerts may not come";

export const selfCases: Record<string, AlertCase> = {
  MonitoringDown: {
    fires: [
      {
        series: { 'up{job="alertmanager"}': `0x${hours}` },
        atMinutes: 3,
        labels: { job: "alertmanager" },
        summary: failing,
      },
      {
        series: { 'up{job="kube-state-metrics"}': "stale" },
        atMinutes: 3,
        labels: { job: "kube-state-metrics" },
        summary: failing.replace("alertmanager", "kube-state-metrics"),
      },
      {
        series: { 'prometheus_rule_evaluation_failures_total{job="prometheus",rule_group="slm"}': counter([hours, 1]) },
        atMinutes: 9,
        labels: { job: "prometheus", rule_group: "slm" },
        summary: failing.replace("alertmanager", "prometheus"),
      },
      {
        series: { 'prometheus_config_last_reload_successful{job="prometheus"}': `1x5 0x${hours}` },
        atMinutes: 9,
        labels: { job: "prometheus" },
        summary: failing.replace("alertmanager", "prometheus"),
      },
      {
        series: { 'alertmanager_config_last_reload_successful{job="alertmanager"}': `1x5 0x${hours}` },
        atMinutes: 9,
        labels: { job: "alertmanager" },
        summary: failing,
      },
    ],
    quiet: [{ why: "every part is up", series: {}, atMinutes: 10 }],
  },
  RulesMissed: {
    fires: [
      {
        series: { 'prometheus_rule_group_iterations_missed_total{job="prometheus",rule_group="slm"}': `0+1x${hours}` },
        atMinutes: 15,
        labels: { job: "prometheus", rule_group: "slm" },
        summary: "Prometheus skips evaluations of slm: it is too slow, and alerts come late or never",
      },
    ],
    quiet: [
      {
        why: "one was missed long ago",
        series: { 'prometheus_rule_group_iterations_missed_total{job="prometheus",rule_group="slm"}': `1x${hours}` },
        atMinutes: 30,
      },
    ],
  },
  SamplesDropped: {
    fires: [
      {
        series: { 'prometheus_target_scrapes_exceeded_sample_limit_total{job="prometheus"}': `0+1x${hours}` },
        atMinutes: 15,
        labels: { job: "prometheus" },
        summary: "Prometheus drops samples or alerts: a target has too many series, or two targets are one",
      },
      {
        series: { 'prometheus_target_scrapes_sample_duplicate_timestamp_total{job="prometheus"}': `0+5x${hours}` },
        atMinutes: 15,
        labels: { job: "prometheus" },
        summary: "Prometheus drops samples or alerts: a target has too many series, or two targets are one",
      },
    ],
    quiet: [
      {
        why: "none was dropped for half an hour",
        series: { 'prometheus_target_scrapes_exceeded_sample_limit_total{job="prometheus"}': `3x${hours}` },
        atMinutes: 30,
      },
    ],
  },
  SeriesVolumeFull: {
    fires: [
      {
        series: volume("10.3e9"),
        atMinutes: 3,
        labels: { job: "prometheus" },
        summary: "Prometheus cannot write its series, or is about to fill its volume",
      },
      {
        series: { 'prometheus_tsdb_wal_writes_failed_total{job="prometheus"}': `0+1x${hours}` },
        atMinutes: 8,
        labels: { job: "prometheus" },
        summary: "Prometheus cannot write its series, or is about to fill its volume",
      },
    ],
    quiet: [{ why: "blocks fill the 80 % that they may", series: volume("8.6e9"), atMinutes: 30 }],
  },
  AlertsNotDelivered: {
    fires: [
      {
        series: { 'alertmanager_notifications_failed_total{integration="webhook",reason="serverError"}': `0+1x${hours}` },
        atMinutes: 8,
        labels: { integration: "webhook", reason: "serverError" },
        summary: "Messages by webhook fail (serverError)",
      },
    ],
    quiet: [
      {
        why: "old failures are past",
        series: { 'alertmanager_notifications_failed_total{integration="webhook",reason="serverError"}': `5x${hours}` },
        atMinutes: 20,
      },
    ],
  },
  Watchdog: { fires: [{ series: {}, atMinutes: 1, summary: "The monitoring works" }], quiet: [] },
};
