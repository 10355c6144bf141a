import type * as pulumi from "@pulumi/pulumi";

/** Where resources go and what they carry; the same for all of one environment. */
export interface AzureContext {
  /** Id of the subscription. */
  readonly subscriptionId: pulumi.Input<string>;
  /** Id of the Entra tenant. */
  readonly tenantId: pulumi.Input<string>;
  /** Name of the resource group. Replaces everything when it changes. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** Azure region. Replaces everything when it changes. */
  readonly location: pulumi.Input<string>;
  /** Tags of every resource that takes tags. */
  readonly tags: Readonly<Record<string, string>>;
}
