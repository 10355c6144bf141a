import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { ColdStart } from "../../lib/cold-start";
import type { Volume } from "../../lib/weights/identity";
import type { Weights } from "../../lib/weights/source";
import type { SecretMount } from "../secrets/secret-store";

/** What every model server is made from. Only the first three have no default. */
export interface ServerArgs {
  /** Namespace of every resource. Replaces them all when it changes. */
  readonly namespace: pulumi.Input<string>;
  /** Image of the engine, pinned by digest; what is known only later is not checked here. */
  readonly image: pulumi.Input<string>;
  /** Where the weights come from, and what the lock says of them. Other weights roll out as a new version. */
  readonly weights: Weights;
  /** The volume that weights are downloaded to. Replaces the volume, and downloads the weights to the new one while the old server serves. @default 20 GiB of the cluster's own class, for one node at a time */
  readonly volume?: Volume;
  /** The name that clients ask for. @default the component's */
  readonly servedName?: string;
  /** Version of the engine, one with a table. @default the pinned one */
  readonly version?: string;
  /** Arguments of the engine, beside those for model and name. @default none */
  readonly args?: readonly string[];
  /** Names that answer with a vector, and with no text: they are asked for one. @default none */
  readonly embeds?: readonly string[];
  /** Pods at a time; 0 stops the model and keeps its weights. @default 1 */
  readonly replicas?: number;
  /** Most pods that a scaler may set: `replicas` is then only where it begins, and updates leave their number alone. @default none: `replicas` holds */
  readonly autoscaledTo?: number;
  /** What one pod asks for, and its limits, as Kubernetes has it. @default 1 core and 2 GiB */
  readonly resources?: Resources;
  /** How long each stage of a start may take, in seconds. @default image 152, weights 600, load 473 */
  readonly coldStart?: StartBudget;
  /** How many pods a rollout may start above, or take below, `replicas`. @default one above; one below where the volume serves one node at a time */
  readonly rollout?: Rollout;
  /** Nodes that the pods must run on. @default any that fits */
  readonly nodes?: Nodes;
  /** What the pods hold beside what the engine needs. @default nothing */
  readonly pod?: PodOptions;
  /** A Hugging Face token, by its name in the store that gave it to the pod which downloads weights. @default none: public repositories only */
  readonly hfToken?: { readonly mount: SecretMount; readonly name: string };
  /** Base URL of a mirror of Hugging Face. @default Hugging Face itself */
  readonly hfEndpoint?: string;
}

/** Requests and limits of a server's container, and the disks of its pod. */
export interface Resources {
  /** Quantities of Kubernetes by resource, such as `{ cpu: "2", memory: "4Gi" }`. @default none */
  readonly requests?: Readonly<Record<string, string>>;
  /** The same, as limits. @default none */
  readonly limits?: Readonly<Record<string, string>>;
  /** Memory-backed /dev/shm, in GiB; counts against the memory limit. @default 0: none */
  readonly sharedMemoryGib?: number;
  /** Disk for caches, logs and copies, in GiB. @default 10 */
  readonly scratchGib?: number;
}

/** A cold start by stage, with the wait for a node. */
export interface StartBudget extends ColdStart {
  /** Until a new node takes pods. @default 0: nodes are there */
  readonly nodeSeconds?: number;
}

/** Bounds of a rolling update; one of the two must be above 0. */
export interface Rollout {
  /** Pods above the replicas while a new version comes, as a count. */
  readonly maxSurge: number;
  /** Replicas that may be missing meanwhile, as a count. */
  readonly maxUnavailable: number;
}

/** Where pods go. */
export interface Nodes {
  /** Labels that a node must have. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Taints that the pods tolerate, as `key=value:effect`; pods with a GPU tolerate those of GPU pools in any case. */
  readonly taints?: readonly string[];
  /** What must be there before the pods: a pool that is replaced is followed by them only so. */
  readonly ready?: readonly pulumi.Resource[];
}

type Pod = k8s.types.input.core.v1.PodSpec;

/** What users add to a server's pods, in Kubernetes' own terms. */
export interface PodOptions {
  /** Labels beside those of the component, which are not overwritten. @default none */
  readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Annotations of the pods. @default none */
  readonly annotations?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Variables of the engine's container. */
  readonly env?: readonly k8s.types.input.core.v1.EnvVar[];
  /** Volumes beside those of the component. @default none */
  readonly volumes?: readonly k8s.types.input.core.v1.Volume[];
  /** Where the engine's container mounts them. */
  readonly volumeMounts?: readonly k8s.types.input.core.v1.VolumeMount[];
  /** Secrets by which nodes pull images. @default none */
  readonly imagePullSecrets?: Pod["imagePullSecrets"];
  /** The pod that downloads weights keeps the account of its token. */
  readonly serviceAccountName?: Pod["serviceAccountName"];
  /** PriorityClass of the pods. @default the cluster's */
  readonly priorityClassName?: Pod["priorityClassName"];
  /** RuntimeClass of the pods. @default the cluster's */
  readonly runtimeClassName?: Pod["runtimeClassName"];
  /** Of nodes and of pods; what a volume of one node needs is added to it. */
  readonly affinity?: Affinity;
}

/** Affinity whose terms are plain lists, so that terms can be added. */
export interface Affinity {
  /** Nodes that are required, or preferred. @default any */
  readonly nodeAffinity?: k8s.types.input.core.v1.NodeAffinity;
  /** Pods whose nodes are avoided. @default none */
  readonly podAntiAffinity?: k8s.types.input.core.v1.PodAntiAffinity;
  /** Pods whose nodes are sought. @default none */
  readonly podAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly k8s.types.input.core.v1.PodAffinityTerm[];
    readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly k8s.types.input.core.v1.WeightedPodAffinityTerm[];
  };
}
