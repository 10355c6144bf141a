import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { prometheusConfig } from "../../lib/monitoring/prometheus-config";
import type { RuleGroup } from "../../lib/monitoring/rule";
import type { PodTarget } from "../../lib/monitoring/scrape";
import {
  account,
  addressOf,
  allow,
  claimed,
  externalUrlFlags,
  files,
  guard,
  nameOf,
  type Part,
  podSpec,
  service,
  statefulSet,
  volumeClaim,
} from "./part";
import type { StandaloneSettings } from "./settings";

export const prometheusPart = (owner: string, namespace: pulumi.Input<string>): Part => ({
  owner,
  role: "prometheus",
  namespace,
  port: 9090,
});

/** What Prometheus reads besides pods, and where it sends alerts. */
interface Neighbours {
  readonly alertmanager: Part;
  readonly others: readonly Part[];
}

const configFolder = "/etc/prometheus";

/** Cores that Prometheus asks for; a hundred model servers fit into them. */
export const prometheusCores = 0.1;

/** Prometheus with its volume: it finds pods in the namespaces of its targets, and may read nothing else. */
export function addPrometheus(
  self: pulumi.Resource,
  part: Part,
  settings: StandaloneSettings,
  rules: readonly RuleGroup[],
  pods: readonly PodTarget[],
  neighbours: Neighbours,
): k8s.core.v1.Service {
  const data = { "prometheus.json": config(part, settings, pods, neighbours), "rules.json": JSON.stringify({ groups: rules }) };
  const config_ = files(self, part, "config", data);
  const identity = account(self, part);
  const bindings = [...new Set(pods.map(({ namespace }) => namespace))].map((namespace) =>
    allow(self, part, namespace, namespace, [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }]),
  );
  const policy = guard(self, part, settings.readers);
  const volume = volumeClaim(self, part, "series", settings.storageGib);
  const workload = statefulSet(self, part, { spec: pod(part, settings), data }, [config_, identity, policy, volume, ...bindings]);
  return service(self, part, workload);
}

function config(
  part: Part,
  settings: StandaloneSettings,
  pods: readonly PodTarget[],
  { alertmanager, others }: Neighbours,
): pulumi.Output<string> {
  const itself = { job: part.role, address: `127.0.0.1:${part.port}` };
  return pulumi.all([addressOf(alertmanager), ...others.map(addressOf)]).apply(([manager, ...addresses]) =>
    JSON.stringify(
      prometheusConfig({
        environment: settings.environment,
        ruleFile: `${configFolder}/rules.json`,
        pods,
        alertmanager: manager!,
        fixed: [
          itself,
          { job: alertmanager.role, address: manager! },
          ...others.map(({ role }, index) => ({ job: role, address: addresses[index]!, honorLabels: role === "kube-state-metrics" })),
        ],
      }),
    ),
  );
}

const pod = (part: Part, settings: StandaloneSettings): k8s.types.input.core.v1.PodSpec =>
  podSpec(part, server(settings), {
    serviceAccountName: nameOf(part),
    automountServiceAccountToken: true,
    volumes: [{ name: "config", configMap: { name: `${nameOf(part)}-config` } }, claimed(part, "series")],
  });

const server = ({ images, retentionDays, retentionGib, memoryMib, externalUrls }: StandaloneSettings) => ({
  image: images.prometheus,
  readyPath: "/-/ready",
  args: [
    `--config.file=${configFolder}/prometheus.json`,
    "--storage.tsdb.path=/prometheus",
    `--storage.tsdb.retention.time=${retentionDays}d`,
    // Prometheus' units of size are powers of two: its MB is our MiB.
    `--storage.tsdb.retention.size=${Math.floor(retentionGib * 1024)}MB`,
    ...externalUrlFlags(externalUrls.prometheus),
  ],
  resources: { requests: { cpu: String(prometheusCores), memory: `${Math.round(memoryMib / 2)}Mi` }, limits: { memory: `${memoryMib}Mi` } },
  volumeMounts: [
    { name: "config", mountPath: configFolder, readOnly: true },
    { name: "series", mountPath: "/prometheus" },
  ],
});
