import { describe, expect, it } from "vitest";

import { type AddressPlan, addressFaults, defaultAddresses } from "../../../lib/azure/network";
import { faultMessage } from "../../../lib/planner/fault";

/** A line about one range of the default plan, as it is changed below. */
const overlaps = (key: string, other: string, range: string, got: string): string =>
  `network.${key}: must not overlap network.${other} (${range}), got "${got}"; choose another range`;
const outside = (key: string, got: string): string =>
  `network.${key}: must lie in network.network (10.240.0.0/16), got "${got}"; choose a part of it`;

describe("address plan", () => {
  it("by default is AKS's, with room for 256 nodes", () => {
    expect(defaultAddresses).toEqual({
      network: "10.240.0.0/16",
      nodes: "10.240.0.0/20",
      endpoints: "10.240.16.0/24",
      pods: "10.244.0.0/16",
      services: "10.0.0.0/16",
    });
    expect(addressFaults(defaultAddresses, 256).map(faultMessage)).toEqual([]);
  });

  it.each<[Partial<AddressPlan>, string[]]>([
    [{ pods: "10.240.0.0/16" }, [overlaps("pods", "network", "10.240.0.0/16", "10.240.0.0/16")]],
    [{ services: "10.240.128.0/20" }, [overlaps("services", "network", "10.240.0.0/16", "10.240.128.0/20")]],
    [{ services: "10.244.8.0/24" }, [overlaps("services", "pods", "10.244.0.0/16", "10.244.8.0/24")]],
    [{ endpoints: "10.240.8.0/24" }, [overlaps("endpoints", "nodes", "10.240.0.0/20", "10.240.8.0/24")]],
    [{ nodes: "10.1.0.0/20" }, [outside("nodes", "10.1.0.0/20")]],
    [{ endpoints: "10.241.0.0/24" }, [outside("endpoints", "10.241.0.0/24")]],
    [{ pods: "10.241.0.0/16", services: "10.239.0.0/16" }, []],
    [{ nodes: "10.240.0.0/17", endpoints: "10.240.128.0/17" }, []],
    [
      { pods: "ten", nodes: "10.240.0.1/20" },
      [
        'network.pods: must be a range such as 10.0.0.0/16, got "ten"; write it from its first address',
        'network.nodes: must be a range such as 10.0.0.0/16, got "10.240.0.1/20"; write it from its first address',
      ].toReversed(),
    ],
    [
      { network: "10.0.0.0/8" },
      [overlaps("pods", "network", "10.0.0.0/8", "10.244.0.0/16"), overlaps("services", "network", "10.0.0.0/8", "10.0.0.0/16")],
    ],
  ])("changed by %o has these faults and no others", (change, messages) => {
    expect(addressFaults({ ...defaultAddresses, ...change }, 50).map(faultMessage)).toEqual(messages);
  });

  it("has a /24 of the pods' range for each node, and no less", () => {
    const plan = { ...defaultAddresses, pods: "10.244.0.0/19" };
    expect(addressFaults(plan, 32).map(faultMessage)).toEqual([]);
    expect(addressFaults(plan, 33, "azure.network").map(faultMessage)).toEqual([
      'azure.network.pods: must hold a /24 for each of 33 nodes, got "10.244.0.0/19"; choose a larger range, or fewer nodes',
    ]);
  });

  it("has an address of the nodes' subnet for each node, beside the five that Azure keeps", () => {
    const plan = { ...defaultAddresses, nodes: "10.240.0.0/27" };
    expect(addressFaults(plan, 27).map(faultMessage)).toEqual([]);
    expect(addressFaults(plan, 28, "azure.network").map(faultMessage)).toEqual([
      `azure.network.nodes: must hold 28 nodes and Azure's 5 addresses, got "10.240.0.0/27"; choose a larger range, or fewer nodes`,
    ]);
  });
});
