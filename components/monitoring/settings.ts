import type * as pulumi from "@pulumi/pulumi";
import * as general from "../../lib/limits";
import type { OperatorMessages } from "../../lib/monitoring/alertmanager-config";
import type { Fleet } from "../../lib/monitoring/fleet";
import * as limits from "../../lib/monitoring/limits";
import type { LogTarget, Traces } from "../../lib/monitoring/log-config";
import { latencyFault, latencyNames, objectiveRatio } from "../../lib/monitoring/objectives";
import type { Receiver, Routes } from "../../lib/monitoring/receivers";
import type { PodPlace } from "../../lib/monitoring/scrape";
import { check } from "../check";
import type { GrafanaArgs } from "./grafana";

/** What each mode needs to know. */
interface SharedArgs {
  /** Namespace of every resource. Replaces them all when it changes. */
  namespace: pulumi.Input<string>;
  /** Name of the environment; a label of every alert. */
  environment: string;
  /** What is monitored. */
  fleet: Omit<Fleet, "environment">;
  /** Pods of the gateway's Envoy; given with `fleet.gateway`. @default none */
  gateway?: PodPlace;
  /** Pods of the DCGM exporter; given with `fleet.gpuCounters`. @default none */
  gpus?: PodPlace;
  /** Where the pages of docs/runbooks are published; alerts link there. @default "docs/runbooks" */
  runbookBase?: string;
  /** @default logs stay on their nodes, for the cluster's own collector, such as Azure's add-on for containers */
  logs?: LogsArgs;
}

/** Logs of the models' pods, and of the gateway's; and spans. */
export interface LogsArgs {
  /** Image of the OpenTelemetry Collector with the parts of its contrib distribution, 0.165 or newer; pinned by digest. */
  image: string;
  /** Namespace of the reader of log files, which must not be restricted: it mounts a folder of the node. Replaces it when it changes. */
  readerNamespace: pulumi.Input<string>;
  /** Where logs go. */
  target: LogTarget;
  /** Spans, sampled. @default none are taken */
  traces?: Traces;
  /** Memory limit of the collector, in MiB; 256 to 2097152. @default 256 */
  memoryMib?: number;
}

/** Logs with every default filled in. */
export type LogSettings = Required<Omit<LogsArgs, "traces">> & Pick<LogsArgs, "traces">;

/** Our own Prometheus and Alertmanager, and, when given, Grafana and kube-state-metrics. */
export interface StandaloneArgs extends SharedArgs {
  /** The form of these arguments. */
  mode: "standalone";
  /** Images, pinned by digest. Without kube-state-metrics, nothing is known about pods: there are no alerts about them, and no mute while a model rolls out. */
  images: { prometheus: string; alertmanager: string; kubeStateMetrics?: string };
  /** Days for which series are kept; 1 to 730. @default 15 */
  retentionDays?: number;
  /** Volume of the series, in GiB; 1 to 4096. A larger one grows the volume where its storage class can; a smaller one is refused. @default 10 */
  storageGib?: number;
  /** Size at which the oldest series are dropped, in GiB; at most 80 % of the volume. @default 80 % of the volume */
  retentionGib?: number;
  /** Memory limit of Prometheus, in MiB; 256 to 2097152. @default 512 */
  memoryMib?: number;
  /** Where messages go, by a name of your own. */
  receivers: Record<string, Receiver>;
  /** Which receiver gets what. */
  routes: Routes;
  /** Addresses under which people reach the pages of Prometheus and Alertmanager: links in messages begin with them. @default none; links name the pod */
  externalUrls?: { prometheus?: string; alertmanager?: string };
  /** Namespaces that may ask Prometheus, such as a scaler's. @default none: only the monitoring's own */
  readers?: string[];
  /** @default no Grafana */
  grafana?: GrafanaArgs;
}

/** Objects for a cluster that runs the Prometheus operator (kube-prometheus-stack). */
export interface OperatorArgs extends SharedArgs {
  /** The form of these arguments. */
  mode: "operator";
  /** Labels by which the operator finds monitors and rules, such as `release: kube-prometheus-stack`. @default none */
  labels?: Record<string, string>;
  /** Label by which Grafana's sidecar finds dashboards. @default { grafana_dashboard: "1" } */
  dashboardLabels?: Record<string, string>;
  /** Where messages go, by the operator's own Alertmanager; their Secrets are in the models' namespace. @default the operator's own routes take our alerts */
  messages?: OperatorMessages;
}

/** Objects for Azure Monitor's managed Prometheus. Its rule groups and Grafana are Azure resources: they take `rules` and `dashboards`. */
export interface AzureArgs extends SharedArgs {
  /** The form of these arguments. */
  mode: "azure";
}

/** Inputs of `Monitoring`. */
export type MonitoringArgs = StandaloneArgs | OperatorArgs | AzureArgs;

/** A standalone monitoring with every default filled in. */
export type StandaloneSettings = Required<Omit<StandaloneArgs, Optional>> & Pick<StandaloneArgs, Optional>;
type Optional = "gateway" | "gpus" | "grafana" | "logs";

/** Refuses what cannot work, whatever the mode. */
export function validateShared(self: pulumi.Resource, name: string, args: MonitoringArgs): void {
  check(self, "name", general.dnsLabel, name);
  for (const { name: model, release, objectives } of args.fleet.models) {
    const at = `fleet.models.${model}.objectives`;
    check(self, `${at}.availability`, objectiveRatio, objectives.availability);
    for (const name of latencyNames) {
      const promised = objectives[name];
      if (!promised) continue;
      check(self, `${at}.${name}.ratio`, objectiveRatio, promised.ratio);
      check(self, `${at}.${name}.seconds`, limits.possible(latencyFault(release, name, promised.seconds)), promised.seconds);
    }
  }
  if (args.mode === "operator" && args.messages) checkMessages(self, "messages.", args.messages);
}

function checkMessages(self: pulumi.Resource, at: string, { receivers, routes }: Pick<StandaloneArgs, "receivers" | "routes">): void {
  for (const [name, receiver] of Object.entries(receivers)) check(self, `${at}receivers.${name}`, limits.receiver, receiver);
  for (const [route, name] of Object.entries(routes))
    check(self, `${at}routes.${route}`, limits.receiverName(Object.keys(receivers)), name);
}

/** Refuses what cannot work standalone, and fills in the defaults. */
export function standaloneSettings(self: pulumi.Resource, args: StandaloneArgs): StandaloneSettings {
  const { images } = args;
  for (const [part, image] of Object.entries({ ...images, ...(args.grafana ? { grafana: args.grafana.image } : {}) }))
    check(self, part === "grafana" ? "grafana.image" : `images.${part}`, general.pinnedImage, image);
  checkMessages(self, "", args);
  for (const [program, url] of Object.entries(args.externalUrls ?? {})) check(self, `externalUrls.${program}`, limits.externalUrl, url);
  const storageGib = check(self, "storageGib", general.storageGib, args.storageGib ?? defaultStorageGib);
  return {
    ...args,
    storageGib,
    retentionDays: check(self, "retentionDays", limits.retentionDays, args.retentionDays ?? limits.defaultRetentionDays),
    retentionGib: check(self, "retentionGib", limits.retentionGib(storageGib), args.retentionGib ?? limits.usableGib(storageGib)),
    memoryMib: check(self, "memoryMib", general.memoryMib, args.memoryMib ?? 512),
    readers: args.readers ?? [],
    externalUrls: args.externalUrls ?? {},
    runbookBase: args.runbookBase ?? defaultRunbookBase,
  };
}

/** Refuses what cannot work of logs and traces, and fills in the defaults. */
export function logSettings(self: pulumi.Resource, { traces, ...args }: LogsArgs): LogSettings {
  check(self, "logs.image", general.pinnedImage, args.image);
  check(self, "logs.target", limits.logTarget, args.target);
  if (traces) check(self, "logs.traces", limits.traces, traces);
  return {
    ...args,
    memoryMib: check(self, "logs.memoryMib", general.memoryMib, args.memoryMib ?? 256),
    ...(traces ? { traces } : {}),
  };
}

/** Volume of the series, in GiB, unless set otherwise. */
export const defaultStorageGib = 10;

/** A path in this repository: a link that works where the repository is open. */
export const defaultRunbookBase = "docs/runbooks";
