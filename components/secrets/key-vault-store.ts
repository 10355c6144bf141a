import * as azure from "@pulumi/azure-native";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { softDeleteDays } from "../../lib/azure/limits";
import { dnsLabel } from "../../lib/limits";
import { check } from "../check";
import type { Deployer } from "../cluster/aks-args";
import type { AzureContext } from "../cluster/azure-context";
import { PrivateLink } from "../cluster/private-link";
import { assignRole } from "../cluster/role";
import { externalSecret } from "./external-secret";
import { workloadIdentity } from "./key-vault-identity";
import { providerClass, secretsDriver, type VaultAccess } from "./secret-provider-class";
import { refuseUnknown, type SecretMount, type SecretStore, type SecretValues, type Workload } from "./secret-store";

/** Inputs of {@link KeyVaultStore}. */
export interface KeyVaultStoreArgs {
  /** Where on Azure it is made. */
  context: AzureContext;
  /** Name in Azure, unique in all of Azure; it stays taken for as long as a deleted vault can be recovered. Replaces the vault. */
  vaultName: string;
  /** Secrets by name. They pass through the stack's state, which is encrypted. */
  values: SecretValues;
  /** The cluster whose pods read secrets: its token issuer, and a way in. */
  cluster: { oidcIssuerUrl: pulumi.Input<string>; provider: k8s.Provider };
  /** Reach the vault by a private address only. Absent: by its public one, with Entra ID. */
  privateLink?: { subnetId: pulumi.Input<string>; networkId: pulumi.Input<string>; zoneId?: pulumi.Input<string> };
  /** Days that a deleted vault or secret can be recovered; 7 to 90. Replaces nothing, but cannot be changed later. @default 90 */
  softDeleteDays?: number;
  /** Nobody, not even its owner, can delete for good what was deleted by mistake; it cannot be switched off. @default true */
  purgeProtection?: boolean;
  /** Who copies secrets to pods: the driver that AKS's add-on runs, or the External Secrets operator, which must be in the cluster. @default "csi" */
  sync?: "csi" | "external-secrets";
  /** How often External Secrets looks for new versions; the add-on has its own setting, at the cluster. @default "2m" */
  pollInterval?: string;
  /** Refuse to delete or replace the vault. @default true */
  protect?: boolean;
  /** Whoever runs the program: deleting a secret is the vault's own affair, not Resource Manager's, and takes a role in it. @default nobody, who then deletes none */
  deployer?: Deployer;
  /** What the names of workloads' identities begin with, where several environments share a resource group. Replaces the identities. @default "id-<name of the store>" */
  identityPrefix?: string;
  /** Take back the deleted vault of this name, with its secrets; for the update that makes the vault again. @default false */
  recover?: boolean;
}

/** Where pods find their secrets as files, one for each. */
const folder = "/mnt/secrets";

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
    const { context } = args;
    const days = check(this, "softDeleteDays", softDeleteDays, args.softDeleteDays ?? 90);
    const vault = new azure.keyvault.Vault(`${storeName}-vault`, vaultArgs(args, days), { parent: this, protect: args.protect ?? true });
    const doors = this.doors(storeName, vault);
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
          // A change of its tags alone would write the stack's value over one that was rotated in the vault.
          { parent: this, dependsOn: doors, ignoreChanges: ["tags"] },
        ),
      ]),
    );

    this.vaultUri = vault.properties.apply((properties) => properties?.vaultUri ?? "");
    this.registerOutputs({ vaultUri: this.vaultUri });
  }

  /** What lets the program in: secrets are made after it and, which is why it matters, deleted before it. */
  private doors(storeName: string, vault: azure.keyvault.Vault): pulumi.Resource[] {
    const { context, vaultName, privateLink, deployer } = this.args;
    const target = { id: vault.id, group: "vault" as const };
    return [
      ...(privateLink
        ? [new PrivateLink(`${storeName}-link`, { context, endpointName: `pe-${vaultName}`, target, ...privateLink }, { parent: this })]
        : []),
      ...(deployer
        ? [
            assignRole(
              `${storeName}-deployer-role`,
              context,
              { role: "keyVaultSecretsOfficer", scope: vault.id, principalId: deployer.objectId, principalType: deployer.type },
              { parent: this },
            ),
          ]
        : []),
    ];
  }

  grant(workload: Workload, secrets: readonly string[]): SecretMount {
    refuseUnknown(this, secrets, this.args.values);
    const { context, vaultName, cluster, identityPrefix = `id-${this.storeName}` } = this.args;
    const name = `${this.storeName}-${workload.name}`;
    const identityName = `${identityPrefix}-${workload.name}`;
    const options = { parent: this, provider: cluster.provider };
    const read = Object.fromEntries(secrets.map((secret) => [secret, this.secrets[secret]!]));
    const identity = workloadIdentity(name, { context, identityName, workload, issuer: cluster.oidcIssuerUrl, read }, { parent: this });
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
    const ready = [account, ...identity.ready];
    const access = { vaultName, vaultUrl: this.vaultUri, tenantId: context.tenantId, clientId: identity.clientId };
    const mounted = this.createProviderClass(name, workload, secrets, access, { ...options, dependsOn: ready });
    return {
      serviceAccountName: account.metadata.name,
      podLabels: mounted.podLabels,
      volumes: [{ name: "secrets", ...mounted.volume }],
      volumeMounts: [{ name: "secrets", mountPath: folder, readOnly: true }],
      file: (secret) => `${folder}/${secret}`,
      env: (secret) => ({ secretKeyRef: { name: workload.name, key: secret } }),
      ready: [...ready, mounted.source],
    };
  }

  /** The resource that mounts secrets into pods, and the volume that they mount. */
  private createProviderClass(
    name: string,
    workload: Workload,
    secrets: readonly string[],
    access: VaultAccess,
    opts: pulumi.CustomResourceOptions,
  ): { source: pulumi.Resource; podLabels: Record<string, string>; volume: Omit<k8s.types.input.core.v1.Volume, "name"> } {
    const { sync = "csi", pollInterval = "2m" } = this.args;
    if (sync === "external-secrets")
      return {
        source: externalSecret(name, workload, secrets, { ...access, pollInterval }, opts),
        podLabels: {},
        volume: { secret: { secretName: workload.name } },
      };
    return {
      source: new k8s.apiextensions.CustomResource(`${name}-secrets`, providerClass(workload, secrets, access), opts),
      podLabels: { "azure.workload.identity/use": "true" },
      volume: { csi: { driver: secretsDriver, readOnly: true, volumeAttributes: { secretProviderClass: workload.name } } },
    };
  }
}

function vaultArgs(
  { context, vaultName, privateLink, purgeProtection = true, recover = false }: KeyVaultStoreArgs,
  days: number,
): azure.keyvault.VaultArgs {
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
      ...(recover ? { createMode: "recover" } : {}),
      ...(purgeProtection ? { enablePurgeProtection: true } : {}),
      publicNetworkAccess: privateLink ? "disabled" : "enabled",
      ...(privateLink ? { networkAcls: { defaultAction: "Deny", bypass: "None" } } : {}),
    },
  };
}
