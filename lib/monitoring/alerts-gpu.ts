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
      expr: newXid,
      forSeconds: 0,
      severity: "critical",
      summary: "GPU {{ $labels.gpu }} of {{ $labels.Hostname }}{{ $labels.hostname }} reports XID {{ $value }}",
      duringRollout: "told",
    },
    ...(gpuCounters === "throttling" ? [throttling] : []),
  ];
}

/** Faults of a program, which no repair of the GPU ends: out of range, memory page fault, stopped processing (NVIDIA's XID page). */
const programXids = [13, 31, 43];
const xid = selector(dcgm, "DCGM_FI_DEV_XID_ERRORS");
/** The exporter repeats the last number for ever: only one that came in the last quarter of an hour is news. */
const newXid = [`${xid} > 0 and changes(${xid}[15m]) > 0`, ...programXids.map((number) => `${xid} == ${number}`)].join(" unless ");

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
