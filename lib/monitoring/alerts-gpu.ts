import { selector } from "../engines/accessor";
import { dcgm } from "./exporters";
import type { Fleet } from "./fleet";
import { own } from "./queries";
import type { Alert } from "./rule";

/** Share of the time for which a GPU may be slowed down for heat. Ours. */
const throttledShare = 0.1;

/** Alerts from the DCGM exporter. Throttling needs two counters that its default list leaves out. */
export function gpuAlerts(fleet: Fleet): Alert[] {
  if (!fleet.gpuCounters) return [];
  return [
    {
      name: "GpuXid",
      expr: newXid(fleet),
      forSeconds: 0,
      severity: "critical",
      summary: "GPU {{ $labels.gpu }} of {{ $labels.Hostname }}{{ $labels.hostname }} reports XID {{ $value }}",
      duringRollout: "notify",
    },
    ...(fleet.gpuCounters === "throttling" ? [throttling(fleet)] : []),
  ];
}

/** Faults of a program, which no repair of the GPU ends: out of range, memory page fault, stopped processing (NVIDIA's XID page). */
const programXids = [13, 31, 43];
/** The exporter repeats the last number for ever: only one that came in the last quarter of an hour, or with an exporter that is as new, is news. */
function newXid(fleet: Fleet): string {
  const xid = own(fleet, selector(dcgm, "DCGM_FI_DEV_XID_ERRORS"));
  return [
    `${xid} > 0 and (changes(${xid}[15m]) > 0 or ${xid} unless ${xid} offset 15m)`,
    ...programXids.map((number) => `${xid} == ${number}`),
  ].join(" unless ");
}

const throttling = (fleet: Fleet): Alert => ({
  name: "GpuThrottling",
  // The counter is in nanoseconds.
  expr: `rate(${own(fleet, selector(dcgm, "DCGM_FI_DEV_THERMAL_VIOLATION"))}[5m]) / 1e9 > ${throttledShare}`,
  forSeconds: 300,
  severity: "warning",
  summary:
    "GPU {{ $labels.gpu }} of {{ $labels.Hostname }}{{ $labels.hostname }} is slowed down for heat {{ $value | humanizePercentage }} of the time",
  duringRollout: "notify",
});
