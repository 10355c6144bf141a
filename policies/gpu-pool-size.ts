import { hasGpu, maxNodesOf, poolsOf } from "./lib/azure";
import { each, resourceRule } from "./lib/rule";

/** A GPU pool without a bound is a bill without one. */
export const gpuPoolSize = resourceRule({
  name: "gpu-pool-size",
  description: "GPU pools have a largest size, and it is within the environment's.",
  severity: "high",
  facts: ["maxGpuNodes"],
  check(resource, { maxGpuNodes }) {
    return each(poolsOf(resource), ({ pool, path }) => {
      const value = maxNodesOf(pool);
      if (!hasGpu(pool) || (value !== undefined && value <= maxGpuNodes)) return [];
      const field = pool.enableAutoScaling ? "maxCount" : "count";
      return [{ path: `${path}${field}`, value, bound: `must be at most ${maxGpuNodes} nodes`, fix: "lower it, or raise maxGpuNodes" }];
    });
  },
});
