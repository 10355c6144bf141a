import * as azure from "@pulumi/azure-native";
import type * as pulumi from "@pulumi/pulumi";

import type { NodePool } from "../../lib/azure/pools";
import { gpuTaint, spotTaint } from "../../lib/taints";
import type { AzureContext } from "./azure-context";

/** Where a pool belongs. */
export interface PoolPlace {
  context: AzureContext;
  clusterName: pulumi.Input<string>;
  /** Subnet of the nodes. Replaces the pool. */
  subnetId: pulumi.Input<string>;
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
  { context, clusterName, subnetId }: PoolPlace,
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
        : { upgradeSettings: pool.gpu ? { maxSurge: "0", maxUnavailable: "1", drainTimeoutInMinutes: 30 } : { maxSurge: "1" } }),
    },
    { ...opts, replaceOnChanges: immutable, ...(pool.scale.kind === "auto" ? { ignoreChanges: ["count"] } : {}) },
  );
}

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
