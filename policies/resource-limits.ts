import type { Fault } from "../lib/planner/fault";
import { podRule } from "./lib/pod-rule";
import { quantity } from "./lib/quantity";
import { each } from "./lib/rule";
import { type Container, containersOf } from "./lib/workload";

/** A container without a limit takes its neighbours' memory; one without requests is scheduled where there is no room. */
export const resourceLimits = podRule({
  name: "resource-limits",
  description: "Containers request memory and processors, and have a memory limit.",
  severity: "medium",
  check(workload) {
    return each(
      containersOf(workload).filter(({ ephemeral }) => !ephemeral),
      ({ container, path }) => faultsOf(container, `${path}.resources`),
    );
  },
});

function faultsOf({ resources }: Container, path: string): Fault[] {
  const { requests = {}, limits = {} } = resources ?? {};
  const positive = (value: string | number | undefined): boolean => (quantity(value) ?? 0) > 0;
  const rows: readonly [ok: boolean, field: string, value: unknown, bound: string, fix: string][] = [
    [positive(limits["memory"]), "limits.memory", limits["memory"], "must be set", "set what the plan gives the pod"],
    [positive(requests["memory"] ?? limits["memory"]), "requests.memory", requests["memory"], "must be set", "set it to the limit"],
    [positive(requests["cpu"] ?? limits["cpu"]), "requests.cpu", requests["cpu"], "must be set", "set the cores that it needs"],
    [
      (quantity(requests["memory"]) ?? 0) <= (quantity(limits["memory"]) ?? Number.POSITIVE_INFINITY),
      "requests.memory",
      requests["memory"],
      `must be at most the limit of ${limits["memory"]}`,
      "lower it, or raise the limit",
    ],
  ];
  return rows.flatMap(([ok, field, value, bound, fix]) => (ok ? [] : [{ path: `${path}.${field}`, value, bound, fix }]));
}
