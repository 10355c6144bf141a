import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import * as limits from "../../lib/limits";
import { check } from "../check";
import type { Controller } from "./args";
import { certificatePod, controllerPod, ports } from "./controller-pods";
import { certificateRules, clusterRules, configuration, infraRules, leaderRules, namespaceRules } from "./controller-settings";
import { type Counting, createCounting } from "./counting";
import { controllerLabels, controllerPaths } from "./paths";

/** Inputs of {@link EnvoyGateway}. */
export interface EnvoyGatewayArgs {
  /** Namespace of the controller and of the pods that it makes. Replaces all of it. */
  readonly namespace: pulumi.Input<string>;
  /** Name of the GatewayClass, which is the whole cluster's; a DNS label. Replaces it. */
  readonly className: string;
  /** Namespaces whose gateways, routes, Secrets and Services it reads: it sees no others. Its own among them. */
  readonly watchNamespaces: readonly pulumi.Input<string>[];
  /** Image of Envoy Gateway 1.9, pinned by digest. */
  readonly image: pulumi.Input<string>;
  /** What counts requests and tokens, which the limits of consumers need. @default nothing */
  readonly counting?: Counting;
}

/**
 * Envoy Gateway's controller for some namespaces, with a class of its own. The kinds of the Gateway API and of Envoy Gateway must be in the
 * cluster: they are the whole cluster's, so whoever owns it installs them once.
 */
export class EnvoyGateway extends pulumi.ComponentResource {
  /** For a Gateway: the class and the namespace, once the controller is ready. */
  public readonly controller: Controller;

  constructor(name: string, args: EnvoyGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:gateway:EnvoyGateway", name, {}, opts);

    check(this, "className", limits.dnsLabel, args.className);
    if (typeof args.image === "string") check(this, "image", limits.pinnedImage, args.image);
    const account = createAccount(name, "controller", args, this);
    const access = createAccess(name, args, account, this);
    const guards = createGuards(name, args, this);
    const certificates = createCertificates(name, args, guards, this);
    const counting = args.counting ? createCounting(name, args.namespace, args.counting, this) : [];
    const deployment = createController(name, args, account, [...access, ...guards, certificates, ...counting], this);
    createClass(name, args, deployment, this);

    this.controller = { className: args.className, namespace: deployment.metadata.namespace };
    this.registerOutputs({});
  }
}

/** What this controller answers to, and no other of the cluster. */
const controllerName = (className: string): string => `gateway.envoyproxy.io/${className}`;

const objectName = "envoy-gateway";

/** Labels by which a part of the controller is found; the controller's pods have more. */
const partLabels = (part: string, { className }: EnvoyGatewayArgs) => ({
  "app.kubernetes.io/name": part,
  "app.kubernetes.io/instance": className,
});

function createAccount(name: string, role: string, { namespace }: EnvoyGatewayArgs, parent: pulumi.Resource): k8s.core.v1.ServiceAccount {
  const own = role === "controller" ? objectName : `${objectName}-${role}`;
  return new k8s.core.v1.ServiceAccount(
    `${name}-${role}-account`,
    { metadata: { name: own, namespace }, automountServiceAccountToken: false },
    { parent },
  );
}

type Rules = k8s.types.input.rbac.v1.PolicyRule[];

/** A Role and its binding in one namespace. */
function allow(
  name: string,
  { namespace, rules, account }: { namespace: pulumi.Input<string>; rules: Rules; account: k8s.core.v1.ServiceAccount },
  parent: pulumi.Resource,
): k8s.rbac.v1.RoleBinding {
  const metadata = { name, namespace };
  const role = new k8s.rbac.v1.Role(`${name}-role`, { metadata, rules }, { parent });
  const { name: subject, namespace: home } = account.metadata;
  return new k8s.rbac.v1.RoleBinding(
    `${name}-binding`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: subject, namespace: home }],
    },
    { parent },
  );
}

/** What the controller may do: make pods in its own namespace, read what it watches, and tell the cluster of its class. */
function createAccess(
  name: string,
  { namespace, className, watchNamespaces }: EnvoyGatewayArgs,
  account: k8s.core.v1.ServiceAccount,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const metadata = { name: `${className}-envoy-gateway` };
  const role = new k8s.rbac.v1.ClusterRole(`${name}-cluster-role`, { metadata, rules: clusterRules }, { parent });
  const binding = new k8s.rbac.v1.ClusterRoleBinding(
    `${name}-cluster-binding`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
    },
    { parent },
  );
  return [
    binding,
    allow(`${name}-infra`, { namespace, rules: [...infraRules, ...leaderRules], account }, parent),
    ...watchNamespaces.map((target, index) =>
      allow(`${name}-watch-${index}`, { namespace: target, rules: namespaceRules, account }, parent),
    ),
  ];
}

/** No pod of the namespace is reached but by a policy that says so; the controller is, by Envoy's pods. Both are there before any pod. */
function createGuards(name: string, { namespace }: EnvoyGatewayArgs, parent: pulumi.Resource): k8s.networking.v1.NetworkPolicy[] {
  return Object.entries(controllerPaths).map(
    ([path, spec]) =>
      new k8s.networking.v1.NetworkPolicy(`${name}-${path}`, { metadata: { name: `${objectName}-${path}`, namespace }, spec }, { parent }),
  );
}

/**
 * A job that makes the certificates by which the controller and Envoy know each other, in the cluster: no key of them is ever in the state. It
 * leaves those that are there.
 */
function createCertificates(name: string, args: EnvoyGatewayArgs, guards: pulumi.Resource[], parent: pulumi.Resource): k8s.batch.v1.Job {
  const account = createAccount(name, "certgen", args, parent);
  const access = allow(`${name}-certgen`, { namespace: args.namespace, rules: certificateRules, account }, parent);
  return new k8s.batch.v1.Job(
    `${name}-certgen`,
    {
      metadata: { namespace: args.namespace, labels: partLabels("envoy-gateway-certgen", args) },
      spec: {
        backoffLimit: 3,
        template: {
          metadata: { labels: partLabels("envoy-gateway-certgen", args) },
          spec: certificatePod(args.image, account.metadata.name),
        },
      },
    },
    { parent, dependsOn: [access, ...guards], replaceOnChanges: ["spec.template"] },
  );
}

function createController(
  name: string,
  args: EnvoyGatewayArgs,
  account: k8s.core.v1.ServiceAccount,
  dependsOn: pulumi.Resource[],
  parent: pulumi.Resource,
): k8s.apps.v1.Deployment {
  const { namespace, className, watchNamespaces, image, counting } = args;
  const labels = { ...partLabels(objectName, args), ...controllerLabels };
  const metadata = { name: objectName, namespace, labels };
  const settings = pulumi.jsonStringify(configuration({ controllerName: controllerName(className), watchNamespaces, image, counting }));
  const config = new k8s.core.v1.ConfigMap(`${name}-config`, { metadata: { namespace }, data: { "config.json": settings } }, { parent });
  const service = new k8s.core.v1.Service(
    `${name}-service`,
    {
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: { selector: controllerLabels, ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number })) },
    },
    { parent },
  );
  return new k8s.apps.v1.Deployment(
    `${name}-controller`,
    {
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: controllerLabels },
        template: {
          metadata: { labels },
          spec: controllerPod(image, account.metadata.name, config.metadata.name),
        },
      },
    },
    { parent, dependsOn: [...dependsOn, service] },
  );
}

function createClass(name: string, { className }: EnvoyGatewayArgs, controller: pulumi.Resource, parent: pulumi.Resource): void {
  new k8s.apiextensions.CustomResource(
    `${name}-class`,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: className, annotations: { "pulumi.com/waitFor": "condition=Accepted" } },
      spec: { controllerName: controllerName(className) },
    },
    { parent, dependsOn: [controller] },
  );
}
