import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { releaseOf } from "../../lib/engines/metric-roles";
import type { Environment } from "../../lib/environment/environment";
import type { EnvironmentPlan, ModelPlan } from "../../lib/planner/types";
import type { Monitoring } from "../monitoring/monitoring";
import { podSecurity } from "../namespace/model-namespace";
import { Autoscaler, type AutoscalerArgs } from "../scaling/autoscaler";
import { Keda } from "../scaling/keda";
import type { Model } from "../serving/model";
import { scrapedFrom } from "./monitoring";

/** What a scaler needs to be there before it. */
interface Given {
  readonly models: Readonly<Record<string, Model>>;
  readonly modelNamespace: pulumi.Input<string>;
  readonly monitoring: Monitoring | undefined;
}

/** The scaler of each model that has one, by the model's name; and KEDA, where the cluster does not have it. */
export function makeScaling(
  environment: Environment,
  { models: plans }: EnvironmentPlan,
  { models, modelNamespace, monitoring }: Given,
  opts: pulumi.ComponentResourceOptions,
): Readonly<Record<string, Autoscaler>> {
  const { scaling: section } = environment;
  if (!section) return {};
  const keda = section.keda === "installed" ? [installKeda(environment, section.namespace, modelNamespace, opts)] : [];
  const prometheusUrl = section.prometheusUrl ?? monitoring!.prometheusUrl!;
  const scaled = plans.filter(({ least }) => least);
  return Object.fromEntries(
    scaled.map((plan) => {
      const dependsOn = [models[plan.name]!.endpoint, ...keda, ...(monitoring ? [monitoring] : [])];
      const args = { ...argsOf(plan, environment, models[plan.name]!), namespace: modelNamespace, prometheusUrl };
      return [plan.name, new Autoscaler(plan.name, args, { ...opts, dependsOn })];
    }),
  );
}

const argsOf = (
  { name, engine, version, concurrency, coldStart }: ModelPlan,
  { name: environment, models }: Environment,
  { server }: Model,
): Omit<AutoscalerArgs, "namespace" | "prometheusUrl"> => ({
  deployment: server.deployment.metadata.name,
  environment,
  release: releaseOf({ engine, version }),
  scaling: models[name]!.scaling!,
  ...{ concurrency, coldStart },
});

function installKeda(environment: Environment, own: string, models: pulumi.Input<string>, opts: pulumi.ComponentResourceOptions): Keda {
  const { imageDigests: images } = environment;
  const namespace = new k8s.core.v1.Namespace("scaling-namespace", { metadata: { name: own, labels: podSecurity } }, opts);
  const scraper = scrapedFrom(environment);
  return new Keda(
    "scaling-keda",
    {
      namespace: namespace.metadata.name,
      watchNamespaces: [models],
      images: { operator: images["keda"]!, metrics: images["keda-metrics-apiserver"]! },
      ...(scraper ? { scraper } : {}),
    },
    opts,
  );
}
