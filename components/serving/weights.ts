import path from "node:path";

import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { weightsHash } from "../../lib/weights/identity";
import { modelPath, needsDownload, type Weights, weightsFolder } from "../../lib/weights/source";
import { serverLabels, serverName } from "./pod";
import type { Server } from "./server";

type PodVolume = k8s.types.input.core.v1.Volume;
type Mount = k8s.types.input.core.v1.VolumeMount;

/** Weights of a server: the model's own, a further model's or an adapter's. */
export interface Part {
  readonly weights: Weights;
  /** Name of its volume, where it has one of its own. */
  readonly volume: string;
  /** Where the server sees its files. */
  readonly mountPath: string;
  /** Folder of the claim that it is downloaded to; empty: all of the claim. */
  readonly folder: string;
}

/** The model of an engine that reads a folder: vLLM and the ONNX server. */
export const modelPart = (weights: Weights): Part => ({ weights, volume: "weights", mountPath: weightsFolder, folder: "model" });

/** The volume of a claim that weights are downloaded to, and where the pod that downloads them sees it. */
export const claimVolume = "downloads";

/** Where weights lie: the claim that is downloaded to, if any, and those that serve one node at a time. */
export interface WeightsPlace {
  readonly parts: readonly Part[];
  /** Of all weights and their volume. */
  readonly hash: string;
  readonly claim: string | undefined;
  readonly exclusiveClaims: readonly string[];
}

/** Places of a server's weights. A claim's name tells what it holds, so that other weights come to another claim. */
export function weightsPlace(server: Server, parts: readonly Part[]): WeightsPlace {
  const { volume } = server;
  const downloaded = parts.map(({ weights }) => weights).filter(({ source }) => needsDownload(source));
  const claim = downloaded.length > 0 ? `${serverName(server)}-weights-${weightsHash(downloaded, volume)}` : undefined;
  const own = parts.flatMap(({ weights: { source } }) => (source.kind === "volume" ? [source.claim] : []));
  return {
    parts,
    hash: weightsHash(
      parts.map(({ weights }) => weights),
      downloaded.length > 0 ? volume : undefined,
    ),
    claim,
    exclusiveClaims: volume.shared ? [] : [...new Set([...(claim ? [claim] : []), ...own])],
  };
}

/** The claim that weights are downloaded to; none where they come another way. Waiting for it is left out: it may bind at its first consumer only. */
export function createClaim(
  server: Server,
  { claim }: WeightsPlace,
  parent: pulumi.Resource,
): k8s.core.v1.PersistentVolumeClaim | undefined {
  const { namespace, volume } = server;
  if (claim === undefined) return undefined;
  const annotations = { "pulumi.com/skipAwait": "true" };
  return new k8s.core.v1.PersistentVolumeClaim(
    `${server.name}-weights`,
    {
      metadata: { name: claim, namespace, labels: serverLabels(server), annotations },
      spec: {
        accessModes: [volume.shared ? "ReadWriteMany" : "ReadWriteOnce"],
        ...(volume.class ? { storageClassName: volume.class } : {}),
        resources: { requests: { storage: `${volume.gib}Gi` } },
      },
    },
    { parent },
  );
}

/** Read-only mounts by which a server sees its weights; parts that lie together are mounted once. */
export function weightsMounts({ parts }: WeightsPlace): Mount[] {
  const all = parts.flatMap((part) => (needsDownload(part.weights.source) ? [downloadMount(part)] : ownMounts([part])));
  return all.filter(({ mountPath }, index) => all.findIndex((other) => other.mountPath === mountPath) === index);
}

const downloadMount = ({ mountPath, folder }: Part) => ({
  name: claimVolume,
  mountPath,
  readOnly: true,
  ...(folder ? { subPath: folder } : {}),
});

/** Read-only mounts of sources that are mounted as they are. */
export const ownMounts = (parts: readonly Part[]) =>
  parts.flatMap(({ weights: { source }, volume, mountPath }) =>
    sourceVolume(volume, source) ? [{ name: volume, mountPath, readOnly: true }] : [],
  );

/** Volumes of all weights: the claim, and those of sources that are mounted as they are. */
export const weightsVolumes = ({ parts, claim }: WeightsPlace): PodVolume[] => [
  ...(claim ? [{ name: claimVolume, persistentVolumeClaim: { claimName: claim } }] : []),
  ...parts.flatMap(({ weights: { source }, volume }) => sourceVolume(volume, source) ?? []),
];

/** The volume of a source that is mounted as it is; undefined where it is downloaded, or the engine's image carries it. */
function sourceVolume(name: string, source: Weights["source"]): PodVolume | undefined {
  if (source.kind === "image") return { name, image: { reference: source.reference, pullPolicy: "IfNotPresent" } };
  if (source.kind === "volume") return { name, persistentVolumeClaim: { claimName: source.claim, readOnly: true } };
  return undefined;
}

/** What the engine loads, where the part is mounted. */
export const loadPath = ({ weights: { source }, mountPath }: Pick<Part, "weights" | "mountPath">): string => modelPath(source, mountPath);

/** Where the paths of a lock start in a source that is mounted as it is: its folder, or that of its single file. */
export function lockedFolder(part: Part): string {
  const loaded = loadPath(part);
  return /\.gguf$/i.test(loaded) ? path.posix.dirname(loaded) : loaded;
}
