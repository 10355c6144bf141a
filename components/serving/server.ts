import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { defaultColdStart } from "../../lib/cold-start";
import { defaultVersion, type EngineName, engineTables } from "../../lib/engines/tables";
import * as limits from "../../lib/limits";
import type { Volume } from "../../lib/weights/identity";
import { liesOnClaim, type Weights } from "../../lib/weights/source";
import { check } from "../check";
import type { PodOptions, Resources, Rollout, ServerArgs, StartBudget } from "./server-args";

/** Arguments of a server with every default filled in. */
export interface Server extends ServerArgs {
  /** Name of the component; the names of its objects begin with it. */
  readonly name: string;
  readonly engine: EngineName;
  readonly servedName: string;
  readonly version: string;
  readonly args: readonly string[];
  readonly replicas: number;
  readonly volume: Volume & { readonly gib: number };
  readonly resources: Resources & { readonly scratchGib: number; readonly sharedMemoryGib: number };
  readonly coldStart: StartBudget & { readonly nodeSeconds: number };
  readonly rollout: Rollout;
  readonly pod: PodOptions;
}

/** What an endpoint and its verifier need to know of a server. */
export interface ModelServer {
  /** The Deployment, ready. */
  readonly deployment: k8s.apps.v1.Deployment;
  /** What runs in its pods. */
  readonly engine: EngineName;
  /** Value of the label by which its pods are distinguished from those of before. */
  readonly revision: string;
  /** Names that clients ask for; the model's own first. */
  readonly servedNames: readonly string[];
  /** Those of the names that answer with a vector, and with no text. @default none */
  readonly embeds?: readonly string[];
  /** Its pods hold a GPU. */
  readonly onGpu: boolean;
  /** It has pods: without any there is nobody to ask. */
  readonly serves: boolean;
  /** A scaler sets the number of its pods, which then says nothing of its version. @default false */
  readonly autoscaled?: boolean;
  /** The claim that the weights were downloaded to, if they were. */
  readonly claim?: k8s.core.v1.PersistentVolumeClaim | undefined;
}

/** GPUs that a pod asks for, by the resource's name. */
export const gpuResource = "nvidia.com/gpu";
export const asksForGpu = ({ limits: bounds = {} }: Resources): boolean => Number(bounds[gpuResource] ?? 0) > 0;

/** Checks what no plan could fix, and fills in the defaults; `others` are weights beside the model's own. */
export function serverOf<T extends ServerArgs>(
  self: pulumi.Resource,
  name: string,
  engine: EngineName,
  args: T,
  others: readonly Weights[],
): T & Server {
  check(self, "name", limits.dnsLabel, name);
  if (typeof args.image === "string") check(self, "image", limits.pinnedImage, args.image);
  check(self, "volume.gib", limits.storageGib.optional(), args.volume?.gib);
  check(self, "replicas", limits.replicas.optional(), args.replicas);
  check(self, "autoscaledTo", limits.replicas.min(args.replicas ?? 1, "must be at least `replicas`").optional(), args.autoscaledTo);
  const versions = Object.keys(engineTables[engine]);
  check(self, "version", z.enum(versions, `must be ${versions.join(" or ")}`).optional(), args.version);
  check(self, "rollout", rolling.optional(), args.rollout);
  check(self, "pod.labels", freeLabels.optional(), args.pod?.labels);
  const oneNode = [args.weights, ...others].some(({ source }) => liesOnClaim(source)) && !args.volume?.shared;
  return {
    servedName: name,
    version: defaultVersion[engine],
    args: [],
    replicas: 1,
    rollout: oneNode ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 },
    pod: {},
    ...args,
    ...{ name, engine },
    resources: { ...leastResources, scratchGib: 10, sharedMemoryGib: 0, ...args.resources },
    volume: { gib: 20, ...args.volume },
    coldStart: { nodeSeconds: 0, ...defaultColdStart, ...args.coldStart },
  };
}

const rolling = z
  .object({ maxSurge: z.int().min(0), maxUnavailable: z.int().min(0) })
  .refine(({ maxSurge, maxUnavailable }) => maxSurge + maxUnavailable > 0, "must let one pod start above, or one end below, the replicas");

/** Labels by which Deployments, Services and policies find their pods are ours. */
const freeLabels = z.custom<object>(
  (labels) => Object.keys(labels as object).every((key) => !/^(app\.kubernetes\.io\/(name|instance|managed-by)$|slm-stack\/)/.test(key)),
  "must leave app.kubernetes.io/name, /instance, /managed-by and slm-stack/ to the stack",
);

const leastResources: Resources = { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "2Gi" } };
