import type { types } from "@pulumi/kubernetes";

import type { ModelPlan } from "../../lib/planner/types";
import { gpuTaints, tolerationsOf } from "../../lib/taints";
import type { ServerArgs } from "./server-args";

type Pod = types.input.core.v1.PodSpec;
type Container = types.input.core.v1.Container;

/** The user that every server of ours runs as; any uid but 0 would do. */
const uid = 65532;

/** What each pod of ours holds, so that the `restricted` Pod Security level admits it. */
export const restrictedPod = {
  automountServiceAccountToken: false,
  // A Service that is named like the engine would otherwise inject variables that the engine reads as its own.
  enableServiceLinks: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: uid,
    fsGroup: uid,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  },
} satisfies Partial<Pod>;

/** The same for each container. */
export const restrictedContainer = {
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
  terminationMessagePolicy: "FallbackToLogsOnError",
} satisfies Partial<Container>;

/**
 * A pod that does one thing and ends: Pulumi waits for that. It is never ready, only done; its probe fails with what stands in the termination
 * log, so that Kubernetes tells as an event, and Pulumi as a warning, what it is at or why it failed. (Pulumi's own wait for pods starts its
 * clock anew at every event of any pod, so it need not end.)
 */
export const onceAnnotations = { "pulumi.com/waitFor": "jsonpath={.status.phase}=Succeeded" };
export const onceReadiness = {
  exec: { command: ["/bin/sh", "-c", "cat /dev/termination-log; exit 1"] },
  initialDelaySeconds: 5,
  periodSeconds: 5,
};

/** Labels that select the pods of one model server, by the name of its component. */
export const serverLabels = (name: string, { engine }: Pick<ModelPlan, "engine">): Record<string, string> => ({
  "app.kubernetes.io/name": engine,
  "app.kubernetes.io/instance": name,
  "app.kubernetes.io/managed-by": "pulumi",
});

/** Name of a server's objects: the engine is part of it, so that one can take over from another. */
export const serverName = (name: string, { engine }: Pick<ModelPlan, "engine">): string => `${name}-${engine}`;

/** Variables of a container. */
export const variables = (values: Readonly<Record<string, string>>): { name: string; value: string }[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

/**
 * Requests and limits of a server: memory and GPUs in full, processors as a request only, so that an idle neighbour's may be used.
 * Disk is requested where the nodes are known by size; its limit is that of the scratch volume.
 */
export function resources({ pod, placement }: ModelPlan): types.input.core.v1.ResourceRequirements {
  const { cpuCores, memoryMib, ephemeralStorageGib, gpuCount } = pod;
  const exact: Record<string, string> = { memory: `${memoryMib}Mi`, ...(gpuCount > 0 ? { "nvidia.com/gpu": String(gpuCount) } : {}) };
  const disk: Record<string, string> =
    Object.keys(placement.nodeLabels).length > 0 ? { "ephemeral-storage": `${ephemeralStorageGib}Gi` } : {};
  return { requests: { cpu: String(cpuCores), ...exact, ...disk }, limits: exact };
}

/** Where a server's pods may run, and how they spread. A GPU pod tolerates every taint that GPU pools are found to bear. */
export function scheduling(name: string, { plan, nodes = {} }: ServerArgs): Partial<Pod> {
  const labels = { ...plan.placement.nodeLabels, ...nodes.labels };
  const tolerations = tolerationsOf([...(plan.pod.gpuCount > 0 ? gpuTaints : []), ...(nodes.taints ?? [])]);
  const spread = (topologyKey: string): types.input.core.v1.TopologySpreadConstraint => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: serverLabels(name, plan) },
  });
  return {
    ...(Object.keys(labels).length > 0 ? { nodeSelector: labels } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
    topologySpreadConstraints: [spread("topology.kubernetes.io/zone"), spread("kubernetes.io/hostname")],
  };
}
