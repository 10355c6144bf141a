import type { Fault } from "../lib/planner/fault";
import { gpuTaints } from "../lib/taints";
import { hasGpu, poolsOf } from "./lib/azure";
import { type GpuPool, gpuPools, poolsFor, tolerates } from "./lib/pools";
import { each, stackRule } from "./lib/rule";
import { usesGpu, type Workload, workloadsOf } from "./lib/workload";

/** A GPU pod that does not bear its pool's taint waits for ever; another pod that does takes a GPU node for nothing. */
export const gpuTolerations = stackRule({
  name: "gpu-tolerations",
  description: "GPU pools are tainted; their pods, and no others, bear the taint.",
  severity: "high",
  facts: ["pools"],
  check(resources, facts) {
    const pools = gpuPools(resources, facts);
    return each(resources, (resource) => {
      const faults = [
        ...workloadsOf(resource).flatMap((workload) => podFaults(workload, pools)),
        ...poolsOf(resource).flatMap(({ pool, path }) => poolFaults(hasGpu(pool), pool.nodeTaints ?? [], path)),
      ];
      return faults.map((fault) => ({ resource, fault }));
    });
  },
});

function podFaults(workload: Workload, pools: readonly GpuPool[]): Fault[] {
  const { pod, path, kind, ends } = workload;
  const borne = gpuTaints.filter((taint) => tolerates(pod.tolerations, taint));
  const at = { path: `${path}.tolerations`, value: (pod.tolerations ?? []).map(({ key = "*" }) => key) };
  if (!usesGpu(workload)) {
    // A DaemonSet serves the nodes themselves: device plugins and exporters ask for no GPU.
    // What ends soon, such as the download of weights to a volume of the node's zone, runs where the server will.
    if (kind === "DaemonSet" || ends || borne.length === 0) return [];
    return [{ ...at, bound: `must not bear ${borne.join(", ")} without asking for a GPU`, fix: "remove it, or ask for a GPU" }];
  }
  const taints = new Set([...gpuTaints, ...poolsFor(pod, pools).flatMap((pool) => pool.taints ?? [])]);
  const open = [...taints].filter((taint) => !tolerates(pod.tolerations, taint));
  return open.length === 0 ? [] : [{ ...at, bound: `must bear ${open.join(", ")}`, fix: "add the tolerations" }];
}

function poolFaults(gpu: boolean, taints: readonly string[], path: string): Fault[] {
  const own = taints.filter((taint) => gpuTaints.includes(taint));
  const at = { path: `${path}nodeTaints`, value: taints };
  if (gpu && own.length !== 1) return [{ ...at, bound: `must hold one of ${gpuTaints.join(", ")}`, fix: `use ${gpuTaints[0]}` }];
  if (!gpu && own.length > 0) return [{ ...at, bound: "must not hold a GPU taint on a pool without GPUs", fix: "remove it" }];
  return [];
}
