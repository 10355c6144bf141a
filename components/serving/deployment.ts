import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { deadlineSeconds } from "../../lib/cold-start";
import { drains, graceSeconds } from "../../lib/drain";
import { roleLabel } from "../namespace/paths";
import { restrictedPod, scheduling, serverLabels, serverName } from "./pod";
import type { ServerArgs } from "./server-args";

/** What an engine adds to the shared pod. */
export interface ServerPod {
  readonly container: k8s.types.input.core.v1.Container;
  readonly initContainers?: k8s.types.input.core.v1.Container[];
  readonly volumes: k8s.types.input.core.v1.Volume[];
}

/** Deployment and PodDisruptionBudget of one model server; it starts `after` its weights were brought and checked. */
export function serverObjects(name: string, args: ServerArgs, pod: ServerPod, parent: pulumi.Resource, after: pulumi.Resource | undefined) {
  const labels = serverLabels(name, args.plan);
  const metadata = { name: serverName(name, args.plan), namespace: args.namespace, labels };
  const seconds = deadlineSeconds(args.plan.coldStart) * rounds(args);
  const deployment = new k8s.apps.v1.Deployment(
    `${name}-server`,
    { metadata, spec: deploymentSpec(name, args, pod) },
    {
      parent,
      dependsOn: [...(after ? [after] : []), ...(args.nodes?.ready ?? [])],
      customTimeouts: { create: `${seconds}s`, update: `${seconds}s` },
    },
  );
  new k8s.policy.v1.PodDisruptionBudget(
    `${name}-disruption`,
    { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
    { parent },
  );
  return deployment;
}

/** How often a rollout waits for a cold start: once for all that surge or start together, once each where one makes room for the next. */
const rounds = ({ plan: { rollout, replicas } }: ServerArgs): number =>
  Math.max(1, rollout.maxSurge > 0 ? Math.ceil(replicas / rollout.maxSurge) : replicas);

function deploymentSpec(name: string, args: ServerArgs, pod: ServerPod): k8s.types.input.apps.v1.DeploymentSpec {
  const { plan } = args;
  const { maxSurge, maxUnavailable } = plan.rollout;
  const labels = serverLabels(name, plan);
  return {
    replicas: plan.replicas,
    // Never `Recreate`: Pulumi would take the moment without any pod for the end of the rollout.
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
    progressDeadlineSeconds: deadlineSeconds(plan.coldStart),
    selector: { matchLabels: labels },
    template: {
      metadata: { labels: { ...labels, [roleLabel]: "server" } },
      spec: {
        ...restrictedPod,
        ...scheduling(name, args),
        terminationGracePeriodSeconds: graceSeconds(drains[plan.engine]),
        ...(pod.initContainers ? { initContainers: pod.initContainers } : {}),
        containers: [pod.container],
        volumes: [{ name: "scratch", emptyDir: { sizeLimit: `${plan.pod.ephemeralStorageGib}Gi` } }, ...pod.volumes],
      },
    },
  };
}

/** Memory-backed /dev/shm, as the plan sized it; counted in the pod's memory limit. */
export const sharedMemory = ({ plan: { pod } }: ServerArgs) =>
  pod.shmGib > 0
    ? {
        volumes: [{ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: `${pod.shmGib}Gi` } }],
        mounts: [{ name: "shared-memory", mountPath: "/dev/shm" }],
      }
    : { volumes: [], mounts: [] };

/** The pause before the engine is told to stop, and probes that start after the startup probe has passed. */
export const lifecycle = ({ plan: { engine } }: ServerArgs, healthPath: string) => ({
  lifecycle: { preStop: { sleep: { seconds: drains[engine].preStopSeconds } } },
  readinessProbe: { httpGet: { path: healthPath, port: "http" }, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 },
  livenessProbe: { httpGet: { path: healthPath, port: "http" }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
});
