import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { VaultAccess } from "./secret-provider-class";
import type { Workload } from "./secret-store";

/** The part of External Secrets' `SecretStore` (external-secrets.io/v1) that is used. */
interface StoreSpec {
  readonly provider: {
    readonly azurekv: {
      readonly authType: "WorkloadIdentity";
      readonly vaultUrl: pulumi.Input<string>;
      readonly tenantId: pulumi.Input<string>;
      readonly serviceAccountRef: { readonly name: pulumi.Input<string> };
    };
  };
}

/** The part of its `ExternalSecret` that is used. */
interface SecretSpec {
  readonly refreshInterval: string;
  readonly secretStoreRef: { readonly kind: "SecretStore"; readonly name: string };
  readonly target: { readonly name: string; readonly creationPolicy: "Owner"; readonly deletionPolicy: "Retain" };
  readonly data: readonly { readonly secretKey: string; readonly remoteRef: { readonly key: string } }[];
}

const apiVersion = "external-secrets.io/v1";

/**
 * Has the External Secrets operator, which must be in the cluster, copy secrets of a vault into a Kubernetes secret of the workload's name, as
 * the workload's own identity. It is ready when they are there.
 */
export function externalSecret(
  name: string,
  { name: workload, namespace }: Workload,
  secrets: readonly string[],
  { vaultUrl, tenantId, pollInterval }: VaultAccess & { pollInterval: string },
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const metadata = { name: workload, namespace };
  const azurekv = { authType: "WorkloadIdentity" as const, vaultUrl, tenantId, serviceAccountRef: { name: workload } };
  const store: StoreSpec = { provider: { azurekv } };
  const source = new k8s.apiextensions.CustomResource(`${name}-store`, { apiVersion, kind: "SecretStore", metadata, spec: store }, opts);
  const copy: SecretSpec = {
    refreshInterval: pollInterval,
    secretStoreRef: { kind: "SecretStore", name: workload },
    // What is read must not go while the vault is away.
    target: { name: workload, creationPolicy: "Owner", deletionPolicy: "Retain" },
    data: secrets.map((secret) => ({ secretKey: secret, remoteRef: { key: secret } })),
  };
  return new k8s.apiextensions.CustomResource(
    `${name}-secrets`,
    {
      apiVersion,
      kind: "ExternalSecret",
      metadata: { ...metadata, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
      spec: copy,
    },
    { ...opts, dependsOn: [source] },
  );
}
