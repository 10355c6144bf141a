import type * as pulumi from "@pulumi/pulumi";

/** Where resources go and what they carry; the same for all of one environment. */
export interface AzureContext {
  readonly subscriptionId: pulumi.Input<string>;
  readonly tenantId: pulumi.Input<string>;
  readonly resourceGroupName: pulumi.Input<string>;
  /** Azure region. Replaces everything when it changes. */
  readonly location: pulumi.Input<string>;
  /** Tags of every resource that takes tags. */
  readonly tags: Readonly<Record<string, string>>;
}
