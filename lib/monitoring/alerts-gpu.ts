import { selector } from "../engines/accessor";
import { dcgm } from "./exporters";
import type { Fleet } from "./fleet";
import type { Alert } from "./rule";

/** Share of the time for which a GPU may be slowed down for heat. Ours. */
const throttledShare = 0.1;

/** Alerts from the DCGM exporter. Throttling needs two counters that its default list leaves out. */
export function gpuAlerts({ gpuCounters }: Fleet): Alert[] {
  if (!gpuCounters) return [];
  return [
    {
      name: "GpuXid",
      expr: `${selector(dcgm, "DCGM_FI_DEV_XID_ERRORS")} > 0`,
      forSeconds: 0,
      severity: "critical",
      summary: "GPU {{ $labels.gpu }} of {{ $labels.Hostname }}{{ $labels.hostname }} reports XID {{ $value }}",
      duringRollout: "told",
    },
    ...(gpuCounters === "throttling" ? [throttling] : []),
  ];
}

const throttling: Alert = {
  name: "GpuThrottling",
  // The counter is in nanoseconds.
  expr: `rate(${selector(dcgm, "DCGM_FI_DEV_THERMAL_VIOLATION")}[5m]) / 1e9 > ${throttledShare}`,
  forSeconds: 300,
  severity: "warning",
  summary:
    "GPU {{ $labels.gpu }} of {{ $labels.Hostname }}{{ $labels.hostname }} is slowed down for heat {{ $value | humanizePercentage }} of the time",
  duringRollout: "told",
};
