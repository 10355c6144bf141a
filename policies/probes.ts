import type { Fault } from "../lib/planner/fault";
import { podRule } from "./lib/pod-rule";
import { each } from "./lib/rule";
import { containersOf, modelServerOf, type Placed } from "./lib/workload";

/** Without readiness a Service sends requests to a server that cannot answer; liveness without startup kills one that still loads. */
export const probes = podRule({
  name: "probes",
  description: "Servers say when they have started, when they are ready and whether they are alive.",
  severity: "high",
  check(workload) {
    if (workload.kind !== "Deployment" && workload.kind !== "StatefulSet") return [];
    const isModelServer = modelServerOf(workload) !== undefined;
    return each(
      containersOf(workload).filter(({ longRunning, container: { ports = [] } }) => longRunning && ports.length > 0),
      (placed) => missing(placed, isModelServer),
    );
  },
});

function missing({ container, path }: Placed, isModelServer: boolean): Fault[] {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const absent = (probe: string, bound: string, fix: string): Fault => ({ path: `${path}.${probe}`, value: undefined, bound, fix });
  const faults: Fault[] = [];
  if (!readinessProbe)
    faults.push(absent("readinessProbe", "must be set on a container with ports", "ask the endpoint that says it can serve"));
  if (!startupProbe && (isModelServer || livenessProbe)) {
    const bound = isModelServer ? "must be set on a model server" : "must be set before a liveness probe counts";
    faults.push(absent("startupProbe", bound, "give it the time of the cold start"));
  }
  if (!livenessProbe && isModelServer) faults.push(absent("livenessProbe", "must be set on a model server", "ask its health endpoint"));
  return faults;
}
