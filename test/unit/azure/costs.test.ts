import { expect, it } from "vitest";

import { vmSizes } from "../../../lib/accelerators/vm-size";
import { costNotes } from "../../../lib/azure/costs";
import { a10, planOf } from "../../support/azure-cluster";

const section = {
  production: false,
  zones: [],
  pools: {},
  systemPool: { size: "Standard_D4s_v5", minNodes: 2 },
  workPool: { size: "Standard_D2s_v5", minNodes: 1 },
};
const counted =
  "the price is that of the models' nodes, at pay-as-you-go prices and as many as planned; Azure bills besides: system and work pool, nodes that the autoscaler adds, the cluster's tier, disks and file shares, load balancer and traffic, registry, vault, Grafana, metrics and logs";
const hourly = (size: string) => vmSizes.find(({ name }) => name === size)!.usdPerHour["eastus"]!;

it("a price says what it counts, and what the other pools cost at least", () => {
  const usd = Math.round((2 * hourly("Standard_D4s_v5") + hourly("Standard_D2s_v5")) * 730);
  const [first, second, ...rest] = costNotes(planOf({ chat: {} }), section);
  expect([first, rest]).toEqual([counted, []]);
  expect(Number(/\$([\d,]+)/.exec(second!)![1]!.replace(",", ""))).toBe(usd);
  expect(second).toMatch(/^systemPool and workPool at their smallest: \$[\d,.]+ per month more$/);
});

it("a price that is not known in the region is reported as unknown, and none is taken from another region", () => {
  expect(costNotes(planOf({ chat: {} }, "swedencentral"), section).slice(1)).toEqual([
    "no price in swedencentral is known for systemPool (Standard_D4s_v5) and workPool (Standard_D2s_v5)",
  ]);
});

it("spot nodes are marked, because their price is not in the plan", () => {
  const spot = { maxUsdPerHour: -1, eviction: "Delete" } as const;
  expect(costNotes(planOf({ chat: {}, draft: {} }), { ...section, pools: { [a10]: { spot } } }).at(-1)).toBe(
    `chat, draft: priced as pay-as-you-go; spot nodes of ${a10} cost less, and how much changes`,
  );
});
