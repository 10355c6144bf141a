import { formatGib, round } from "../units";
import type { Fault } from "./fault";
import type { ModelPlan } from "./types";

/** The disk of each node of a pool: it holds the node's system, images, and what pods write. */
export interface NodeDisk {
  /** Where the environment sets its size. */
  readonly path: string;
  readonly gib: number;
  /** Largest size that may be set. */
  readonly largestGib: number;
  /** Nodes that the pool may have. */
  readonly nodes: number;
}

/** Share that the kubelet keeps free, by evicting pods and deleting images (Kubernetes docs, node-pressure eviction: nodefs.available<10%). */
const keptFree = 0.1;

/** GiB of an engine's image for GPUs, as it is pulled: 5.6 GB (vLLM; kaito-project/kaito issue 2325). Unpacked it takes more, which nobody measured. */
const gpuImageGib = 5.6e9 / 1024 ** 3;

/** What a node must hold so that the pods of one model come up as planned, in GiB: requests of its pods, its image, and image volumes once. */
function neededGib({ pod, placement: { gpu } }: ModelPlan, pods: number): number {
  return pods * pod.ephemeralStorageGib + pod.imageVolumeGib + (gpu ? gpuImageGib : 0);
}

/** Pods of a model that one node has to take: as the plan spreads them, and one more where a rollout adds one. */
function podsPerNode({ replicas, placement: { nodes }, rollout }: ModelPlan, poolNodes: number): number {
  if (replicas === 0) return 0;
  return Math.max(Math.ceil(replicas / Math.max(1, nodes)), Math.ceil((replicas + rollout.maxSurge) / Math.max(nodes, poolNodes, 1)));
}

/** Models whose pods ask a node of their pool for more disk than it has: the scheduler would leave some of them pending for ever. */
export function nodeDiskFaults(models: readonly ModelPlan[], disk: NodeDisk): Fault[] {
  const room = disk.gib * (1 - keptFree);
  return models.flatMap((model) => {
    const pods = podsPerNode(model, disk.nodes);
    const needed = neededGib(model, pods);
    return needed <= room ? [] : [fault(model, pods, needed, disk)];
  });
}

function fault({ name, pod, placement: { gpu } }: ModelPlan, pods: number, needed: number, { path, gib, largestGib }: NodeDisk): Fault {
  const parts = [
    `${pods} ${pods === 1 ? "pod" : "pods"} with ${pod.ephemeralStorageGib} GiB`,
    ...(pod.imageVolumeGib > 0 ? [`an image of weights of ${formatGib(pod.imageVolumeGib)}`] : []),
    ...(gpu ? [`the engine's image of ${formatGib(gpuImageGib)}`] : []),
  ];
  const wanted = Math.ceil(needed / (1 - keptFree));
  return {
    path,
    value: gib,
    bound: `must hold what models.${name} asks of one node's disk, ${round(needed, 1)} GiB: ${parts.join(", ")}; ${100 * keptFree} % stay free`,
    fix:
      wanted <= largestGib
        ? `use ${wanted} or more, spread the replicas over more nodes, or let the weights lie on a claim`
        : "spread the replicas over more nodes, or let the weights lie on a claim",
  };
}
