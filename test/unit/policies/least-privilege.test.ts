import { expect, it } from "vitest";

import { roles } from "../../../lib/azure/roles";
import { leastPrivilege } from "../../../policies/least-privilege";
import { evaluate } from "../../support/policies/evaluate";
import { deployment } from "../../support/policies/fixtures";

const group = "kubernetes:rbac.authorization.k8s.io/v1";
const violations = (type: string, props: Record<string, unknown>) => evaluate(leastPrivilege, [{ type, name: "it", props, opts: {} }]);
const rule = (changes: object) => ({ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"], ...changes });
const noSecrets = (got: string, index = 0) =>
  `it: rules[${index}].resources: must not read every secret, got ${got}; mount the Secret, or allow get by name`;
const noStar = (field: string, got = '["*"]') =>
  `it: rules[0].${field}: must name what is allowed, got ${got}; list what is needed instead of *`;

it.each([
  [rule({})],
  [rule({ resources: ["secrets"], resourceNames: ["mine"], verbs: ["get"] })],
  [rule({ resources: ["secrets"], verbs: ["create", "delete"] })],
  [{}],
])("accepts %o", (allowed) => {
  for (const kind of ["Role", "ClusterRole"]) expect(violations(`${group}:${kind}`, { rules: [allowed] })).toEqual([]);
});

it.each([
  [rule({ verbs: ["*"] }), [noStar("verbs")]],
  [rule({ apiGroups: ["*"] }), [noStar("apiGroups")]],
  [rule({ resources: ["pods", "*"] }), [noStar("resources", '["pods","*"]')]],
  [rule({ resources: ["pods", "secrets"], verbs: ["get"] }), [noSecrets('["pods","secrets"]')]],
  [rule({ resources: ["secrets"], verbs: ["list"], resourceNames: ["mine"] }), [noSecrets('["secrets"]')]],
  [rule({ resources: ["secrets"], verbs: ["watch"], resourceNames: ["mine"] }), [noSecrets('["secrets"]')]],
  [
    rule({ resources: ["roles"], verbs: ["get", "escalate", "bind", "impersonate"] }),
    [`it: rules[0].verbs: must not let an account widen its own rights, got ["escalate","bind","impersonate"]; remove them`],
  ],
])("refuses %o", (allowed, messages) => {
  for (const kind of ["Role", "ClusterRole"]) expect(violations(`${group}:${kind}`, { rules: [allowed] })).toEqual(messages);
});

it("says which rule of a role it is, and looks at older versions of the API too", () => {
  const props = { rules: [rule({}), rule({ resources: ["secrets"], verbs: ["get"] })] };
  expect(violations("kubernetes:rbac.authorization.k8s.io/v1beta1:Role", props)).toEqual([noSecrets('["secrets"]', 1)]);
  expect(violations(`${group}:Role`, {})).toEqual([]);
});

const binding = (name: string, ...subjects: string[]) => ({
  roleRef: { kind: "ClusterRole", name },
  subjects: subjects.map((subject) => ({ name: subject })),
});
const everyone = (got: string) => `it: subjects: must not be everyone, got ${got}; name the accounts that need it`;

it.each([
  [binding("view", "prometheus"), []],
  [{}, []],
  [
    binding("cluster-admin", "operator"),
    ['it: roleRef.name: must not allow everything, got "cluster-admin"; bind a role that names what is needed'],
  ],
  [binding("view", "prometheus", "system:authenticated"), [everyone('["system:authenticated"]')]],
  [binding("view", "system:unauthenticated"), [everyone('["system:unauthenticated"]')]],
  [binding("view", "system:anonymous"), [everyone('["system:anonymous"]')]],
  [binding("view", "system:serviceaccounts"), [everyone('["system:serviceaccounts"]')]],
])("evaluates the binding %o", (props, messages) => {
  for (const kind of ["RoleBinding", "ClusterRoleBinding"]) expect(violations(`${group}:${kind}`, props)).toEqual(messages);
});

const subscription = "/subscriptions/00000000-0000-4000-8000-000000000001";
const definition = (id: string) => `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${id}`;
const assigned = (role: string, scope: string) =>
  violations("azure-native:authorization:RoleAssignment", { roleDefinitionId: definition(role), scope });
const resource = `${subscription}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv`;
const broad = (role: string) =>
  `it: roleDefinitionId: must not be a role that allows everything, got "${role}"; use the role of the one thing that is needed`;

it.each(Object.values(roles))("accepts the role %s on a resource or its group", (role) => {
  expect(assigned(role, resource)).toEqual([]);
  expect(assigned(role, `${subscription}/resourceGroups/rg`)).toEqual([]);
});

it.each([
  ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner"],
  ["B24988AC-6180-42a0-ab88-20f7382dd24c", "Contributor"],
  ["18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator"],
  ["f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator"],
])("refuses the role %s", (role, name) => expect(assigned(role, resource)).toEqual([broad(name)]));

it.each([subscription, `${subscription}/`, "/providers/Microsoft.Management/managementGroups/all", "/"])("refuses the scope %s", (scope) =>
  expect(assigned(roles.acrPull, scope)).toEqual([`it: scope: must be a resource or a resource group, got "${scope}"; narrow it`]),
);

it("evaluates an assignment that says little by what it says, and nothing but rights", () => {
  expect(violations("azure-native:authorization:RoleAssignment", {})).toEqual([]);
  expect(violations(deployment.type, { rules: [rule({ verbs: ["*"] })] })).toEqual([]);
});
