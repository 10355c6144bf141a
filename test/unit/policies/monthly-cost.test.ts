import { expect, it } from "vitest";

import { monthlyCost } from "../../../policies/monthly-cost";
import { evaluate } from "../../support/policies/evaluate";
import { changed, cluster, gpuPool, vault } from "../../support/policies/fixtures";

const config = (usdPerMonth: number) => ({ usdPerMonth });
const small = changed(cluster, "aks", { "agentPoolProfiles.0": { name: "system", vmSize: "Standard_D4s_v5", count: 1 } });
const violations = (change: object, usdPerMonth: number, aks = small) =>
  evaluate(monthlyCost, [vault, aks, changed(gpuPool, "gpua100", { agentPoolName: "gpua100", ...change })], config(usdPerMonth));
const tooDear = (name: string, field: string, most: string, cost: string, got: number) =>
  `${name}: ${field}: pools must cost at most ${most} a month at their largest, and cost ${cost}, got ${got}; lower it, or raise usdPerMonth`;
const noPrice = (got: string, region = "eastus") =>
  `gpua100: vmSize: must have a largest count, and a known price in ${region}, got "${got}"; use a size that make plan prices there`;

it("evaluates nothing without a budget", () =>
  expect(evaluate(monthlyCost, [cluster, changed(gpuPool, "it", { maxCount: 100 })])).toEqual([]));

// 2 nodes at $3.673 an hour and one at $0.192, 730 hours a month
it("accepts what costs as much as the budget, and refuses what costs more", () => {
  const sum = 2 * 3.673 * 730 + 0.192 * 730;
  expect(violations({}, sum)).toEqual([]);
  expect(violations({}, sum - 1)).toEqual([
    tooDear("gpua100", "maxCount", "$5,501.74", "$5,502.74 (system $140.16, gpua100 $5,362.58)", 2),
  ]);
});

it("names the dearest pool, wherever it stands, by the field that sets its size", () => {
  expect(violations({ vmSize: "Standard_D4s_v5", enableAutoScaling: false, count: undefined }, 100)).toEqual([
    tooDear("aks", "agentPoolProfiles[system].count", "$100.00", "$280.32 (system $140.16, gpua100 $140.16)", 1),
  ]);
  expect(violations({ enableAutoScaling: false, count: 3 }, 1_000)).toEqual([
    tooDear("gpua100", "count", "$1,000.00", "$8,184.03 (system $140.16, gpua100 $8,043.87)", 3),
  ]);
});

it("reads a region however it is written", () => {
  expect(violations({}, 10_000, changed(small, "aks", { location: "East US" }))).toEqual([]);
});

it("counts a pool once that its cluster shows too", () => {
  const shown = { "agentPoolProfiles.1": { name: "gpua100", vmSize: "Standard_NC24ads_A100_v4", count: 1 } };
  expect(violations({}, 5_503, changed(small, "aks", shown))).toEqual([]);
  expect(violations({ resourceName: undefined }, 5_503, changed(small, "aks", shown))).toEqual([]);
});

it("counts pools of one name in two clusters twice", () => {
  const other = { resourceName: "aks-other", "agentPoolProfiles.0.name": "gpua100" };
  expect(violations({}, 5_502, changed(small, "other", other))).toEqual([
    tooDear("gpua100", "maxCount", "$5,502.00", "$5,502.74 (gpua100 $140.16, gpua100 $5,362.58)", 2),
  ]);
});

it.each([
  [{ vmSize: "Standard_NX_future" }, noPrice("Standard_NX_future")],
  [{ maxCount: undefined }, noPrice("Standard_NC24ads_A100_v4")],
])("refuses %o, whose cost is not known", (change, message) => expect(violations(change, 10_000)).toEqual([message]));

it("says both what has no price and what is too dear", () => {
  expect(violations({ vmSize: "Standard_NX_future" }, 100)).toEqual([
    noPrice("Standard_NX_future"),
    tooDear("aks", "agentPoolProfiles[system].count", "$100.00", "$140.16 (system $140.16, gpua100 $0.00)", 1),
  ]);
});

it("refuses any size where no region is known", () => {
  expect(evaluate(monthlyCost, [changed(gpuPool, "gpua100")], config(10_000))).toEqual([
    noPrice("Standard_NC24ads_A100_v4", "the cluster's region"),
  ]);
});
