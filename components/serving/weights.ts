import path from "node:path";

import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { isBrought, type Weights, weightsFolder } from "../../lib/weights/source";
import { serverLabels, serverName } from "./pod";
import type { ServerArgs } from "./server-args";

type Volume = k8s.types.input.core.v1.Volume;
type Mount = k8s.types.input.core.v1.VolumeMount;

/** Every source of a server: the model's own first. */
export const sourcesOf = ({ plan }: ServerArgs): Weights[] => [plan.weights, ...Object.values(plan.more)];

/** The claim that weights are brought to, once; none where they come another way. Waiting for it is left out: it may bind at its first consumer only. */
export function weightsClaim(name: string, args: ServerArgs, parent: pulumi.Resource): k8s.core.v1.PersistentVolumeClaim | undefined {
  const { plan, namespace, storage = {} } = args;
  if (!sourcesOf(args).some(({ source }) => isBrought(source))) return undefined;
  const annotations = { "pulumi.com/skipAwait": "true" };
  return new k8s.core.v1.PersistentVolumeClaim(
    `${name}-weights`,
    {
      metadata: { name: `${serverName(name, plan)}-weights`, namespace, labels: serverLabels(name, plan), annotations },
      spec: {
        accessModes: [storage.shared ? "ReadWriteMany" : "ReadWriteOnce"],
        ...(storage.class ? { storageClassName: storage.class } : {}),
        resources: { requests: { storage: `${storage.gib ?? plan.download!.claimGib}Gi` } },
      },
    },
    { parent },
  );
}

/** Volume and mount of a source that engines read as a folder: vLLM and the ONNX server. None where the image carries it or the engine streams it. */
export function weightsMount(weights: Weights, claim: pulumi.Input<string> | undefined): { volumes: Volume[]; mounts: Mount[] } {
  const volume = sourceVolume("weights", weights, claim);
  return volume
    ? { volumes: [volume], mounts: [{ name: "weights", mountPath: weightsFolder, readOnly: true }] }
    : { volumes: [], mounts: [] };
}

/** The volume that holds a source; undefined where the image carries it or the engine streams it. */
export function sourceVolume(name: string, { source }: Weights, claim: pulumi.Input<string> | undefined): Volume | undefined {
  if (source.kind === "image") return { name, image: { reference: source.reference, pullPolicy: "IfNotPresent" } };
  if (source.kind === "volume") return { name, persistentVolumeClaim: { claimName: source.claim, readOnly: true } };
  return claim === undefined ? undefined : { name, persistentVolumeClaim: { claimName: claim } };
}

/** Where the paths of a lock start: the repository's root, the folder of a single file, or the source's folder. */
export function lockedFolder({ source, load }: Weights): string {
  if (source.kind === "huggingFace") return weightsFolder;
  return /\.gguf$/i.test(load) ? path.posix.dirname(load) : load;
}
