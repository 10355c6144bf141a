import { expect, it } from "vitest";

import { autoscaledCount } from "../../../policies/autoscaled-count";
import { changed, cluster, gpuPool } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

it.each([
  ["left to the autoscaler", changed(gpuPool, "gpua100")],
  ["absent", changed(gpuPool, "gpua100", { count: undefined }, { ignoreChanges: [] })],
  ["of a pool of fixed size", changed(gpuPool, "gpua100", { enableAutoScaling: false }, { ignoreChanges: [] })],
  [
    "inline, and left",
    changed(cluster, "aks", { "agentPoolProfiles.0.enableAutoScaling": true }, { ignoreChanges: ["agentPoolProfiles[0].count"] }),
  ],
])("accepts a count that is %s", (_, resource) => expect(judge(autoscaledCount, [resource])).toEqual([]));

it.each([
  [
    changed(gpuPool, "gpua100", {}, { ignoreChanges: [] }),
    "gpua100: count: must not be kept by Pulumi where the autoscaler sets it, got 1; add count to ignoreChanges, or leave count out",
  ],
  [
    changed(cluster, "aks", { "agentPoolProfiles.0.enableAutoScaling": true }),
    "aks: agentPoolProfiles[system].count: must not be kept by Pulumi where the autoscaler sets it, got 1; add agentPoolProfiles to ignoreChanges, or leave count out",
  ],
])("refuses %o", (resource, message) => expect(judge(autoscaledCount, [resource])).toEqual([message]));
