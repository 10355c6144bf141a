import { resourceRule } from "./lib/rule";
import { metadataOf } from "./lib/workload";

const label = "pod-security.kubernetes.io/enforce";

/** The API server then refuses what a policy pack, which sees this stack only, cannot. */
export const restrictedNamespace = resourceRule({
  name: "restricted-namespace",
  description: "Namespaces admit restricted pods only.",
  severity: "high",
  check(resource) {
    if (resource.type !== "kubernetes:core/v1:Namespace") return [];
    const value = metadataOf(resource.props).labels?.[label];
    if (value === "restricted") return [];
    return [{ path: `metadata.labels[${label}]`, value, bound: 'must be "restricted"', fix: "set the label" }];
  },
});
