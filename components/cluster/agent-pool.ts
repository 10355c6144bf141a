import * as azure from "@pulumi/azure-native";
import type * as pulumi from "@pulumi/pulumi";

import { maxNodes, type NodePool } from "../../lib/azure/pools";
import { gpuTaint, spotTaint } from "../../lib/taints";
import type { AzureContext } from "./azure-context";

/** Where a pool belongs. */
export interface PoolPlace {
  context: AzureContext;
  clusterName: pulumi.Input<string>;
  /** Subnet of the nodes. Replaces the pool. */
  subnetId: pulumi.Input<string>;
  /** Kubernetes version of the nodes, as major.minor. @default the cluster's own when the pool is made, and whatever AKS makes of it */
  version?: string | undefined;
  /** What must be through first: AKS answers a second change of a cluster with 409 while the first runs. @default nothing */
  after?: readonly pulumi.Resource[];
}

/** What AKS cannot change in a pool that is there (azure-aks-docs: use-nvidia-gpu.md, spot-node-pool.md, gpu-multi-instance.md). */
const immutable = [
  "vmSize",
  "gpuProfile",
  "gpuInstanceProfile",
  "scaleSetPriority",
  "scaleSetEvictionPolicy",
  "spotMaxPrice",
  "osDiskSizeGB",
  "availabilityZones",
];

/** Label that all nodes of a pool carry, and that its replacement does not. */
export const poolLabel = "slm.dev/pool";
/** Label that the nodes of a pool share with those of its replacement. */
export const poolKeyLabel = "slm.dev/pool-key";

/** Taints of a pool's nodes: whoever runs there tolerates them. */
export const poolTaints = ({ gpu, spot }: Pick<NodePool, "gpu" | "spot">): string[] => [
  ...(gpu ? [gpuTaint] : []),
  ...(spot ? [spotTaint] : []),
];

const spotLabel = { "kubernetes.azure.com/scalesetpriority": "spot" };

/**
 * One node pool in AKS. A change that AKS cannot make in place replaces it: the new pool, under a new name, is made first; models move when
 * their Deployments follow its label; the old pool goes last.
 */
export function agentPool(
  name: string,
  pool: NodePool,
  { context, clusterName, subnetId, version, after = [] }: PoolPlace,
  opts: pulumi.CustomResourceOptions,
): azure.containerservice.AgentPool {
  return new azure.containerservice.AgentPool(
    name,
    {
      agentPoolName: pool.name,
      resourceName: clusterName,
      resourceGroupName: context.resourceGroupName,
      tags: context.tags,
      type: "VirtualMachineScaleSets",
      mode: "User",
      osType: "Linux",
      osSKU: "Ubuntu",
      ...(version ? { orchestratorVersion: version } : {}),
      vmSize: pool.size,
      vnetSubnetID: subnetId,
      osDiskSizeGB: pool.osDiskGib,
      ...(pool.zones.length > 0 ? { availabilityZones: [...pool.zones] } : {}),
      ...scaleArgs(pool),
      ...gpuArgs(pool),
      ...spotArgs(pool),
      // On the pool, not on its nodes: the autoscaler must know them while there is no node.
      nodeLabels: { [poolLabel]: pool.name, [poolKeyLabel]: pool.key, ...(pool.spot ? spotLabel : {}) },
      nodeTaints: poolTaints(pool),
      securityProfile: { sshAccess: "Disabled" },
      // A quota for GPUs seldom has room for a spare node: an upgrade takes nodes one by one.
      ...(pool.spot
        ? {}
        : { upgradeSettings: pool.gpu ? { maxSurge: "0", maxUnavailable: "1", drainTimeoutInMinutes: drainMinutes } : { maxSurge: "1" } }),
    },
    {
      ...opts,
      dependsOn: [...after],
      replaceOnChanges: immutable,
      customTimeouts: { create: "60m", update: `${updateMinutes(pool)}m`, delete: "60m" },
      ...(pool.scale.kind === "auto" ? { ignoreChanges: ["count"] } : {}),
    },
  );
}

/** Minutes that a node may take to be emptied, before an upgrade goes on without asking its pods again. */
const drainMinutes = 30;

/** An upgrade takes the nodes of a pool one by one: each is emptied, and made anew in about as long. */
const updateMinutes = (pool: NodePool): number => Math.max(1, maxNodes(pool)) * 2 * drainMinutes;

function scaleArgs({ scale }: NodePool): Partial<azure.containerservice.AgentPoolArgs> {
  if (scale.kind === "fixed") return { enableAutoScaling: false, count: scale.nodes };
  const { minNodes, maxNodes } = scale;
  return { enableAutoScaling: true, minCount: minNodes, maxCount: maxNodes, count: minNodes };
}

function gpuArgs({ gpu }: NodePool): Partial<azure.containerservice.AgentPoolArgs> {
  if (!gpu) return {};
  return { gpuProfile: { driver: gpu.driver }, ...(gpu.migProfile ? { gpuInstanceProfile: gpu.migProfile } : {}) };
}

function spotArgs({ spot }: NodePool): Partial<azure.containerservice.AgentPoolArgs> {
  if (!spot) return {};
  return { scaleSetPriority: "Spot", scaleSetEvictionPolicy: spot.eviction, spotMaxPrice: spot.maxUsdPerHour };
}
