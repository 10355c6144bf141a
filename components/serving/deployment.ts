import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { deadlineSeconds, stagesSeconds } from "../../lib/cold-start";
import { drains, graceSeconds } from "../../lib/drain";
import { restrictedPod } from "../kubernetes/pod-security";
import { roleLabel } from "../namespace/paths";
import { claimLabels, revisionLabel, scheduling, serverLabels, serverName } from "./pod";
import type { Server } from "./server";
import type { WeightsPlace } from "./weights";

/** What an engine adds to the shared pod. */
export interface EnginePod {
  readonly container: k8s.types.input.core.v1.Container;
  readonly initContainers?: k8s.types.input.core.v1.Container[];
  readonly volumes: k8s.types.input.core.v1.Volume[];
}

/** Annotation by which other weights are another version, so that they roll out and are verified. */
const weightsAnnotation = "slm-stack/weights";

/** Deployment and PodDisruptionBudget of one model server; it starts `after` its weights were downloaded and checked. */
export function createDeployment(
  server: Server,
  place: WeightsPlace,
  pod: EnginePod,
  parent: pulumi.Resource,
  after: pulumi.Resource | undefined,
) {
  const labels = serverLabels(server);
  const metadata = { name: serverName(server), namespace: server.namespace, labels };
  const seconds = deadlineSeconds({ totalSeconds: totalSeconds(server) }) * rolloutWaves(server);
  const deployment = new k8s.apps.v1.Deployment(
    `${server.name}-server`,
    { metadata, spec: deploymentSpec(server, place, pod) },
    {
      parent,
      dependsOn: [...(after ? [after] : []), ...(server.nodes?.ready ?? [])],
      customTimeouts: { create: `${seconds}s`, update: `${seconds}s` },
      // The provider leaves out what is ignored and somebody else set, so an update keeps the pods that a scaler made.
      ...(server.autoscaledTo === undefined ? {} : { ignoreChanges: ["spec.replicas"] }),
    },
  );
  new k8s.policy.v1.PodDisruptionBudget(
    `${server.name}-disruption`,
    { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
    { parent },
  );
  return deployment;
}

const totalSeconds = ({ coldStart }: Server): number => coldStart.nodeSeconds + stagesSeconds(coldStart);

/** How often a rollout waits for a cold start: once for all that surge or start together, once each where one makes room for the next. */
function rolloutWaves({ rollout, replicas, autoscaledTo = replicas }: Server): number {
  const most = Math.max(replicas, autoscaledTo);
  return Math.max(1, rollout.maxSurge > 0 ? Math.ceil(most / rollout.maxSurge) : most);
}

function deploymentSpec(server: Server, place: WeightsPlace, engine: EnginePod): k8s.types.input.apps.v1.DeploymentSpec {
  const { rollout, replicas, resources, pod } = server;
  const labels = serverLabels(server);
  return {
    replicas,
    // Never `Recreate`: Pulumi would take the moment without any pod for the end of the rollout.
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: rollout.maxSurge, maxUnavailable: rollout.maxUnavailable } },
    progressDeadlineSeconds: deadlineSeconds({ totalSeconds: totalSeconds(server) }),
    selector: { matchLabels: labels },
    template: {
      metadata: {
        labels: {
          ...pod.labels,
          ...labels,
          [roleLabel]: "server",
          [revisionLabel]: revisionOf(server, place, engine),
          ...claimLabels(place.exclusiveClaims),
        },
        annotations: { ...pod.annotations, [weightsAnnotation]: place.hash },
      },
      spec: {
        ...restrictedPod,
        ...scheduling(server, place.exclusiveClaims),
        ...podFields(server),
        terminationGracePeriodSeconds: graceSeconds(drains[server.engine]),
        ...(engine.initContainers ? { initContainers: engine.initContainers } : {}),
        containers: [withOptions(engine.container, server)],
        volumes: [{ name: "scratch", emptyDir: { sizeLimit: `${resources.scratchGib}Gi` } }, ...engine.volumes, ...(pod.volumes ?? [])],
      },
    },
  };
}

/** What a server's pods run, in a few letters: weights, version, arguments and variables, and the image where it is known already. */
export function revisionOf({ version, image }: Server, { hash }: WeightsPlace, { container, initContainers = [] }: EnginePod): string {
  const reported = [container, ...initContainers].map(({ args, env }) => [args, env]);
  const known = { hash, version, reported, image: typeof image === "string" ? image : undefined };
  return createHash("sha256").update(JSON.stringify(known)).digest("hex").slice(0, 12);
}

/** What the user says of the pod itself. */
function podFields({ pod }: Server): Partial<k8s.types.input.core.v1.PodSpec> {
  const { imagePullSecrets, serviceAccountName, priorityClassName, runtimeClassName } = pod;
  const fields = { imagePullSecrets, serviceAccountName, priorityClassName, runtimeClassName };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The engine's container with the user's variables and mounts. */
const withOptions = (container: EnginePod["container"], { pod: { env = [], volumeMounts = [] } }: Server) => ({
  ...container,
  env: [...(container.env as k8s.types.input.core.v1.EnvVar[]), ...env],
  volumeMounts: [...(container.volumeMounts as k8s.types.input.core.v1.VolumeMount[]), ...volumeMounts],
});

/** Memory-backed /dev/shm, counted in the pod's memory limit. */
export const sharedMemory = ({ resources: { sharedMemoryGib } }: Server) =>
  sharedMemoryGib > 0
    ? {
        volumes: [{ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: `${sharedMemoryGib}Gi` } }],
        mounts: [{ name: "shared-memory", mountPath: "/dev/shm" }],
      }
    : { volumes: [], mounts: [] };

/** Requests and limits of the engine's container. */
export const resourcesOf = ({ resources: { requests, limits } }: Server): k8s.types.input.core.v1.ResourceRequirements => ({
  ...(requests ? { requests: { ...requests } } : {}),
  ...(limits ? { limits: { ...limits } } : {}),
});

/** The pause before the engine is asked to stop, and probes that start after the startup probe has passed. */
export const httpLifecycle = ({ engine }: Server, healthPath: string) => ({
  lifecycle: { preStop: { sleep: { seconds: drains[engine].preStopSeconds } } },
  readinessProbe: { httpGet: { path: healthPath, port: "http" }, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 },
  livenessProbe: { httpGet: { path: healthPath, port: "http" }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
});
