import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { dnsLabel } from "../../lib/limits";
import { check } from "../check";
import { refuseUnknown, type SecretMount, type SecretStore, type SecretValues, type Workload } from "./secret-store";

/** Key of the one value of each secret. */
const key = "value";
/** Where pods find their secrets as files, one for each. */
const folder = "/mnt/secrets";

/** Secrets as the cluster itself keeps them: for clusters without a vault. They are as safe as its etcd is. */
export class KubernetesSecretStore extends pulumi.ComponentResource implements SecretStore {
  constructor(
    private readonly storeName: string,
    private readonly args: { values: SecretValues; provider: k8s.Provider },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("slm:secrets:KubernetesSecretStore", storeName, {}, opts);
    for (const name of Object.keys(args.values)) check(this, "values", dnsLabel, name);
    this.registerOutputs();
  }

  grant({ name, namespace }: Workload, secrets: readonly string[]): SecretMount {
    refuseUnknown(this, secrets, this.args.values);
    const options = { parent: this, provider: this.args.provider };
    const account = new k8s.core.v1.ServiceAccount(
      `${this.storeName}-${name}-account`,
      { metadata: { name, namespace }, automountServiceAccountToken: false },
      options,
    );
    // A secret is where its pods are: each workload has copies of its own.
    const kept = secrets.map(
      (secret) =>
        new k8s.core.v1.Secret(
          `${this.storeName}-${name}-${secret}`,
          // The SDK makes all that a Secret holds a secret of the state.
          { metadata: { name: `${name}-${secret}`, namespace }, stringData: { [key]: this.args.values[secret]! } },
          options,
        ),
    );
    const sources = secrets.map((secret) => ({ secret: { name: `${name}-${secret}`, items: [{ key, path: secret }] } }));
    return {
      serviceAccountName: account.metadata.name,
      podLabels: {},
      volumes: [{ name: "secrets", projected: { sources } }],
      volumeMounts: [{ name: "secrets", mountPath: folder, readOnly: true }],
      file: (secret) => `${folder}/${secret}`,
      env: (secret) => ({ secretKeyRef: { name: `${name}-${secret}`, key } }),
      ready: [account, ...kept],
    };
  }
}
