import type { Choice } from "./place";
import type { Resolved } from "./resolve";
import type { PodPlan } from "./types";

/** Host memory of a GPU server besides shared memory, in GiB: the process and its libraries (4), and a weight file on its way through (5). */
const gpuServerGib = 9;

/** Requests and limits of one replica; requests equal limits. */
export function podOf({ engine, concurrency, request }: Resolved, { device, need }: Choice): PodPlan {
  // 2 GiB as in vLLM's Kubernetes guide; collectives take more; the CPU build held less than 1 MiB of it
  const shmGib = engine === "vllm" ? (device.gpuCount > 1 ? 8 : device.gpu ? 2 : 0.25) : 0;
  const { weightsGib } = need.on(need.usableGib);
  const spareCores = Math.max(1, device.size.vcpu / device.replicasPerNode - 1);
  return {
    cpuCores:
      request.cpuCores ?? Math.floor(device.gpu ? Math.min(2 + 2 * device.gpuCount, spareCores) : Math.min(spareCores, 4 * concurrency)),
    memoryMib: request.memoryMib ?? Math.ceil(1024 * (device.gpu ? gpuServerGib + shmGib : need.usableGib + shmGib)),
    shmGib,
    ephemeralStorageGib: Math.ceil(1.2 * weightsGib * Math.max(1, device.gpuCount)) + 10, // weights with a fifth to spare; caches and logs
    gpuCount: device.gpuCount,
  };
}
