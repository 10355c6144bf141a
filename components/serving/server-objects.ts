import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { createDeployment, type EnginePod, revisionOf } from "./deployment";
import { createDownloadJob, type Step } from "./download-job";
import { asksForGpu, type ModelServer, type Server } from "./server";
import { createClaim, type WeightsPlace } from "./weights";

/** Parts of every server, whichever engine it has. */
type ServerObjects = Pick<ModelServer, "deployment" | "revision" | "onGpu" | "serves"> & { readonly autoscaled: boolean } & {
  readonly claim: k8s.core.v1.PersistentVolumeClaim | undefined;
};

/** The objects of a server in their order: the claim, the job that fills it by `steps`, and the Deployment that waits for the job. */
export function createServerObjects(
  server: Server,
  place: WeightsPlace,
  steps: readonly Step[],
  pod: EnginePod,
  parent: pulumi.Resource,
): ServerObjects {
  const claim = createClaim(server, place, parent);
  const job = createDownloadJob(server, place, steps, claim, parent);
  const deployment = createDeployment(server, place, pod, parent, job);
  return {
    ...{ claim, deployment, revision: revisionOf(server, place, pod), onGpu: asksForGpu(server.resources), serves: server.replicas > 0 },
    autoscaled: server.autoscaledTo !== undefined,
  };
}
