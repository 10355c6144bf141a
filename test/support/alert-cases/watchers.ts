import { type AlertCase, chat, deploymentOf, door, gpu, hours, small } from "./series";

const first = `${gpu},gpu="0",Hostname="node-1"`;
const models = ["chat", "small", "tiny"] as const;
const reporting = { job: "slm-gpus", pod: "dcgm-1" };

export const watcherCases: Record<string, AlertCase> = {
  GpuXid: {
    fires: [
      {
        series: { [`DCGM_FI_DEV_XID_ERRORS{${first}}`]: `0x3 79x${hours}` },
        atMinutes: 5,
        labels: { ...reporting, gpu: "0", Hostname: "node-1" },
        summary: "GPU 0 of node-1 reports XID 79",
      },
    ],
    quiet: [
      { why: "0 is no error", series: { [`DCGM_FI_DEV_XID_ERRORS{${first}}`]: `0x${hours}` }, atMinutes: 5 },
      {
        why: "the exporter repeats what was long ago",
        series: { [`DCGM_FI_DEV_XID_ERRORS{${first}}`]: `0x3 79x${hours}` },
        atMinutes: 25,
      },
      ...[13, 31, 43].map((number) => ({
        why: `${number} is a fault of a program`,
        series: { [`DCGM_FI_DEV_XID_ERRORS{${first}}`]: `0x3 ${number}x${hours}` },
        atMinutes: 5,
      })),
    ],
  },
  GpuThrottling: {
    fires: [
      {
        series: { [`DCGM_FI_DEV_THERMAL_VIOLATION{${gpu},gpu="1",hostname="node-2"}`]: `0+12000000000x${hours}` },
        atMinutes: 15,
        labels: { ...reporting, gpu: "1", hostname: "node-2" },
        summary: "GPU 1 of node-2 is slowed down for heat 20% of the time",
      },
    ],
    quiet: [
      {
        why: "5 % of the time",
        series: { [`DCGM_FI_DEV_THERMAL_VIOLATION{${gpu},gpu="1",hostname="node-2"}`]: `0+3000000000x${hours}` },
        atMinutes: 15,
      },
    ],
  },
  CertificateExpiring: {
    fires: [
      {
        series: { [`envoy_server_days_until_first_cert_expiring{${door}}`]: `10x${hours}` },
        atMinutes: 6,
        labels: {},
        summary: "A certificate of the gateway ends in 10 days",
      },
    ],
    quiet: [
      {
        why: "30 days are left",
        series: { [`envoy_server_days_until_first_cert_expiring{${door}}`]: `30x${hours}` },
        atMinutes: 10,
      },
      {
        why: "it holds none",
        series: { [`envoy_server_days_until_first_cert_expiring{${door}}`]: `4294967295x${hours}` },
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
      {
        series: { [`onnx_num_requests_running{${small}}`]: "stale" },
        atMinutes: 3,
        labels: { model: "small", engine: "onnx", version: "0.18.0" },
        summary: "The scaler of small sees no series: it cannot scale",
      },
    ],
    quiet: [{ why: "every series is there", series: {}, atMinutes: 10 }],
  },
  ExporterDown: {
    fires: [
      {
        series: { [`up{${gpu}}`]: `0x${hours}` },
        atMinutes: 7,
        labels: { job: "slm-gpus", pod: "dcgm-1", exporter: "slm-gpus" },
        summary: "slm-gpus tells nothing from dcgm-1: alerts that ask it cannot fire",
      },
      {
        series: { [`up{${door}}`]: "stale" },
        atMinutes: 7,
        labels: { job: "slm-gateway", exporter: "slm-gateway" },
        summary: "slm-gateway tells nothing: alerts that ask it cannot fire",
      },
      {
        series: Object.fromEntries(models.map((model) => [`kube_deployment_spec_replicas{${deploymentOf(model)}}`, "stale"])),
        atMinutes: 7,
        labels: { exporter: "kube-state-metrics" },
        summary: "kube-state-metrics tells nothing: alerts that ask it cannot fire",
      },
    ],
    quiet: [
      { why: "each tells something", series: {}, atMinutes: 20 },
      { why: "a scrape failed once", series: { [`up{${door}}`]: `1x5 0 1x${hours}` }, atMinutes: 12 },
    ],
  },
};
