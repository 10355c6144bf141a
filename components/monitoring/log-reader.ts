import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { collectorPorts, logFolders, readerConfig } from "../../lib/monitoring/log-config";
import { restrictedContainer, restrictedPod } from "../kubernetes/pod-security";
import { clusterDns } from "../namespace/paths";
import { collectorUrl } from "./collector";
import { configHash, files, labelsOf, metadataOf, nameOf, type Part } from "./part";
import type { LogSettings } from "./settings";

export const readerPart = (owner: string, namespace: pulumi.Input<string>): Part => ({
  owner,
  role: "log-reader",
  namespace,
  port: collectorPorts.health,
});

/** What is read, besides where it goes. */
interface Read {
  readonly environment: string;
  readonly namespaces: readonly string[];
  readonly models: readonly string[];
}

const engines = ["vllm", "onnx", "ollama"];
/** Memory of the reader, in MiB: what a hundred pods of one node write at once is a few MiB; Go and the collector take the rest. */
const memoryMib = 128;
const configFolder = "/etc/otelcol";

/**
 * A reader on every node. Log files belong to root and may be read by root's group: it runs as a user that is not root, in that group, and may
 * do nothing else. The folder of the node is why its namespace cannot be restricted; it holds nothing else.
 */
export function addLogReader(self: pulumi.Resource, part: Part, { image }: LogSettings, read: Read, collector: Part): void {
  const config = collectorUrl(collector).apply((url) => JSON.stringify(readerConfig({ ...read, engines, collector: url, memoryMib })));
  const data = { "reader.json": config };
  const map = files(self, part, "config", data);
  const policy = onlyTo(self, part, collector);
  const labels = labelsOf(part);
  new k8s.apps.v1.DaemonSet(
    `${nameOf(part)}-daemon`,
    {
      metadata: metadataOf(part),
      spec: {
        selector: { matchLabels: labels },
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "34%" } },
        template: { metadata: { labels, annotations: configHash(data) }, spec: pod(part, image) },
      },
    },
    { parent: self, dependsOn: [map, policy] },
  );
}

function pod(part: Part, image: string): k8s.types.input.core.v1.PodSpec {
  const probe = { httpGet: { path: "/", port: "health" }, timeoutSeconds: 3 };
  return {
    ...restrictedPod,
    securityContext: { ...restrictedPod.securityContext, runAsGroup: 0 },
    // Models run on nodes with taints of every kind.
    tolerations: [{ operator: "Exists" }],
    terminationGracePeriodSeconds: 30,
    containers: [
      {
        ...restrictedContainer,
        name: part.role,
        image,
        args: [`--config=${configFolder}/reader.json`],
        env: [{ name: "GOMEMLIMIT", value: `${Math.floor(memoryMib * 0.8)}MiB` }],
        ports: [{ name: "health", containerPort: part.port }],
        resources: { requests: { cpu: "0.02", memory: "64Mi" }, limits: { memory: `${memoryMib}Mi` } },
        volumeMounts: [
          { name: "config", mountPath: configFolder, readOnly: true },
          { name: "state", mountPath: logFolders.state },
          { name: "pods", mountPath: logFolders.pods, readOnly: true },
        ],
        startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 30 },
        readinessProbe: { ...probe, periodSeconds: 5 },
        livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
      },
    ],
    volumes: [
      { name: "config", configMap: { name: `${nameOf(part)}-config` } },
      { name: "state", emptyDir: { sizeLimit: "64Mi" } },
      { name: "pods", hostPath: { path: logFolders.pods, type: "Directory" } },
    ],
  };
}

/** Whoever reads all logs may send them to the collector, and nowhere else; nobody may ask it anything. */
const onlyTo = (self: pulumi.Resource, part: Part, collector: Part): k8s.networking.v1.NetworkPolicy =>
  new k8s.networking.v1.NetworkPolicy(
    `${nameOf(part)}-guard`,
    {
      metadata: metadataOf(part),
      spec: {
        podSelector: { matchLabels: labelsOf(part) },
        policyTypes: ["Ingress", "Egress"],
        egress: [
          clusterDns,
          {
            to: [
              {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": pulumi.output(collector.namespace) } },
                podSelector: { matchLabels: labelsOf(collector) },
              },
            ],
            ports: [{ port: collector.port }],
          },
        ],
      },
    },
    { parent: self },
  );
