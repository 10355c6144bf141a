import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { Network, type NetworkArgs } from "../../../components/cluster/network";
import { PrivateLink, type PrivateLinkArgs } from "../../../components/cluster/private-link";
import { assignRole } from "../../../components/cluster/role";
import { defaultAddresses } from "../../../lib/azure/network";
import type { Role } from "../../../lib/azure/roles";
import { nodeSubnet, privateLink } from "../../support/azure-cluster";
import { context, fresh, idIn, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { messageOf } from "../../support/errors";
import { differences, fixture, type Made, made } from "../../support/made";
import { settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
beforeAll(mockAzure);
afterEach(async () => {
  await quiet();
  expect(refused).toEqual([]);
});
beforeEach(fresh);

describe("Network", () => {
  const args: NetworkArgs = { context, networkName: "vnet", addresses: defaultAddresses, maxNodes: 10 };

  it("makes a network and two subnets, one after the other, and nothing else", async () => {
    const network = new Network("net", args);
    expect(await settled(network.id)).toBe(idIn("Microsoft.Network/virtualNetworks/vnet"));
    expect(await settled(network.nodeSubnetId)).toBe(idIn("Microsoft.Network/virtualNetworks/vnet/subnets/nodes"));
    expect(await settled(network.endpointSubnetId)).toBe(idIn("Microsoft.Network/virtualNetworks/vnet/subnets/endpoints"));
    await quiet();
    expect(made()).toEqual(fixture("network"));
  });

  it("has the name and the ranges that it is given", async () => {
    const addresses = { ...defaultAddresses, network: "10.1.0.0/16", nodes: "10.1.0.0/20", endpoints: "10.1.16.0/24" };
    new Network("net", { ...args, networkName: "other", addresses });
    await quiet();
    expect(differences(fixture("network") as Record<string, Made>, made())).toEqual({
      "net-network.virtualNetworkName": "other",
      "net-network.addressSpace.addressPrefixes[0]": "10.1.0.0/16",
      "net-nodes.virtualNetworkName": "other",
      "net-nodes.addressPrefix": "10.1.0.0/20",
      "net-endpoints.virtualNetworkName": "other",
      "net-endpoints.addressPrefix": "10.1.16.0/24",
    });
  });

  it.each<[Partial<NetworkArgs>, string]>([
    [
      { addresses: { ...defaultAddresses, pods: defaultAddresses.network } },
      'addresses.pods: must not overlap addresses.network (10.240.0.0/16), got "10.240.0.0/16"; choose another range',
    ],
    [
      { maxNodes: 257 },
      'addresses.pods: must hold a /24 for each of 257 nodes, got "10.244.0.0/16"; choose a larger range, or fewer nodes',
    ],
  ])("refuses %j", (change, message) => expect(messageOf(() => new Network("net", { ...args, ...change }))).toBe(message));
});

describe("PrivateLink", () => {
  const args: PrivateLinkArgs = {
    context,
    endpointName: "pe",
    target: { id: idIn("Microsoft.KeyVault/vaults/kv"), group: "vault" },
    ...privateLink,
  };

  it("gives a vault an address, and its name to the network, and makes nothing else", async () => {
    new PrivateLink("link", args);
    await quiet();
    expect(made()).toEqual(fixture("private-link"));
  });

  it("gives a registry the same in the zone of registries", async () => {
    new PrivateLink("link", { ...args, target: { id: "/registry", group: "registry" } });
    await quiet();
    expect(differences(fixture("private-link") as Record<string, Made>, made())).toEqual({
      "link-zone.privateZoneName": "privatelink.azurecr.io",
      "link-zone-link.privateZoneName": "privatelink.azurecr.io",
      "link-endpoint.privateLinkServiceConnections[0].groupIds[0]": "registry",
      "link-endpoint.privateLinkServiceConnections[0].name": "registry",
      "link-endpoint.privateLinkServiceConnections[0].privateLinkServiceId": "/registry",
      "link-names.privateDnsZoneConfigs[0].name": "registry",
    });
  });
});

it("a resource's name goes into a zone that is there, and neither a zone nor a link is made", async () => {
  const zoneId = idIn("Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net").replace("rg-test", "rg-hub");
  const target = { id: idIn("Microsoft.KeyVault/vaults/kv"), group: "vault" } as const;
  new PrivateLink("link", { context, endpointName: "pe", target, ...privateLink, zoneId });
  await quiet();
  expect(Object.keys(made()).toSorted()).toEqual(["link", "link-endpoint", "link-names"]);
  expect(JSON.stringify(made()["link-names"])).toContain("/resourceGroups/rg-hub/providers/Microsoft.Network/privateDnsZones/");
});

describe("a role", () => {
  it.each<[Role, string]>([
    ["networkContributor", "4d97b98b-1d4f-4787-a291-c67834d212e7"],
    ["acrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d"],
  ])("%s is assigned where and to whom it is said, and nothing else is made", async (role, id) => {
    assignRole("role", context, { role, scope: nodeSubnet, principalId: "p", principalType: "Group" }, { protect: true });
    await quiet();
    expect(made()).toEqual({
      role: {
        type: "authorization:RoleAssignment",
        options: { protect: true },
        inputs: {
          scope: "{rg-test}/Microsoft.Network/virtualNetworks/vnet/subnets/nodes",
          principalId: "p",
          principalType: "Group",
          roleDefinitionId: `/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/${id}`,
        },
      },
    });
  });
});
