/** Name of the environment's Gateway, and of the Service before it. */
export const gatewayName = "front-door";

/** Where the front door is, as far as whoever watches it must know. */
interface FrontDoor {
  /** Namespace of its objects. */
  readonly namespace: string;
  /** Envoy Gateway that is there, whose own namespace Envoy's pods are in. */
  readonly existing?: { readonly namespace: string } | undefined;
}

/**
 * How Envoy's pods of the environment's own front door are found, and which of its clusters are models. They are distinguished from the pods of other
 * environments by the Gateway's namespace: its name is the same everywhere. Envoy Gateway 1.9 calls Envoy's port `metrics`.
 */
export const monitoredGateway = ({ namespace, existing }: FrontDoor) => ({
  namespace: existing?.namespace ?? namespace,
  label: { name: "gateway.envoyproxy.io/owning-gateway-namespace", value: namespace },
  port: "metrics",
  clusterPattern: `httproute/${namespace}/${gatewayName}-([^/]+)/rule/.*`,
});
