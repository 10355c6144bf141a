import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../lib/environment/environment";
import { type GatewaySection, routedModels } from "../../lib/environment/gateway-config";
import { type Consumer, isLimited, verifierConsumer } from "../../lib/gateway/access";
import { gatewayName } from "../../lib/gateway/metrics";
import { askedNames } from "../../lib/gateway/routing";
import type { Controller, Tls } from "../gateway/args";
import type { Counting } from "../gateway/counting";
import { EnvoyGateway } from "../gateway/envoy-gateway";
import { Gateway } from "../gateway/gateway";
import { proxyLabels } from "../gateway/paths";
import { podSecurity } from "../namespace/model-namespace";
import type { Client } from "../namespace/paths";
import { scrapedFrom } from "./monitoring";

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
  const { host, exposure, replicas, limits, split, fallback, jwt, clientCertificates } = section;
  const { name: namespace } = new k8s.core.v1.Namespace(
    "gateway-namespace",
    { metadata: { name: section.namespace, labels: podSecurity } },
    opts,
  ).metadata;
  const scraper = scrapedFrom(environment);
  const consumers = consumersOf(environment);
  return new Gateway(
    gatewayName,
    {
      ...{ namespace, modelNamespace, host, exposure, replicas, limits, split, fallback, consumers },
      tls: tlsOf(section),
      controller: controllerOf(section, countingOf(section, consumers, imageDigests), imageDigests, [namespace, modelNamespace], opts),
      models: routedModels(models),
      ...(jwt ? { jwt } : {}),
      ...(clientCertificates ? { clientCertificates } : {}),
      ...(exposure === "public" && clients.length === 0 ? {} : { clients }),
      ...(azure && exposure === "internal" ? { serviceAnnotations: internalOnAzure } : {}),
      ...(imageDigests["envoy"] ? { envoyImage: imageDigests["envoy"] } : {}),
      ...(scraper ? { scraper } : {}),
    },
    { ...opts, dependsOn: ready },
  );
}

/** Those that the environment names, and the one as which it asks by itself. */
export function consumersOf({ consumers = {}, models, gateway }: Pick<Environment, "consumers" | "models" | "gateway">): Consumer[] {
  const named = Object.entries(consumers).map(([name, { models: allowed, subject, requestsPerMinute, tokensPerMinute }]) => ({
    ...{ name, models: allowed },
    ...(subject === undefined ? {} : { subject }),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
  }));
  // Nobody issues a token to the environment itself: whoever runs it brings one.
  if (gateway?.jwt) return named;
  return [...named, { name: verifierConsumer, models: askedNames({ models: routedModels(models), split: gateway?.split }) }];
}

/** What counts, where a consumer has a limit. */
const countingOf = (
  { whenUncounted }: GatewaySection,
  consumers: readonly Consumer[],
  images: Readonly<Record<string, string>>,
): Counting | undefined =>
  consumers.some(isLimited) ? { image: images["ratelimit"]!, redisImage: images["redis"]!, whenDown: whenUncounted } : undefined;

const tlsOf = ({ tls }: GatewaySection): Tls => (tls === "selfSigned" ? { secret: selfSignedSecret } : tls);

function controllerOf(
  { existing, namespace: className }: GatewaySection,
  counting: Counting | undefined,
  images: Readonly<Record<string, string>>,
  watchNamespaces: [pulumi.Input<string>, pulumi.Input<string>],
  opts: pulumi.ComponentResourceOptions,
): Controller {
  if (existing) return { className: existing.class, namespace: existing.namespace };
  const [namespace] = watchNamespaces;
  const args = { namespace, className, watchNamespaces, image: images["envoy-gateway"]!, ...(counting ? { counting } : {}) };
  return new EnvoyGateway("gateway-controller", args, opts).controller;
}
