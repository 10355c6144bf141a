import { findGpu } from "../accelerators/gpu";
import { vmSizes } from "../accelerators/vm-size";
import { nearest } from "../nearest";
import { own } from "../own";
import type { Fault } from "../planner/fault";
import { nodeDiskFaults } from "../planner/node-disk";
import type { EnvironmentPlan, ModelPlan } from "../planner/types";
import { osDiskGib } from "./limits";
import { poolName } from "./names";

/** How many nodes a pool has: always as many, or as many as pods need. */
export type Scale =
  | { readonly kind: "fixed"; readonly nodes: number }
  | { readonly kind: "auto"; readonly minNodes: number; readonly maxNodes: number };

/** Nodes that Azure may take back, at a lower price. */
export interface Spot {
  /** Most that a node may cost, in USD per hour; -1: up to the pay-as-you-go price. */
  readonly maxUsdPerHour: number;
  /** What becomes of a node that is taken back. A deallocated one still counts against the quota. */
  readonly eviction: "Delete" | "Deallocate";
}

/** What an environment may say about the pool of one VM size. */
export interface PoolSettings {
  readonly scale?: Scale | undefined;
  readonly spot?: Spot | undefined;
  readonly zones?: readonly string[] | undefined;
  readonly osDiskGib?: number | undefined;
}

/** What an environment says about all pools. */
export interface PoolsSettings {
  /** Whether models here must outlive the loss of a node. */
  readonly production: boolean;
  /** Zones of every pool that names none. */
  readonly zones: readonly string[];
  /** By VM size. */
  readonly pools: Readonly<Record<string, PoolSettings>>;
}

/** GPUs of a pool. */
export interface PoolGpu {
  readonly key: string;
  /** NVIDIA's driver comes from AKS; AMD's is none of its. */
  readonly driver: "Install" | "None";
  readonly migProfile: string | null;
}

/** One node pool, decided. */
export interface NodePool {
  /** Name in AKS: 1 to 12 of a-z and 0-9. It changes with whatever AKS cannot change in place. */
  readonly name: string;
  /** Name in the stack: it stays, so that a replacement is shown as one. */
  readonly key: string;
  readonly size: string;
  readonly gpu: PoolGpu | null;
  readonly scale: Scale;
  readonly spot: Spot | null;
  readonly zones: readonly string[];
  readonly osDiskGib: number;
  /** Models that are planned on it. */
  readonly models: readonly string[];
}

/** Room for images of 10 GiB and weights on the node's disk; AKS's own default is 128 GiB. */
const defaultOsDiskGib = 256;

/** The pools that a plan needs: one for each VM size, and for each way its GPUs are partitioned. */
export function poolsOf(plan: EnvironmentPlan, settings: PoolsSettings): NodePool[] {
  const groups = new Map<string, ModelPlan[]>();
  for (const model of plan.models) {
    const key = [model.placement.size, model.placement.migProfile ?? ""].join("|");
    groups.set(key, [...(groups.get(key) ?? []), model]);
  }
  return [...groups.values()].map((models) => poolOf(models, settings));
}

function poolOf(models: readonly ModelPlan[], { production, zones, pools }: PoolsSettings): NodePool {
  const { size, gpu: gpuKey, migProfile } = models[0]!.placement;
  const changes = own(pools, size) ?? {};
  const nodes = models.reduce((sum, { placement }) => sum + placement.nodes, 0);
  const least = models.reduce((sum, model) => sum + (model.least ?? model.placement).nodes, 0);
  const gpu = gpuKey === null ? null : { key: gpuKey, driver: driverOf(gpuKey), migProfile };
  const fixed = { size, gpu, spot: changes.spot ?? null, zones: changes.zones ?? zones, osDiskGib: changes.osDiskGib ?? defaultOsDiskGib };
  const key = [
    size
      .replace(/^Standard_/, "")
      .replaceAll("_", "-")
      .toLowerCase(),
    migProfile?.toLowerCase(),
  ]
    .filter(Boolean)
    .join("-");
  return {
    ...fixed,
    name: poolName(gpu ? "gpu" : "cpu", gpu ? shortGpu(gpu.key) : size.replace(/^Standard_/, ""), fixed),
    key,
    scale:
      changes.scale ?? (migProfile ? { kind: "fixed", nodes } : { kind: "auto", minNodes: production ? least : 0, maxNodes: nodes + 1 }),
    models: models.map(({ name }) => name),
  };
}

const driverOf = (gpu: string): "Install" | "None" => (findGpu(gpu)?.computeCapability === null ? "None" : "Install");
const shortGpu = (key: string): string => key.split("-")[0]!;

/** Most nodes that a pool can have. */
export const maxNodes = ({ scale }: Pick<NodePool, "scale">): number => (scale.kind === "fixed" ? scale.nodes : scale.maxNodes);

/** Every mistake in what an environment says about its pools. */
export function poolFaults(plan: EnvironmentPlan, settings: PoolsSettings, path = "pools"): Fault[] {
  const pools = poolsOf(plan, settings);
  const planned = pools.map(({ size }) => size);
  const unused = Object.keys(settings.pools).filter((size) => !planned.includes(size));
  return [
    ...unused.map((size) => unusedFault(size, planned, path)),
    ...pools.flatMap((pool) => scaleFaults(pool, plan, path)),
    ...pools.flatMap((pool) => spotFaults(pool, plan, settings, path)),
    ...pools.flatMap((pool) => diskFaults(pool, plan, path)),
  ];
}

function unusedFault(size: string, planned: readonly string[], path: string): Fault {
  const known = vmSizes.some(({ name }) => name === size);
  const close = nearest(size, planned, 1)[0] ?? planned[0];
  return {
    path: `${path}.${size}`,
    value: size,
    bound: known ? "no model is planned on this size" : "must be a known VM size",
    fix: close ? `write ${close}, or remove it` : "remove it",
  };
}

function scaleFaults(pool: NodePool, plan: EnvironmentPlan, path: string): Fault[] {
  const at = `${path}.${pool.size}.scale`;
  const needed = plan.models.filter(({ name }) => pool.models.includes(name)).reduce((sum, { placement }) => sum + placement.nodes, 0);
  const { scale } = pool;
  return [
    ...(scale.kind === "auto" && pool.gpu?.migProfile
      ? [
          {
            path: at,
            value: scale.kind,
            bound: `the autoscaler does not know GPUs partitioned by MIG (${pool.gpu.migProfile})`,
            fix: `use kind fixed, nodes ${needed}, or plan whole GPUs`,
          },
        ]
      : []),
    ...(scale.kind === "auto" && scale.minNodes > scale.maxNodes
      ? [{ path: `${at}.minNodes`, value: scale.minNodes, bound: `must be at most maxNodes (${scale.maxNodes})`, fix: "lower it" }]
      : []),
    ...(maxNodes(pool) < needed
      ? [
          {
            path: at,
            value: maxNodes(pool),
            bound: `must allow ${needed} nodes, for ${pool.models.join(", ")}`,
            fix: `allow ${needed} nodes`,
          },
        ]
      : []),
  ];
}

function spotFaults(pool: NodePool, plan: EnvironmentPlan, { production }: PoolsSettings, path: string): Fault[] {
  if (!pool.spot || !production) return [];
  const alone = plan.models.filter((model) => pool.models.includes(model.name) && fewest(model) < 2);
  return alone.map((model) => ({
    path: `${path}.${pool.size}.spot`,
    value: fewest(model),
    bound: `Azure may take spot nodes back at any time, and models.${model.name} would have no other replica`,
    fix: `give ${model.name} 2 replicas, or take spot away`,
  }));
}

const fewest = ({ replicas, least }: ModelPlan): number => least?.replicas ?? replicas;

const diskFaults = (pool: NodePool, plan: EnvironmentPlan, path: string): Fault[] =>
  nodeDiskFaults(
    plan.models.filter(({ name }) => pool.models.includes(name)),
    { path: `${path}.${pool.size}.osDiskGib`, gib: pool.osDiskGib, largestGib: osDiskGib.maxValue!, nodes: maxNodes(pool) },
  );
