import type { EngineRelease } from "../engines/metric-roles";
import { modelJob, own, type Signal, scalerQueries } from "../monitoring/queries";
import { failureThreshold, oneLessSeconds, pollSeconds } from "./promise";
import type { Scaling } from "./settings";

/** Targets for one pod: beyond them there are more. */
export type Targets = Partial<Readonly<Record<Signal, number>>>;

const signals = ["waiting", "kvUse", "concurrency"] as const;

/** What a scaler can go by with each engine: vLLM tells everything, the ONNX server has no paged cache, and Ollama's requests are counted at the gateway. */
export const signalsOf: Readonly<Record<EngineRelease["engine"], readonly Signal[]>> = {
  vllm: signals,
  onnx: ["waiting", "concurrency"],
  ollama: ["concurrency"],
};

/**
 * The targets that are set, or the engine's own. For vLLM 5 waiting requests, as vLLM's production stack has it in its example for KEDA, and 0.8 of
 * the cache, short of where requests are preempted; both are to be tuned. For the others what one replica is planned to hold at once.
 */
export function targetsOf(scaling: Scaling, engine: EngineRelease["engine"], concurrency: number): Targets {
  const set = signals.filter((signal) => scaling[signal] !== undefined);
  if (set.length > 0) return Object.fromEntries(set.map((signal) => [signal, scaling[signal]!]));
  return engine === "vllm" ? { waiting: 5, kvUse: 0.8 } : { concurrency };
}

/** One model that is scaled. */
export interface Scaled {
  readonly name: string;
  readonly environment: string;
  readonly release: EngineRelease;
  readonly scaling: Scaling;
  readonly targets: Targets;
  /** Seconds for which fewer pods must do. */
  readonly quietSeconds: number;
}

/**
 * What is asked for one signal. Where there may be no pod, a model that Prometheus knows none of waits for nothing and holds nothing: 0.
 * Otherwise a series that is missing gives no answer, and no answer holds the pods that there are.
 */
function queryOf({ name, environment, release, scaling }: Scaled, signal: Signal): string {
  const query = scalerQueries({ environment }, { name, release })[signal]!;
  if (scaling.min > 0 || release.engine === "ollama") return query;
  const targets = own({ environment }, "up", `job="${modelJob}"`, `model="${name}"`);
  return `(${query}) or on () (0 * absent(${targets}))`;
}

/** A trigger of KEDA's Prometheus scaler. Each is an average over pods: the answer is for all of them together. */
const trigger = (scaled: Scaled, signal: Signal, serverAddress: unknown) => ({
  type: "prometheus",
  name: signal.toLowerCase(),
  metricType: "AverageValue",
  metadata: { serverAddress, query: queryOf(scaled, signal), threshold: String(scaled.targets[signal]), ignoreNullValues: "false" },
});

const periodTrigger = ({ from, to, timezone, replicas }: NonNullable<Scaling["schedule"]>[number], index: number) => ({
  type: "cron",
  name: `period-${index}`,
  metadata: { timezone, start: from, end: to, desiredReplicas: String(replicas) },
});

/** `spec` of KEDA's ScaledObject (keda.sh/v1alpha1) for one model; the Deployment and the address of Prometheus may be known only later. */
export function scaledObjectSpec(scaled: Scaled, { deployment, prometheusUrl }: { deployment: unknown; prometheusUrl: unknown }) {
  const { scaling, targets, quietSeconds } = scaled;
  const { min, max, schedule = [] } = scaling;
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
    pollingInterval: pollSeconds,
    minReplicaCount: min,
    maxReplicaCount: max,
    ...(min === 0 ? { cooldownPeriod: quietSeconds } : {}),
    // Without an answer from Prometheus the pods that there are stay.
    fallback: { failureThreshold, replicas: Math.max(1, min), behavior: "currentReplicasIfHigher" },
    advanced: { horizontalPodAutoscalerConfig: { behavior: behaviour(quietSeconds) } },
    triggers: [
      ...signals.filter((signal) => targets[signal] !== undefined).map((signal) => trigger(scaled, signal, prometheusUrl)),
      ...schedule.map(periodTrigger),
    ],
  };
}

/** Up at once, since a pod takes a cold start to help; down slowly, one by one. */
const behaviour = (quietSeconds: number) => ({
  scaleUp: { stabilizationWindowSeconds: 0 },
  scaleDown: {
    stabilizationWindowSeconds: quietSeconds,
    policies: [{ type: "Pods", value: 1, periodSeconds: oneLessSeconds }],
  },
});
