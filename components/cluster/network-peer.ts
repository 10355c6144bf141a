import * as azure from "@pulumi/azure-native";
import type * as pulumi from "@pulumi/pulumi";

import { networkOfId } from "../../lib/azure/names";

/** A virtual network, as its peerings name it. */
interface Own {
  readonly id: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly resourceGroupName: pulumi.Input<string>;
}

/** Joins two virtual networks, which takes a peering on each side; returns the second. Their ranges must not overlap, which Azure checks. */
export function peer(name: string, own: Own, peerId: string, opts: pulumi.CustomResourceOptions): azure.network.VirtualNetworkPeering {
  const other = networkOfId(peerId);
  const shared = { allowVirtualNetworkAccess: true, allowForwardedTraffic: true };
  const there = new azure.network.VirtualNetworkPeering(
    `${name}-to-${other.name}`,
    {
      virtualNetworkPeeringName: `to-${other.name}`,
      virtualNetworkName: own.name,
      resourceGroupName: own.resourceGroupName,
      remoteVirtualNetwork: { id: peerId },
      ...shared,
    },
    opts,
  );
  return new azure.network.VirtualNetworkPeering(
    `${name}-from-${other.name}`,
    {
      virtualNetworkPeeringName: own.name.apply((ours) => `to-${ours}`),
      virtualNetworkName: other.name,
      resourceGroupName: other.resourceGroup,
      remoteVirtualNetwork: { id: own.id },
      ...shared,
    },
    { ...opts, dependsOn: [there] },
  );
}
