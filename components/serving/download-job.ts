import path from "node:path";

import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { deadlineSeconds, lostNodeSeconds } from "../../lib/cold-start";
import { shortName } from "../../lib/weights/identity";
import { needsDownload } from "../../lib/weights/source";
import { restrictedContainer, restrictedPod } from "../kubernetes/pod-security";
import { downloadLabel, roleLabel } from "../namespace/paths";
import { claimLabels, scheduling, serverLabels, serverName, variables } from "./pod";
import { script } from "./script";
import type { Server } from "./server";
import { claimVolume, lockedFolder, ownMounts, type Part, type WeightsPlace, weightsVolumes } from "./weights";

/** Where the job sees the claim that it downloads to. */
export const downloadFolder = "/downloads";
/** Pods that may fail before the job does; each goes on where the one before stopped. Files that are only compared do not fix themselves. */
const downloadRetries = 3;
/** Seconds by which Pulumi outlasts the job, so that it is the job that says why. */
const noticeSeconds = 60;

/** One thing that the job does: a line of shell, and the variables that it reads, so that no value is ever part of a script. */
export interface Step {
  readonly line: string;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Downloads the weights and compares them with the lock, while the server that runs goes on serving: once, not in each of its pods, with a way
 * out of the cluster and a token that servers never have. A pod that is evicted, or loses its node, is followed by another. A job that failed is
 * made anew by the next update.
 */
export function createDownloadJob(
  server: Server,
  place: WeightsPlace,
  steps: readonly Step[],
  claim: k8s.core.v1.PersistentVolumeClaim | undefined,
  parent: pulumi.Resource,
): k8s.batch.v1.Job | undefined {
  if (steps.length === 0) return undefined;
  const { nodes } = server;
  const seconds = downloadSeconds(server, place);
  const timeout = `${seconds + noticeSeconds}s`;
  return new k8s.batch.v1.Job(
    `${server.name}-download`,
    {
      metadata: {
        name: shortName(`${serverName(server)}-download-${place.hash}`),
        namespace: server.namespace,
        labels: serverLabels(server),
        annotations: { "pulumi.com/replaceUnready": "true" },
      },
      spec: {
        activeDeadlineSeconds: seconds,
        backoffLimit: claim ? downloadRetries : 0,
        podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }] },
        template: podTemplate(server, place, steps, claim),
      },
    },
    {
      parent,
      dependsOn: [...(nodes?.ready ?? []), ...(tokenOf(server, place)?.ready ?? [])],
      customTimeouts: { create: timeout, update: timeout },
    },
  );
}

/** Room for one node that is lost: until another pod may come, which waits for a node and the image once more, and goes on with the download. */
function downloadSeconds({ coldStart: { nodeSeconds, imageSeconds, weightsSeconds } }: Server, { exclusiveClaims }: WeightsPlace): number {
  const again = lostNodeSeconds({ exclusiveVolume: exclusiveClaims.length > 0 }) + nodeSeconds + imageSeconds;
  return deadlineSeconds({ totalSeconds: nodeSeconds + imageSeconds + weightsSeconds }) + again;
}

function podTemplate(
  server: Server,
  place: WeightsPlace,
  steps: readonly Step[],
  claim: k8s.core.v1.PersistentVolumeClaim | undefined,
): k8s.types.input.core.v1.PodTemplateSpec {
  const token = tokenOf(server, place);
  const { imagePullSecrets } = server.pod;
  return {
    metadata: {
      labels: {
        ...serverLabels(server),
        ...{ "app.kubernetes.io/name": "weights", [roleLabel]: "weights" },
        ...(claim ? { [downloadLabel]: "weights" } : {}), // a way out of the cluster
        ...claimLabels(place.exclusiveClaims),
        ...token?.podLabels,
      },
      // A claim that was deleted and made again is empty: its job runs again.
      ...(claim ? { annotations: { "slm-stack/claim-uid": claim.metadata.uid } } : {}),
    },
    spec: {
      ...restrictedPod,
      ...(token ? { serviceAccountName: token.serviceAccountName } : {}),
      ...(imagePullSecrets ? { imagePullSecrets } : {}),
      ...scheduling(server, place.exclusiveClaims), // where the server will run: a volume binds to the zone of its first consumer
      topologySpreadConstraints: [],
      restartPolicy: "Never",
      containers: [container(server, place, steps)],
      volumes: [{ name: "scratch", emptyDir: {} }, ...weightsVolumes(place), ...(token?.volumes ?? [])],
    },
  };
}

function container(server: Server, place: WeightsPlace, steps: readonly Step[]): k8s.types.input.core.v1.Container {
  return {
    ...restrictedContainer,
    name: "weights",
    image: server.image,
    command: ["/bin/sh", "-euc", steps.map(({ line }) => line).join("\n")],
    env: variables(Object.assign({ HOME: "/tmp" }, ...steps.map((step) => step.variables))),
    resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "2Gi" } },
    volumeMounts: [
      { name: "scratch", mountPath: "/tmp" },
      ...(place.claim ? [{ name: claimVolume, mountPath: downloadFolder }] : []),
      ...ownMounts(place.parts),
      ...(tokenOf(server, place)?.volumeMounts ?? []),
    ],
  };
}

/** The token, where the job goes to Hugging Face. */
const tokenOf = ({ hfToken }: Server, { parts }: WeightsPlace) =>
  parts.some(({ weights: { source } }) => source.kind === "huggingFace") ? hfToken?.mount : undefined;

/** Where Hugging Face is, and the token for it. */
type Hub = Pick<Server, "hfToken" | "hfEndpoint">;

/** What the job does for an engine that reads folders: vLLM and the ONNX server. */
export const folderSteps = (server: Hub, { parts }: Pick<WeightsPlace, "parts">): Step[] =>
  parts.flatMap((part, index) => [...downloadHuggingFace(server, part, index), ...checkWeights(part, index)]);

/** Downloads the locked files of the n-th part, a Hugging Face repository, to the claim. */
function downloadHuggingFace({ hfToken, hfEndpoint }: Hub, { weights: { source, lock }, folder }: Part, index: number): Step[] {
  if (source.kind !== "huggingFace") return [];
  const own = { FOLDER: path.posix.join(downloadFolder, folder), REPOSITORY: source.repository, REVISION: source.revision ?? "" };
  return [
    {
      line: `${assigned([...Object.keys(own), "FILES"], index)} python3 -c "$DOWNLOAD"`,
      variables: {
        DOWNLOAD: script("download-hugging-face.py"),
        HF_HOME: "/tmp/hugging-face",
        HF_HUB_DISABLE_PROGRESS_BARS: "1",
        HF_HUB_DOWNLOAD_TIMEOUT: "30",
        HF_HUB_DISABLE_XET: "1", // hf_xet buffers gigabytes, which the pod's limit has no room for (huggingface_hub#3300)
        ...(hfEndpoint ? { HF_ENDPOINT: hfEndpoint } : {}),
        ...(hfToken ? { HF_TOKEN_PATH: hfToken.mount.file(hfToken.name) } : { HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }),
        ...numbered({ ...own, FILES: Object.keys(lock?.files ?? {}).join("\n") }, index),
      },
    },
  ];
}

/** Compares each file of the n-th part with the lock; one that differs ends the job with its name and both hashes. */
export function checkWeights(part: Part, index: number): Step[] {
  const { weights, folder } = part;
  if (!weights.lock) return [];
  const downloaded = needsDownload(weights.source);
  const place = downloaded ? path.posix.join(downloadFolder, folder) : lockedFolder(part);
  const own = {
    FOLDER: place,
    STAMP: downloaded ? path.posix.join(place, `.checked-${index}`) : "",
    DOWNLOADED: downloaded ? "yes" : "",
    LOCK: Object.entries(weights.lock.files)
      .map(([file, sha256]) => `${sha256}  ${file}`)
      .join("\n"),
  };
  return [
    {
      line: `${assigned(Object.keys(own), index)} /bin/sh -c "$CHECK"`,
      variables: { CHECK: script("check-weights.sh"), ...numbered(own, index) },
    },
  ];
}

/** `A="$A_1" B="$B_1"`, for a command of the n-th part. */
const assigned = (names: readonly string[], index: number): string => names.map((name) => `${name}="$${name}_${index}"`).join(" ");
const numbered = (values: Readonly<Record<string, string>>, index: number): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${name}_${index}`, value]));
