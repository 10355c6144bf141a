import type { PolicyFacts } from "../lib/policy-facts";
import { taggable } from "./lib/azure";
import { type Resource, resourceRule } from "./lib/rule";

/** A bill and an incident both start with the question whose this is. */
export const tags = resourceRule({
  name: "tags",
  description: "Azure resources say which environment they belong to, and who manages them.",
  severity: "low",
  facts: ["tags"],
  check(resource, facts) {
    return Object.entries(missing(resource, facts)).map(([tag, value]) => ({
      path: `tags.${tag}`,
      value: undefined,
      bound: "must be set",
      fix: `set it, for example to ${JSON.stringify(value)}`,
    }));
  },
  remediate(resource, facts) {
    const absent = missing(resource, facts);
    if (Object.keys(absent).length === 0) return undefined;
    const props = resource.props as Record<string, unknown>;
    props["tags"] = { ...(props["tags"] as object | undefined), ...absent };
    return props;
  },
});

/** The tags that a resource lacks, with the values that they would have. */
function missing({ type, urn, props }: Resource, { tags: own }: PolicyFacts): Record<string, string> {
  if (!taggable.has(type)) return {};
  const [, , environment = ""] = urn.split(":");
  const present = (props["tags"] ?? {}) as Record<string, string>;
  const wanted = { environment, "managed-by": "pulumi", ...own };
  return Object.fromEntries(Object.entries(wanted).filter(([tag]) => !Object.hasOwn(present, tag)));
}
