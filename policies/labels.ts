import { type Resource, resourceRule } from "./lib/rule";
import { metadataOf, workloadsOf } from "./lib/workload";

const wanted = ["app.kubernetes.io/name", "app.kubernetes.io/instance"];

/** Dashboards, alerts and network policies find what belongs together by these labels. */
export const labels = resourceRule({
  name: "labels",
  description: "Workloads and Services carry the labels by which they are found.",
  severity: "low",
  check(resource) {
    return Object.entries(missing(resource)).map(([label, value]) => ({
      path: `metadata.labels[${label}]`,
      value: undefined,
      bound: "must be set",
      fix: `set it, for example to ${JSON.stringify(value)}`,
    }));
  },
  remediate(resource) {
    const absent = missing(resource);
    if (Object.keys(absent).length === 0) return undefined;
    const props = resource.props as Record<string, unknown>;
    props["metadata"] ??= {};
    const metadata = props["metadata"] as { labels?: Record<string, string> };
    metadata.labels = { ...metadata.labels, ...absent };
    return props;
  },
});

/** The labels that an object lacks: its pods' own, or else its name. No selector reads an object's own labels, so adding one is safe. */
function missing(resource: Resource): Record<string, string> {
  const [workload] = workloadsOf(resource);
  if (!workload && resource.type !== "kubernetes:core/v1:Service") return {};
  const { labels: present = {}, name = resource.name } = metadataOf(resource.props);
  return Object.fromEntries(
    wanted.filter((label) => !Object.hasOwn(present, label)).map((label) => [label, workload?.labels[label] ?? name]),
  );
}
