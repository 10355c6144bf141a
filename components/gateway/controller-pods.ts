import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { restrictedContainer, restrictedPod } from "../kubernetes/pod-security";

type Pod = types.input.core.v1.PodSpec;

const environment = [
  { name: "ENVOY_GATEWAY_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
  { name: "KUBERNETES_CLUSTER_DOMAIN", value: "cluster.local" },
];

/** Ports of the controller by name. */
export const ports = { grpc: 18000, ratelimit: 18001, wasm: 18002, metrics: 19001 };
const configFolder = "/config";

/** A pod that asks the API server as `account`. */
const asking = (account: pulumi.Input<string>) => ({ ...restrictedPod, automountServiceAccountToken: true, serviceAccountName: account });

/** Makes the certificates, and ends. */
export const certificatePod = (image: pulumi.Input<string>, account: pulumi.Input<string>): Pod => ({
  ...asking(account),
  restartPolicy: "OnFailure",
  containers: [
    {
      ...restrictedContainer,
      name: "certgen",
      image,
      command: ["envoy-gateway", "certgen", "--disable-topology-injector"],
      env: environment,
      resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    },
  ],
});

const probe = (path: string) => ({ httpGet: { path, port: 8081 }, timeoutSeconds: 3 });

/** The controller; `config` is the ConfigMap with its configuration. */
export const controllerPod = (image: pulumi.Input<string>, account: pulumi.Input<string>, config: pulumi.Input<string>): Pod => ({
  ...asking(account),
  terminationGracePeriodSeconds: 10,
  containers: [
    {
      ...restrictedContainer,
      name: "envoy-gateway",
      image,
      command: ["envoy-gateway", "server", `--config-path=${configFolder}/config.json`],
      env: environment,
      ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
      startupProbe: { ...probe("/healthz"), periodSeconds: 2, failureThreshold: 60 },
      readinessProbe: { ...probe("/readyz"), periodSeconds: 5 },
      livenessProbe: { ...probe("/healthz"), periodSeconds: 20 },
      resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
      volumeMounts: [
        { name: "config", mountPath: configFolder, readOnly: true },
        { name: "certs", mountPath: "/certs", readOnly: true },
        { name: "wasm", mountPath: "/var/lib/eg/wasm" },
      ],
    },
  ],
  volumes: [
    { name: "config", configMap: { name: config } },
    { name: "certs", secret: { secretName: "envoy-gateway" } },
    { name: "wasm", emptyDir: { sizeLimit: "64Mi" } },
  ],
});
