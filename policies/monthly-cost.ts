import { hoursPerMonth } from "../lib/accelerators/vm-size";
import { own } from "../lib/own";
import { formatUsd } from "../lib/units";
import { azure, maxNodesOf, type PlacedPool, poolsOf, sizeOf } from "./lib/azure";
import { each, known, type Resource, stackRule, type Violation } from "./lib/rule";

/** One pool at its largest, priced. */
interface Priced {
  readonly resource: Resource;
  readonly placed: PlacedPool;
  /** Undefined: no price, or no bound, is known. */
  readonly usd: number | undefined;
}

/** What the node pools cost when the autoscaler has taken all that it may. */
export const monthlyCost = stackRule({
  name: "monthly-cost",
  description: "Node pools at their largest cost no more than the environment's budget.",
  severity: "high",
  facts: ["usdPerMonth"],
  check(resources, { usdPerMonth }) {
    if (usdPerMonth === undefined) return [];
    const region = regionOf(resources);
    const pools = distinct(each(resources, (resource) => poolsOf(resource).map((placed) => priced(resource, placed, region))));
    const total = pools.reduce((sum, { usd = 0 }) => sum + usd, 0);
    const unpriced = pools.filter(({ usd }) => usd === undefined).map((pool) => noPrice(pool, region));
    return total <= usdPerMonth ? unpriced : [...unpriced, ...tooDear(pools, total, usdPerMonth)];
  },
});

const regionOf = (resources: readonly Resource[]): string =>
  each(resources, ({ type, props }) => (type === azure.cluster ? [String(props["location"] ?? "")] : []))[0]
    ?.toLowerCase()
    .replaceAll(" ", "") ?? "";

function priced(resource: Resource, placed: PlacedPool, region: string): Priced {
  const hourly = own(sizeOf(placed.pool)?.usdPerHour ?? {}, region);
  const nodes = maxNodesOf(placed.pool);
  return { resource, placed, usd: hourly === undefined || nodes === undefined ? undefined : hourly * nodes * hoursPerMonth };
}

/** A cluster that exists shows its separate pools too: those are counted as the resources that they are. */
function distinct(pools: readonly Priced[]): Priced[] {
  const separate = pools.filter(({ placed }) => placed.path === "");
  const isShown = (inline: Priced): boolean =>
    separate.some((own) => own.placed.name === inline.placed.name && mayBeSame(clusterOf(own), clusterOf(inline)));
  return pools.filter((pool) => pool.placed.path === "" || !isShown(pool));
}

/** Name of the cluster that a pool belongs to; undefined before it is made. */
const clusterOf = ({ resource }: Priced): string | undefined => known(() => resource.props["resourceName"] as string | undefined);
const mayBeSame = (one: string | undefined, other: string | undefined): boolean =>
  one === undefined || other === undefined || one === other;

const noPrice = ({ resource, placed: { path, pool } }: Priced, region: string): Violation => ({
  resource,
  fault: {
    path: `${path}vmSize`,
    value: known(() => pool.vmSize),
    bound: `must have a largest count, and a known price in ${region || "the cluster's region"}`,
    fix: "use a size that make plan prices there",
  },
});

/** The budget is broken by all together: the dearest is named. */
function tooDear(pools: readonly Priced[], total: number, budget: number): Violation[] {
  const dearest = pools.reduce((a, b) => ((b.usd ?? 0) > (a.usd ?? 0) ? b : a));
  const list = pools.map(({ placed, usd = 0 }) => `${placed.name} ${formatUsd(usd)}`).join(", ");
  const bound = `pools must cost at most ${formatUsd(budget)} a month at their largest, and cost ${formatUsd(total)} (${list})`;
  const { path, pool } = dearest.placed;
  const field = pool.enableAutoScaling ? "maxCount" : "count";
  return [
    {
      resource: dearest.resource,
      fault: { path: `${path}${field}`, value: maxNodesOf(pool), bound, fix: "lower it, or raise usdPerMonth" },
    },
  ];
}
