import { expect, it } from "vitest";

import { autoscaledCount } from "../../../policies/autoscaled-count";
import { evaluate } from "../../support/policies/evaluate";
import { changed, cluster, gpuPool } from "../../support/policies/fixtures";

const ignoring = (...ignoreChanges: string[]) => ({ ignoreChanges });
const second = { "agentPoolProfiles.1": { name: "gpu", enableAutoScaling: true, count: 2 } };
const message = (where: string, got: number, option: string) =>
  `it: ${where}: must not be kept by Pulumi where the autoscaler sets it, got ${got}; add ${option} to ignoreChanges, or leave count out`;

it.each([
  ["left to the autoscaler", gpuPool],
  ["absent", changed(gpuPool, "it", { count: undefined }, ignoring())],
  ["of a pool of fixed size", changed(gpuPool, "it", { enableAutoScaling: false }, ignoring())],
  ["inline, and left", cluster],
  ["inline, and left with all pools", changed(cluster, "it", second, ignoring("agentPoolProfiles"))],
  ["inline, and left at each position", changed(cluster, "it", second, ignoring("agentPoolProfiles[*].count"))],
  ["inline, and left with its pool", changed(cluster, "it", second, ignoring("agentPoolProfiles[0]", "agentPoolProfiles[1]"))],
])("accepts a count that is %s", (_, resource) => expect(evaluate(autoscaledCount, [resource])).toEqual([]));

it.each([
  ["a pool's own", changed(gpuPool, "it", {}, ignoring()), message("count", 1, "count")],
  ["one beside an option of another name", changed(gpuPool, "it", {}, ignoring("counts", "minCount")), message("count", 1, "count")],
  [
    "an inline one",
    changed(cluster, "it", { "agentPoolProfiles.0.count": 3 }, ignoring()),
    message("agentPoolProfiles[system].count", 3, "agentPoolProfiles[0].count"),
  ],
  [
    "an inline one of another pool",
    changed(cluster, "it", second, ignoring("agentPoolProfiles[0].count")),
    message("agentPoolProfiles[gpu].count", 2, "agentPoolProfiles[1].count"),
  ],
  [
    "an inline one beside another field",
    changed(cluster, "it", {}, ignoring("agentPoolProfiles[0].countdown", "agentPoolProfiles[0].maxCount")),
    message("agentPoolProfiles[system].count", 3, "agentPoolProfiles[0].count"),
  ],
])("refuses %s", (_, resource, expected) => expect(evaluate(autoscaledCount, [resource])).toEqual([expected]));
