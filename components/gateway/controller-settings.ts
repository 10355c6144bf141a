import type * as pulumi from "@pulumi/pulumi";

import { type Counting, countingConfiguration, countingDeployment } from "./counting";

/** Rights of Envoy Gateway 1.9 as its chart's templates list them (charts/gateway-helm/templates/_rbac.tpl, v1.9.1), for a controller of named namespaces. */

const read = ["get", "list", "watch"];
const make = [...read, "create", "delete", "deletecollection", "patch"];
const rule = (group: string, resources: string[], verbs: string[]) => ({ apiGroups: [group], resources, verbs });
const gatewayApi = "gateway.networking.k8s.io";
const envoyApi = "gateway.envoyproxy.io";

const envoyKinds = [
  "envoyproxies",
  "envoypatchpolicies",
  "clienttrafficpolicies",
  "backendtrafficpolicies",
  "securitypolicies",
  "envoyextensionpolicies",
  "backends",
];
const routeKinds = ["gateways", "listenersets", "grpcroutes", "httproutes", "tcproutes", "tlsroutes", "udproutes", "backendtlspolicies"];
const statusOf = (kinds: string[]): string[] => kinds.map((kind) => `${kind}/status`);

export const clusterRules = [
  rule("", ["nodes", "namespaces"], read),
  rule(gatewayApi, ["gatewayclasses"], [...read, "patch", "update"]),
  rule(gatewayApi, ["gatewayclasses/status"], ["update"]),
  rule("multicluster.x-k8s.io", ["serviceimports"], read),
];

export const namespaceRules = [
  rule("", ["configmaps", "secrets", "services"], read),
  rule("apps", ["deployments", "daemonsets"], read),
  rule("discovery.k8s.io", ["endpointslices"], read),
  rule(envoyApi, [...envoyKinds, "httproutefilters"], read),
  rule(envoyApi, statusOf(envoyKinds), ["update"]),
  rule(gatewayApi, [...routeKinds, "referencegrants"], read),
  rule(gatewayApi, statusOf(routeKinds), ["update"]),
];

export const infraRules = [
  rule("", ["serviceaccounts", "services", "configmaps"], make),
  rule("apps", ["deployments", "daemonsets"], make),
  rule("autoscaling", ["horizontalpodautoscalers"], make),
  rule("policy", ["poddisruptionbudgets"], make),
  rule("certificates.k8s.io", ["clustertrustbundles"], read),
];

export const leaderRules = [
  rule("coordination.k8s.io", ["leases"], [...read, "create", "update", "patch", "delete"]),
  rule("", ["configmaps"], ["update"]),
  rule("", ["events"], ["create", "patch"]),
];

/** The Secrets of the certificates that the controller, Envoy, and what else it may run know each other by. */
const certificates = ["envoy-gateway", "envoy", "envoy-rate-limit", "envoy-oidc-hmac"];
export const certificateRules = [
  rule("", ["secrets"], ["create"]),
  { ...rule("", ["secrets"], ["get", "update"]), resourceNames: certificates },
];

/**
 * The controller's own configuration. Lua is switched on: the router is a script of ours, and only this namespace's policies may carry one. So are
 * backends by their address, of which the gateway itself is the only one.
 */
export const configuration = ({
  controllerName,
  watchNamespaces,
  image,
  counting,
}: {
  controllerName: string;
  watchNamespaces: readonly pulumi.Input<string>[];
  image: pulumi.Input<string>;
  counting?: Counting | undefined;
}) => ({
  apiVersion: `${envoyApi}/v1alpha1`,
  kind: "EnvoyGateway",
  gateway: { controllerName },
  provider: {
    type: "Kubernetes",
    kubernetes: {
      watch: { type: "Namespaces", namespaces: watchNamespaces },
      shutdownManager: { image },
      ...(counting ? { rateLimitDeployment: countingDeployment(counting) } : {}),
    },
  },
  ...(counting ? { rateLimit: countingConfiguration(counting) } : {}),
  extensionApis: { enableLua: true, enableBackend: true },
  proxyTopologyInjector: { disabled: true },
  logging: { level: { default: "info" } },
});
