import type { Fault } from "../planner/fault";
import { overlap, parseCidr, within } from "./cidr";

/** Address ranges of one cluster. */
export interface AddressPlan {
  /** The virtual network. */
  readonly network: string;
  /** Nodes; part of the network. */
  readonly nodes: string;
  /** Private endpoints; part of the network. */
  readonly endpoints: string;
  /** Pods, an overlay of its own. */
  readonly pods: string;
  /** Services, inside the cluster only. */
  readonly services: string;
}

/** AKS's own pod range, and around it ranges that do not meet. 10.0.0.0/16 stays free for services, as AKS has it. */
export const defaultAddresses: AddressPlan = {
  network: "10.240.0.0/16",
  nodes: "10.240.0.0/20",
  endpoints: "10.240.16.0/24",
  pods: "10.244.0.0/16",
  services: "10.0.0.0/16",
};

/** A range in an overlay goes to nodes in blocks of this size (AKS: a /24 each). */
const bitsPerNode = 24;

/** Ranges that AKS keeps for itself (azure-aks-docs, configure-azure-cni.md). */
const aksRanges = ["169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"];

/** Ranges that meet one of AKS's own, by their paths under `path`; what is no range is reported elsewhere. */
export function reservedFaults(ranges: Readonly<Record<string, string>>, path: string): Fault[] {
  return Object.entries(ranges).flatMap(([key, text]) => {
    const range = parseCidr(text);
    const met = range && aksRanges.find((own) => overlap(range, parseCidr(own)!));
    const bound = `must not overlap ${met}, which AKS keeps for itself`;
    return met ? [{ path: `${path}.${key}`, value: text, bound, fix: "choose another range" }] : [];
  });
}

/** Everything that is wrong with an address plan, by paths under `path`; `maxNodes` is what all pools may grow to. */
export function addressFaults(plan: AddressPlan, maxNodes: number, path = "network"): Fault[] {
  const fault = (key: string, value: string, bound: string, fix: string): Fault => ({ path: `${path}.${key}`, value, bound, fix });
  const ranges = Object.entries(plan).map(([key, text]) => ({ key, text: text as string, range: parseCidr(text) }));
  const unread = ranges.filter(({ range }) => !range);
  if (unread.length > 0)
    return unread.map(({ key, text }) => fault(key, text, "must be a range such as 10.0.0.0/16", "write it from its first address"));
  const read = ranges.map(({ key, text, range }) => ({ key, text, range: range! }));
  const [network, ...others] = read;
  const inside = others.filter(({ key }) => key === "nodes" || key === "endpoints");
  const outside = others.filter(({ key }) => key === "pods" || key === "services");
  const pairs = [
    [network!, outside[0]!],
    [network!, outside[1]!],
    [outside[0]!, outside[1]!],
    [inside[0]!, inside[1]!],
  ] as const;
  return [
    ...inside
      .filter(({ range }) => !within(range, network!.range))
      .map(({ key, text }) => fault(key, text, `must lie in ${path}.network (${network!.text})`, "choose a part of it")),
    ...pairs
      .filter(([a, b]) => overlap(a.range, b.range))
      .map(([a, b]) => fault(b.key, b.text, `must not overlap ${path}.${a.key} (${a.text})`, "choose another range")),
    ...reservedFaults({ ...plan }, path),
    ...capacity(plan, maxNodes, fault),
  ];
}

/** Azure keeps five addresses of each subnet. */
const reserved = 5;

function capacity(plan: AddressPlan, maxNodes: number, fault: (key: string, value: string, bound: string, fix: string) => Fault): Fault[] {
  const podNodes = 2 ** (bitsPerNode - parseCidr(plan.pods)!.bits);
  const addresses = 2 ** (32 - parseCidr(plan.nodes)!.bits) - reserved;
  return [
    ...(podNodes < maxNodes
      ? [fault("pods", plan.pods, `must hold a /${bitsPerNode} for each of ${maxNodes} nodes`, "choose a larger range, or fewer nodes")]
      : []),
    ...(addresses < maxNodes
      ? [
          fault(
            "nodes",
            plan.nodes,
            `must hold ${maxNodes} nodes and Azure's ${reserved} addresses`,
            "choose a larger range, or fewer nodes",
          ),
        ]
      : []),
  ];
}
