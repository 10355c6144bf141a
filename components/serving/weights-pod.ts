import { readFileSync } from "node:fs";
import path from "node:path";

import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { deadlineSeconds } from "../../lib/cold-start";
import { isBrought, type Weights, weightsFolder } from "../../lib/weights/source";
import { broughtLabel, roleLabel } from "../namespace/paths";
import { onceAnnotations, onceReadiness, restrictedContainer, restrictedPod, scheduling, serverLabels, variables } from "./pod";
import type { ServerArgs } from "./server-args";
import { lockedFolder, sourcesOf, weightsMount } from "./weights";

const script = (file: string): string => readFileSync(path.join(__dirname, "scripts", file), "utf8");

/** One thing that the pod does: a line of shell, and the variables that it reads, so that no value is ever part of a script. */
export interface Step {
  readonly line: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** What the pod mounts, and whether it goes out for weights. */
export interface WeightsPodParts {
  readonly steps: readonly Step[];
  readonly volumes: k8s.types.input.core.v1.Volume[];
  readonly mounts: k8s.types.input.core.v1.VolumeMount[];
}

/**
 * Brings the weights and compares them with the lock, before the Deployment: once, not in each of its pods, with a way out of the cluster and a
 * token that servers never have. What fails here is shown by Pulumi with its reason. It starts again by itself, so the next update can pass.
 */
export function weightsPod(name: string, args: ServerArgs, parts: WeightsPodParts, parent: pulumi.Resource): k8s.core.v1.Pod | undefined {
  const { plan, namespace, nodes } = args;
  const token = tokenOf(args)?.mount;
  if (parts.steps.length === 0) return undefined;
  const seconds = deadlineSeconds({
    totalSeconds: plan.coldStart.nodeSeconds + plan.coldStart.imageSeconds + plan.coldStart.weightsSeconds,
  });
  return new k8s.core.v1.Pod(
    `${name}-bring`,
    {
      metadata: {
        namespace,
        annotations: onceAnnotations,
        labels: {
          ...serverLabels(name, plan),
          ...{ "app.kubernetes.io/name": "weights", [roleLabel]: "weights" },
          ...(sourcesOf(args).some(({ source }) => isBrought(source)) ? { [broughtLabel]: "brought" } : {}), // a way out of the cluster
          ...token?.podLabels,
        },
      },
      spec: {
        ...restrictedPod,
        ...(token ? { serviceAccountName: token.serviceAccountName } : {}),
        ...scheduling(name, args), // where the server will run: a volume binds to the zone of its first consumer
        topologySpreadConstraints: [],
        restartPolicy: "OnFailure",
        containers: [container(args, parts)],
        volumes: [{ name: "scratch", emptyDir: {} }, ...parts.volumes, ...(token?.volumes ?? [])],
      },
    },
    {
      parent,
      dependsOn: [...(nodes?.ready ?? []), ...(token?.ready ?? [])],
      customTimeouts: { create: `${seconds}s`, update: `${seconds}s` },
    },
  );
}

function container(args: ServerArgs, { steps, mounts }: WeightsPodParts): k8s.types.input.core.v1.Container {
  return {
    ...restrictedContainer,
    name: "weights",
    image: args.image,
    // What failed stays for a moment, so that the probe can read why.
    command: ["/bin/sh", "-c", '/bin/sh -euc "$0" || { sleep 10; exit 1; }', steps.map(({ line }) => line).join("\n")],
    env: variables(Object.assign({ HOME: "/tmp" }, ...steps.map((step) => step.variables))),
    resources: { requests: { cpu: "500m", memory: "512Mi" }, limits: { memory: "2Gi" } },
    readinessProbe: onceReadiness,
    volumeMounts: [{ name: "scratch", mountPath: "/tmp" }, ...mounts, ...(tokenOf(args)?.mount.volumeMounts ?? [])],
  };
}

/** The token, where the pod goes to Hugging Face. */
const tokenOf = ({ plan, hfToken }: ServerArgs) => (plan.weights.source.kind === "huggingFace" ? hfToken : undefined);

/** What the pod does for an engine that reads a folder: vLLM and the ONNX server. */
export function bringParts(args: ServerArgs, claim: pulumi.Input<string> | undefined): WeightsPodParts {
  const { weights } = args.plan;
  const { volumes, mounts } = weightsMount(weights, claim);
  const steps = [...bringHuggingFace(args, weights), ...checkWeights(weights)];
  return { steps, volumes, mounts: mounts.map((mount) => ({ ...mount, readOnly: !isBrought(weights.source) })) };
}

/** Brings the locked files of a Hugging Face repository to the volume. */
function bringHuggingFace({ hfToken, hfEndpoint }: ServerArgs, { source, lock }: Weights): Step[] {
  if (source.kind !== "huggingFace") return [];
  return [
    {
      line: 'python3 -c "$BRING"',
      variables: {
        BRING: script("bring-hugging-face.py"),
        HF_HOME: "/tmp/hugging-face",
        HF_HUB_DISABLE_PROGRESS_BARS: "1",
        HF_HUB_DOWNLOAD_TIMEOUT: "30",
        HF_HUB_DISABLE_XET: "1", // hf_xet buffers gigabytes, which the pod's limit has no room for (huggingface_hub#3300)
        ...(hfEndpoint ? { HF_ENDPOINT: hfEndpoint } : {}),
        ...(hfToken ? { HF_TOKEN_PATH: hfToken.mount.file(hfToken.name) } : { HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }),
        FOLDER: weightsFolder,
        REPOSITORY: source.repository,
        REVISION: source.revision ?? "",
        FILES: Object.keys(lock?.files ?? {}).join("\n"),
      },
    },
  ];
}

/** Compares each file of the n-th source with the lock; one that differs ends the pod with its name and both hashes. */
export function checkWeights(weights: Weights, index = 0, folder = lockedFolder(weights)): Step[] {
  const { source, lock } = weights;
  if (!lock) return [];
  const brought = isBrought(source);
  const lines = Object.entries(lock.files).map(([file, sha256]) => `${sha256}  ${file}`);
  return [
    {
      line: `FOLDER="$FOLDER_${index}" STAMP="$STAMP_${index}" BROUGHT="$BROUGHT_${index}" LOCK="$LOCK_${index}" /bin/sh -c "$CHECK"`,
      variables: {
        CHECK: script("check-weights.sh"),
        [`FOLDER_${index}`]: folder,
        [`STAMP_${index}`]: brought ? `${folder}/.checked-${index}` : "",
        [`BROUGHT_${index}`]: brought ? "yes" : "",
        [`LOCK_${index}`]: lines.join("\n"),
      },
    },
  ];
}
