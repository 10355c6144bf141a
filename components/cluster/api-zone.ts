import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import { networkOfId } from "../../lib/azure/names";
import type { AzureContext } from "./azure-context";

/** The private zone that answers for an API server, and the networks besides its own that may ask it. */
interface ApiZone {
  readonly context: AzureContext;
  /** Part of the zone's name, so that one network can be linked to the zones of several clusters. Replaces the zone. */
  readonly clusterName: string;
  readonly networkIds: readonly string[];
}

/** A private DNS zone of our own for the API server (azure-aks-docs, private-clusters.md): AKS links it to the cluster's network, and this to the others. */
export function apiZone(
  name: string,
  { context: { resourceGroupName, location, tags }, clusterName, networkIds }: ApiZone,
  opts: pulumi.CustomResourceOptions,
): { id: pulumi.Output<string>; ready: pulumi.Resource[] } {
  const zone = new azure.privatedns.PrivateZone(
    `${name}-zone`,
    { privateZoneName: pulumi.interpolate`${clusterName}.privatelink.${location}.azmk8s.io`, resourceGroupName, location: "global", tags },
    opts,
  );
  const links = networkIds.map((id) => {
    const virtualNetworkLinkName = networkOfId(id).name;
    return new azure.privatedns.VirtualNetworkLink(
      `${name}-zone-${virtualNetworkLinkName}`,
      {
        virtualNetworkLinkName,
        privateZoneName: zone.name,
        resourceGroupName,
        location: "global",
        tags,
        registrationEnabled: false,
        virtualNetwork: { id },
      },
      opts,
    );
  });
  return { id: zone.id, ready: [zone, ...links] };
}
