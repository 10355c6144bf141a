import { poolKeyLabel, poolLabel, poolTaints } from "../../components/cluster/agent-pool";
import type { NodePool } from "../../lib/azure/pools";
import { parseTaint } from "../../lib/taints";

/** Room of one simulated node. */
export interface Room {
  readonly cpu: number;
  readonly memoryGib: number;
  readonly gpus: number;
  readonly diskGib: number;
}

/** Labels that AKS puts on the nodes of a pool. */
export const nodeLabels = ({ name, key, size }: NodePool): Record<string, string> => ({
  [poolLabel]: name,
  [poolKeyLabel]: key,
  "node.kubernetes.io/instance-type": size,
});

/** Selects all nodes that tests have simulated so, and no other: the lab's own node is of an agent pool. */
export const simulatedSelector = `--selector=${poolKeyLabel},!agentpool`;

/** What the autoscaler would do: nodes with what the pool puts on them. KWOK plays them: pods on them look ready, and nothing runs. */
export const simulatedNodes = (pool: NodePool, count: number, { cpu, memoryGib, gpus, diskGib }: Room): object[] =>
  Array.from({ length: count }, (_, index) => {
    const capacity = {
      cpu: String(cpu),
      memory: `${memoryGib}Gi`,
      pods: "110",
      "nvidia.com/gpu": String(gpus),
      "ephemeral-storage": `${diskGib}Gi`,
    };
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: `aks-${pool.name}-${index}`,
        annotations: { "kwok.x-k8s.io/node": "fake" },
        labels: { ...nodeLabels(pool), "kubernetes.io/os": "linux" },
      },
      spec: { taints: poolTaints(pool).map(parseTaint) },
      status: { allocatable: capacity, capacity, phase: "Running" },
    };
  });
