import type { Fault } from "../planner/fault";
import { faultMessage } from "../planner/fault";
import type { EnvironmentPlan } from "../planner/types";
import { versionFault } from "./kubernetes-version";
import { type AddressPlan, addressFaults } from "./network";
import { maxNodes, type PoolsSettings, poolFaults, poolsOf } from "./pools";
import type { Need } from "./preflight";

/** A pool that no model asks for. */
interface OwnPool {
  readonly size: string;
  readonly minNodes: number;
  readonly maxNodes: number;
}

/** What is checked of an environment's Azure section beyond each value by itself. */
export interface AzureSection extends PoolsSettings {
  readonly kubernetesVersion: string;
  readonly longTermSupport: boolean;
  readonly systemPool: OwnPool;
  readonly workPool: OwnPool;
  readonly network: { readonly kind: "create" | "existing"; readonly pods: string; readonly services: string } & Partial<AddressPlan>;
}

/** Most nodes of all pools together. */
export const nodesOf = (plan: EnvironmentPlan, section: AzureSection): number =>
  poolsOf(plan, section).reduce((sum, pool) => sum + maxNodes(pool), section.systemPool.maxNodes + section.workPool.maxNodes);

/** Everything that is wrong with an environment's Azure section, one line each, before Azure is asked anything. */
export function azureFaults(plan: EnvironmentPlan, section: AzureSection, today: string): string[] {
  const version = versionFault(section.kubernetesVersion, today, section.longTermSupport);
  const faults: Fault[] = [
    ...(version ? [{ path: "azure.kubernetesVersion", value: section.kubernetesVersion, ...version }] : []),
    ...(["systemPool", "workPool"] as const).flatMap((key) => orderFault(`azure.${key}`, section[key])),
    ...poolFaults(plan, section, "azure.pools"),
  ];
  const { network } = section;
  const addresses = network.kind === "create" ? addressFaults(addressPlan(network), nodesOf(plan, section), "azure.network") : [];
  return [...faults.map(faultMessage), ...addresses];
}

/** The ranges of a network that is to be made. */
export const addressPlan = ({ network, nodes, endpoints, pods, services }: AzureSection["network"]): AddressPlan => ({
  network: network!,
  nodes: nodes!,
  endpoints: endpoints!,
  pods,
  services,
});

function orderFault(path: string, { minNodes, maxNodes: most }: OwnPool): Fault[] {
  return minNodes <= most
    ? []
    : [{ path: `${path}.minNodes`, value: minNodes, bound: `must be at most maxNodes (${most})`, fix: "lower it" }];
}

/** What the pools of an environment ask of Azure at their largest. */
export function needsOf(plan: EnvironmentPlan, section: AzureSection): Need[] {
  const own = (["systemPool", "workPool"] as const).map((key) => ({
    path: `azure.${key}`,
    size: section[key].size,
    nodes: section[key].maxNodes,
    zones: section.zones,
  }));
  const planned = poolsOf(plan, section).map((pool) => ({
    path: `azure.pools.${pool.size}`,
    size: pool.size,
    nodes: maxNodes(pool),
    zones: pool.zones,
  }));
  return [...own, ...planned];
}
