import { own } from "../lib/own";
import type { Fault } from "../lib/planner/fault";
import { azure } from "./lib/azure";
import { each, type Resource, resourceRule } from "./lib/rule";

interface RbacRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs?: readonly string[];
}

/** Whoever takes a workload over may do all that its identity may. */
export const leastPrivilege = resourceRule({
  name: "least-privilege",
  description: "Identities may do what they need, and no more: neither everything, nor to everyone, nor read every secret.",
  severity: "high",
  check: (resource) => checks[resource.type]?.(resource) ?? [],
});

const rbac = "kubernetes:rbac.authorization.k8s.io/v1";
const checks: Readonly<Record<string, (resource: Resource) => Fault[]>> = {
  [`${rbac}:Role`]: ruleFaults,
  [`${rbac}:ClusterRole`]: ruleFaults,
  [`${rbac}:RoleBinding`]: bindingFaults,
  [`${rbac}:ClusterRoleBinding`]: bindingFaults,
  [azure.roleAssignment]: assignmentFaults,
};

function ruleFaults({ props }: Resource): Fault[] {
  const rules = (props["rules"] ?? []) as readonly RbacRule[];
  return each(rules.entries(), ([index, rule]) => [...wildcards(rule, `rules[${index}]`), ...dangers(rule, `rules[${index}]`)]);
}

const wildcards = (rule: RbacRule, path: string): Fault[] =>
  (["apiGroups", "resources", "verbs"] as const).flatMap((field) =>
    rule[field]?.includes("*")
      ? [{ path: `${path}.${field}`, value: rule[field], bound: "must name what is allowed", fix: "list what is needed instead of *" }]
      : [],
  );

/** Verbs by which an account gives itself what it was not given. */
const escalating = ["bind", "escalate", "impersonate"];
const reading = ["get", "list", "watch"];

function dangers({ resources = [], resourceNames = [], verbs = [] }: RbacRule, path: string): Fault[] {
  const escalations = verbs.filter((verb) => escalating.includes(verb));
  // A list cannot be restricted by name: the API server would answer with every secret.
  const readsAll = verbs.some((verb) => reading.includes(verb) && (verb !== "get" || resourceNames.length === 0));
  return [
    ...(escalations.length > 0
      ? [{ path: `${path}.verbs`, value: escalations, bound: "must not let an account widen its own rights", fix: "remove them" }]
      : []),
    ...(resources.includes("secrets") && readsAll
      ? [
          {
            path: `${path}.resources`,
            value: resources,
            bound: "must not read every secret",
            fix: "mount the Secret, or allow get by name",
          },
        ]
      : []),
  ];
}

const everyone = ["system:anonymous", "system:authenticated", "system:unauthenticated", "system:serviceaccounts"];

function bindingFaults({ props }: Resource): Fault[] {
  const { name } = (props["roleRef"] ?? {}) as { name?: string };
  const subjects = (props["subjects"] ?? []) as readonly { name?: string }[];
  const open = subjects.flatMap((subject) => (everyone.includes(subject.name ?? "") ? [subject.name] : []));
  return [
    ...(name === "cluster-admin"
      ? [{ path: "roleRef.name", value: name, bound: "must not allow everything", fix: "bind a role that names what is needed" }]
      : []),
    ...(open.length > 0 ? [{ path: "subjects", value: open, bound: "must not be everyone", fix: "name the accounts that need it" }] : []),
  ];
}

/** Built-in roles of Azure that allow everything, or to allow it (azure-docs, built-in-roles.md). */
const broadRoles: Readonly<Record<string, string>> = {
  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
  "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
  "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
  "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
};
/** A whole subscription, or a group of them. */
const broadScope = /^\/?(subscriptions\/[^/]+|providers\/Microsoft\.Management\/managementGroups\/[^/]+)?\/?$/i;

function assignmentFaults({ props }: Resource): Fault[] {
  return [...each([props], ({ scope }) => scopeFaults(scope)), ...each([props], ({ roleDefinitionId }) => roleFaults(roleDefinitionId))];
}

function scopeFaults(value: unknown): Fault[] {
  if (typeof value !== "string" || !broadScope.test(value)) return [];
  return [{ path: "scope", value, bound: "must be a resource or a resource group", fix: "narrow it" }];
}

function roleFaults(value: unknown): Fault[] {
  const role = own(broadRoles, String(value).split("/").at(-1)!.toLowerCase());
  if (role === undefined) return [];
  return [
    {
      path: "roleDefinitionId",
      value: role,
      bound: "must not be a role that allows everything",
      fix: "use the role of the one thing that is needed",
    },
  ];
}
