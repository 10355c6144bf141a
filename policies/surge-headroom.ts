import type { PolicyResource } from "@pulumi/policy";

import { type GpuPool, gpuPools, poolsFor } from "./lib/pools";
import { each, stackRule, type Violation } from "./lib/rule";
import { containersOf, gpusOf, type Workload, workloadsOf } from "./lib/workload";

/** Kubernetes' own default (API reference, RollingUpdateDeployment). */
const defaultMaxSurge = "25%";

interface Demand {
  readonly resource: PolicyResource;
  readonly workload: Workload;
  readonly pools: readonly GpuPool[];
  /** Devices of all its pods. */
  readonly gpus: number;
  readonly perPod: number;
}

/** A new pod that waits for the GPU of an old one, which waits for the new pod, waits for ever. */
export const surgeHeadroom = stackRule({
  name: "surge-headroom",
  description: "A rollout starts more pods only where the GPU pool has room for them.",
  severity: "high",
  facts: ["pools"],
  check(resources, facts) {
    const pools = gpuPools(resources, facts);
    const demands = each(resources, (resource) => demandOf(resource, pools));
    return demands.flatMap((demand) => tooMany(demand, demands));
  },
});

function demandOf(resource: PolicyResource, pools: readonly GpuPool[]): Demand[] {
  return workloadsOf(resource).flatMap((workload) => {
    const perPod = containersOf(workload).reduce((sum, { container, longRunning }) => (longRunning ? sum + gpusOf(container) : sum), 0);
    return perPod === 0 ? [] : [{ resource, workload, perPod, gpus: perPod * replicasOf(workload), pools: poolsFor(workload.pod, pools) }];
  });
}

const replicasOf = ({ spec }: Workload): number => spec.replicas ?? 1;

function tooMany({ resource, workload, pools, perPod }: Demand, demands: readonly Demand[]): Violation[] {
  const surge = surgeOf(workload);
  const room = pools.reduce((sum, { gpus = Number.POSITIVE_INFINITY }) => sum + gpus, 0);
  if (surge === 0 || pools.length === 0) return [];
  const used = demands.filter((other) => other.pools.some((pool) => pools.includes(pool))).reduce((sum, { gpus }) => sum + gpus, 0);
  if (used + surge * perPod <= room) return [];
  const names = pools.map(({ name }) => name).join(", ");
  const bound = `must be 0: ${names} has ${room} GPUs, ${used} are used and the surge takes ${surge * perPod} more`;
  const value = workload.spec.strategy?.rollingUpdate?.maxSurge;
  return [
    { resource, fault: { path: "spec.strategy.rollingUpdate.maxSurge", value, bound, fix: "set it to 0, or raise the pool's maxCount" } },
  ];
}

/** Pods that a rollout starts before it ends others. */
function surgeOf({ kind, spec }: Workload): number {
  if (kind !== "Deployment" || spec.strategy?.type === "Recreate") return 0;
  const surge = spec.strategy?.rollingUpdate?.maxSurge ?? defaultMaxSurge;
  const share = /^(\d+)%$/.exec(String(surge))?.[1];
  return share === undefined ? Number(surge) : Math.ceil(((spec.replicas ?? 1) * Number(share)) / 100);
}
