import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { parseCidr, within } from "../../lib/azure/cidr";

type Spec = types.input.networking.v1.NetworkPolicySpec;
type Peer = types.input.networking.v1.NetworkPolicyPeer;

/** Who may call the models: the pods of a namespace, all or those with some labels, or an address range. */
export type Client =
  | { readonly namespace: pulumi.Input<string>; readonly labels?: Readonly<Record<string, pulumi.Input<string>>>; readonly cidr?: never }
  | { readonly cidr: string; readonly namespace?: never; readonly labels?: never };

/** Where weights may be downloaded from, on some ports: an address range, or a host by name or `*.domain`, which only Cilium can tell. */
export type WeightsPath = ({ readonly cidr: string; readonly name?: never } | { readonly name: string; readonly cidr?: never }) & {
  readonly ports: readonly number[];
};

/** Where servers send their spans: pods with these labels in a namespace, on one port. */
export interface CollectorPath {
  /** Namespace of the collector's pods. */
  readonly namespace: pulumi.Input<string>;
  /** Labels by which they are found. */
  readonly labels: Readonly<Record<string, string>>;
  /** TCP port on which they listen. */
  readonly port: number;
}

/** Labels by which policies find pods; every pod of ours has the first. */
export const roleLabel = "slm-stack/role";
export const downloadLabel = "slm-stack/download";

const role = (value: "server" | "verifier") => ({ matchLabels: { [roleLabel]: value } });
const both = ["Ingress", "Egress"];
/** Ports that engines listen on, by the name of the container's port. */
const http = [{ port: "http", protocol: "TCP" }];
/** Policies see the pod's own port: 53, or 5353 where cluster DNS runs without privileges. */
const dnsPorts = [53, 5353].flatMap((port) => ["UDP", "TCP"].map((protocol) => ({ port, protocol })));
/** Where a cloud answers with credentials; no pod of ours has anything to ask there. */
const metadataService = "169.254.0.0/16";

/** Every path that is open in a namespace of models, but those by a host's name; whatever none of them names is refused. */
export function openPaths(
  clients: readonly Client[],
  weights: readonly WeightsPath[],
  collector?: CollectorPath,
): Readonly<Record<string, Spec>> {
  const ranges = weights.flatMap((path) => (path.cidr === undefined ? [] : [path]));
  return {
    "deny-all": { podSelector: {}, policyTypes: both },
    dns: { podSelector: {}, policyTypes: ["Egress"], egress: [clusterDns] },
    "verifier-asks": { podSelector: role("verifier"), policyTypes: ["Egress"], egress: [{ to: [{ podSelector: role("server") }] }] },
    "servers-answer": {
      podSelector: role("server"),
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ podSelector: role("verifier") }, ...clients.map(peerOf)], ports: http }],
    },
    ...(ranges.length > 0
      ? {
          "download-weights": {
            podSelector: { matchLabels: { [downloadLabel]: "weights" } },
            policyTypes: ["Egress"],
            egress: ranges.map(({ cidr, ports }) => ({
              to: [{ ipBlock: { cidr, ...(reachesMetadata(cidr) ? { except: [metadataService] } : {}) } }],
              ports: ports.map((port) => ({ port, protocol: "TCP" })),
            })),
          },
        }
      : {}),
    ...(collector ? { "spans-go": { podSelector: role("server"), policyTypes: ["Egress"], egress: [spansTo(collector)] } } : {}),
  };
}

/** Whether a range is wider than that of the metadata service, and holds it: only then can it be left out. */
function reachesMetadata(cidr: string): boolean {
  const [range, metadata] = [parseCidr(cidr), parseCidr(metadataService)!];
  return range !== undefined && range.bits < metadata.bits && within(metadata, range);
}

const spansTo = ({ namespace, labels, port }: CollectorPath): types.input.networking.v1.NetworkPolicyEgressRule => ({
  to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } }, podSelector: { matchLabels: labels } }],
  ports: [{ port, protocol: "TCP" }],
});

/** The cluster's DNS, for whoever may go nowhere else. */
export const clusterDns: types.input.networking.v1.NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: dnsPorts,
};

export const peerOf = (client: Client): Peer =>
  client.cidr !== undefined
    ? { ipBlock: { cidr: client.cidr } }
    : {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": client.namespace } },
        ...(client.labels ? { podSelector: { matchLabels: client.labels } } : {}),
      };
