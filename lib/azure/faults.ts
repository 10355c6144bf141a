import type { Fault } from "../planner/fault";
import type { EnvironmentPlan } from "../planner/types";
import { versionFault } from "./kubernetes-version";
import { type AddressPlan, addressFaults, reservedFaults } from "./network";
import { maxNodes, type PoolsSettings, poolFaults, poolsOf } from "./pools";
import type { PoolRequirement } from "./preflight";

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
  readonly network: {
    readonly kind: "create" | "existing";
    readonly pods: string;
    readonly services: string;
    readonly peers?: readonly string[];
  } & Partial<AddressPlan>;
  readonly api: { readonly kind: "private" | "public" };
  /** VM sizes whose pools are not protected. */
  readonly unprotect: readonly string[];
  readonly observability: { readonly budget: { readonly from?: string | undefined } };
}

/** Most nodes of all pools together. */
export const nodesOf = (plan: EnvironmentPlan, section: AzureSection): number =>
  poolsOf(plan, section).reduce((sum, pool) => sum + maxNodes(pool), section.systemPool.maxNodes + section.workPool.maxNodes);

/**
 * Everything that is wrong with an environment's Azure section, before Azure is asked anything; what pools lack is reported for a whole plan alone.
 * A version that only a new cluster cannot have is reported beside other mistakes, and is none by itself ({@link outdatedFault}).
 */
export function azureFaults(plan: EnvironmentPlan, section: AzureSection, today: string): Fault[] {
  const version = versionOf(section, today);
  const faults: Fault[] = [
    ...(version && !version.outdated ? [version] : []),
    ...(["systemPool", "workPool"] as const).flatMap((key) => orderFault(`azure.${key}`, section[key])),
    ...(plan.faults.length > 0 ? [] : [...poolFaults(plan, section, "azure.pools"), ...unprotectFaults(plan, section)]),
    ...budgetFaults(section, today),
  ];
  const { network } = section;
  const addresses =
    network.kind === "create"
      ? addressFaults(addressPlan(network), nodesOf(plan, section), "azure.network")
      : reservedFaults({ pods: network.pods, services: network.services }, "azure.network");
  const all = [...faults, ...addresses];
  return version?.outdated && all.length > 0 ? [version, ...all] : all;
}

/** A version that a new cluster cannot have, while one that runs it goes on: only Azure knows which it is. */
export function outdatedFault(section: AzureSection, today: string): Fault | undefined {
  const version = versionOf(section, today);
  return version?.outdated ? version : undefined;
}

function versionOf({ kubernetesVersion, longTermSupport }: AzureSection, today: string): (Fault & { outdated: boolean }) | undefined {
  const fault = versionFault(kubernetesVersion, today, longTermSupport);
  return fault && { path: "azure.kubernetesVersion", value: kubernetesVersion, ...fault };
}

/** What an update minds and a preview does not: a cluster that nobody reaches cannot be filled. */
export function networkFaults({ api, network }: Pick<AzureSection, "api" | "network">): Fault[] {
  if (api.kind !== "private" || network.kind !== "create" || (network.peers ?? []).length > 0) return [];
  return [
    {
      path: "azure.api.kind",
      value: api.kind,
      bound: "the network that the update makes is joined to no other, so nobody reaches the API server in it",
      fix: "name the network that the program runs in under azure.network.peers, use azure.network.kind existing, or make the API server public for some ranges",
      neededBy: "update",
    },
  ];
}

function unprotectFaults(plan: EnvironmentPlan, section: AzureSection): Fault[] {
  const sizes = poolsOf(plan, section).map(({ size }) => size);
  return section.unprotect
    .filter((size) => !sizes.includes(size))
    .map((size) => ({
      path: "azure.unprotect",
      value: size,
      bound: "must be the VM size of a pool",
      fix: sizes.length > 0 ? `write ${sizes.join(" or ")}, or remove it` : "remove it",
    }));
}

/** Azure's bounds of a monthly budget's first month: the current one, or one of the next twelve (consumption 2024-08-01, Budget.timePeriod). */
function budgetFaults({ observability: { budget } }: AzureSection, today: string): Fault[] {
  const { from } = budget;
  const [now, last] = [today.slice(0, 7), `${Number(today.slice(0, 4)) + 1}${today.slice(4, 7)}`];
  if (from === undefined || (from >= now && from <= last)) return [];
  const path = "azure.observability.budget.from";
  const fix = "leave it out: a new budget starts this month, and one that is there keeps its start";
  return [{ path, value: from, bound: `must be a month from ${now} to ${last}: Azure takes no other for a new budget`, fix }];
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
export function poolRequirements(plan: EnvironmentPlan, section: AzureSection): PoolRequirement[] {
  const own = (["systemPool", "workPool"] as const).map((key) => ({
    path: `azure.${key}`,
    size: section[key].size,
    nodes: section[key].maxNodes,
    zones: section.zones,
    spot: false,
    surge: 1,
  }));
  const planned = poolsOf(plan, section).map((pool) => ({
    path: `azure.pools.${pool.size}`,
    size: pool.size,
    nodes: maxNodes(pool),
    zones: pool.zones,
    spot: pool.spot !== null,
    surge: pool.gpu || pool.spot ? 0 : 1,
  }));
  return [...own, ...planned];
}
