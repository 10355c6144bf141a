import { selector } from "../../engines/accessor";
import { dcgm } from "../exporters";
import type { Fleet } from "../fleet";
import type { DashboardSpec } from "./dashboard";
import type { PanelSpec } from "./panel";

/** The exporter renamed the label `Hostname` to `hostname`: both are shown (NVIDIA/dcgm-exporter issue 655). */
const legend = "{{Hostname}}{{hostname}} {{gpu}}";

const plain = (title: string, unit: PanelSpec["unit"], name: keyof typeof dcgm.metrics): PanelSpec => ({
  title,
  unit,
  queries: [[selector(dcgm, name), legend]],
});

const throttled = (name: "DCGM_FI_DEV_POWER_VIOLATION" | "DCGM_FI_DEV_THERMAL_VIOLATION"): string =>
  `rate(${selector(dcgm, name)}[$__rate_interval]) / 1e9`;

/** What the DCGM exporter tells; empty without GPUs. */
export const gpuDashboard = ({ gpuCounters }: Fleet): DashboardSpec => {
  const used = selector(dcgm, "DCGM_FI_DEV_FB_USED");
  const throttling: PanelSpec = {
    title: "Slowed down",
    unit: "share",
    queries: [
      [throttled("DCGM_FI_DEV_POWER_VIOLATION"), `${legend} power`],
      [throttled("DCGM_FI_DEV_THERMAL_VIOLATION"), `${legend} heat`],
    ],
  };
  const panels: PanelSpec[] = [
    plain("Utilisation", "percent", "DCGM_FI_DEV_GPU_UTIL"),
    plain("Tensor cores active", "share", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"),
    plain("Memory interface active", "share", "DCGM_FI_PROF_DRAM_ACTIVE"),
    { title: "Memory in use", unit: "share", queries: [[`${used} / (${used} + ${selector(dcgm, "DCGM_FI_DEV_FB_FREE")})`, legend]] },
    plain("Power", "watts", "DCGM_FI_DEV_POWER_USAGE"),
    plain("Temperature", "celsius", "DCGM_FI_DEV_GPU_TEMP"),
    { title: "Clock", unit: "hertz", queries: [[`${selector(dcgm, "DCGM_FI_DEV_SM_CLOCK")} * 1e6`, legend]] },
    plain("Last XID error", "count", "DCGM_FI_DEV_XID_ERRORS"),
    ...(gpuCounters === "throttling" ? [throttling] : []),
  ];
  return {
    uid: "slm-gpus",
    title: "SLM / GPUs",
    description: "Load, memory, power, heat and faults of each GPU.",
    rows: gpuCounters ? { GPUs: panels } : {},
  };
};
