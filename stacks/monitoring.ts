import * as k8s from "@pulumi/kubernetes";

import type { EngineRelease } from "../components/lib/engines/metric-roles";
import type { Fleet } from "../components/lib/monitoring/fleet";
import type { EnvironmentPlan, ModelPlan } from "../components/lib/planner/types";
import { Monitoring } from "../components/monitoring/monitoring";
import { podSecurity } from "../components/namespace/model-namespace";
import type { Environment } from "./environment";
import { type MonitoringSection, objectivesOf } from "./monitoring-config";

/** The monitoring of an environment; none where it names none. */
export function makeMonitoring(environment: Environment, plan: EnvironmentPlan, provider: k8s.Provider): Monitoring | undefined {
  const { monitoring: section, name } = environment;
  if (!section) return undefined;
  const namespace = new k8s.core.v1.Namespace(
    "monitoring-namespace",
    { metadata: { name: section.namespace, labels: podSecurity } },
    { provider },
  );
  const shared = { namespace: namespace.metadata.name, environment: name, fleet: fleetOf(environment, section, plan) };
  const { objectives: _objectives, keys: _keys, namespace: _namespace, ...rest } = section;
  if (rest.mode !== "standalone") return new Monitoring("monitoring", { ...withPlaces(rest), ...shared }, { provider });
  const { grafana, ...own } = withPlaces(rest);
  const { imageDigests: images } = environment;
  const kubeStateMetrics = images["kube-state-metrics"];
  return new Monitoring(
    "monitoring",
    {
      ...own,
      ...shared,
      images: {
        prometheus: images["prometheus"]!,
        alertmanager: images["alertmanager"]!,
        ...(kubeStateMetrics ? { kubeStateMetrics } : {}),
      },
      ...(grafana ? { grafana: { ...grafana, image: images["grafana"]! } } : {}),
    },
    { provider },
  );
}

const releaseOf = ({ engine, version }: ModelPlan): EngineRelease => ({ engine, version }) as EngineRelease;

function fleetOf({ kubernetes, ...environment }: Environment, section: MonitoringSection, { models }: EnvironmentPlan): Fleet {
  const { gateway, gpus, keys } = section;
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
        ...(environment.models[model.name]!.replicas === 0 ? { scalesToZero: true } : {}),
      };
    }),
    keys,
    ...(gateway
      ? {
          gateway: {
            ...(gateway.clusterPattern ? { clusterPattern: gateway.clusterPattern } : {}),
            ...(gateway.consumerLabel ? { consumerLabel: gateway.consumerLabel } : {}),
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
