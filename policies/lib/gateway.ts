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

interface Target extends Reference {
  readonly sectionName?: string;
}

interface SecurityPolicy {
  readonly metadata: Metadata;
  /** Whether it tells who asks. */
  readonly asks: boolean;
  /** Whether it adds to the policy of what it is attached to, and does not replace it. */
  readonly merges: boolean;
  readonly targets: readonly Target[];
}

const securityPolicies = (resources: readonly Resource[]): SecurityPolicy[] =>
  ofKind<Record<string, unknown> & { targetRefs?: readonly Target[]; targetRef?: Target }>(resources, "SecurityPolicy").map(
    ({ metadata, spec }) => ({
      metadata,
      asks: ways.some((way) => spec[way] !== undefined),
      merges: spec["mergeType"] !== undefined,
      targets: [...(spec.targetRefs ?? []), ...(spec.targetRef ? [spec.targetRef] : [])],
    }),
  );

/** Policies of an object, or of a part of it; a policy counts in its own namespace only. */
const policiesOf = (
  kind: string,
  { name, namespace }: Metadata,
  policies: readonly SecurityPolicy[],
  sectionName?: string,
): SecurityPolicy[] =>
  policies.filter(
    ({ metadata, targets }) =>
      metadata.namespace === namespace &&
      targets.some((target) => target.kind === kind && target.name === name && target.sectionName === sectionName),
  );

/** Whether whoever comes to one of these listeners is asked for a key: a listener's own policy takes the place of the gateway's. */
function listenersAsk(gateway: Resource, policies: readonly SecurityPolicy[], section?: string): boolean {
  const metadata = metadataOf(gateway.props);
  const whole = policiesOf("Gateway", metadata, policies);
  const ask = (own: readonly SecurityPolicy[]): boolean => (own.length > 0 ? own : whole).some(({ asks }) => asks);
  const listeners = listenersOf(gateway).filter(({ name }) => section === undefined || name === section);
  return listeners.length > 0 ? listeners.every(({ name }) => ask(policiesOf("Gateway", metadata, policies, name))) : ask([]);
}

/** Sections of a kind's target that are named in a policy: rules of a route. */
const sectionsOf = (kind: string, { name, namespace }: Metadata, policies: readonly SecurityPolicy[]): string[] =>
  policies
    .filter(({ metadata }) => metadata.namespace === namespace)
    .flatMap(({ targets }) => targets)
    .flatMap((target) => (target.kind === kind && target.name === name && target.sectionName ? [target.sectionName] : []));

/**
 * Whether whoever comes through the gateway is asked for a key, as Envoy Gateway 1.9 has it: the policy that is nearest decides,
 * of a route's rule, the route, the listener and the gateway; one with `mergeType` adds to the one that it is nearer than.
 */
export function keyed(gateway: Resource, resources: readonly Resource[]): boolean {
  const { name, namespace } = metadataOf(gateway.props);
  const policies = securityPolicies(resources);
  const routes = ofKind<{ parentRefs: readonly Target[] }>(resources, "HTTPRoute").flatMap(({ spec, metadata }) =>
    (spec.parentRefs ?? [])
      .filter((parent) => parent.name === name && (parent.namespace ?? metadata.namespace) === namespace)
      .map(({ sectionName }) => ({ metadata, sectionName })),
  );
  const decided = (own: readonly SecurityPolicy[], above: boolean): boolean =>
    own.length === 0 ? above : own.some(({ asks, merges }) => asks || (merges && above));
  if (routes.length === 0) return listenersAsk(gateway, policies);
  return routes.every(({ metadata, sectionName }) => {
    const own = (rule?: string) => policiesOf("HTTPRoute", metadata, policies, rule);
    const asked = decided(own(), listenersAsk(gateway, policies, sectionName));
    return asked && sectionsOf("HTTPRoute", metadata, policies).every((rule) => decided(own(rule), asked));
  });
}
