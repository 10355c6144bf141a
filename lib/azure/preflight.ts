import type { Fault } from "../planner/fault";

/** What one pool asks of Azure. */
export interface PoolRequirement {
  /** Path of the setting that asks for it. */
  readonly path: string;
  readonly size: string;
  readonly nodes: number;
  readonly zones: readonly string[];
  /** Its processors count against the quota of spot nodes, which is one for all families of a region. */
  readonly spot: boolean;
  /** Nodes that an upgrade adds for a while. */
  readonly surge: number;
}

/** One line of Azure's list of VM sizes (Microsoft.Compute/skus, 2021-07-01), as far as it is read. */
export interface Sku {
  readonly name: string;
  readonly resourceType: string;
  /** Quota that its processors count against. */
  readonly family: string;
  readonly locationInfo?: readonly { readonly location: string; readonly zones?: readonly string[] }[];
  readonly restrictions?: readonly {
    readonly type: string;
    readonly reasonCode: string;
    readonly restrictionInfo?: { readonly zones?: readonly string[] };
  }[];
  readonly capabilities?: readonly { readonly name: string; readonly value: string }[];
}

/** One line of Azure's list of quotas (Microsoft.Compute/locations/usages, 2024-11-01), as far as it is read. */
export interface Usage {
  readonly name: { readonly value: string; readonly localizedValue?: string };
  readonly currentValue: number;
  readonly limit: number;
}

/** What Azure said no to, and what may yet be too little. */
export interface PreflightResult {
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
}

/** Quotas of a region besides those of VM families: of all its processors, and of those of spot nodes (az vm list-usage). */
const regionalCores = "cores";
const spotCores = "lowPriorityCores";

/** Whether Azure offers what the pools of an environment need: sizes in the region and zones, and processors in the quota. */
export function quotaResult(
  pools: readonly PoolRequirement[],
  skus: readonly Sku[],
  usages: readonly Usage[],
  region: string,
): PreflightResult {
  const sizes = new Map(skus.filter(({ resourceType }) => resourceType === "virtualMachines").map((sku) => [sku.name, sku]));
  const groups = new Map<string, PoolRequirement[]>();
  const add = (name: string, pool: PoolRequirement): void => void groups.set(name, [...(groups.get(name) ?? []), pool]);
  for (const pool of pools.filter(({ size }) => sizes.has(size))) {
    for (const name of pool.spot ? [spotCores] : [sizes.get(pool.size)!.family, regionalCores]) add(name, pool);
  }
  const quotas = [...groups].map(([name, asking]) => quota(name, asking, sizes, usages));
  return {
    faults: [...pools.flatMap((pool) => offered(pool, sizes.get(pool.size), region)), ...quotas.flatMap(({ faults }) => faults)],
    warnings: quotas.flatMap(({ warnings }) => warnings),
  };
}

function offered({ path, size, zones }: PoolRequirement, sku: Sku | undefined, region: string): Fault[] {
  const restricted = sku?.restrictions?.find(({ type }) => type === "Location");
  if (!sku || restricted)
    return [
      {
        path,
        value: size,
        bound: `must be offered in ${region}${restricted ? ` (${restricted.reasonCode})` : ""}`,
        fix: "choose another size or region",
      },
    ];
  const closed = (sku.restrictions ?? [])
    .filter(({ type }) => type === "Zone")
    .flatMap(({ restrictionInfo }) => restrictionInfo?.zones ?? []);
  const open = (sku.locationInfo?.[0]?.zones ?? []).filter((zone) => !closed.includes(zone)).toSorted();
  const absent = zones.filter((zone) => !open.includes(zone));
  if (absent.length === 0) return [];
  const fix = open.length > 0 ? `use zones ${open.join(", ")}` : "use no zones";
  return [{ path: `${path}.zones`, value: zones, bound: `${size} is not in zone ${absent.join(", ")} of ${region}`, fix }];
}

function quota(
  name: string,
  pools: readonly PoolRequirement[],
  sizes: ReadonlyMap<string, Sku>,
  usages: readonly Usage[],
): PreflightResult {
  const usage = usages.find((candidate) => candidate.name.value.toLowerCase() === name.toLowerCase());
  const total = (count: (pool: PoolRequirement) => number): number =>
    pools.reduce((sum, pool) => sum + count(pool) * vcpus(sizes.get(pool.size)!), 0);
  const wanted = total(({ nodes }) => nodes);
  const family = quotaNames[name] ?? name;
  if (!usage) return { faults: [], warnings: [`${family}: Azure tells no quota; ${wanted} vCPUs are needed`] };
  const { limit, currentValue } = usage;
  const asked = pools.map(({ nodes, size }) => `${nodes} × ${size}`).join(", ");
  if (wanted > limit)
    return {
      faults: [
        {
          path: pools[0]!.path,
          value: asked,
          bound: `needs ${wanted} vCPUs of ${family}, and the quota is ${limit}`,
          fix: "ask for more quota, or lower maxNodes",
        },
      ],
      warnings: [],
    };
  const left = limit - currentValue;
  const upgraded = wanted + total(({ surge }) => surge);
  return {
    faults: [],
    warnings: [
      ...(wanted > left
        ? [`${asked} may need ${wanted} vCPUs of ${family}; ${left} of ${limit} are free, less what this environment runs already`]
        : []),
      ...(upgraded > limit
        ? [`${asked}: an upgrade at that size needs ${upgraded} vCPUs of ${family} for its surge nodes, and the quota is ${limit}`]
        : []),
    ],
  };
}

/** What the quotas of a region are called where they are shown. */
const quotaNames: Readonly<Record<string, string>> = {
  [regionalCores]: "the region (cores)",
  [spotCores]: "the region's spot nodes (lowPriorityCores)",
};

const vcpus = ({ capabilities }: Sku): number => Number(capabilities?.find(({ name }) => name === "vCPUs")?.value ?? 0);
