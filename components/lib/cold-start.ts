/** How long each stage of a cold start may take, in seconds. Every probe and timeout of a model server is derived from it. */
export interface ColdStart {
  /** Pulling the image onto a node. */
  imageSeconds: number;
  /** Bringing the weights to the pod's volume. */
  weightsSeconds: number;
  /** Loading the weights into memory, until the first token could come. */
  loadSeconds: number;
}

/**
 * Budget of a small model on a CPU node. The image stage is KAITO's 101 s for a 5.6 GB image, rounded up; the weights stage is the lower
 * end of its planning estimate of 2 to 15 min (kaito-project/kaito issue 2325 and its model-mirror proposal, read 2026-08-21);
 * the load stage is Ollama's own limit for a stalled load, OLLAMA_LOAD_TIMEOUT, 5 min.
 */
export const defaultColdStart: ColdStart = { imageSeconds: 120, weightsSeconds: 180, loadSeconds: 300 };

/** Share by which deadlines outlast the budget, so that what fails says why before it is cut off. */
const margin = 1.5;

/** The whole budget, in seconds. */
export const totalSeconds = ({ imageSeconds, weightsSeconds, loadSeconds }: ColdStart): number =>
  imageSeconds + weightsSeconds + loadSeconds;

/** Seconds after which Kubernetes calls a rollout stuck, and Pulumi a resource. */
export const deadlineSeconds = (budget: ColdStart): number => Math.ceil(totalSeconds(budget) * margin);

/** How often a startup probe asks, in seconds. */
const startupPeriodSeconds = 2;

/** Bounds of a startup probe that covers the load stage; the stages before it are over when the container starts. */
export const startupProbe = ({ loadSeconds }: ColdStart) => ({
  periodSeconds: startupPeriodSeconds,
  failureThreshold: Math.ceil(loadSeconds / startupPeriodSeconds),
  timeoutSeconds: loadSeconds,
});
