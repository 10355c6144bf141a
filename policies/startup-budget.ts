import { own } from "../lib/own";
import type { Fault } from "../lib/planner/fault";
import type { PolicyFacts } from "../lib/policy-facts";
import { podRule } from "./lib/pod-rule";
import { each, type Resource } from "./lib/rule";
import { containersOf, modelServerOf, type Placed, type Probe, type Workload } from "./lib/workload";

/** Kubernetes' own defaults (API reference, Probe and DeploymentSpec). */
const defaults = { periodSeconds: 10, failureThreshold: 3, progressDeadlineSeconds: 600 };
/** Seconds that Pulumi waits for a Deployment where no timeout is given (pulumi/pulumi-kubernetes pull request 721). */
const pulumiSeconds = 600;

/** A start that is cut off before the model is loaded starts again, for ever. */
export const startupBudget = podRule({
  name: "startup-budget",
  description: "A start may take as long as the plan says that it takes, everywhere that a start is timed.",
  severity: "high",
  facts: ["models"],
  check(workload, { models }, resource) {
    return each(
      containersOf(workload).filter(({ longRunning, container }) => longRunning && container.startupProbe !== undefined),
      (placed) => [...probeFaults(placed, loadSecondsOf(workload, models)), ...deadlineFaults(placed, workload, resource)],
    );
  },
});

/** Seconds that a model server's load takes by the plan; 0 where the pack is given none. */
function loadSecondsOf(workload: Workload, models: PolicyFacts["models"]): number {
  const server = modelServerOf(workload);
  return server ? (own(models, server.model)?.loadSeconds ?? 0) : 0;
}

function probeFaults({ container, path }: Placed, loadSeconds: number): Fault[] {
  const seconds = windowOf(container.startupProbe!);
  if (seconds >= loadSeconds) return [];
  const bound = `must allow the ${loadSeconds} s that loading takes`;
  return [{ path: `${path}.startupProbe`, value: `${seconds} s`, bound, fix: "raise failureThreshold" }];
}

function deadlineFaults({ container }: Placed, { kind, spec, metadata }: Workload, { opts }: Resource): Fault[] {
  if (kind !== "Deployment") return [];
  const seconds = windowOf(container.startupProbe!);
  const deadline = spec.progressDeadlineSeconds ?? defaults.progressDeadlineSeconds;
  const timeout = opts.customTimeouts.createSeconds || pulumiSeconds;
  const waits = metadata.annotations?.["pulumi.com/skipAwait"] !== "true";
  const bound = `must be at least the ${seconds} s that the startup probe allows`;
  return [
    ...(deadline >= seconds ? [] : [{ path: "spec.progressDeadlineSeconds", value: deadline, bound, fix: "raise it" }]),
    ...(!waits || timeout >= seconds ? [] : [{ path: "customTimeouts.create", value: `${timeout}s`, bound, fix: "raise it" }]),
  ];
}

/** Seconds after which a startup probe gives up. */
function windowOf({ initialDelaySeconds = 0, periodSeconds, failureThreshold }: Probe): number {
  return initialDelaySeconds + (periodSeconds ?? defaults.periodSeconds) * (failureThreshold ?? defaults.failureThreshold);
}
