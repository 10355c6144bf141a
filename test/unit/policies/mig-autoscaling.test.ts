import { expect, it } from "vitest";

import { migAutoscaling } from "../../../policies/mig-autoscaling";
import { changed, gpuPool } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object) => judge(migAutoscaling, [changed(gpuPool, "gpua100", { ...change })]);

it.each([[{}], [{ gpuInstanceProfile: "MIG2g", enableAutoScaling: false }]])("accepts %o", (change) => expect(judged(change)).toEqual([]));

it("refuses to scale what is cut into slices", () => {
  expect(judged({ gpuInstanceProfile: "MIG2g" })).toEqual([
    "gpua100: enableAutoScaling: must be false for a pool cut into MIG2g slices, got true; give the pool a count, or use whole GPUs",
  ]);
});
