import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../lib/environment/environment";
import { type GatewaySection, routedModels } from "../../lib/environment/gateway-config";
import { type Consumer, verifierConsumer } from "../../lib/gateway/access";
import type { Controller, Tls } from "../gateway/args";
import { EnvoyGateway } from "../gateway/envoy-gateway";
import { Gateway } from "../gateway/gateway";
import { proxyLabels } from "../gateway/paths";
import { podSecurity } from "../namespace/model-namespace";
import type { Client } from "../namespace/paths";
import { scrapedFrom } from "./monitoring";

/** Name of the Gateway, and of the Service before it. */
export const gatewayName = "front-door";
/** Secret of a certificate that is made by a command, and known to the cluster alone. */
export const selfSignedSecret = `${gatewayName}-self-signed`;

/** Where Envoy's pods run. */
const proxyNamespace = ({ existing, namespace }: GatewaySection): string => existing?.namespace ?? namespace;

/** Envoy's pods: with a gateway, they and the verifiers are all that may ask a model. */
export const gatewayClient = (section: GatewaySection): Client => ({
  namespace: proxyNamespace(section),
  labels: proxyLabels(gatewayName, section.namespace),
});

/** How Azure gives a Service an address of the cluster's own network (AKS, internal load balancer). */
const internalOnAzure = { "service.beta.kubernetes.io/azure-load-balancer-internal": "true" };

/** The front door of an environment; none where it names none. `ready` is what must be there before it. */
export function makeGateway(
  environment: Environment,
  modelNamespace: pulumi.Input<string>,
  ready: pulumi.Resource[],
  opts: pulumi.ComponentResourceOptions,
): Gateway | undefined {
  const { gateway: section, models, azure, clients, imageDigests } = environment;
  if (!section) return undefined;
  const { host, exposure, replicas, limits } = section;
  const { name: namespace } = new k8s.core.v1.Namespace(
    "gateway-namespace",
    { metadata: { name: section.namespace, labels: podSecurity } },
    opts,
  ).metadata;
  const scraper = scrapedFrom(environment);
  return new Gateway(
    gatewayName,
    {
      ...{ namespace, modelNamespace, host, exposure, replicas, limits },
      tls: tlsOf(section),
      controller: controllerOf(section, imageDigests, [namespace, modelNamespace], opts),
      models: routedModels(models),
      consumers: consumersOf(environment),
      ...(exposure === "public" && clients.length === 0 ? {} : { clients }),
      ...(azure && exposure === "internal" ? { serviceAnnotations: internalOnAzure } : {}),
      ...(imageDigests["envoy"] ? { envoyImage: imageDigests["envoy"] } : {}),
      ...(scraper ? { scraper } : {}),
    },
    { ...opts, dependsOn: ready },
  );
}

/** Those that the environment names, and the one as which it asks by itself. */
export function consumersOf({ consumers = {}, models }: Pick<Environment, "consumers" | "models">): Consumer[] {
  const named = Object.entries(consumers).map(([name, { models: allowed, requestsPerMinute }]) => ({
    ...{ name, models: allowed },
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
  }));
  return [...named, { name: verifierConsumer, models: routedModels(models).flatMap(({ names }) => names) }];
}

const tlsOf = ({ tls }: GatewaySection): Tls => (tls === "selfSigned" ? { secret: selfSignedSecret } : tls);

function controllerOf(
  { existing, namespace: className }: GatewaySection,
  images: Readonly<Record<string, string>>,
  watchNamespaces: [pulumi.Input<string>, pulumi.Input<string>],
  opts: pulumi.ComponentResourceOptions,
): Controller {
  if (existing) return { className: existing.class, namespace: existing.namespace };
  const [namespace] = watchNamespaces;
  return new EnvoyGateway("gateway-controller", { namespace, className, watchNamespaces, image: images["envoy-gateway"]! }, opts)
    .controller;
}
