import { z } from "zod";

import * as limits from "../azure/limits";
import { defaultAddresses } from "../azure/network";

const cidrs = z.strictObject({
  kind: z.literal("create"),
  peers: z
    .array(limits.networkId)
    .default([])
    .describe(
      "Virtual networks of the same subscription that are peered with it: the one that the program runs in, where the API server is private. Default: none.",
    ),
  network: limits.cidr.default(defaultAddresses.network).describe("Range of the virtual network. Replaces what changes."),
  nodes: limits.cidr.default(defaultAddresses.nodes).describe("Range of the nodes' subnet. Replaces what changes."),
  endpoints: limits.cidr.default(defaultAddresses.endpoints).describe("Range of the subnet of private endpoints. Replaces what changes."),
  pods: limits.cidr.default(defaultAddresses.pods).describe("Range of pods, apart from the network. Replaces the cluster."),
  services: limits.cidr.default(defaultAddresses.services).describe("Range of services, apart from the network. Replaces the cluster."),
});

/** A network that is there, which the program reaches where the API server is private. Its ranges are not known here, so they are not compared with those of pods and services. */
const existingNetwork = z.strictObject({
  kind: z.literal("existing"),
  networkId: limits.resourceId.describe("Resource id of the virtual network."),
  nodeSubnetId: limits.resourceId.describe("Resource id of the subnet of the nodes. Replaces the cluster."),
  endpointSubnetId: limits.resourceId.describe("Resource id of the subnet of private endpoints. Replaces the endpoints."),
  pods: limits.cidr.default(defaultAddresses.pods).describe("Range of pods, apart from the network. Replaces the cluster."),
  services: limits.cidr.default(defaultAddresses.services).describe("Range of services, apart from the network. Replaces the cluster."),
});

/** The virtual network of an environment on Azure. */
export const network = z
  .discriminatedUnion("kind", [cidrs, existingNetwork])
  .prefault({ kind: "create" })
  .describe("The virtual network: one that is made, or one that is there.");

/** Who reaches the API server of its cluster. */
export const api = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("private"),
      zone: limits.apiZoneId
        .optional()
        .describe(
          "Id of a private DNS zone that is there, such as the hub's, in which AKS writes the API server's name. Default: AKS makes one, or this project where there are peers. Replaces the cluster.",
        ),
    }),
    z.strictObject({
      kind: z.literal("public"),
      authorizedRanges: z.array(limits.cidr).min(1, "must name at least one range").describe("Ranges of addresses that may reach it."),
    }),
  ])
  .describe("The API server: private, or public for the ranges that you name.");

const sharedZones = z.strictObject({
  zones: z
    .strictObject({
      registry: limits.registryZoneId.describe("Id of the zone of registries. Replaces nothing."),
      vault: limits.vaultZoneId.describe("Id of the zone of vaults. Replaces nothing."),
    })
    .describe("Private DNS zones that are there and linked to the network, such as the hub's, which several environments share."),
});

/** Whether registry and vault have private addresses. */
export const privateLink = z
  .union([z.boolean(), sharedZones], "must be true, false, or { zones: { registry, vault } }")
  .default(false)
  .describe(
    "Reach registry and vault by private addresses only, by names in zones that are made, or in those that you name. The program must then run inside the network. Default: false.",
  );
