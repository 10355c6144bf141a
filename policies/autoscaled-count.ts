import { poolsOf } from "./lib/azure";
import { each, resourceRule } from "./lib/rule";

/** Otherwise each update sets the pool back to the size that it had when it was made, whatever runs on it. */
export const autoscaledCount = resourceRule({
  name: "autoscaled-count",
  description: "The node count of an autoscaled pool is left to the autoscaler.",
  severity: "medium",
  check(resource) {
    return each(poolsOf(resource), ({ pool: { enableAutoScaling, count }, path, input }) => {
      const field = `${input}count`;
      if (!enableAutoScaling || count === undefined || resource.opts.ignoreChanges.some((ignored) => holds(ignored, field))) return [];
      const bound = "must not be kept by Pulumi where the autoscaler sets it";
      return [{ path: `${path}count`, value: count, bound, fix: `add ${field} to ignoreChanges, or leave count out` }];
    });
  },
});

/** Whether an entry of `ignoreChanges` names a field, or something that the field is part of; `[*]` stands for every position. */
function holds(ignored: string, field: string): boolean {
  const every = field.replace(/\[\d+\]/, "[*]");
  return [field, every].some((path) => path === ignored || path.startsWith(`${ignored}.`) || path.startsWith(`${ignored}[`));
}
