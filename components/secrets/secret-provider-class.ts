import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Workload } from "./secret-store";

/** The driver that AKS's Key Vault add-on runs. */
export const secretsDriver = "secrets-store.csi.k8s.io";

/** Which vault is read, and as whom. */
export interface VaultAccess {
  vaultName: pulumi.Input<string>;
  /** Base URL of the vault. */
  vaultUrl: pulumi.Input<string>;
  tenantId: pulumi.Input<string>;
  clientId: pulumi.Input<string>;
}

/** Which secrets of a vault a workload's pods mount, and the Kubernetes secret that they become while a pod has them mounted. */
export function providerClass(
  { name, namespace }: Workload,
  secrets: readonly string[],
  { vaultName, tenantId, clientId }: VaultAccess,
): k8s.apiextensions.CustomResourceArgs {
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name, namespace },
    spec: {
      provider: "azure",
      parameters: {
        usePodIdentity: "false",
        clientID: clientId,
        keyvaultName: vaultName,
        tenantId,
        objects: pulumi.output(objects(secrets)),
      },
      secretObjects: [{ secretName: name, type: "Opaque", data: secrets.map((secret) => ({ objectName: secret, key: secret })) }],
    },
  };
}

/** The driver reads a YAML list whose items are YAML texts. */
const objects = (secrets: readonly string[]): string =>
  ["array:", ...secrets.map((secret) => `  - |\n    objectName: ${secret}\n    objectType: secret`), ""].join("\n");
