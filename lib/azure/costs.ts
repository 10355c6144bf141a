import { hoursPerMonth, vmSizes } from "../accelerators/vm-size";
import { own } from "../own";
import type { EnvironmentPlan } from "../planner/types";
import { formatUsd } from "../units";
import { type PoolsSettings, poolsOf } from "./pools";

/** Pools that no model asks for. */
interface OwnPools extends PoolsSettings {
  readonly systemPool: OwnPool;
  readonly workPool: OwnPool;
}

interface OwnPool {
  readonly size: string;
  readonly minNodes: number;
}

/** What the price of a plan counts, and what Azure bills besides: a total that says nothing of it would be taken for the bill. */
export function costNotes(plan: EnvironmentPlan, section: OwnPools): string[] {
  const clusterPools = (["systemPool", "workPool"] as const).map((key) => ({
    key,
    ...section[key],
    usd: hourly(section[key].size, plan.region),
  }));
  const known = clusterPools.reduce((sum, { minNodes, usd = 0 }) => sum + minNodes * usd * hoursPerMonth, 0);
  const unknown = clusterPools.filter(({ usd }) => usd === undefined).map(({ key, size }) => `${key} (${size})`);
  const spot = poolsOf(plan, section).filter((pool) => pool.spot !== null);
  return [
    `the price is that of the models' nodes, at pay-as-you-go prices and as many as planned; Azure bills besides: ${besides.join(", ")}`,
    ...(known > 0
      ? [
          `${clusterPools
            .filter(({ usd }) => usd !== undefined)
            .map(({ key }) => key)
            .join(" and ")} at their smallest: ${formatUsd(known)} per month more`,
        ]
      : []),
    ...(unknown.length > 0 ? [`no price in ${plan.region} is known for ${unknown.join(" and ")}`] : []),
    ...spot.map(
      ({ size, models }) => `${models.join(", ")}: priced as pay-as-you-go; spot nodes of ${size} cost less, and how much changes`,
    ),
  ];
}

const besides = [
  "system and work pool",
  "nodes that the autoscaler adds",
  "the cluster's tier",
  "disks and file shares",
  "load balancer and traffic",
  "registry",
  "vault",
  "Grafana, metrics and logs",
];

const hourly = (size: string, region: string): number | undefined =>
  own(vmSizes.find(({ name }) => name === size)?.usdPerHour ?? {}, region);
