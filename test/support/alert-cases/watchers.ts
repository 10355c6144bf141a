import { type AlertCase, autoscaler, chat, deploymentOf, door, gpu, hours, type Series, small } from "./series";

const first = `${gpu},gpu="0",Hostname="node-1"`;
const models = ["chat", "small", "tiny"] as const;
const reporting = { job: "slm-gpus", pod: "dcgm-1" };

const scaledBetween = (least: number, most: number, desired: string): Series => ({
  [autoscaler("chat", "spec_min_replicas")]: `${least}x${hours}`,
  [autoscaler("chat", "spec_max_replicas")]: `${most}x${hours}`,
  [autoscaler("chat", "status_desired_replicas")]: desired,
});

export const watcherCases: Record<string, AlertCase> = {
  GpuXid: {
    fires: [
      {
        series: { [`DCGM_FI_DEV_XID_ERRORS{${first}}`]: `0x3 79x${hours}` },
        atMinutes: 5,
        labels: { ...reporting, gpu: "0", Hostname: "node-1" },
        summary: "GPU 0 of node-1 reports XID 79",
      },
      // The exporter came again after the GPU had fallen off the bus.
      {
        series: { [`DCGM_FI_DEV_XID_ERRORS{${first}}`]: `_x30 79x${hours}` },
        atMinutes: 35,
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
      { why: "an exporter that is new tells of none", series: { [`DCGM_FI_DEV_XID_ERRORS{${first}}`]: `_x30 0x${hours}` }, atMinutes: 35 },
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
  ScalerFailing: {
    fires: [
      {
        series: { [autoscaler("chat", "status_condition", ',condition="ScalingActive",status="false"')]: `0x10 1x${hours}` },
        atMinutes: 23,
        labels: { model: "chat" },
        summary: "The autoscaler of chat cannot ask for its load: the number of replicas stays as it is",
      },
    ],
    quiet: [
      {
        why: "the model has no pod, so nobody asks for its load",
        series: {
          [autoscaler("chat", "status_condition", ',condition="ScalingActive",status="false"')]: `1x${hours}`,
          [`kube_deployment_spec_replicas{${deploymentOf("chat")}}`]: `0x${hours}`,
        },
        atMinutes: 30,
      },
      {
        why: "a question failed for five minutes",
        series: { [autoscaler("chat", "status_condition", ',condition="ScalingActive",status="false"')]: `0x10 1x5 0x${hours}` },
        atMinutes: 23,
      },
      {
        why: "it is at a bound, which is no failure",
        series: { [autoscaler("chat", "status_condition", ',condition="ScalingLimited",status="true"')]: `1x${hours}` },
        atMinutes: 30,
      },
    ],
  },
  ScalerAtMost: {
    fires: [
      {
        series: scaledBetween(1, 4, `2x9 4x${hours}`),
        atMinutes: 72,
        labels: { model: "chat" },
        summary: "chat has had the most replicas that it may have, 4, for an hour",
      },
    ],
    quiet: [
      { why: "it was at the most for half an hour", series: scaledBetween(1, 4, `4x30 3x${hours}`), atMinutes: 72 },
      { why: "its number is fixed", series: scaledBetween(2, 2, `2x${hours}`), atMinutes: 72 },
    ],
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
        series: { [`up{${door}}`]: `0x${hours}` },
        atMinutes: 7,
        labels: { job: "slm-gateway", pod: "envoy-1", exporter: "slm-gateway" },
        summary: "slm-gateway tells nothing from envoy-1: alerts that ask it cannot fire",
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
