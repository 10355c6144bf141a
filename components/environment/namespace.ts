import type { Environment } from "../../lib/environment/environment";
import { artefactsOf } from "../../lib/planner/artefacts";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { needsDownload } from "../../lib/weights/source";
import type { ModelNamespaceArgs } from "../namespace/model-namespace";
import type { DataPlane } from "../namespace/policies";
import { gatewayClient } from "./gateway";
import { scrapedFrom, spansPath } from "./monitoring";

/** Pods that a model may have at a time for each replica: the old and the new one, those that still leave, and its verifiers. */
const podsPerReplica = 4;

/** The namespace of an environment: its bounds follow from the plan, its allow rules from what the environment names. */
export function namespaceArgs(environment: Environment, { models }: EnvironmentPlan): ModelNamespaceArgs {
  const { kubernetes, clients, gateway, weightsFrom, hfEndpoint } = environment;
  const scraper = scrapedFrom(environment);
  const collector = spansPath(environment);
  const downloads = models.flatMap(artefactsOf).some(({ source }) => needsDownload(source));
  const ports = [443, ...(hfEndpoint ? [portOf(hfEndpoint)] : [])];
  return {
    namespace: kubernetes.namespace,
    // Prometheus reads metrics on the port that clients ask. Whoever may call the models does so by the front door, where there is one.
    clients: [...(gateway ? [gatewayClient(gateway)] : clients), ...(scraper ? [{ namespace: scraper }] : [])],
    weights: downloads
      ? weightsFrom.map((from) => ({ ...(typeof from === "string" ? { cidr: from } : from), ports: [...new Set(ports)] }))
      : [],
    dataPlane: dataPlaneOf(environment),
    ...(collector ? { collector } : {}),
    maxPods: models.reduce((sum, { replicas }) => sum + podsPerReplica * Math.max(1, replicas), 8),
  };
}

/** Clusters that this project makes on Azure run Cilium. */
const dataPlaneOf = ({ azure, kubernetes }: Pick<Environment, "azure" | "kubernetes">): DataPlane =>
  azure ? "cilium" : kubernetes.dataPlane;

const portOf = (url: string): number => Number(new URL(url).port) || (url.startsWith("http:") ? 80 : 443);
