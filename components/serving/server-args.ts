import type * as pulumi from "@pulumi/pulumi";

import type { ModelPlan } from "../../lib/planner/types";
import type { SecretMount } from "../secrets/secret-store";

/** What every model server is made from. */
export interface ServerArgs {
  /** What the planner decided: arguments, memory, probes, rollout and node. */
  readonly plan: ModelPlan;
  /** Image of the engine, pinned by digest; what is known only later is not checked here. */
  readonly image: pulumi.Input<string>;
  /** Namespace of every resource. Replaces them all when it changes. */
  readonly namespace: pulumi.Input<string>;
  /** The volume that weights are brought to; used where they come from a repository or library. */
  readonly storage?: Storage;
  /** Nodes that the pods must run on, beside what the plan says. @default any that fits */
  readonly nodes?: Nodes;
  /** A Hugging Face token, by its name in the store that gave it to the pod which brings weights. @default none: public repositories only */
  readonly hfToken?: { readonly mount: SecretMount; readonly name: string };
  /** Base URL of a mirror of Hugging Face. @default Hugging Face itself */
  readonly hfEndpoint?: string;
}

/** Where pods go. */
export interface Nodes {
  readonly labels?: Readonly<Record<string, string>>;
  /** Taints that the pods tolerate, as `key=value:effect`; pods with a GPU tolerate those of GPU pools in any case. */
  readonly taints?: readonly string[];
  /** What must be there before the pods: a pool that is replaced is followed by them only so. */
  readonly ready?: readonly pulumi.Resource[];
}

/** A volume for weights. */
export interface Storage {
  /** Size, in GiB; 1 to 4096. Replaces the volume, and brings the weights again. @default what the plan computes from the files */
  readonly gib?: number;
  /** StorageClass. Replaces the volume. @default the cluster's */
  readonly class?: string;
  /** The class offers ReadWriteMany, so that several nodes share what is brought once. Replaces the volume. @default false */
  readonly shared?: boolean;
}
