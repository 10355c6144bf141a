import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { restrictedContainer, restrictedPod } from "../kubernetes/pod-security";
import { countingPaths, redisLabels, redisPort } from "./paths";

/** How requests and tokens are counted for all pods of Envoy together: by Envoy's rate limit service, which keeps its counts in Redis. */
export interface Counting {
  /** Image of envoyproxy/ratelimit, pinned by digest. */
  readonly image: pulumi.Input<string>;
  /** Image of Redis, pinned by digest, which starts with arguments of redis-server. */
  readonly redisImage: pulumi.Input<string>;
  /** What becomes of requests while the counts cannot be had: they pass, or are answered 503. @default "open" */
  readonly whenDown?: "open" | "closed";
}

const redisName = "envoy-ratelimit-store";

/** Longest that a request waits for its counts, before they count as not to be had. */
const timeout = "1s";

/** The controller's configuration of it. */
export const countingConfiguration = ({ whenDown = "open" }: Counting): object => ({
  backend: { type: "Redis", redis: { url: `${redisName}:${redisPort}` } },
  timeout,
  failClosed: whenDown === "closed",
});

/** The pods of the service that counts, as the controller makes them. */
export function countingDeployment({ image }: Counting): object {
  const { allowPrivilegeEscalation, capabilities, readOnlyRootFilesystem } = restrictedContainer.securityContext;
  return {
    replicas: 2,
    // A count is answered within a second. With the controller's 300 s, the namespace of a gateway is five minutes in going.
    patch: { value: { spec: { template: { spec: { terminationGracePeriodSeconds: 10 } } } } },
    pod: { securityContext: restrictedPod.securityContext },
    container: {
      image,
      resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
      securityContext: { allowPrivilegeEscalation, capabilities, readOnlyRootFilesystem },
    },
  };
}

/** Counts of this minute, which nobody needs in the next: nothing is written to a disk. */
const redisArguments = [
  ...["--port", String(redisPort), "--save", "", "--appendonly", "no", "--dir", "/"],
  ...["--maxmemory", "96mb", "--maxmemory-policy", "volatile-ttl", "--protected-mode", "no"],
];

/** Where the counts are kept, and who reaches whom. Everything that must be there before the controller. */
export function createCounting(
  name: string,
  namespace: pulumi.Input<string>,
  { redisImage }: Counting,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const metadata = { name: redisName, namespace, labels: { ...redisLabels, "app.kubernetes.io/instance": redisName } };
  const paths = Object.entries(countingPaths).map(
    ([path, spec]) =>
      new k8s.networking.v1.NetworkPolicy(`${name}-${path}`, { metadata: { name: `envoy-gateway-${path}`, namespace }, spec }, { parent }),
  );
  const service = new k8s.core.v1.Service(
    `${name}-counts-service`,
    {
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: { selector: redisLabels, ports: [{ port: redisPort }] },
    },
    { parent },
  );
  const template = { metadata: { labels: redisLabels }, spec: redisPod(redisImage) };
  const spec = { replicas: 1, selector: { matchLabels: redisLabels }, strategy: { type: "Recreate" }, template };
  return [service, ...paths, new k8s.apps.v1.Deployment(`${name}-counts`, { metadata, spec }, { parent, dependsOn: paths })];
}

const probe = { tcpSocket: { port: redisPort }, periodSeconds: 5 };

const redisPod = (image: pulumi.Input<string>): k8s.types.input.core.v1.PodSpec => ({
  ...restrictedPod,
  terminationGracePeriodSeconds: 5,
  containers: [
    {
      ...restrictedContainer,
      name: "redis",
      image,
      args: redisArguments,
      ports: [{ containerPort: redisPort }],
      startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 60 },
      readinessProbe: probe,
      livenessProbe: { ...probe, periodSeconds: 20 },
      resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "192Mi" } },
    },
  ],
});
