import { type AlertCase, chat, hours } from "./series";

export const watcherCases: Record<string, AlertCase> = {
  GpuXid: {
    fires: [
      {
        series: { 'DCGM_FI_DEV_XID_ERRORS{gpu="0",Hostname="node-1"}': `0x3 79x${hours}` },
        atMinutes: 5,
        labels: { gpu: "0", Hostname: "node-1" },
        summary: "GPU 0 of node-1 reports XID 79",
      },
    ],
    quiet: [
      { why: "0 is no error", series: { 'DCGM_FI_DEV_XID_ERRORS{gpu="0",Hostname="node-1"}': `0x${hours}` }, atMinutes: 5 },
      {
        why: "the exporter repeats what was long ago",
        series: { 'DCGM_FI_DEV_XID_ERRORS{gpu="0",Hostname="node-1"}': `0x3 79x${hours}` },
        atMinutes: 25,
      },
      ...[13, 31, 43].map((number) => ({
        why: `${number} is a fault of a program`,
        series: { 'DCGM_FI_DEV_XID_ERRORS{gpu="0",Hostname="node-1"}': `0x3 ${number}x${hours}` },
        atMinutes: 5,
      })),
    ],
  },
  GpuThrottling: {
    fires: [
      {
        series: { 'DCGM_FI_DEV_THERMAL_VIOLATION{gpu="1",hostname="node-2"}': `0+12000000000x${hours}` },
        atMinutes: 15,
        labels: { gpu: "1", hostname: "node-2" },
        summary: "GPU 1 of node-2 is slowed down for heat 20% of the time",
      },
    ],
    quiet: [
      {
        why: "5 % of the time",
        series: { 'DCGM_FI_DEV_THERMAL_VIOLATION{gpu="1",hostname="node-2"}': `0+3000000000x${hours}` },
        atMinutes: 15,
      },
    ],
  },
  CertificateExpiring: {
    fires: [
      {
        series: { 'envoy_server_days_until_first_cert_expiring{job="slm-gateway",namespace="gateway"}': `10x${hours}` },
        atMinutes: 6,
        labels: { namespace: "gateway" },
        summary: "A certificate of the gateway ends in 10 days",
      },
    ],
    quiet: [
      {
        why: "30 days are left",
        series: { 'envoy_server_days_until_first_cert_expiring{job="slm-gateway",namespace="gateway"}': `30x${hours}` },
        atMinutes: 10,
      },
      {
        why: "it holds none",
        series: { 'envoy_server_days_until_first_cert_expiring{job="slm-gateway",namespace="gateway"}': `4294967295x${hours}` },
        atMinutes: 10,
      },
    ],
  },
  KeyExpiring: {
    fires: [
      { series: {}, start: "2027-05-25T00:00:00Z", atMinutes: 6, labels: { key: "team-a" }, summary: "The key team-a ends in 7 days" },
    ],
    quiet: [{ why: "a month is left", series: {}, start: "2027-05-01T00:00:00Z", atMinutes: 10 }],
  },
  ScalerBlind: {
    fires: [
      {
        series: { [`vllm:kv_cache_usage_perc{${chat}}`]: "stale" },
        atMinutes: 3,
        labels: { model: "chat", engine: "vllm", version: "0.33.0" },
        summary: "The scaler of chat sees no series: it cannot scale",
      },
    ],
    quiet: [{ why: "every series is there", series: {}, atMinutes: 10 }],
  },
  MonitoringDown: {
    fires: [
      {
        series: { 'up{job="alertmanager"}': `0x${hours}` },
        atMinutes: 3,
        labels: { job: "alertmanager" },
        summary: "alertmanager is down, or rules fail: other alerts may not come",
      },
      {
        series: { 'up{job="kube-state-metrics"}': "stale" },
        atMinutes: 3,
        labels: { job: "kube-state-metrics" },
        summary: "kube-state-metrics is down, or rules fail: other alerts may not come",
      },
    ],
    quiet: [{ why: "every part is up", series: {}, atMinutes: 10 }],
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
