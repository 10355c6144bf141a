import type { PolicyResource } from "@pulumi/policy";

import { each, type Resource, stackRule, type Violation } from "./lib/rule";
import { metadataOf, type Workload, workloadsOf } from "./lib/workload";

interface Policy {
  readonly resource: PolicyResource;
  readonly namespace: string;
  /** Labels of the pods that it selects; none: all. */
  readonly selects: Readonly<Record<string, string>>;
}

/**
 * A pod that no policy selects talks to anyone. A policy that comes after its pod may never be enforced where the data plane is Cilium
 * (kaito-project/production-stack charts/modelharness, comment on its network policies, 2026-08-20).
 */
export const networkPolicy = stackRule({
  name: "network-policy",
  description: "Pods are selected by a network policy that is made before them.",
  severity: "high",
  check(resources) {
    const policies = each(resources, policyOf);
    return each(resources, (resource) => workloadsOf(resource).flatMap((workload) => faultsOf(resource, workload, policies)));
  },
});

const namespaceOf = (resource: Resource): string => metadataOf(resource.props).namespace ?? "default";

/** Path of the selector in a policy, by type: Kubernetes' own and Cilium's. */
const selectorOf: Readonly<Record<string, string>> = {
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": "podSelector",
  "kubernetes:cilium.io/v2:CiliumNetworkPolicy": "endpointSelector",
};

function policyOf(resource: PolicyResource): Policy[] {
  const field = selectorOf[resource.type];
  if (!field) return [];
  const spec = (resource.props["spec"] ?? {}) as Record<string, { matchLabels?: Record<string, string> } | undefined>;
  return [{ resource, namespace: namespaceOf(resource), selects: spec[field]?.matchLabels ?? {} }];
}

function faultsOf(resource: PolicyResource, workload: Workload, policies: readonly Policy[]): Violation[] {
  const namespace = namespaceOf(resource);
  const own = policies.filter(
    (policy) =>
      policy.namespace === namespace && Object.entries(policy.selects).every(([label, value]) => workload.labels[label] === value),
  );
  const at = { path: "metadata.namespace", value: namespace };
  if (own.length === 0) {
    const bound = "must hold a network policy that selects these pods";
    return [{ resource, fault: { ...at, bound, fix: "deny everything in the namespace, then allow the paths needed" } }];
  }
  const before = ancestors(resource);
  if (own.some((policy) => before.has(policy.resource.urn))) return [];
  const names = own.map((policy) => policy.resource.name).join(" or ");
  return [{ resource, fault: { ...at, bound: `must have ${names} made before these pods`, fix: `add ${names} to dependsOn` } }];
}

/** What is made before a resource: what it, or a component that it is part of, depends on, and what those depend on. */
function ancestors(resource: PolicyResource, known: Set<string> = new Set()): ReadonlySet<string> {
  const { parent } = resource;
  for (const next of [...resource.dependencies, ...(parent ? [parent] : [])]) {
    if (known.has(next.urn)) continue;
    known.add(next.urn);
    ancestors(next, known);
  }
  return known;
}
