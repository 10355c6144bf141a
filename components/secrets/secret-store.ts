import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Secrets by name; a name is a DNS label. */
export type SecretValues = Readonly<Record<string, pulumi.Input<string>>>;

/** Who reads secrets: the pods of one service account. */
export interface Workload {
  /** Name of the service account that is made for it; a DNS label. */
  readonly name: string;
  /** Namespace of its pods. */
  readonly namespace: pulumi.Input<string>;
}

/** What a workload's pods must carry to read its secrets. The same for every kind of store. */
export interface SecretMount {
  /** Service account of the pods. */
  readonly serviceAccountName: pulumi.Input<string>;
  /** Labels of the pods. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Volumes of the pods. */
  readonly volumes: types.input.core.v1.Volume[];
  /** Where containers mount them. */
  readonly volumeMounts: types.input.core.v1.VolumeMount[];
  /** Path of the file that holds a secret. A rotated secret reaches the file without a restart. */
  file(secret: string): string;
  /** Where a variable of a container takes the value of a secret from. A variable keeps its value until the container starts again. */
  env(secret: string): types.input.core.v1.EnvVarSource;
  /** Must be there before the pods. */
  readonly ready: pulumi.Resource[];
}

/** Keeps secrets, and gives each workload only those that it names. */
export interface SecretStore {
  /** Lets a workload read some secrets, and no others. */
  grant(workload: Workload, secrets: readonly string[]): SecretMount;
}

/** A workload can only be given what the store keeps. */
export function refuseUnknown(self: pulumi.Resource, secrets: readonly string[], values: SecretValues): void {
  const unknown = secrets.filter((secret) => !Object.hasOwn(values, secret));
  if (unknown.length === 0) return;
  const known = Object.keys(values).join(", ") || "none";
  throw new pulumi.ResourceError(`secrets: must be kept in the store (${known}), got ${JSON.stringify(unknown)}`, self, true);
}
