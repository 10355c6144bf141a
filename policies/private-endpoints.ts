import type { Fault } from "../lib/planner/fault";
import { azure } from "./lib/azure";
import { type Resource, resourceRule } from "./lib/rule";

interface Access {
  readonly publicNetworkAccess?: string;
}

/** A key is of no use to whoever cannot reach the door. */
export const privateEndpoints = resourceRule({
  name: "private-endpoints",
  description: "Key vaults, registries and API servers are not reached from the internet.",
  severity: "high",
  check: (resource) => checks[resource.type]?.(resource) ?? [],
});

const checks: Readonly<Record<string, (resource: Resource) => Fault[]>> = {
  [azure.vault]: ({ props }) => closed("properties.publicNetworkAccess", (props["properties"] as Access | undefined)?.publicNetworkAccess),
  [azure.registry]: ({ props }) => [
    ...closed("publicNetworkAccess", props["publicNetworkAccess"] as string | undefined),
    ...(props["anonymousPullEnabled"] === true
      ? [{ path: "anonymousPullEnabled", value: true, bound: "must be false", fix: "give clients an identity with AcrPull" }]
      : []),
  ],
  [azure.cluster]({ props }) {
    const { enablePrivateCluster } = (props["apiServerAccessProfile"] ?? {}) as { enablePrivateCluster?: boolean };
    if (enablePrivateCluster) return [];
    const fix = "set it, and run Pulumi where the cluster's network is reached";
    return [{ path: "apiServerAccessProfile.enablePrivateCluster", value: enablePrivateCluster, bound: "must be true", fix }];
  },
};

function closed(path: string, value: string | undefined): Fault[] {
  if (value?.toLowerCase() === "disabled") return [];
  return [{ path, value, bound: 'must be "Disabled"', fix: "set it, and add a private endpoint" }];
}
