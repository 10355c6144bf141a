import { selector } from "../../engines/accessor";
import { dcgm } from "../exporters";
import type { Fleet } from "../fleet";
import { own } from "../queries";
import type { DashboardSpec } from "./dashboard";
import type { PanelSpec } from "./panel";

/** The exporter renamed the label `Hostname` to `hostname`: both are shown (NVIDIA/dcgm-exporter issue 655). The pod that has the GPU is reported first. */
const legend = "{{exported_pod}} {{Hostname}}{{hostname}} GPU {{gpu}}";

type Counter = keyof typeof dcgm.metrics;
const counter = (fleet: Fleet, name: Counter): string => own(fleet, selector(dcgm, name));
const plain = (fleet: Fleet, title: string, unit: PanelSpec["unit"], name: Counter, overrides: Partial<PanelSpec> = {}): PanelSpec => ({
  title,
  unit,
  queries: [[counter(fleet, name), legend]],
  ...overrides,
});

function slowedDown(fleet: Fleet): PanelSpec {
  // The counters are in nanoseconds.
  const share = (name: Counter): string => `rate(${counter(fleet, name)}[$__rate_interval]) / 1e9`;
  return {
    title: "Slowed down",
    unit: "share",
    queries: [
      [share("DCGM_FI_DEV_POWER_VIOLATION"), `${legend} power`],
      [share("DCGM_FI_DEV_THERMAL_VIOLATION"), `${legend} heat`],
    ],
    thresholds: ["green", [0.1, "red"]],
  };
}

function gpus(fleet: Fleet): PanelSpec[] {
  const used = counter(fleet, "DCGM_FI_DEV_FB_USED");
  return [
    plain(fleet, "Utilisation", "percent", "DCGM_FI_DEV_GPU_UTIL", {
      description: "A GPU that a pod has and that does nothing costs as much as a busy one.",
    }),
    plain(fleet, "Tensor cores active", "share", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"),
    plain(fleet, "Memory interface active", "share", "DCGM_FI_PROF_DRAM_ACTIVE"),
    { title: "Memory in use", unit: "share", queries: [[`${used} / (${used} + ${counter(fleet, "DCGM_FI_DEV_FB_FREE")})`, legend]] },
    plain(fleet, "Power", "watts", "DCGM_FI_DEV_POWER_USAGE"),
    plain(fleet, "Temperature", "celsius", "DCGM_FI_DEV_GPU_TEMP"),
    { title: "Clock", unit: "hertz", queries: [[`${counter(fleet, "DCGM_FI_DEV_SM_CLOCK")} * 1e6`, legend]] },
    plain(fleet, "Last XID error", "count", "DCGM_FI_DEV_XID_ERRORS", { thresholds: ["green", [1, "red"]] }),
    ...(fleet.gpuCounters === "throttling" ? [slowedDown(fleet)] : []),
  ];
}

/** What the DCGM exporter tells; empty without GPUs. */
export const gpuDashboard = (fleet: Fleet): DashboardSpec => ({
  uid: "slm-gpus",
  title: "SLM / GPUs",
  description: "Load, memory, power, heat and faults of each GPU, and the pod that has it.",
  rows: fleet.gpuCounters ? { GPUs: gpus(fleet) } : {},
});
