import { expect, it } from "vitest";

import { migAutoscaling } from "../../../policies/mig-autoscaling";
import { evaluate } from "../../support/policies/evaluate";
import { changed, cluster, gpuPool } from "../../support/policies/fixtures";

const violations = (change: object) => evaluate(migAutoscaling, [changed(gpuPool, "gpua100", { ...change })]);
const fix = "give the pool a count, or use whole GPUs";

it.each([
  [{}],
  [{ gpuInstanceProfile: "MIG2g", enableAutoScaling: false }],
  [{ gpuInstanceProfile: "MIG2g", enableAutoScaling: undefined }],
])("accepts %o", (change) => expect(violations(change)).toEqual([]));

it("refuses to scale what is partitioned by MIG, in a pool of its own or inline", () => {
  expect(violations({ gpuInstanceProfile: "MIG2g" })).toEqual([
    `gpua100: enableAutoScaling: must be false for pool partitioned into MIG2g slices, got true; ${fix}`,
  ]);
  expect(evaluate(migAutoscaling, [changed(cluster, "aks", { "agentPoolProfiles.0.gpuInstanceProfile": "MIG1g" })])).toEqual([
    `aks: agentPoolProfiles[system].enableAutoScaling: must be false for pool partitioned into MIG1g slices, got true; ${fix}`,
  ]);
});
