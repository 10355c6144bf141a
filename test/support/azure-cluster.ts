import type { AksClusterArgs } from "../../components/cluster/aks-args";
import { defaultAddresses } from "../../lib/azure/network";
import type { NodePool } from "../../lib/azure/pools";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { context, idIn } from "./azure-mocks";

/** Subnet of a test's nodes. */
export const nodeSubnet = idIn("Microsoft.Network/virtualNetworks/vnet/subnets/nodes");

/** A network, and a subnet of it for private endpoints. */
export const privateLink = {
  subnetId: idIn("Microsoft.Network/virtualNetworks/vnet/subnets/endpoints"),
  networkId: idIn("Microsoft.Network/virtualNetworks/vnet"),
};

/** A cluster with nothing but what must be said. */
export const cluster: AksClusterArgs = {
  context,
  clusterName: "aks-test",
  nodeResourceGroup: "rg-test-nodes",
  kubernetesVersion: "1.36",
  nodeSubnetId: nodeSubnet,
  addresses: defaultAddresses,
  api: { kind: "private" },
  adminGroups: ["11111111-1111-4111-8111-111111111111"],
  deployer: { objectId: "22222222-2222-4222-8222-222222222222", type: "User" },
  systemPool: { size: "Standard_D4s_v5", minNodes: 2, maxNodes: 3, zones: [] },
  upgrades: { channel: "patch", nodeChannel: "NodeImage", day: "Sunday", startTime: "02:00", hours: 4, utcOffset: "+00:00" },
  today: "2026-11-25",
};

/** A pool of whole NVIDIA GPUs that scales from nothing. */
export const gpuPool: NodePool = {
  name: "ga10abcd",
  key: "nv36ads-a10-v5",
  size: "Standard_NV36ads_A10_v5",
  gpu: { key: "a10", driver: "Install", migProfile: null },
  scale: { kind: "auto", minNodes: 0, maxNodes: 4 },
  spot: null,
  zones: [],
  osDiskGib: 256,
  models: ["chat"],
};

export const a10 = "Standard_NV36ads_A10_v5";
export const a100 = "Standard_NC24ads_A100_v4";

/** A model as it is planned: where, how often, and on how many nodes. */
export interface Planned {
  size?: string;
  gpu?: string | null;
  migProfile?: string | null;
  nodes?: number;
  replicas?: number;
  /** Disk that a pod asks for, in GiB. */
  diskGib?: number;
}

/** A plan, as far as Azure's part of a stack looks at one. */
export const planOf = (models: Record<string, Planned>, region = "eastus"): EnvironmentPlan =>
  ({
    region,
    faults: [],
    models: Object.entries(models).map(
      ([name, { size = a10, gpu = "a10", migProfile = null, nodes = 1, replicas = nodes, diskGib = 10 }]) => ({
        name,
        replicas,
        placement: { size, gpu, migProfile, nodes },
        pod: { ephemeralStorageGib: diskGib, imageVolumeGib: 0 },
        rollout: { maxSurge: 0 },
      }),
    ),
  }) as unknown as EnvironmentPlan;
