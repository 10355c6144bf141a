import { expect, it } from "vitest";

import { monthlyCost } from "../../../policies/monthly-cost";
import { changed, cluster, gpuPool } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object, usdPerMonth?: number) =>
  judge(monthlyCost, [cluster, changed(gpuPool, "gpua100", { ...change })], usdPerMonth ? { usdPerMonth } : {});

const unknown = "gpua100: vmSize: must have a largest count, and a known price in eastus";
const fix = "use a size that make plan prices there";

it("judges nothing without a budget, and accepts what is within one", () => {
  expect(judged({ maxCount: 100 })).toEqual([]);
  expect(judged({}, 10_000)).toEqual([]);
});

it("refuses pools that are dearer than the budget when all are at their largest, naming the dearest", () => {
  expect(judged({}, 5_000)).toEqual([
    "gpua100: maxCount: pools must cost at most $5,000.00 a month at their largest, and cost $5,502.74 (system $140.16, gpua100 $5,362.58), got 2; lower it, or raise usdPerMonth",
  ]);
});

it("counts a pool once that its cluster shows too", () => {
  const shown = changed(cluster, "aks", { "agentPoolProfiles.1": { name: "gpua100", vmSize: "Standard_NC24ads_A100_v4", count: 1 } });
  expect(judge(monthlyCost, [shown, gpuPool], { usdPerMonth: 10_000 })).toEqual([]);
});

it.each([
  [{ vmSize: "Standard_NX_future" }, `${unknown}, got "Standard_NX_future"; ${fix}`],
  [{ maxCount: undefined }, `${unknown}, got "Standard_NC24ads_A100_v4"; ${fix}`],
])("refuses %o, whose cost is not known", (change, message) => expect(judged(change, 10_000)).toEqual([message]));
