import type * as pulumi from "@pulumi/pulumi";

import type { Login } from "../../lib/azure/kubeconfig";
import type { AzureContext } from "./azure-context";
import type { PrincipalType } from "./role";

/** Who reaches the API server: the network alone, or also some public ranges. */
export type ApiAccess =
  | {
      readonly kind: "private";
      /** A private zone of our own for its name, the network that AKS links to it, and what must be there before the cluster. Absent: AKS makes a zone. Replaces the cluster. */
      readonly zone?: {
        readonly id: pulumi.Input<string>;
        readonly networkId: pulumi.Input<string>;
        readonly ready: readonly pulumi.Resource[];
      };
    }
  | { readonly kind: "public"; readonly authorizedRanges: readonly string[] };

/** When and how far AKS upgrades. */
export interface Upgrades {
  /** Of Kubernetes. `patch` stays on the minor version that was asked for. */
  readonly channel: "none" | "patch" | "stable" | "rapid" | "node-image";
  /** Of the nodes' operating system. */
  readonly nodeChannel: "None" | "NodeImage" | "SecurityPatch";
  /** Day of the week of the window. */
  readonly day: "Monday" | "Tuesday" | "Wednesday" | "Thursday" | "Friday" | "Saturday" | "Sunday";
  /** Start, as HH:MM in `utcOffset`. */
  readonly startTime: string;
  /** Length, in hours; at least 4. */
  readonly hours: number;
  /** Offset of `startTime` from UTC, as +HH:MM or -HH:MM. */
  readonly utcOffset: string;
}

/** Whoever may administer an environment because they deploy it. */
export interface Deployer {
  /** Its object id in Entra ID. */
  readonly objectId: pulumi.Input<string>;
  /** What it is in Entra ID. */
  readonly type: PrincipalType;
}

/** Inputs of the AKS cluster. */
export interface AksClusterArgs {
  /** Where on Azure it is made. */
  context: AzureContext;
  /** Name in Azure. Replaces the cluster. */
  clusterName: string;
  /** Resource group that AKS makes for the nodes. Replaces the cluster. */
  nodeResourceGroup: string;
  /** Kubernetes version, as major.minor; AKS chooses the patch. */
  kubernetesVersion: string;
  /** Support past the end of life; needs and sets the Premium tier. @default false */
  longTermSupport?: boolean;
  /** `Standard` has an uptime agreement, `Free` has none. @default "Standard" */
  tier?: "Free" | "Standard";
  /** Subnet of the nodes. Replaces the cluster. */
  nodeSubnetId: pulumi.Input<string>;
  /** Ranges of pods and services. Replace the cluster. */
  addresses: { pods: string; services: string };
  /** Who reaches the API server. */
  api: ApiAccess;
  /** Entra groups whose members administer the cluster. There are no local accounts, so at least one. */
  adminGroups: readonly string[];
  /** Whoever runs the program, a person, a pipeline, or a group of both: it creates what is in the cluster. */
  deployer: Deployer;
  /** How the deployer enters the cluster. @default by the Azure CLI's session */
  login?: Login;
  /** The pool that AKS's own pods run on. Its size and zones replace the cluster: AKS can neither change nor remove its first pool. */
  systemPool: { size: string; minNodes: number; maxNodes: number; zones: readonly string[] };
  /** When and how far AKS upgrades. */
  upgrades: Upgrades;
  /** Let network policies tell hosts by name: Advanced Container Networking Services, which Azure bills by the node. @default false */
  hostNames?: boolean;
  /** Hours between two runs of the image cleaner; 24 to 2160. @default 168 */
  imageCleanerHours?: number;
  /** How often the Key Vault add-on looks for new versions of secrets. @default "2m", AKS's own */
  secretPollInterval?: string;
  /** Send metrics to Azure Monitor. @default true */
  managedPrometheus?: boolean;
  /** Refuse to delete or replace the cluster. @default true */
  protect?: boolean;
  /** Day that support is measured on. @default today */
  today?: string;
}
