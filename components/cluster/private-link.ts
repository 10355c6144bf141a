import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import type { AzureContext } from "./azure-context";

/** Inputs of {@link PrivateLink}. */
export interface PrivateLinkArgs {
  /** Where on Azure it is made. */
  context: AzureContext;
  /** Name of the endpoint in Azure. Replaces it. */
  endpointName: string;
  /** The resource that gets an address in the network, and which part of it. */
  target: { id: pulumi.Input<string>; group: "registry" | "vault" };
  /** Subnet of the address. Replaces the endpoint. */
  subnetId: pulumi.Input<string>;
  /** Network whose names the private zone answers. */
  networkId: pulumi.Input<string>;
  /** Id of a zone that is there and linked to the network. @default one is made and linked */
  zoneId?: pulumi.Input<string>;
}

/** Zones by what they hold (azure-docs, private-endpoint-dns.md). */
const zones = { registry: "privatelink.azurecr.io", vault: "privatelink.vaultcore.azure.net" } as const;

/** A resource reached by a private address: endpoint, its name in a DNS zone, and where none is named, the zone and its link to the network. */
export class PrivateLink extends pulumi.ComponentResource {
  constructor(name: string, args: PrivateLinkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:cluster:PrivateLink", name, args, opts);

    const { resourceGroupName, location, tags } = args.context;
    const { id, group } = args.target;
    const zoneId = args.zoneId ?? linkedZone(name, args, { parent: this });
    const endpoint = new azure.network.PrivateEndpoint(
      `${name}-endpoint`,
      {
        privateEndpointName: args.endpointName,
        resourceGroupName,
        location,
        tags,
        subnet: { id: args.subnetId },
        privateLinkServiceConnections: [{ name: group, privateLinkServiceId: id, groupIds: [group] }],
      },
      { parent: this },
    );
    new azure.network.PrivateDnsZoneGroup(
      `${name}-names`,
      {
        privateDnsZoneGroupName: "default",
        privateEndpointName: endpoint.name,
        resourceGroupName,
        privateDnsZoneConfigs: [{ name: group, privateDnsZoneId: zoneId }],
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

function linkedZone(name: string, { context, endpointName, target, networkId }: PrivateLinkArgs, opts: pulumi.CustomResourceOptions) {
  const { resourceGroupName, tags } = context;
  const shared = { resourceGroupName, location: "global", tags };
  const zone = new azure.privatedns.PrivateZone(`${name}-zone`, { ...shared, privateZoneName: zones[target.group] }, opts);
  new azure.privatedns.VirtualNetworkLink(
    `${name}-zone-link`,
    {
      ...shared,
      virtualNetworkLinkName: endpointName,
      privateZoneName: zone.name,
      registrationEnabled: false,
      virtualNetwork: { id: networkId },
    },
    opts,
  );
  return zone.id;
}
