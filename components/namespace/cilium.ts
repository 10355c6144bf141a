import type { types } from "@pulumi/kubernetes";

type Spec = types.input.networking.v1.NetworkPolicySpec;
type Peer = types.input.networking.v1.NetworkPolicyPeer;
type Port = types.input.networking.v1.NetworkPolicyPort;

type Labels = Readonly<Record<string, string>>;
/** One rule of a `CiliumNetworkPolicy`: peers, and the ports that are open to or at them. An empty one opens nothing. */
type CiliumRule = Readonly<Record<string, unknown>>;

/** `spec` of a `CiliumNetworkPolicy`, as far as this project writes it (cilium/cilium pkg/policy/api/rule.go, v1.18.0). */
export interface CiliumSpec {
  readonly endpointSelector: { readonly matchLabels: Labels };
  readonly enableDefaultDeny: { readonly ingress: boolean; readonly egress: boolean };
  readonly ingress?: readonly CiliumRule[];
  readonly egress?: readonly CiliumRule[];
}

/** Labels that Cilium derives: the namespace of a pod, which its own policies would otherwise take to be the policy's. */
const namespaceLabel = "k8s:io.kubernetes.pod.namespace";
const nameOfNamespace = "kubernetes.io/metadata.name";

/**
 * A network policy of ours as Cilium's own kind. Cilium may never enforce Kubernetes' kind on a pod that runs already
 * (kaito-project/production-stack charts/modelharness, comment on its network policies, 2026-08-20). Reads what this project writes:
 * `matchLabels`, namespaces by their name, address blocks, ports by number or name.
 */
export function ciliumSpec({ podSelector, policyTypes, ingress, egress }: Spec): CiliumSpec {
  const denies = (type: string): boolean => (policyTypes as string[]).includes(type);
  const incoming = (ingress ?? []) as types.input.networking.v1.NetworkPolicyIngressRule[];
  const outgoing = (egress ?? []) as types.input.networking.v1.NetworkPolicyEgressRule[];
  return {
    endpointSelector: { matchLabels: labelsOf(podSelector) },
    enableDefaultDeny: { ingress: denies("Ingress"), egress: denies("Egress") },
    ...(denies("Ingress")
      ? { ingress: orNothing(incoming.flatMap(({ from, ports }) => rules("from", from as Peer[], ports as Port[]))) }
      : {}),
    ...(denies("Egress") ? { egress: orNothing(outgoing.flatMap(({ to, ports }) => rules("to", to as Peer[], ports as Port[]))) } : {}),
  };
}

/** A list without a rule would be a policy that says nothing of its direction. */
const orNothing = (found: readonly CiliumRule[]): readonly CiliumRule[] => (found.length > 0 ? found : [{}]);

/** Lets pods reach hosts by name. Cilium learns the addresses from the answers of DNS, which it must see: {@link withDnsVisibility}. */
export const toNames = (labels: Labels, names: readonly { name: string; ports: readonly number[] }[]): CiliumSpec => ({
  endpointSelector: { matchLabels: labels },
  enableDefaultDeny: { ingress: false, egress: true },
  egress: names.map(({ name, ports }) => ({
    toFQDNs: hostMatches(name),
    ...toPorts(ports.map((port) => ({ port }))),
  })),
});

/** Labels that a host below a domain may have: files of Hugging Face come from `us.aws.cdn.hf.co`. */
const labelsBelow = 3;

/** `*.hf.co` stands for every host below hf.co; Cilium's own `*` never crosses a dot (pkg/fqdn/matchpattern), so there is a pattern for each depth. */
function hostMatches(name: string): object[] {
  if (!name.startsWith("*.")) return [{ matchName: name }];
  return Array.from({ length: labelsBelow }, (_, overrides) => ({ matchPattern: `${"*.".repeat(overrides)}${name}` }));
}

/** The same policy, with the names that are asked for passing through Cilium's DNS proxy. */
export const withDnsVisibility = (dns: CiliumSpec): CiliumSpec => ({
  ...dns,
  egress: dns.egress!.map((rule) => ({
    ...rule,
    toPorts: (rule["toPorts"] as object[]).map((ports) => ({ ...ports, rules: { dns: [{ matchPattern: "*" }] } })),
  })),
});

const labelsOf = (selector: unknown): Labels => (selector as { matchLabels?: Labels } | undefined)?.matchLabels ?? {};

/** One rule for pods and one for address ranges: Cilium refuses both in one. */
function rules(way: "from" | "to", peers: readonly Peer[], ports: readonly Port[] = []): CiliumRule[] {
  const pods = peers
    .filter(({ ipBlock }) => !ipBlock)
    .map((peer) => ({ matchLabels: { ...inNamespace(peer), ...labelsOf(peer.podSelector) } }));
  const blocks = peers.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock] : []));
  return [
    ...(pods.length > 0 ? [{ [`${way}Endpoints`]: pods, ...toPorts(ports) }] : []),
    ...(blocks.length > 0 ? [{ [`${way}CIDRSet`]: blocks, ...toPorts(ports) }] : []),
  ];
}

function inNamespace({ namespaceSelector }: Peer): Labels {
  const name = labelsOf(namespaceSelector)[nameOfNamespace];
  return name ? { [namespaceLabel]: name } : {};
}

const toPorts = (ports: readonly Port[] = []): CiliumRule =>
  ports.length > 0 ? { toPorts: [{ ports: ports.map(({ port, protocol = "TCP" }) => ({ port: String(port), protocol })) }] } : {};
