/** A node pool as AKS would make it, played by KWOK: its nodes look ready and run nothing. */
interface SimulatedPool {
  name: string;
  size: string;
  gpus: number;
  nodes: number;
  cpu: number;
  memoryGib: number;
  zones: string[];
}

const region = "swedencentral";

/** Sizes as in Azure's own tables: Standard_NC24ads_A100_v4 and Standard_NC4as_T4_v3. */
const pools: SimulatedPool[] = [
  { name: "gpua100", size: "Standard_NC24ads_A100_v4", gpus: 1, nodes: 2, cpu: 24, memoryGib: 220, zones: ["1", "2"] },
  { name: "gput4", size: "Standard_NC4as_T4_v3", gpus: 1, nodes: 1, cpu: 4, memoryGib: 28, zones: ["1"] },
];

/** One Kubernetes Node per simulated machine, with the labels, taint and capacity that AKS gives a GPU pool. */
export const simulatedNodes = (): object[] =>
  pools.flatMap((pool) =>
    Array.from({ length: pool.nodes }, (_, index) =>
      node(pool, `aks-${pool.name}-sim-vmss${String(index).padStart(6, "0")}`, pool.zones[index % pool.zones.length]!),
    ),
  );

function node({ name: pool, size, gpus, cpu, memoryGib }: SimulatedPool, name: string, zone: string): object {
  const capacity = {
    cpu: String(cpu),
    memory: `${memoryGib}Gi`,
    pods: "110",
    "nvidia.com/gpu": String(gpus),
    "ephemeral-storage": "128Gi",
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0" },
      labels: {
        agentpool: pool,
        accelerator: "nvidia",
        "kubernetes.azure.com/accelerator": "nvidia",
        "kubernetes.azure.com/agentpool": pool,
        "kubernetes.azure.com/mode": "user",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": size,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": `${region}-${zone}`,
      },
    },
    spec: { taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }] },
    status: {
      allocatable: capacity,
      capacity,
      nodeInfo: { architecture: "amd64", operatingSystem: "linux", kubeletVersion: "v1.37.2" },
      phase: "Running",
    },
  };
}
