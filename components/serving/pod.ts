import type { types } from "@pulumi/kubernetes";

import type { EngineName } from "../../lib/engines/tables";
import { gpuTaints, tolerationsOf } from "../../lib/taints";
import { claimLabel } from "../../lib/weights/identity";
import { asksForGpu, type Server } from "./server";

type Pod = types.input.core.v1.PodSpec;

/** Labels that select the pods of one model server, by the name of its component. */
export const serverLabels = ({ name, engine }: Pick<Server, "name" | "engine">): Record<string, string> => ({
  "app.kubernetes.io/name": engine,
  "app.kubernetes.io/instance": name,
  "app.kubernetes.io/managed-by": "pulumi",
});

/** Label that is another one for other weights, another version or other settings: by it the pods of before are distinguished from those of now. */
export const revisionLabel = "slm-stack/revision";

/** Port on which each engine's pods answer. */
export const httpPorts: Readonly<Record<EngineName, number>> = { vllm: 8000, ollama: 11434, onnx: 8000 };

/** Name of a server's objects: the engine is part of it, so that one can take over from another. */
export const serverName = ({ name, engine }: Pick<Server, "name" | "engine">): string => `${name}-${engine}`;

/** Variables of a container. */
export const variables = (values: Readonly<Record<string, string>>): { name: string; value: string }[] =>
  Object.entries(values).map(([name, value]) => ({ name, value: escaped(value) }));

/** Arguments of a container. */
export const escapedArgs = (args: readonly string[]): string[] => args.map(escaped);

/** Kubernetes expands `$(NAME)` in a value, and turns `$$` into `$`: a doubled dollar stands for itself. */
const escaped = (value: string): string => value.replaceAll("$", "$$$$");

/** Where a server's pods may run, and how they spread. A GPU pod tolerates every taint that GPU pools are found to have. */
export function scheduling(server: Server, exclusiveClaims: readonly string[]): Partial<Pod> {
  const { nodes = {}, resources } = server;
  const tolerations = tolerationsOf([...(asksForGpu(resources) ? gpuTaints : []), ...(nodes.taints ?? [])]);
  const spread = (topologyKey: string): types.input.core.v1.TopologySpreadConstraint => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: serverLabels(server) },
  });
  return {
    ...(Object.keys(nodes.labels ?? {}).length > 0 ? { nodeSelector: { ...nodes.labels } } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
    ...affinityOf(server, exclusiveClaims),
    topologySpreadConstraints: [spread("topology.kubernetes.io/zone"), spread("kubernetes.io/hostname")],
  };
}

/**
 * A claim that serves one node at a time is mounted by pods of that node only, which the scheduler does not see to: a pod on another node would
 * wait for ever. Pods that share one have to be together; the first finds none and goes anywhere.
 */
function affinityOf({ pod: { affinity } }: Server, exclusiveClaims: readonly string[]): Partial<Pod> {
  const together = exclusiveClaims.map((claim) => ({
    labelSelector: { matchExpressions: [{ key: claimLabel(claim), operator: "Exists" }] },
    topologyKey: "kubernetes.io/hostname",
  }));
  if (together.length === 0) return affinity ? { affinity: affinity as Pod["affinity"] & object } : {};
  const { requiredDuringSchedulingIgnoredDuringExecution: required = [], ...preferred } = affinity?.podAffinity ?? {};
  const podAffinity = { ...preferred, requiredDuringSchedulingIgnoredDuringExecution: [...required, ...together] };
  return { affinity: { ...affinity, podAffinity } as Pod["affinity"] & object };
}

/** Labels by which those pods find each other. */
export const claimLabels = (exclusiveClaims: readonly string[]): Record<string, string> =>
  Object.fromEntries(exclusiveClaims.map((claim) => [claimLabel(claim), ""]));
