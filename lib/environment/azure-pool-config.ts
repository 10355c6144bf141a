import { z } from "zod";

import * as limits from "../azure/limits";

const scale = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("fixed"), nodes: limits.nodes.describe("Nodes of the pool.") }),
  z.strictObject({
    kind: z.literal("auto"),
    minNodes: limits.nodes.describe("Fewest nodes of the pool."),
    maxNodes: limits.nodes.describe("Most nodes of the pool."),
  }),
]);

/** Zones of nodes. */
export const zones = z.array(z.enum(["1", "2", "3"], { error: 'must be "1", "2" or "3"' }));

/** What an environment on Azure may say about the pool of one VM size. */
export const pool = z.strictObject({
  scale: scale
    .optional()
    .describe(
      "How many nodes it has: a fixed number, or as many as the autoscaler sets. Default: as many nodes as the plan needs and one more: from 0, or in production from what it needs; MIG-partitioned GPUs: always as many.",
    ),
  spot: z
    .strictObject({
      maxUsdPerHour: limits.spotMaxUsd
        .default(-1)
        .describe("Most that a node may cost, in USD per hour; -1: up to the pay-as-you-go price. Replaces the pool."),
      eviction: z
        .enum(["Delete", "Deallocate"])
        .default("Delete")
        .describe("What becomes of a node that Azure takes back. Replaces the pool."),
    })
    .optional()
    .describe("Spot nodes, which Azure may take back. Absent: Azure takes no node back. Replaces the pool."),
  zones: zones.optional().describe("Zones of its nodes. Default: the environment's. Replaces the pool."),
  osDiskGib: limits.osDiskGib.optional().describe("Disk of a node's operating system, in GiB. Replaces the pool. Default: 256."),
});

/** A pool that no model asks for, with its own defaults. */
export const autoPool = (size: string, minNodes: number, maxNodes: number) =>
  z
    .strictObject({
      size: z.string().default(size).describe("VM size of its nodes."),
      minNodes: limits.systemNodes.default(minNodes).describe("Fewest nodes."),
      maxNodes: limits.systemNodes.default(maxNodes).describe("Most nodes."),
    })
    .prefault({});
