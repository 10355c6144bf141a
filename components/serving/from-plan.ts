import type { ModelPlan } from "../../lib/planner/types";
import { gpuResource } from "./server";
import type { ServerArgs } from "./server-args";

/** What the planner decided, as arguments of a server: `{ ...fromPlan(plan), namespace, image }`. */
export function fromPlan(plan: ModelPlan) {
  const { name, version, weights, embeds, args, replicas, least, coldStart, rollout, placement, volume } = plan;
  return {
    weights,
    servedName: name,
    version,
    args,
    // A model that may have no pod begins with one: nobody else would answer its verifier.
    replicas: least ? Math.max(1, least.replicas) : replicas,
    resources: resourcesOf(plan),
    coldStart,
    rollout: { maxSurge: rollout.maxSurge, maxUnavailable: rollout.maxUnavailable },
    nodes: { labels: placement.nodeLabels },
    ...(embeds ? { embeds } : {}),
    ...(least ? { autoscaledTo: replicas } : {}),
    ...(volume ? { volume } : {}),
  } satisfies Partial<ServerArgs>;
}

/**
 * Requests and limits of a server: memory and GPUs in full, processors as a request only, so that an idle neighbour's may be used.
 * Disk is requested where the nodes are known by size; its limit is that of the scratch volume.
 */
function resourcesOf({ pod, placement }: ModelPlan) {
  const { cpuCores, memoryMib, ephemeralStorageGib, gpuCount, shmGib } = pod;
  const exact: Record<string, string> = { memory: `${memoryMib}Mi`, ...(gpuCount > 0 ? { [gpuResource]: String(gpuCount) } : {}) };
  const disk: Record<string, string> =
    Object.keys(placement.nodeLabels).length > 0 ? { "ephemeral-storage": `${ephemeralStorageGib}Gi` } : {};
  return {
    requests: { cpu: String(cpuCores), ...exact, ...disk },
    limits: exact,
    sharedMemoryGib: shmGib,
    scratchGib: ephemeralStorageGib,
  };
}
