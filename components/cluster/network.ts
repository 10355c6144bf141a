import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import { type AddressPlan, addressFaults } from "../../lib/azure/network";
import { faultMessage } from "../../lib/planner/fault";
import type { AzureContext } from "./azure-context";
import { peer } from "./network-peer";

/** Inputs of {@link Network}. */
export interface NetworkArgs {
  /** Where on Azure it is made. */
  context: AzureContext;
  /** Name of the virtual network in Azure. Replaces it. */
  networkName: string;
  /** Its ranges, which must not meet those of pods and services. Replaces what changes. */
  addresses: AddressPlan;
  /** Most nodes of all pools together. */
  maxNodes: number;
  /** Ids of virtual networks of the same subscription that reach it and are reached from it. @default none */
  peers?: readonly string[];
}

/** A virtual network with a subnet for nodes and one for private endpoints. */
export class Network extends pulumi.ComponentResource {
  public readonly id: pulumi.Output<string>;
  public readonly nodeSubnetId: pulumi.Output<string>;
  public readonly endpointSubnetId: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:cluster:Network", name, args, opts);

    const [fault] = addressFaults(args.addresses, args.maxNodes, "addresses");
    if (fault) throw new pulumi.ResourceError(faultMessage(fault), this, true);
    const { resourceGroupName, location, tags } = args.context;

    const network = new azure.network.VirtualNetwork(
      `${name}-network`,
      {
        virtualNetworkName: args.networkName,
        resourceGroupName,
        location,
        tags,
        addressSpace: { addressPrefixes: [args.addresses.network] },
      },
      // Azure lists the subnets here too; they are resources of their own below.
      { parent: this, ignoreChanges: ["subnets"] },
    );
    const subnet = (role: string, addressPrefix: string, dependsOn: pulumi.Resource[]): azure.network.Subnet =>
      new azure.network.Subnet(
        `${name}-${role}`,
        {
          subnetName: role,
          virtualNetworkName: network.name,
          resourceGroupName,
          addressPrefix,
          privateEndpointNetworkPolicies: "Disabled",
          // Whatever leaves goes through the cluster's load balancer, not through an address that Azure gives by default.
          defaultOutboundAccess: false,
        },
        { parent: this, dependsOn },
      );
    const nodes = subnet("nodes", args.addresses.nodes, []);
    // Azure changes one subnet of a network at a time.
    const endpoints = subnet("endpoints", args.addresses.endpoints, [nodes]);
    const own = { id: network.id, name: network.name, resourceGroupName };
    args.peers?.reduce<pulumi.Resource>((before, id) => peer(name, own, id, { parent: this, dependsOn: [before] }), endpoints);

    this.id = network.id;
    this.nodeSubnetId = nodes.id;
    this.endpointSubnetId = endpoints.id;
    this.registerOutputs({ id: this.id, nodeSubnetId: this.nodeSubnetId, endpointSubnetId: this.endpointSubnetId });
  }
}
