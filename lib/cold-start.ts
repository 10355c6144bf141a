/** How long each stage of a cold start may take, in seconds. Every probe and timeout of a model server is derived from it. */
export interface ColdStart {
  /** Pulling the image onto a node. */
  readonly imageSeconds: number;
  /** Downloading the weights to the server's volume. */
  readonly weightsSeconds: number;
  /** Loading the weights into memory, until the first token could come. */
  readonly loadSeconds: number;
}

/** For a model that no plan has sized: what was measured for 27 to 52 GiB (lib/planner/cold-start-plan.ts), half as long again. */
export const defaultColdStart: ColdStart = { imageSeconds: 152, weightsSeconds: 600, loadSeconds: 473 };

/** Share by which deadlines outlast the budget, so that what fails says why before it is cut off. */
const margin = 1.5;

/** The three stages, in seconds. */
export const stagesSeconds = ({ imageSeconds, weightsSeconds, loadSeconds }: ColdStart): number =>
  imageSeconds + weightsSeconds + loadSeconds;

/** Seconds after which Kubernetes calls a rollout stuck, and Pulumi a resource; `totalSeconds` is the whole budget. */
export const deadlineSeconds = ({ totalSeconds }: { readonly totalSeconds: number }): number => Math.ceil(totalSeconds * margin);

/**
 * Seconds until Kubernetes lets another pod do the work of one whose node is lost, by its own defaults: the node is missed after 50 s
 * (kube-controller-manager, --node-monitor-grace-period), its pods are ended after 300 s (admission plugin DefaultTolerationSeconds), and are gone
 * 40 s after the node is (podgc, quarantineTime). A volume that serves one node is taken from it after another 360 s (attach and detach controller).
 */
export const lostNodeSeconds = ({ exclusiveVolume }: { readonly exclusiveVolume: boolean }): number =>
  50 + 300 + 40 + (exclusiveVolume ? 360 : 0);

/** How often a startup probe asks, in seconds. */
const startupPeriodSeconds = 2;

/** Bounds of a startup probe that covers the load stage; the stages before it are over when the container starts. */
export const startupProbe = ({ loadSeconds }: Pick<ColdStart, "loadSeconds">) => ({
  periodSeconds: startupPeriodSeconds,
  failureThreshold: Math.ceil(loadSeconds / startupPeriodSeconds),
});
