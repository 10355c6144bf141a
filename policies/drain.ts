import type { Fault } from "../lib/planner/fault";
import { podRule } from "./lib/pod-rule";
import { each } from "./lib/rule";
import { type Container, containersOf, modelServerOf } from "./lib/workload";

/** Seconds that Kubernetes gives a pod where it says nothing (API reference, PodSpec). */
const defaultGraceSeconds = 30;

/** A pod that is killed before it has drained breaks off the answers it was giving. */
export const drain = podRule({
  name: "drain",
  description: "A pod has the time to finish what it serves before it is killed.",
  severity: "medium",
  check(workload) {
    const grace = workload.pod.terminationGracePeriodSeconds;
    const serves = modelServerOf(workload) !== undefined;
    return each(
      containersOf(workload).filter(({ longRunning }) => longRunning),
      ({ container, path }) => [
        ...graceFaults(container, `${workload.path}.terminationGracePeriodSeconds`, grace),
        ...(serves && (container.ports ?? []).length > 0 && !container.lifecycle?.preStop ? [noPreStop(path)] : []),
      ],
    );
  },
});

function graceFaults(container: Container, path: string, grace: number | undefined): Fault[] {
  const [pause, shutdown] = [preStopSeconds(container), shutdownSeconds(container)];
  if ((grace ?? defaultGraceSeconds) >= pause + shutdown) return [];
  const bound = `must be at least ${pause + shutdown} s: ${pause} s of preStop and ${shutdown} s of shutdown in container ${container.name}`;
  return [{ path, value: grace, bound, fix: "raise it, or shorten the others" }];
}

const noPreStop = (path: string): Fault => ({
  path: `${path}.lifecycle.preStop`,
  value: undefined,
  bound: "must be set on a model server, which otherwise stops while clients still find it",
  fix: "sleep for the seconds that endpoints take to be withdrawn",
});

/** Seconds of a `sleep`, as an action or as a command; a hook of another kind takes a time that nothing says. */
function preStopSeconds({ lifecycle }: Container): number {
  const { sleep, exec } = lifecycle?.preStop ?? {};
  if (sleep) return sleep.seconds;
  return Number(/\bsleep[ ,]+(\d+)/.exec(exec?.command?.join(" ") ?? "")?.[1] ?? 0);
}

/** vLLM's `--shutdown-timeout`, 0 by default (version 0.33.0): the seconds that running requests get. */
function shutdownSeconds({ command = [], args = [] }: Container): number {
  return Number(/--shutdown-timeout[ =](\d+)/.exec([...command, ...args].join(" "))?.[1] ?? 0);
}
