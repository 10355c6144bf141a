import type { Choice } from "./place";
import type { Resolved } from "./resolve";
import type { PodPlan } from "./types";

/** Host memory of a GPU server besides shared memory, in GiB: the process and its libraries (4), and a weight file on its way through (5). */
const gpuServerGib = 9;

/** Requests and limits of one replica; requests equal limits. */
export function podOf({ engine, concurrency }: Resolved, { device, need }: Choice): PodPlan {
  const shmGib = engine === "vllm" ? (device.gpuCount > 1 ? 8 : 2) : 0; // 2 GiB as in vLLM's Kubernetes guide; collectives take more
  const { weightsGib } = need.on(need.usableGib);
  const spareCores = Math.max(1, device.size.vcpu / device.replicasPerNode - 1);
  return {
    cpuCores: Math.floor(device.gpu ? Math.min(2 + 2 * device.gpuCount, spareCores) : Math.min(spareCores, 4 * concurrency)),
    memoryGib: device.gpu ? gpuServerGib + shmGib : Math.ceil(need.usableGib),
    shmGib,
    ephemeralStorageGib: Math.ceil(1.2 * weightsGib * Math.max(1, device.gpuCount)) + 10, // weights with a fifth to spare; caches and logs
    gpuCount: device.gpuCount,
  };
}
