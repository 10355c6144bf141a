import * as azure from "@pulumi/azure-native";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { check } from "../check";
import type { AzureContext } from "../cluster/azure-context";
import { PrivateLink } from "../cluster/private-link";
import { softDeleteDays } from "../lib/azure/limits";
import { dnsLabel } from "../lib/limits";
import { workloadIdentity } from "./key-vault-identity";
import { providerClass, secretsDriver } from "./secret-provider-class";
import { refuseUnknown, type SecretMount, type SecretStore, type SecretValues, type Workload } from "./secret-store";

/** Inputs of {@link KeyVaultStore}. */
export interface KeyVaultStoreArgs {
  context: AzureContext;
  /** Name in Azure, unique in all of Azure; it stays taken for as long as a deleted vault can be brought back. Replaces the vault. */
  vaultName: string;
  /** Secrets by name. They pass through the stack's state, which is encrypted. */
  values: SecretValues;
  /** The cluster whose pods read secrets: its token issuer, and a way in. */
  cluster: { oidcIssuerUrl: pulumi.Input<string>; provider: k8s.Provider };
  /** Reach the vault by a private address only. Absent: by its public one, with Entra ID. */
  privateLink?: { subnetId: pulumi.Input<string>; networkId: pulumi.Input<string> };
  /** Days that a deleted vault or secret can be brought back; 7 to 90. Replaces nothing, but cannot be changed later. @default 90 */
  softDeleteDays?: number;
  /** Nobody, not even its owner, can delete for good what was deleted by mistake; it cannot be switched off. @default true */
  purgeProtection?: boolean;
  /** Refuse to delete or replace the vault. @default true */
  protect?: boolean;
}

/** Secrets in Azure Key Vault; each workload has an identity that reads its own secrets only. */
export class KeyVaultStore extends pulumi.ComponentResource implements SecretStore {
  public readonly vaultUri: pulumi.Output<string>;
  private readonly secrets: Record<string, azure.keyvault.Secret>;

  constructor(
    private readonly storeName: string,
    private readonly args: KeyVaultStoreArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("slm:secrets:KeyVaultStore", storeName, { vaultName: args.vaultName }, opts);

    for (const name of Object.keys(args.values)) check(this, "values", dnsLabel, name);
    const { context, privateLink } = args;
    const days = check(this, "softDeleteDays", softDeleteDays, args.softDeleteDays ?? 90);
    const vault = new azure.keyvault.Vault(`${storeName}-vault`, vaultArgs(args, days), { parent: this, protect: args.protect ?? true });
    if (privateLink) {
      const target = { id: vault.id, group: "vault" as const };
      new PrivateLink(`${storeName}-link`, { context, endpointName: `pe-${args.vaultName}`, target, ...privateLink }, { parent: this });
    }
    this.secrets = Object.fromEntries(
      Object.entries(args.values).map(([name, value]) => [
        name,
        new azure.keyvault.Secret(
          `${storeName}-${name}`,
          {
            secretName: name,
            vaultName: vault.name,
            resourceGroupName: context.resourceGroupName,
            tags: context.tags,
            properties: { value: pulumi.secret(value), attributes: { enabled: true } },
          },
          { parent: this },
        ),
      ]),
    );

    this.vaultUri = vault.properties.apply((properties) => properties?.vaultUri ?? "");
    this.registerOutputs({ vaultUri: this.vaultUri });
  }

  grant(workload: Workload, secrets: readonly string[]): SecretMount {
    refuseUnknown(this, secrets, this.args.values);
    const { context, vaultName, cluster } = this.args;
    const name = `${this.storeName}-${workload.name}`;
    const options = { parent: this, provider: cluster.provider };
    const read = Object.fromEntries(secrets.map((secret) => [secret, this.secrets[secret]!]));
    const identity = workloadIdentity(name, { context, workload, issuer: cluster.oidcIssuerUrl, read }, { parent: this });
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      {
        metadata: {
          name: workload.name,
          namespace: workload.namespace,
          annotations: { "azure.workload.identity/client-id": identity.clientId },
        },
        automountServiceAccountToken: false,
      },
      options,
    );
    const description = providerClass(workload, secrets, { vaultName, tenantId: context.tenantId, clientId: identity.clientId });
    const source = new k8s.apiextensions.CustomResource(`${name}-secrets`, description, options);
    return {
      serviceAccountName: account.metadata.name,
      podLabels: { "azure.workload.identity/use": "true" },
      volumes: [
        { name: "secrets", csi: { driver: secretsDriver, readOnly: true, volumeAttributes: { secretProviderClass: workload.name } } },
      ],
      volumeMounts: [{ name: "secrets", mountPath: "/mnt/secrets", readOnly: true }],
      env: (secret) => ({ secretKeyRef: { name: workload.name, key: secret } }),
      ready: [account, source, ...identity.ready],
    };
  }
}

function vaultArgs({ context, vaultName, privateLink, purgeProtection = true }: KeyVaultStoreArgs, days: number): azure.keyvault.VaultArgs {
  return {
    vaultName,
    resourceGroupName: context.resourceGroupName,
    location: context.location,
    tags: context.tags,
    properties: {
      tenantId: context.tenantId,
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
      enableSoftDelete: true,
      softDeleteRetentionInDays: days,
      // Azure takes `true` or nothing: `false` is refused.
      ...(purgeProtection ? { enablePurgeProtection: true } : {}),
      publicNetworkAccess: privateLink ? "disabled" : "enabled",
      ...(privateLink ? { networkAcls: { defaultAction: "Deny", bypass: "None" } } : {}),
    },
  };
}
