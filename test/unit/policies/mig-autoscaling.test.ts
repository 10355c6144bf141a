import { expect, it } from "vitest";

import { migAutoscaling } from "../../../policies/mig-autoscaling";
import { changed, cluster, gpuPool } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object) => judge(migAutoscaling, [changed(gpuPool, "gpua100", { ...change })]);
const fix = "give the pool a count, or use whole GPUs";

it.each([
  [{}],
  [{ gpuInstanceProfile: "MIG2g", enableAutoScaling: false }],
  [{ gpuInstanceProfile: "MIG2g", enableAutoScaling: undefined }],
])("accepts %o", (change) => expect(judged(change)).toEqual([]));

it("refuses to scale what is cut into slices, in a pool of its own or inline", () => {
  expect(judged({ gpuInstanceProfile: "MIG2g" })).toEqual([
    `gpua100: enableAutoScaling: must be false for a pool cut into MIG2g slices, got true; ${fix}`,
  ]);
  expect(judge(migAutoscaling, [changed(cluster, "aks", { "agentPoolProfiles.0.gpuInstanceProfile": "MIG1g" })])).toEqual([
    `aks: agentPoolProfiles[system].enableAutoScaling: must be false for a pool cut into MIG1g slices, got true; ${fix}`,
  ]);
});
