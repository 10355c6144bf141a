import { expect, it } from "vitest";

import { gpuPoolSize } from "../../../policies/gpu-pool-size";
import { evaluate } from "../../support/policies/evaluate";
import { changed, cluster, gpuPool } from "../../support/policies/fixtures";

const violations = (change: object, config = {}) => evaluate(gpuPoolSize, [changed(gpuPool, "gpua100", { ...change })], config);
const fix = "lower it, or raise maxGpuNodes";

it.each([
  [{ maxCount: 10 }, {}],
  [{ enableAutoScaling: false, count: 10, maxCount: 99 }, {}],
  [{ enableAutoScaling: false, count: undefined }, { maxGpuNodes: 1 }],
  [{ maxCount: 40 }, { maxGpuNodes: 40 }],
  [{ maxCount: 0 }, { maxGpuNodes: 0 }],
  [{ vmSize: "Standard_D4s_v5", maxCount: 100 }, {}],
  [{ vmSize: undefined, maxCount: 100 }, {}],
])("accepts %o with %o", (change, config) => expect(violations(change, config)).toEqual([]));

it.each([
  [{ maxCount: 11 }, {}, `gpua100: maxCount: must be at most 10 nodes, got 11; ${fix}`],
  [{ maxCount: undefined }, {}, `gpua100: maxCount: must be at most 10 nodes, got nothing; ${fix}`],
  [{ enableAutoScaling: false, count: 3 }, { maxGpuNodes: 2 }, `gpua100: count: must be at most 2 nodes, got 3; ${fix}`],
  [{ enableAutoScaling: false, count: undefined }, { maxGpuNodes: 0 }, `gpua100: count: must be at most 0 nodes, got 1; ${fix}`],
  [{ vmSize: "standard_nc24ads_a100_V4", maxCount: 11 }, {}, `gpua100: maxCount: must be at most 10 nodes, got 11; ${fix}`],
  [{ vmSize: "Standard_NX_future", maxCount: 11 }, {}, `gpua100: maxCount: must be at most 10 nodes, got 11; ${fix}`],
])("refuses %o with %o", (change, config, message) => expect(violations(change, config)).toEqual([message]));

it("looks at the pools that a cluster declares inline", () => {
  const inline = { "agentPoolProfiles.1": { name: "gpu", vmSize: "Standard_NC4as_T4_v3", enableAutoScaling: true, maxCount: 12 } };
  expect(evaluate(gpuPoolSize, [changed(cluster, "aks", inline)])).toEqual([
    `aks: agentPoolProfiles[gpu].maxCount: must be at most 10 nodes, got 12; ${fix}`,
  ]);
  expect(evaluate(gpuPoolSize, [changed(cluster, "aks", { agentPoolProfiles: undefined })])).toEqual([]);
});
