import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { isLimited, keysSecret, subjectFaults } from "../../lib/gateway/access";
import * as bounds from "../../lib/gateway/limits";
import { askedNames, routingFaults } from "../../lib/gateway/routing";
import * as limits from "../../lib/limits";
import { check } from "../check";
import type { Client } from "../namespace/paths";
import type { CustomObject, GatewayArgs, Settings } from "./args";
import { failoverBackend, failoverPort, failoverService, isNeeded } from "./failover";
import { proxyLabels, proxyPaths } from "./paths";
import { policyObjects } from "./policies";
import { proxyObject } from "./proxy";
import { certificateObjects, gatewayObject, grantSpec, routeObjects } from "./routes";

/**
 * One OpenAI-compatible host before all models of an environment: keys, TLS, limits, and a route by the model that a request names. It is made of
 * the Gateway API's objects and Envoy Gateway's (1.9), whose controller must be there.
 *
 * A consumer's keys are in a Secret of its own, which is made empty: nobody gets in until keys are put there. They never enter the state.
 */
export class Gateway extends pulumi.ComponentResource {
  /** Base URL of the OpenAI-compatible API. */
  public readonly url: pulumi.Output<string>;
  /** The Gateway. */
  public readonly gateway: k8s.apiextensions.CustomResource;

  /** `name` is the name of the Gateway and of the Service before Envoy; a DNS label. */
  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:gateway:Gateway", name, {}, opts);

    const settings = settingsOf(this, name, args);
    const guard = createGuard(settings, this);
    const secrets = settings.jwt ? [] : settings.consumers.map((consumer) => createKeys(settings, consumer.name, this));
    const grant = createGrant(settings, this);
    const certificates = certificateObjects(settings).map((object) => create(settings, object, this, []));
    const proxy = create(settings, proxyObject(settings), this, [guard]);
    this.gateway = create(settings, gatewayObject(settings), this, [proxy, ...certificates]);
    const elsewhere = createFailover(settings, this, [this.gateway]);
    const attached = [this.gateway, grant, ...secrets, ...elsewhere];
    // A policy is there before the routes that it guards: none of them is open for a moment.
    const policies = policyObjects(settings).map((object) => create(settings, object, this, attached));
    for (const object of routeObjects(settings)) create(settings, object, this, policies);

    this.url = pulumi.output(`https://${settings.host}/v1`);
    this.registerOutputs({ url: this.url });
  }
}

function settingsOf(self: pulumi.Resource, name: string, args: GatewayArgs): Settings {
  check(self, "name", limits.dnsLabel, name);
  check(self, "host", bounds.host, args.host);
  check(self, "replicas", bounds.replicas.optional(), args.replicas);
  check(self, "models", z.array(z.unknown()).min(1, "must name at least one model"), args.models);
  for (const { path, message } of routingFaults(args)) check(self, path.join("."), z.never(message), valueAt(args, path));
  const names = askedNames(args);
  for (const consumer of args.consumers) {
    check(self, "consumers", bounds.consumerName, consumer.name);
    check(
      self,
      `consumers.${consumer.name}.models`,
      z.array(z.enum(names, `must be of ${names.join(", ")}`)).min(1, "must name at least one model"),
      consumer.models,
    );
    check(self, `consumers.${consumer.name}.requestsPerMinute`, bounds.requestsPerMinute.optional(), consumer.requestsPerMinute);
    check(self, `consumers.${consumer.name}.tokensPerMinute`, bounds.tokensPerMinute.optional(), consumer.tokensPerMinute);
  }
  if (args.jwt) {
    check(self, "jwt", bounds.tokens, args.jwt);
    const subjects = Object.fromEntries(args.consumers.map(({ name: consumer, subject }) => [consumer, { subject }]));
    for (const { name: consumer, message } of subjectFaults(subjects))
      check(self, `consumers.${consumer}.subject`, z.never(message), subjects[consumer]!.subject);
  }
  return { exposure: "internal", replicas: 2, ...args, name, limits: check(self, "limits", bounds.requestLimits, args.limits ?? {}) };
}

/** The value that a path names. */
const valueAt = (args: object, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], args);

/** The world, where the gateway is public and nobody is named. */
const everybody: readonly Client[] = [{ cidr: "0.0.0.0/0" }];

function createGuard(settings: Settings, parent: pulumi.Resource): k8s.networking.v1.NetworkPolicy {
  const { name, namespace, modelNamespace, controller, exposure, scraper } = settings;
  const { clients = exposure === "public" ? everybody : [] } = settings;
  const { namespace: ofController } = controller;
  const itself = isNeeded(settings);
  const counts = settings.consumers.some(isLimited);
  const { jwks } = settings.jwt ?? {};
  const issuer = jwks && "addresses" in jwks ? jwks.addresses : [];
  const spec = proxyPaths({
    gateway: name,
    namespace,
    controller: ofController,
    models: modelNamespace,
    clients,
    scraper,
    itself,
    counts,
    issuer,
  });
  const metadata = { name: `${name}-proxy`, namespace: controller.namespace };
  return new k8s.networking.v1.NetworkPolicy(`${name}-guard`, { metadata, spec }, { parent });
}

/** A consumer's Secret. Its contents are no input: whoever fills it is not undone. */
function createKeys({ name, namespace }: Settings, consumer: string, parent: pulumi.Resource): k8s.core.v1.Secret {
  const metadata = { name: keysSecret(consumer), namespace, labels: { "slm-stack/keys": consumer } };
  return new k8s.core.v1.Secret(`${name}-${keysSecret(consumer)}`, { metadata, type: "Opaque" }, { parent });
}

function createGrant({ name, namespace, modelNamespace }: Settings, parent: pulumi.Resource): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    `${name}-grant`,
    {
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      kind: "ReferenceGrant",
      metadata: { name, namespace: modelNamespace },
      spec: grantSpec(namespace),
    },
    { parent },
  );
}

/** How the gateway reaches itself, to have another model answer: a Service of its own, whose address is a backend. */
function createFailover(settings: Settings, parent: pulumi.Resource, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  if (!isNeeded(settings)) return [];
  const { name, namespace, controller } = settings;
  const { spec } = new k8s.core.v1.Service(
    `${name}-failover`,
    {
      metadata: {
        name: failoverService(name),
        namespace: controller.namespace,
        labels: { "app.kubernetes.io/name": failoverService(name), "app.kubernetes.io/instance": failoverService(name) },
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: { selector: proxyLabels(name, namespace), ports: [{ port: failoverPort, targetPort: failoverPort }] },
    },
    { parent },
  );
  return failoverBackend(settings, spec.clusterIP).map((object) => create(settings, object, parent, dependsOn));
}

function create(
  { name: owner, namespace }: Settings,
  { apiVersion, kind, name, spec }: CustomObject,
  parent: pulumi.Resource,
  dependsOn: pulumi.Resource[],
): k8s.apiextensions.CustomResource {
  const suffix = name === owner ? "" : name.slice(owner.length);
  return new k8s.apiextensions.CustomResource(
    `${owner}${suffix}-${kind.toLowerCase()}`,
    { apiVersion, kind, metadata: { name, namespace }, spec },
    { parent, dependsOn },
  );
}
