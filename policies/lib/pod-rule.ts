import type { Fault } from "../../lib/planner/fault";
import type { PolicyFacts } from "../../lib/policy-facts";
import { each, type Resource, type Rule, resourceRule } from "./rule";
import { type Workload, workloadsOf } from "./workload";

type About = Omit<Parameters<typeof resourceRule>[0], "check" | "remediate">;

/** A rule about each pod that a resource starts. */
export function podRule({
  check,
  ...about
}: About & { check(workload: Workload, facts: PolicyFacts, resource: Resource): readonly Fault[] }): Rule {
  return resourceRule({
    ...about,
    check: (resource, facts) => each(workloadsOf(resource), (workload) => check(workload, facts, resource)),
  });
}
