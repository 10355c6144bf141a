import * as k8s from "@pulumi/kubernetes";
import { restrictedContainer, restrictedPod } from "../../components/kubernetes/pod-security";
import { Monitoring } from "../../components/monitoring/monitoring";
import type { StandaloneArgs } from "../../components/monitoring/settings";

/** What `test/lab/monitoring-cluster.test.ts` tells this program. */
export interface ProgramInput {
  kubeconfig: string;
  monitoring: StandaloneArgs & { namespace: string };
  webhook: string;
  /** Image with a shell and `nc`, for the stand-in of a model server. */
  shell: string;
}

const { kubeconfig, monitoring, webhook, shell } = JSON.parse(process.env["SLM_TEST_PROGRAM"]!) as ProgramInput;
const provider = new k8s.Provider("cluster", { kubeconfig });

const namespace = (name: string): k8s.core.v1.Namespace =>
  new k8s.core.v1.Namespace(name, { metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } }, { provider });
const own = namespace(monitoring.namespace);
const models = namespace(monitoring.fleet.namespace);

/** A stand-in of a model server: one page of metrics, whatever is asked. */
const page = [
  "#!/bin/sh",
  `while read -r line; do [ "$line" = "$(printf '\\r')" ] && break; done`,
  `printf 'HTTP/1.0 200 OK\\r\\nContent-Type: text/plain; version=0.0.4\\r\\n\\r\\n'`,
  `echo 'onnx_num_requests_waiting{model_name="small"} 0'`,
].join("\n");
const labels = { "app.kubernetes.io/name": "onnx", "app.kubernetes.io/instance": "small" };
const files = new k8s.core.v1.ConfigMap(
  "page",
  { metadata: { name: "page", namespace: models.metadata.name }, data: { serve: page } },
  { provider },
);
const server = new k8s.apps.v1.Deployment(
  "stand-in",
  {
    metadata: { name: "small", namespace: models.metadata.name, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...restrictedPod,
          containers: [
            {
              ...restrictedContainer,
              name: "server",
              image: shell,
              command: ["/bin/sh", "-c", "exec nc -ll -p 8000 -e /page/serve"],
              ports: [{ name: "http", containerPort: 8000 }],
              resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "32Mi" } },
              volumeMounts: [{ name: "page", mountPath: "/page" }],
            },
          ],
          volumes: [{ name: "page", configMap: { name: files.metadata.name, defaultMode: 0o755 } }],
        },
      },
    },
  },
  { provider },
);
const hook = new k8s.core.v1.Secret(
  "hook",
  { metadata: { name: "hook", namespace: own.metadata.name }, stringData: { url: webhook } },
  { provider },
);

const watch = new Monitoring("watch", { ...monitoring, namespace: own.metadata.name }, { provider, dependsOn: [hook, server] });

export const prometheusUrl = watch.prometheusUrl;
