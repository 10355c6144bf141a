import type { Pool, Rollout } from "./types";

/** Where a model is going to run. */
export interface RolloutInput {
  readonly size: string;
  /** MIG profile that its GPUs are partitioned into; null: not partitioned. */
  readonly migProfile: string | null;
  readonly cpu: boolean;
  readonly replicas: number;
  readonly replicasPerNode: number;
  /** Pods of other models on nodes of the same size. */
  readonly neighbours: number;
  readonly pools: readonly Pool[];
  /** The weights lie on a volume of one node at a time. */
  readonly exclusiveVolume: boolean;
}

/** How a new version replaces the old one without waiting for a GPU that never comes: from the pool's head-room. */
export function rolloutOf(input: RolloutInput): Rollout {
  const { size, migProfile, cpu, replicas, neighbours, replicasPerNode, pools, exclusiveVolume } = input;
  const own = pools.filter((pool) => pool.size === size && (pool.migProfile ?? null) === migProfile);
  const pool = own.length > 0;
  if (!pool && pools.length > 0) {
    const reason = `no pool has ${size}${migProfile ? ` partitioned into ${migProfile}` : ""}: create it, move over, then remove the old one`;
    return { strategy: "new-pool-first", maxSurge: 1, maxUnavailable: 0, reason };
  }
  if (exclusiveVolume)
    return {
      strategy: "recreate",
      maxSurge: 0,
      maxUnavailable: 1,
      reason: "the weights' volume serves one node at a time: a surge could wait for it for ever",
    };
  const room = own.reduce((sum, { maxNodes }) => sum + maxNodes, 0) * replicasPerNode;
  const running = `${replicas} run${neighbours > 0 ? `, beside ${neighbours} of other models` : ""}`;
  if (room > replicas + neighbours)
    return { strategy: "surge", maxSurge: 1, maxUnavailable: 0, reason: `the pool has room for ${room} replicas, ${running}` };
  if (!pool && cpu)
    return { strategy: "surge", maxSurge: 1, maxUnavailable: 0, reason: "on CPU nodes: the old replica serves until the new one is ready" };
  const full = pool ? `the pool has room for ${room} replicas, ${running}` : "the pool's head-room is not known";
  if (replicas > 1)
    return { strategy: "replace-one-by-one", maxSurge: 0, maxUnavailable: 1, reason: `${full}: one replica at a time makes room` };
  return {
    strategy: "recreate",
    maxSurge: 0,
    maxUnavailable: 1,
    reason: `${full}: a surge would wait for ever; this interrupts the service`,
  };
}
