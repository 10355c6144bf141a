import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { poolName } from "../../lib/azure/names";
import { type NodePool, poolsOf } from "../../lib/azure/pools";
import type { AzureSettings } from "../../lib/environment/azure-config";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { agentPool, type PoolPlace, poolLabel, poolTaints } from "../cluster/agent-pool";
import { GpuNodePool } from "../cluster/gpu-node-pool";

/** Where pods go, and what must be there before them. */
export interface Placement {
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Taints that they must tolerate there. */
  readonly taints: readonly string[];
  readonly ready: pulumi.Resource[];
}

/**
 * The pools of an environment, one after the other: one for whatever needs no GPU, and those that the plan asks for. Returns where each model's
 * pods go.
 */
export function pools(
  plan: EnvironmentPlan,
  settings: AzureSettings,
  place: PoolPlace,
  provider: k8s.Provider,
  protect: boolean,
  own: pulumi.ResourceOptions = {},
): Record<string, Placement> {
  const planned = poolsOf(plan, settings);
  const namespace = planned.some(({ gpu }) => gpu) ? gpuNamespace(provider, own) : undefined;
  let last = agentPool("work", workPool(settings), place, own);
  return Object.fromEntries(
    planned.flatMap((pool) => {
      const here = { ...place, after: [last] };
      const kept = protect && !settings.unprotect.includes(pool.size);
      const gpuPool =
        pool.gpu && namespace && new GpuNodePool(pool.key, { place: here, pool, kubernetes: { provider, namespace }, protect: kept }, own);
      last = gpuPool ? gpuPool.nodes : agentPool(pool.key, pool, here, own);
      const placement = { nodeSelector: { [poolLabel]: pool.name }, taints: poolTaints(pool), ready: [gpuPool || last] };
      return pool.models.map((model) => [model, placement] as const);
    }),
  );
}

/** Device plugin and exporter mount folders of their node and see its GPUs: no other namespace admits such pods. */
function gpuNamespace(provider: k8s.Provider, own: pulumi.ResourceOptions): pulumi.Output<string> {
  const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
  return new k8s.core.v1.Namespace("gpu-system", { metadata: { name: "gpu-system", labels } }, { ...own, provider }).metadata.name;
}

function workPool({ workPool: { size, minNodes, maxNodes }, zones }: AzureSettings): NodePool {
  const fixed = { size, zones, osDiskGib: 128 };
  return {
    ...fixed,
    name: poolName("cpu", "work", fixed),
    key: "work",
    gpu: null,
    spot: null,
    scale: { kind: "auto", minNodes, maxNodes },
    // Stryker disable next-line ArrayDeclaration: agentPool reads no models
    models: [],
  };
}
