import { gib } from "../units";
import { needsDownload } from "../weights/source";
import { draftBytes, storedBytes } from "./download";
import type { Choice } from "./place";
import type { PodPlan } from "./pod-plan";
import type { Resolved } from "./resolve";

/** Host memory of a GPU server besides shared memory, in GiB: the process and its libraries (4), and a weight file on its way through (5). */
const gpuServerGib = 9;

/** Caches, logs and what the engine unpacks, in GiB. */
const ownDiskGib = 10;

/** Weights that a pod copies to its own disk, with a fifth to spare, in GiB: Ollama makes its store from files anew in each pod; a download it links. */
function copiedGib(resolved: Resolved, requirement: Choice["requirement"]): number {
  if (resolved.engine !== "ollama") return 0;
  const copied = [resolved, ...resolved.additionalModels].filter(({ weights }) => !needsDownload(weights.source));
  return 1.2 * gib(copied.reduce((sum, part) => sum + storedBytes(part, requirement), 0));
}

/** Weights of image volumes, in GiB: the kubelet keeps them on the node's disk as it keeps an engine's image. */
function imageVolumeGib(resolved: Resolved, requirement: Choice["requirement"]): number {
  const mounted = [resolved, ...resolved.additionalModels].filter(({ weights }) => weights.source.kind === "image");
  const draft = resolved.draft?.weights.source.kind === "image" ? draftBytes(resolved.draft) : 0;
  return gib(mounted.reduce((sum, part) => sum + storedBytes(part, requirement), draft));
}

/** Requests and limits of one replica; requests equal limits. */
export function podOf(resolved: Resolved, { device, requirement: need }: Choice): PodPlan {
  const { engine, concurrency, request } = resolved;
  // 2 GiB as in vLLM's Kubernetes guide; collectives take more; the CPU build held less than 1 MiB of it
  const shmGib = engine === "vllm" ? (device.gpuCount > 1 ? 8 : device.gpu ? 2 : 0.25) : 0;
  const spareCores = Math.max(1, device.size.vcpu / device.replicasPerNode - 1);
  return {
    cpuCores:
      request.cpuCores ?? Math.floor(device.gpu ? Math.min(2 + 2 * device.gpuCount, spareCores) : Math.min(spareCores, 4 * concurrency)),
    memoryMib: request.memoryMib ?? Math.ceil(1024 * (device.gpu ? gpuServerGib + shmGib : need.usableGib + shmGib)),
    shmGib,
    ephemeralStorageGib: ownDiskGib + Math.ceil(copiedGib(resolved, need)),
    imageVolumeGib: imageVolumeGib(resolved, need),
    gpuCount: device.gpuCount,
  };
}
