import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import type { AzureContext } from "../cluster/azure-context";
import { assignRole } from "../cluster/role";
import type { Workload } from "./secret-store";

/** Audience of tokens that Entra ID trades (azure-aks-docs, workload-identity-overview.md). */
const audience = "api://AzureADTokenExchange";

interface IdentityArgs {
  context: AzureContext;
  /** Name in Azure. Replaces the identity. */
  identityName: string;
  workload: Workload;
  issuer: pulumi.Input<string>;
  /** Secrets that it may read. */
  read: Readonly<Record<string, azure.keyvault.Secret>>;
}

/** An identity in Azure for the pods of one service account, which may read some secrets. */
export function workloadIdentity(
  name: string,
  { context, identityName, workload, issuer, read }: IdentityArgs,
  opts: pulumi.CustomResourceOptions,
): { clientId: pulumi.Output<string>; ready: pulumi.Resource[] } {
  const { resourceGroupName, location, tags } = context;
  const identity = new azure.managedidentity.UserAssignedIdentity(
    `${name}-identity`,
    { resourceName: identityName, resourceGroupName, location, tags },
    opts,
  );
  const credential = new azure.managedidentity.FederatedIdentityCredential(
    `${name}-credential`,
    {
      federatedIdentityCredentialResourceName: workload.name,
      resourceName: identity.name,
      resourceGroupName,
      issuer,
      subject: pulumi.interpolate`system:serviceaccount:${workload.namespace}:${workload.name}`,
      audiences: [audience],
    },
    opts,
  );
  const granted = Object.entries(read).map(([secret, { id }]) =>
    assignRole(
      `${name}-reads-${secret}`,
      context,
      { role: "keyVaultSecretsUser", scope: id, principalId: identity.principalId, principalType: "ServicePrincipal" },
      opts,
    ),
  );
  return { clientId: identity.clientId, ready: [credential, ...granted] };
}
