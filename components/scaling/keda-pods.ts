import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { restrictedContainer, restrictedPod } from "../kubernetes/pod-security";

type Pod = types.input.core.v1.PodSpec;

/** Ports of the operator and of the metrics server. */
export const operatorPorts = { metrics: 8080, metricsservice: 9666 };
export const metricsPorts = { https: 6443, metrics: 8080 };
const healthPort = 8081;

/** Secret that the operator makes and renews: a certificate for each of the two programs. */
export const certificateSecret = "kedaorg-certs";
const certificateFolder = "/certs";

interface KedaPod {
  readonly image: pulumi.Input<string>;
  readonly account: pulumi.Input<string>;
  /** Namespaces that are watched, separated by commas. */
  readonly watchNamespaces: pulumi.Input<string>;
}

const environment = ({ watchNamespaces }: KedaPod) => [
  { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
  { name: "WATCH_NAMESPACE", value: watchNamespaces },
  // Secrets of other namespaces are nothing that it may ask for.
  { name: "KEDA_RESTRICT_SECRET_ACCESS", value: "true" },
];

const shared = (pod: KedaPod, optional: boolean): Partial<Pod> => ({
  ...restrictedPod,
  automountServiceAccountToken: true,
  serviceAccountName: pod.account,
  terminationGracePeriodSeconds: 10,
  volumes: [{ name: "certificates", secret: { secretName: certificateSecret, optional } }],
});
const certificates = [{ name: "certificates", mountPath: certificateFolder, readOnly: true }];
const portsOf = (ports: Readonly<Record<string, number>>) =>
  Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort }));

/** The operator. It starts again once it has made its certificate. */
export function operatorPod(pod: KedaPod): Pod {
  const probe = (path: string) => ({ httpGet: { path, port: healthPort }, timeoutSeconds: 3 });
  return {
    ...shared(pod, true),
    containers: [
      {
        ...restrictedContainer,
        name: "keda-operator",
        image: pod.image,
        args: ["--leader-elect", "--zap-log-level=info", "--enable-cert-rotation=true", "--enable-webhook-patching=false"],
        env: environment(pod),
        ports: portsOf(operatorPorts),
        startupProbe: { ...probe("/healthz"), periodSeconds: 2, failureThreshold: 60 },
        readinessProbe: { ...probe("/readyz"), periodSeconds: 5 },
        livenessProbe: { ...probe("/healthz"), periodSeconds: 20 },
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
        volumeMounts: certificates,
      },
    ],
  };
}

/** The metrics server, which Kubernetes' autoscaler asks through the API server. */
export function metricsPod(pod: KedaPod): Pod {
  const probe = (path: string) => ({ httpGet: { path, port: "https", scheme: "HTTPS" }, timeoutSeconds: 3 });
  return {
    ...shared(pod, false),
    containers: [
      {
        ...restrictedContainer,
        name: "keda-metrics-apiserver",
        image: pod.image,
        args: [
          `--secure-port=${metricsPorts.https}`,
          "--zap-log-level=info",
          `--client-ca-file=${certificateFolder}/ca.crt`,
          `--tls-cert-file=${certificateFolder}/tls.crt`,
          `--tls-private-key-file=${certificateFolder}/tls.key`,
          `--cert-dir=${certificateFolder}`,
        ],
        env: environment(pod),
        ports: portsOf(metricsPorts),
        startupProbe: { ...probe("/readyz"), periodSeconds: 2, failureThreshold: 60 },
        readinessProbe: { ...probe("/readyz"), periodSeconds: 5 },
        livenessProbe: { ...probe("/healthz"), periodSeconds: 20 },
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
        volumeMounts: certificates,
      },
    ],
  };
}
