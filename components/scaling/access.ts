import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

type Rules = k8s.types.input.rbac.v1.PolicyRule[];
type Account = k8s.core.v1.ServiceAccount;

/** An account that mounts no token by itself. */
export const createAccount = (name: string, own: string, namespace: pulumi.Input<string>, parent: pulumi.Resource): Account =>
  new k8s.core.v1.ServiceAccount(
    `${name}-account`,
    { metadata: { name: own, namespace }, automountServiceAccountToken: false },
    { parent },
  );

const subjectOf = ({ metadata }: Account) => ({ kind: "ServiceAccount", name: metadata.name, namespace: metadata.namespace });
const apiGroup = "rbac.authorization.k8s.io";

/** A Role and its binding in one namespace, both called `name`. */
export function allow(
  name: string,
  { namespace, rules, account }: { namespace: pulumi.Input<string>; rules: Rules; account: Account },
  parent: pulumi.Resource,
): k8s.rbac.v1.RoleBinding {
  const metadata = { name, namespace };
  const role = new k8s.rbac.v1.Role(`${name}-role`, { metadata, rules }, { parent });
  return new k8s.rbac.v1.RoleBinding(
    `${name}-binding`,
    { metadata, roleRef: { apiGroup, kind: "Role", name: role.metadata.name }, subjects: [subjectOf(account)] },
    { parent },
  );
}

/** A ClusterRole called `own`, and its binding. */
export function allowInCluster(name: string, own: string, rules: Rules, account: Account, parent: pulumi.Resource): pulumi.Resource {
  const role = new k8s.rbac.v1.ClusterRole(`${name}-role`, { metadata: { name: own }, rules }, { parent });
  return bind(name, { name: own, role: role.metadata.name, subject: subjectOf(account) }, parent);
}

/** A binding of a ClusterRole in the whole cluster. */
export const bind = (
  name: string,
  { name: own, role, subject }: { name: string; role: pulumi.Input<string>; subject: k8s.types.input.rbac.v1.Subject },
  parent: pulumi.Resource,
): k8s.rbac.v1.ClusterRoleBinding =>
  new k8s.rbac.v1.ClusterRoleBinding(
    `${name}-binding`,
    { metadata: { name: own }, roleRef: { apiGroup, kind: "ClusterRole", name: role }, subjects: [subject] },
    { parent },
  );
