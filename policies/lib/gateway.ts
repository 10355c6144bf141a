import { each, type Resource } from "./rule";
import { type Metadata, metadataOf } from "./workload";

/** Whether Azure gives a Service with these annotations an address of the cluster's own network (AKS, internal load balancer). */
export const isInternal = (annotations: Metadata["annotations"]): boolean =>
  annotations?.["service.beta.kubernetes.io/azure-load-balancer-internal"] === "true";

/** One listener of a Gateway (gateway.networking.k8s.io/v1). */
export interface Listener {
  readonly name: string;
  readonly protocol?: string;
  readonly tls?: { readonly certificateRefs?: readonly unknown[] };
}

interface Reference {
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Proxy {
  readonly provider?: { readonly kubernetes?: { readonly envoyService?: Pick<Metadata, "annotations"> & { readonly type?: string } } };
}

/** Ways in which a SecurityPolicy of Envoy Gateway 1.9 tells who asks. */
const ways = ["apiKeyAuth", "jwt", "oidc", "basicAuth", "extAuth"];

const specOf = <T>({ props }: Resource): Partial<T> => (props["spec"] ?? {}) as Partial<T>;

export const listenersOf = (gateway: Resource): readonly Listener[] => specOf<{ listeners: readonly Listener[] }>(gateway).listeners ?? [];

/** Objects of one kind, whatever the version of their API. */
const ofKind = <T>(resources: readonly Resource[], kind: string): { metadata: Metadata; spec: Partial<T> }[] =>
  each(resources, (resource) =>
    resource.type.endsWith(`:${kind}`) && resource.type.startsWith("kubernetes:gateway.")
      ? [{ metadata: metadataOf(resource.props), spec: specOf<T>(resource) }]
      : [],
  );

/** Envoy Gateway gives a Gateway a LoadBalancer, unless the EnvoyProxy that it or its class names asks for another Service. */
export function isPublic(gateway: Resource, resources: readonly Resource[]): boolean {
  const { infrastructure, gatewayClassName } = specOf<{ infrastructure: { parametersRef?: Reference }; gatewayClassName: string }>(gateway);
  const classes = ofKind<{ parametersRef: Reference }>(resources, "GatewayClass");
  const ofClass = classes.find(({ metadata }) => metadata.name === gatewayClassName)?.spec.parametersRef;
  const wanted = (infrastructure?.parametersRef ?? ofClass)?.name;
  const proxy = ofKind<Proxy>(resources, "EnvoyProxy").find(({ metadata }) => metadata.name === wanted);
  const { type, annotations } = proxy?.spec.provider?.kubernetes?.envoyService ?? {};
  return type !== "ClusterIP" && !isInternal(annotations);
}

/** Whether a SecurityPolicy asks for a key on the gateway, or on each route that it has; a policy counts in its own namespace only. */
export function keyed(gateway: Resource, resources: readonly Resource[]): boolean {
  const { name, namespace } = metadataOf(gateway.props);
  const policies = ofKind<Record<string, unknown> & { targetRefs?: readonly Reference[]; targetRef?: Reference }>(
    resources,
    "SecurityPolicy",
  );
  const targets = policies
    .filter(({ spec }) => ways.some((way) => spec[way] !== undefined))
    .flatMap(({ spec, metadata }) =>
      [...(spec.targetRefs ?? []), ...(spec.targetRef ? [spec.targetRef] : [])].map((target) => ({
        ...target,
        namespace: metadata.namespace,
      })),
    );
  const isTarget = (kind: string, wanted: Metadata): boolean =>
    targets.some((target) => target.kind === kind && target.name === wanted.name && target.namespace === wanted.namespace);
  const routes = ofKind<{ parentRefs: readonly Reference[] }>(resources, "HTTPRoute").filter(({ spec, metadata }) =>
    spec.parentRefs?.some((parent) => parent.name === name && (parent.namespace ?? metadata.namespace) === namespace),
  );
  return isTarget("Gateway", { name, namespace }) || (routes.length > 0 && routes.every(({ metadata }) => isTarget("HTTPRoute", metadata)));
}
