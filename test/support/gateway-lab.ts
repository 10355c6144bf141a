import { digests } from "./lab";

/** A restricted pod in the gateway's own namespace: only Envoy's pods of it may ask a model. */
export const askingPod = (namespace: string): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "asking", namespace },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        ...{ name: "asking", image: digests()["python"], command: ["python3", "-m", "http.server", "8000", "--directory", "/tmp"] },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
});
