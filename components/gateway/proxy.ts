import { restrictedContainer, restrictedPod } from "../kubernetes/pod-security";
import { type CustomObject, consumerHeader, envoyApi, modelHeader, type Settings, servedHeader } from "./args";

/** A line for each request: who, for which model, how it went. Never a body, a key, or a query. */
export const accessLog = {
  start: "%START_TIME%",
  requestId: "%REQ(X-REQUEST-ID)%",
  consumer: `%REQ(${consumerHeader.toUpperCase()})%`,
  model: `%REQ(${modelHeader.toUpperCase()})%`,
  served: `%RESP(${servedHeader.toUpperCase()})%`,
  tokens: "%DYNAMIC_METADATA(slm:tokens)%",
  method: "%REQ(:METHOD)%",
  path: "%PATH(NQ)%",
  status: "%RESPONSE_CODE%",
  details: "%RESPONSE_CODE_DETAILS%",
  flags: "%RESPONSE_FLAGS%",
  requestBytes: "%BYTES_RECEIVED%",
  responseBytes: "%BYTES_SENT%",
  milliseconds: "%DURATION%",
  firstByteMilliseconds: "%RESPONSE_DURATION%",
  upstream: "%UPSTREAM_HOST%",
};

const { allowPrivilegeEscalation, capabilities } = restrictedContainer.securityContext;
const containerSecurity = { ...restrictedPod.securityContext, allowPrivilegeEscalation, capabilities, readOnlyRootFilesystem: true };
const { fsGroup: _fsGroup, fsGroupChangePolicy: _policy, ...container } = containerSecurity;

/**
 * The container beside Envoy tells by a file in /tmp that all streams have ended. Its root filesystem is as Envoy's, read-only: without a place for
 * that file a pod would only end when its grace period does.
 */
const writableTmp = {
  spec: {
    template: {
      spec: {
        volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Mi" } }],
        containers: [{ name: "shutdown-manager", volumeMounts: [{ name: "tmp", mountPath: "/tmp" }] }],
      },
    },
  },
};

/** What Envoy Gateway makes of a Gateway: Envoy's pods, and the Service before them. */
export function proxyObject(settings: Settings): CustomObject {
  const { name, exposure, serviceAnnotations, envoyImage, replicas, limits } = settings;
  return {
    apiVersion: envoyApi,
    kind: "EnvoyProxy",
    name,
    spec: {
      provider: {
        type: "Kubernetes",
        kubernetes: {
          envoyDeployment: {
            replicas,
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
            pod: { securityContext: restrictedPod.securityContext },
            patch: { type: "StrategicMerge", value: writableTmp },
            container: {
              ...(envoyImage ? { image: envoyImage } : {}),
              securityContext: container,
              resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
            },
          },
          ...(replicas > 1 ? { envoyPDB: { maxUnavailable: 1 } } : {}),
          envoyService: {
            name,
            type: exposure === "public" || serviceAnnotations ? "LoadBalancer" : "ClusterIP",
            ...(serviceAnnotations ? { annotations: serviceAnnotations } : {}),
          },
        },
      },
      telemetry: {
        accessLog: { settings: [{ format: { type: "JSON", json: accessLog }, sinks: [{ type: "File", file: { path: "/dev/stdout" } }] }] },
      },
      shutdown: { drainTimeout: `${limits.requestSeconds}s`, minDrainDuration: "10s" },
    },
  };
}
