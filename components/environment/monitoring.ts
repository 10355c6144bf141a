import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { releaseOf } from "../../lib/engines/metric-roles";
import type { Environment } from "../../lib/environment/environment";
import { type MonitoringSection, objectivesOf } from "../../lib/environment/monitoring-config";
import { monitoredGateway } from "../../lib/gateway/metrics";
import { ruleGroups } from "../../lib/monitoring/alerts";
import { nothingToWatch } from "../../lib/monitoring/alerts-self";
import { type AzureRuleGroup, azureRuleGroups } from "../../lib/monitoring/azure-rules";
import { collectorPorts } from "../../lib/monitoring/log-config";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { collectorPart, tracesEndpoint } from "../monitoring/collector";
import type { GrafanaArgs } from "../monitoring/grafana";
import { Monitoring } from "../monitoring/monitoring";
import { labelsOf } from "../monitoring/part";
import { defaultRunbookBase, type LogsArgs, type MonitoringArgs } from "../monitoring/settings";
import { podSecurity } from "../namespace/model-namespace";
import type { CollectorPath } from "../namespace/paths";
import type { SecretStore } from "../secrets/secret-store";
import type { Telemetry } from "../serving/vllm-server";

/** Resource name of the namespace of the readers of log files. */
const readerNamespace = "monitoring-logs-namespace";
/** Name of the component, and the beginning of its objects' names. */
const owner = "monitoring";

/** Name of the password of Grafana's administrator in the store of secrets. */
export const grafanaPasswordName = "grafana-admin";

/** The monitoring of an environment; none where it names none. */
export function makeMonitoring(
  environment: Environment,
  plan: EnvironmentPlan,
  provider: k8s.Provider,
  secrets: SecretStore | undefined,
  own: pulumi.ResourceOptions = {},
): Monitoring | undefined {
  const section = sectionOf(environment);
  if (!section) return undefined;
  const { name } = environment;
  const namespace = new k8s.core.v1.Namespace(
    "monitoring-namespace",
    { metadata: { name: section.namespace, labels: podSecurity } },
    { ...own, provider },
  );
  const shared = {
    namespace: namespace.metadata.name,
    environment: name,
    fleet: fleetOf(environment, section, plan),
    ...logsOf(environment, section, provider, own),
  };
  const { objectives: _objectives, keys: _keys, namespace: _namespace, logs: _logs, traces: _traces, ...rest } = section;
  if (rest.mode === "azure") return new Monitoring(owner, { ...withPlaces(rest), ...shared }, { ...own, provider });
  if (rest.mode === "operator") {
    const { prometheusNamespace: _prometheusNamespace, ...objects } = withPlaces(rest);
    return new Monitoring(owner, { ...objects, ...shared }, { ...own, provider });
  }
  const { grafana, ...standalone } = withPlaces(rest);
  const { imageDigests: images } = environment;
  const kubeStateMetrics = images["kube-state-metrics"];
  return new Monitoring(
    owner,
    {
      ...standalone,
      readers: [...standalone.readers, ...(environment.scaling ? [environment.scaling.namespace] : [])],
      ...shared,
      images: {
        prometheus: images["prometheus"]!,
        alertmanager: images["alertmanager"]!,
        ...(kubeStateMetrics ? { kubeStateMetrics } : {}),
      },
      ...(grafana
        ? { grafana: { ...grafana, image: images["grafana"]!, adminPassword: passwordOf(grafana, secrets, shared.namespace) } }
        : {}),
    },
    { ...own, provider },
  );
}

/** The section, with the environment's own front door where it names no other gateway. */
function sectionOf({ monitoring, gateway }: Environment): MonitoringSection | undefined {
  return monitoring && !monitoring.gateway && gateway ? { ...monitoring, gateway: monitoredGateway(gateway) } : monitoring;
}

/** Where Grafana reads its administrator's password: a Secret that is there, or what the store gives Grafana's pods alone. */
function passwordOf(
  { adminPassword }: NonNullable<Extract<MonitoringSection, { mode: "standalone" }>["grafana"]>,
  secrets: SecretStore | undefined,
  namespace: pulumi.Input<string>,
): GrafanaArgs["adminPassword"] {
  if (!("env" in adminPassword)) return adminPassword;
  return { mount: secrets!.grant({ name: `${owner}-grafana`, namespace }, [grafanaPasswordName]), name: grafanaPasswordName };
}

/** Logs and traces, with the namespace of the reader: it mounts a folder of its node, which no restricted namespace lets in. */
function logsOf(
  { imageDigests }: Environment,
  section: MonitoringSection,
  provider: k8s.Provider,
  own: pulumi.ResourceOptions,
): { logs?: LogsArgs } {
  if (!section.logs) return {};
  const readers = new k8s.core.v1.Namespace(
    readerNamespace,
    { metadata: { name: `${section.namespace}-logs`, labels: { "pod-security.kubernetes.io/enforce": "privileged" } } },
    { ...own, provider },
  );
  return {
    logs: {
      image: imageDigests["otel-collector"]!,
      readerNamespace: readers.metadata.name,
      target: section.logs,
      ...(section.traces ? { traces: section.traces } : {}),
    },
  };
}

/** The rules that Azure evaluates; none where the monitoring is not Azure's. */
export function azureRules(environment: Environment, plan: EnvironmentPlan): AzureRuleGroup[] {
  const section = sectionOf(environment);
  if (section?.mode !== "azure") return [];
  const fleet = { ...fleetOf(environment, section, plan), environment: environment.name };
  return azureRuleGroups(ruleGroups(fleet, nothingToWatch, section.runbookBase ?? defaultRunbookBase));
}

/** What a server of vLLM tells of each request, where somebody collects it. */
export const telemetryOf = ({ name, monitoring }: Environment): Telemetry | undefined =>
  monitoring?.logs && {
    environment: name,
    ...(monitoring.traces ? { tracesEndpoint: tracesEndpoint(owner, monitoring.namespace) } : {}),
  };

/** Namespace of whoever reads the models' metrics; undefined where nobody does. Azure's add-on runs among the cluster's own pods. */
export function scrapedFrom({ monitoring }: Pick<Environment, "monitoring">): string | undefined {
  switch (monitoring?.mode) {
    case "standalone":
      return monitoring.namespace;
    case "operator":
      return monitoring.prometheusNamespace;
    case "azure":
      return "kube-system";
    default:
      return undefined;
  }
}

/** The way that spans take out of the models' namespace. */
export const spansPath = ({ monitoring }: Environment): CollectorPath | undefined =>
  monitoring?.traces && {
    namespace: monitoring.namespace,
    labels: labelsOf(collectorPart(owner, monitoring.namespace)),
    port: collectorPorts.grpc,
  };

function fleetOf(
  { kubernetes, ...environment }: Environment,
  section: MonitoringSection,
  { models }: EnvironmentPlan,
): MonitoringArgs["fleet"] {
  const { gateway, gpus, keys } = section;
  const ownDoor = environment.monitoring?.gateway ? undefined : environment.gateway;
  return {
    namespace: kubernetes.namespace,
    models: models.map((model) => {
      const { usdPerHour } = model.placement;
      const each = usdPerHour / Math.max(1, model.replicas);
      const release = releaseOf(model);
      return {
        name: model.name,
        release,
        objectives: objectivesOf(section, model.name, release),
        coldStart: model.coldStart,
        ...(usdPerHour > 0 ? { usdPerHour: each } : {}),
        ...(model.least ? { autoscaled: true } : {}),
        ...(environment.models[model.name]!.replicas === 0 || model.least?.replicas === 0 ? { scalesToZero: true } : {}),
      };
    }),
    keys,
    ...(gateway
      ? {
          gateway: {
            ...(gateway.clusterPattern ? { clusterPattern: gateway.clusterPattern } : {}),
            ...(gateway.consumerLabel ? { consumerLabel: gateway.consumerLabel } : {}),
            ...(ownDoor ? { replicas: ownDoor.replicas, whenUncounted: ownDoor.whenUncounted } : {}),
          },
        }
      : {}),
    ...(gpus ? { gpuCounters: gpus.counters } : {}),
  };
}

/** Places of pods without what only the fleet takes, and nothing that is undefined. */
function withPlaces<T extends Pick<MonitoringSection, "gateway" | "gpus">>(section: T) {
  const { gateway, gpus, ...rest } = section;
  const place = ({ namespace, label, port }: NonNullable<T["gateway"]> | NonNullable<T["gpus"]>) => ({ namespace, label, port });
  return { ...rest, ...(gateway ? { gateway: place(gateway) } : {}), ...(gpus ? { gpus: place(gpus) } : {}) };
}
