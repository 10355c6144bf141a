import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import { type Role, roleDefinitionId } from "../../lib/azure/roles";
import type { AzureContext } from "./azure-context";

/** What a role can be given to. */
export type PrincipalType = "ServicePrincipal" | "Group" | "User";

/** Who may do what, and on which resource. */
interface Grant {
  role: Role;
  /** Resource id; as narrow as the role allows. */
  scope: pulumi.Input<string>;
  principalId: pulumi.Input<string>;
  /** What the principal is. It must be right: left out, the SDK says `User`, and Azure refuses that for anything else. */
  principalType: PrincipalType;
}

/** Assigns a role. The type spares a new identity the wait until Entra ID knows it everywhere. */
export function assignRole(
  name: string,
  { subscriptionId }: AzureContext,
  { role, scope, principalId, principalType }: Grant,
  opts: pulumi.CustomResourceOptions,
): azure.authorization.RoleAssignment {
  const roleDefinition = pulumi.output(subscriptionId).apply((subscription) => roleDefinitionId(subscription, role));
  return new azure.authorization.RoleAssignment(name, { scope, principalId, roleDefinitionId: roleDefinition, principalType }, opts);
}
