import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { collectorConfig, collectorPorts, defaultFiles, headerVariable, type LogTarget, logFolders } from "../../lib/monitoring/log-config";
import type { SecretKey } from "../../lib/monitoring/receivers";
import { claimed, files, guard, nameOf, type Part, podSpec, service, statefulSet, volumeClaim } from "./part";
import type { LogSettings } from "./settings";

export const collectorPart = (owner: string, namespace: pulumi.Input<string>): Part => ({
  owner,
  role: "collector",
  namespace,
  port: collectorPorts.otlp,
  overrides: { grpc: collectorPorts.grpc, health: collectorPorts.health, metrics: collectorPorts.metrics },
});

/** Where programs of the cluster send spans, by OTLP over gRPC. */
export const tracesEndpoint = (owner: string, namespace: string): string =>
  `http://${nameOf({ owner, role: "collector" })}.${namespace}.svc:${collectorPorts.grpc}`;

const configFolder = "/etc/otelcol";

/** What takes logs and spans and keeps them at the target; `senders` are the namespaces that may send. */
export function addCollector(
  self: pulumi.Resource,
  part: Part,
  logs: LogSettings,
  senders: readonly pulumi.Input<string>[],
): k8s.core.v1.Service {
  const data = { "collector.json": JSON.stringify(collectorConfig(logs)) };
  const config = files(self, part, "config", data);
  const policy = guard(self, part, senders);
  const volumes = keptGib(logs.target).map((gib) => volumeClaim(self, part, "kept", gib));
  const workload = statefulSet(self, part, { spec: pod(part, logs), data }, [config, policy, ...volumes]);
  return service(self, part, workload);
}

function pod(part: Part, { image, target, memoryMib }: LogSettings): k8s.types.input.core.v1.PodSpec {
  const memory = `${memoryMib}Mi`;
  const headers = target.kind === "otlp" ? Object.entries(target.headers ?? {}) : [];
  return podSpec(
    part,
    {
      image,
      readyPath: "/",
      readyPort: "health",
      args: [`--config=${configFolder}/collector.json`],
      env: [{ name: "GOMEMLIMIT", value: `${Math.floor(memoryMib * 0.8)}MiB` }, ...headers.map(headerFrom)],
      resources: { requests: { cpu: "0.05", memory }, limits: { memory } },
      volumeMounts: [
        { name: "config", mountPath: configFolder, readOnly: true },
        ...(target.kind === "files" ? [{ name: "kept", mountPath: logFolders.kept }] : []),
      ],
    },
    {
      volumes: [
        { name: "config", configMap: { name: `${nameOf(part)}-config` } },
        ...(target.kind === "files" ? [claimed(part, "kept")] : []),
      ],
    },
  );
}

const headerFrom = ([name, { secret, key }]: [string, SecretKey]) => ({
  name: headerVariable(name),
  valueFrom: { secretKeyRef: { name: secret, key } },
});

/** Size of the volume of files; none where they are sent on. */
const keptGib = (target: LogTarget): number[] => (target.kind === "files" ? [target.storageGib ?? defaultFiles.storageGib] : []);

/** Base URL for OTLP over HTTP. */
export const collectorUrl = (part: Part): pulumi.Output<string> =>
  pulumi.interpolate`http://${nameOf(part)}.${part.namespace}.svc:${part.port}`;
