import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as pulumi from "@pulumi/pulumi";

import { ruleGroups } from "../../lib/monitoring/alerts";
import { nothingToWatch, type Watchers } from "../../lib/monitoring/alerts-self";
import { dashboards } from "../../lib/monitoring/dashboards";
import type { Fleet } from "../../lib/monitoring/fleet";
import { collectorPorts } from "../../lib/monitoring/log-config";
import type { RuleGroup } from "../../lib/monitoring/rule";
import { gatewayTarget, gpuTarget, modelTarget, type PodTarget } from "../../lib/monitoring/scrape";
import { addAlertmanager, alertmanagerPart } from "./alertmanager";
import { addCollector, collectorPart } from "./collector";
import { addGrafana, grafanaPart } from "./grafana";
import { addKubeStateMetrics, kubeStatePart } from "./kube-state-metrics";
import { addLogReader, readerPart } from "./log-reader";
import { addAlertmanagerConfig, addDashboards, addMonitors, addRules } from "./monitors";
import { addPrometheus, prometheusPart } from "./prometheus";
import {
  defaultRunbookBase,
  defaultStorageGib,
  type LogsArgs,
  logSettings,
  type MonitoringArgs,
  type StandaloneArgs,
  standaloneSettings,
  validateShared,
} from "./settings";

/**
 * Metrics, rules, alerts and dashboards of the model servers. `standalone` runs its own programs; `operator` and `azure` make the objects
 * that a Prometheus operator, or Azure Monitor, reads. Logs and spans, where asked for, are collected in every mode. A change of mode replaces everything, and loses the series of a standalone one.
 */
export class Monitoring extends pulumi.ComponentResource {
  /** Base URL of Prometheus for scalers and checks in the cluster; undefined where it is not ours. */
  public readonly prometheusUrl?: pulumi.Output<string>;
  /** The rules, for whoever else has to install them: Azure's rule groups are Azure resources. */
  public readonly rules: readonly RuleGroup[];
  /** The dashboards, for whoever else has to install them. */
  public readonly dashboards: readonly Dashboard[];

  /** `name` prefixes the names of every resource; a DNS label. */
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:monitoring:Monitoring", name, args, opts);

    validateShared(this, name, args);
    const fleet = knownFleet(args);
    const targets = podTargets(args, fleet);
    this.rules = ruleGroups(fleet, watchersOf(args), args.runbookBase ?? defaultRunbookBase);
    this.dashboards = dashboards(fleet, args.runbookBase);

    if (args.mode === "standalone") {
      this.prometheusUrl = addStandalone(this, name, args, targets);
    } else {
      const group = args.mode === "azure" ? "azmonitoring.coreos.com" : "monitoring.coreos.com";
      addMonitors(this, name, args, group, targets);
      addRules(this, name, args, this.rules);
      if (args.mode === "operator") addAlertmanagerConfig(this, name, args);
      addDashboards(this, name, args, this.dashboards);
    }
    if (args.logs) addLogs(this, name, args, args.logs);
    this.registerOutputs({ prometheusUrl: this.prometheusUrl, rules: this.rules, dashboards: this.dashboards });
  }
}

/** The fleet, and whether anybody here tells about its pods; an operator's and Azure's monitoring include kube-state-metrics. */
function knownFleet(args: MonitoringArgs): Fleet {
  const fleet = { ...args.fleet, environment: args.environment };
  return args.mode === "standalone" ? { ...fleet, kubeState: args.images.kubeStateMetrics !== undefined } : fleet;
}

function podTargets({ gateway, gpus }: MonitoringArgs, fleet: Fleet): PodTarget[] {
  return [modelTarget(fleet), gateway && gatewayTarget(fleet, gateway), gpus && gpuTarget(fleet, gpus)].filter(
    (target) => target !== undefined,
  );
}

/** What of the monitoring can be seen to be down. An operator's and Azure's own parts are theirs to watch. */
function watchersOf(args: MonitoringArgs): Watchers {
  if (args.mode !== "standalone") return nothingToWatch;
  const parts: [string, unknown][] = [
    ["kube-state-metrics", args.images.kubeStateMetrics],
    ["grafana", args.grafana],
    ["collector", args.logs],
  ];
  const optional = parts.filter(([, asked]) => asked !== undefined).map(([job]) => job);
  return { jobs: ["prometheus", "alertmanager", ...optional], alertmanager: true, storageGib: args.storageGib ?? defaultStorageGib };
}

function addStandalone(self: Monitoring, name: string, args: StandaloneArgs, targets: readonly PodTarget[]): pulumi.Output<string> {
  const settings = standaloneSettings(self, args);
  const part = { namespace: args.namespace };
  const alertmanager = alertmanagerPart(name, part.namespace);
  const prometheus = prometheusPart(name, part.namespace);
  const kubeState = settings.images.kubeStateMetrics ? kubeStatePart(name, part.namespace) : undefined;
  const grafana = settings.grafana ? grafanaPart(name, part.namespace) : undefined;
  const collector = settings.logs ? { ...collectorPart(name, part.namespace), port: collectorPorts.metrics } : undefined;
  const others = [kubeState, grafana, collector].filter((other) => other !== undefined);

  addAlertmanager(self, alertmanager, settings);
  if (kubeState) addKubeStateMetrics(self, kubeState, settings.images.kubeStateMetrics!, settings.fleet.namespace);
  const service = addPrometheus(self, prometheus, settings, self.rules, targets, { alertmanager, others });
  if (grafana) addGrafana(self, grafana, settings.grafana!, prometheus, self.dashboards);
  return pulumi.interpolate`http://${service.metadata.name}.${service.metadata.namespace}.svc:${prometheus.port}`;
}

/** The collector beside the rest of the monitoring, and a reader on each node in a namespace of its own. */
function addLogs(self: Monitoring, name: string, { namespace, fleet, gateway, environment }: MonitoringArgs, args: LogsArgs): void {
  const settings = logSettings(self, args);
  const namespaces = [fleet.namespace, ...(gateway && gateway.namespace !== fleet.namespace ? [gateway.namespace] : [])];
  const collector = collectorPart(name, namespace);
  addCollector(self, collector, settings, [settings.readerNamespace, ...(settings.traces ? namespaces : [])]);
  const read = { environment, namespaces, models: fleet.models.map((model) => model.name) };
  addLogReader(self, readerPart(name, settings.readerNamespace), settings, read, collector);
}
