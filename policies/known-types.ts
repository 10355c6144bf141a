import type { Fault } from "../lib/planner/fault";
import { azureTypes } from "./lib/azure";
import { type Resource, resourceRule } from "./lib/rule";
import { kindOf } from "./lib/workload";

/** A rule that does not know a resource's type finds nothing in it, which looks like a resource that holds every rule. */
export const knownTypes = resourceRule({
  name: "known-types",
  description: "Every resource is of a type that the rules can read.",
  severity: "high",
  check(resource) {
    const unread = unreadable(resource);
    return unread ? [{ path: "type", value: resource.type, ...unread }] : [];
  },
});

/** Providers of clouds; those of azure-native are known by their types. What else a stack may hold costs nothing and opens nothing. */
const clouds = /^(azure|azuread|aws|gcp|google|alicloud|oci|digitalocean|hcloud|linode|vultr|openstack|scaleway|ovh)(-|_|$)/;

function unreadable({ type, props }: Resource): Pick<Fault, "bound" | "fix"> | undefined {
  const [provider = ""] = type.split(":");
  if (provider === "kubernetes") return unreadableObject(type, props);
  if (provider === "azure-native" ? azureTypes.has(type) : !clouds.test(provider)) return undefined;
  return {
    bound: "must be one that the rules know, since none of them looks at others",
    fix: "use a component of this project, or exempt the resource with the reason",
  };
}

/** Objects whose content the engine does not see before it is in the cluster, or sees in parts. */
function unreadableObject(type: string, props: Resource["props"]): Pick<Fault, "bound" | "fix"> | undefined {
  if (type.startsWith("kubernetes:helm.sh/") && kindOf(type) === "Release")
    return { bound: "must not hide its objects from the rules", fix: "use kubernetes.helm.v4.Chart, which shows them" };
  if (type.endsWith("Patch")) return { bound: "must not change a part of an object that the rules do not see", fix: "declare the object" };
  if (type.endsWith("List") && Array.isArray(props["items"])) return { bound: "must be one object", fix: "declare each object by itself" };
  return undefined;
}
