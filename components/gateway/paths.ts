import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { type Client, clusterDns, peerOf, roleLabel } from "../namespace/paths";
import { failoverPort } from "./failover";

type Spec = types.input.networking.v1.NetworkPolicySpec;
type Peer = types.input.networking.v1.NetworkPolicyPeer;

/** Labels that Envoy Gateway gives the pods of a Gateway. */
export const proxyLabels = <T extends pulumi.Input<string>>(gateway: string, namespace: T): Record<string, T | string> => ({
  "app.kubernetes.io/component": "proxy",
  "app.kubernetes.io/managed-by": "envoy-gateway",
  "gateway.envoyproxy.io/owning-gateway-name": gateway,
  "gateway.envoyproxy.io/owning-gateway-namespace": namespace,
});

/** Labels of Envoy Gateway's own pods. */
export const controllerLabels = { "control-plane": "envoy-gateway" };

/** Envoy's ports: its pods listen 10000 above the Gateway's (Envoy Gateway 1.9, so that no privilege is needed), and tell metrics on 19001. */
const proxyPort = 10443;
const metricsPort = 19001;
/** Where the controller tells Envoy its configuration, and the service that counts its own. */
const configurationPort = 18000;
const limitsPort = 18001;
/** Where that service is asked, and where it keeps its counts. */
const countPort = 8081;
export const redisPort = 6379;
export const redisLabels = { "app.kubernetes.io/name": "redis", "app.kubernetes.io/component": "ratelimit-store" };
/** Labels that Envoy Gateway gives the service that counts. */
const countLabels = { "app.kubernetes.io/name": "envoy-ratelimit", "app.kubernetes.io/managed-by": "envoy-gateway" };
const anyProxy = { "app.kubernetes.io/component": "proxy", "app.kubernetes.io/managed-by": "envoy-gateway" };

const tcp = (port: number | string) => ({ port, protocol: "TCP" });
const inNamespace = (name: pulumi.Input<string>) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });

/** Paths of the namespace of a controller: its pods are reached by Envoy's, where they learn their configuration, and by nobody else. */
export const controllerPaths: Readonly<Record<string, Spec>> = {
  "deny-ingress": { podSelector: {}, policyTypes: ["Ingress"] },
  "configures-proxies": {
    podSelector: { matchLabels: controllerLabels },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: anyProxy } }],
        ports: [tcp(configurationPort)],
      },
    ],
  },
};

const only = (pods: Record<string, string>, from: Record<string, string>, port: number): Spec => ({
  podSelector: { matchLabels: pods },
  policyTypes: ["Ingress"],
  ingress: [{ from: [{ podSelector: { matchLabels: from } }], ports: [tcp(port)] }],
});

/** The same, where a service counts for all Envoys: they ask it, it asks the controller what to count, and it alone reaches its store. */
export const countingPaths: Readonly<Record<string, Spec>> = {
  "configures-limits": only(controllerLabels, countLabels, limitsPort),
  "counts-requests": only(countLabels, anyProxy, countPort),
  "keeps-counts": only(redisLabels, countLabels, redisPort),
};

interface Paths {
  readonly gateway: string;
  readonly namespace: pulumi.Input<string>;
  /** Namespace of the controller. */
  readonly controller: pulumi.Input<string>;
  readonly models: pulumi.Input<string>;
  readonly clients: readonly Client[];
  readonly scraper: string | undefined;
  /** Whether the gateway asks itself, to have another model answer. */
  readonly itself: boolean;
  /** Whether it asks a service that counts. */
  readonly counts: boolean;
  /** Addresses of whoever issues tokens. */
  readonly issuer: readonly string[];
}

/** Every path of Envoy's pods; whatever none of them names is refused. */
export function proxyPaths({ gateway, namespace, controller, models, clients, scraper, itself, counts, issuer }: Paths): Spec {
  const own = { podSelector: { matchLabels: proxyLabels(gateway, namespace) } } satisfies Peer;
  return {
    ...own,
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      ...(clients.length > 0 ? [{ from: clients.map(peerOf), ports: [tcp(proxyPort)] }] : []),
      ...(scraper ? [{ from: [{ namespaceSelector: inNamespace(scraper) } satisfies Peer], ports: [tcp(metricsPort)] }] : []),
      ...(itself ? [{ from: [own], ports: [tcp(failoverPort)] }] : []),
    ],
    egress: [
      clusterDns,
      {
        to: [{ namespaceSelector: inNamespace(controller), podSelector: { matchLabels: controllerLabels } }],
        ports: [tcp(configurationPort)],
      },
      { to: [{ namespaceSelector: inNamespace(models), podSelector: { matchLabels: { [roleLabel]: "server" } } }], ports: [tcp("http")] },
      ...(itself ? [{ to: [own], ports: [tcp(failoverPort)] }] : []),
      ...(counts
        ? [{ to: [{ namespaceSelector: inNamespace(controller), podSelector: { matchLabels: countLabels } }], ports: [tcp(countPort)] }]
        : []),
      ...(issuer.length > 0 ? [{ to: issuer.map((cidr) => ({ ipBlock: { cidr } })), ports: [tcp(443)] }] : []),
    ],
  };
}
