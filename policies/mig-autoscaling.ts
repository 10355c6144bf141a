import { poolsOf } from "./lib/azure";
import { each, resourceRule } from "./lib/rule";

/** The autoscaler does not know how many slices a new node has (Azure/AKS issues 5161 and 4216): it adds none, or too many. */
export const migAutoscaling = resourceRule({
  name: "mig-autoscaling",
  description: "Pools of MIG-partitioned GPUs have a fixed size.",
  severity: "medium",
  check(resource) {
    return each(poolsOf(resource), ({ pool: { gpuInstanceProfile, enableAutoScaling }, path }) => {
      if (!gpuInstanceProfile || !enableAutoScaling) return [];
      const bound = `must be false for pool partitioned into ${gpuInstanceProfile} slices`;
      return [{ path: `${path}enableAutoScaling`, value: true, bound, fix: "give the pool a count, or use whole GPUs" }];
    });
  },
});
