import { azure, hasGpu, poolsOf } from "./lib/azure";
import { type Resource, resourceRule } from "./lib/rule";

/** Making it again takes time that users wait, quota that another may take meanwhile, and keys that nobody has. */
export const protectedResources = resourceRule({
  name: "protected-resources",
  description: "Clusters, GPU pools and key vaults are protected against deletion.",
  severity: "high",
  check(resource) {
    if (resource.opts.protect || !isPrecious(resource)) return [];
    return [{ path: "protect", value: false, bound: "must be true", fix: "set the resource option protect" }];
  },
});

const isPrecious = (resource: Resource): boolean =>
  resource.type === azure.cluster ||
  resource.type === azure.vault ||
  (resource.type === azure.agentPool && poolsOf(resource).some(({ pool }) => hasGpu(pool)));
