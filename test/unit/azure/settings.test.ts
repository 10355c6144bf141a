import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";

import { type AzureInputs, composeAzure } from "../../../components/environment/azure";
import { azureSchema } from "../../../lib/environment/azure-config";
import { planOf } from "../../support/azure-cluster";
import { effects } from "../../support/azure-effects";
import { fresh, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { written } from "../../support/azure-settings";
import { differences, type Made, made } from "../../support/made";
import { batches, merge } from "../../support/rows";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
vi.useFakeTimers({ now: Date.parse("2026-11-25T12:00:00Z"), toFake: ["Date"] }); // versions of Kubernetes go out of support

let standard: Record<string, Made>;

async function composed(settings: object = {}, inputs: Partial<AzureInputs> = {}): Promise<Record<string, Made>> {
  composeAzure({
    name: "dev",
    settings: azureSchema.parse(merge(written, settings)),
    plan: planOf({ chat: { nodes: 2 }, tiny: { size: "Standard_D2s_v5", gpu: null } }),
    secrets: { "hf-token": "hf_x" },
    ...inputs,
  });
  await quiet();
  expect(refused).toEqual([]);
  return made();
}

beforeAll(async () => {
  vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  await mockAzure();
  await fresh();
  standard = await composed();
});
beforeEach(fresh);
afterEach(quiet);

it.each(batches(effects))("each setting changes what it names, and nothing else (%#)", async (settings, expected) => {
  expect(differences(standard, await composed(settings))).toEqual(expected);
});

it("host names in network policies, rules for Azure to evaluate and other secrets change this and nothing else", async () => {
  const ruleGroups = [{ name: "models", interval: "PT1M", rules: [{ record: "a:b", expression: "sum(up)" }] }];
  expect(differences(standard, await composed({}, { hostNames: true, ruleGroups, secrets: { other: "x" } }))).toEqual({
    "aks-cluster.networkProfile.advancedNetworking.enabled": true,
    "aks-cluster.networkProfile.advancedNetworking.security.enabled": true,
    "aks-cluster.networkProfile.advancedNetworking.security.advancedNetworkPolicies": "FQDN",
    "observability-rules-models": "alertsmanagement:PrometheusRuleGroup",
    "secrets-hf-token": "gone",
    "secrets-other": "keyvault:Secret",
  });
});

it("what such a setting makes is as it says: logs, copies of secrets, private links from the network's own subnet", async () => {
  const settings = {
    observability: { logs: { days: 60, gbPerDay: 2 } },
    vault: { sync: "external-secrets", pollInterval: "7m" },
    privateLink: true,
  };
  const environment = composeAzure({
    name: "dev",
    settings: azureSchema.parse(merge(written, settings)),
    plan: planOf({ tiny: { size: "Standard_D2s_v5", gpu: null } }),
    secrets: { "hf-token": "hf_x" },
  });
  environment.secrets.grant({ name: "chat", namespace: "slm" }, ["hf-token"]);
  await quiet();
  const after = made();
  expect(after["observability-logs"]!.inputs).toMatchObject({
    workspaceName: "log-contoso-dev",
    retentionInDays: 60,
    workspaceCapping: { dailyQuotaGb: 2 },
  });
  expect(after["secrets-chat-secrets"]).toMatchObject({
    type: "kubernetes:external-secrets.io/v1:ExternalSecret",
    options: { provider: "cluster" },
    inputs: { spec: { refreshInterval: "7m" } },
  });
  for (const name of ["registry", "secrets"]) {
    expect(after[`${name}-link-endpoint`]!.inputs).toMatchObject({ subnet: { id: "{network-endpoints.id}" } });
    expect(after[`${name}-link-zone-link`]!.inputs).toMatchObject({ virtualNetwork: { id: "{network-network.id}" } });
  }
});

it("in a resource group that others use too, identities of workloads are named after the environment", async () => {
  const identity = async (settings: object) => {
    fresh();
    const parsed = azureSchema.parse(merge(written, settings));
    const { secrets } = composeAzure({ name: "dev", settings: parsed, plan: planOf({}), secrets: { "hf-token": "hf_x" } });
    secrets.grant({ name: "chat", namespace: "slm" }, ["hf-token"]);
    await quiet();
    return made()["secrets-chat-identity"]!.inputs;
  };
  expect(await identity({ resourceGroup: "rg-ours" })).toMatchObject({ resourceName: "id-aks-contoso-dev-chat" });
  expect(await identity({})).toMatchObject({ resourceName: "id-secrets-chat" });
});

it("a network that is peered is reached from the others, and they know the private API server's name", async () => {
  const hub = "/subscriptions/s/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet-hub";
  const build = hub.replaceAll("hub", "build");
  const after = await composed({ network: { kind: "create", peers: [hub, build] } });
  const shared = { allowVirtualNetworkAccess: true, allowForwardedTraffic: true };
  const ours = { resourceGroupName: "rg-contoso-dev-eastus", virtualNetworkName: "vnet-contoso-dev", ...shared };
  const peering = (name: string) => after[name]!.inputs;
  expect(peering("network-to-vnet-hub")).toEqual({
    ...ours,
    virtualNetworkPeeringName: "to-vnet-hub",
    remoteVirtualNetwork: { id: hub },
  });
  expect(peering("network-from-vnet-hub")).toEqual({
    resourceGroupName: "rg-hub",
    virtualNetworkName: "vnet-hub",
    virtualNetworkPeeringName: "to-vnet-contoso-dev",
    remoteVirtualNetwork: { id: "{network-network.id}" },
    ...shared,
  });
  const chain = ["network-endpoints", "network-to-vnet-hub", "network-from-vnet-hub", "network-to-vnet-build", "network-from-vnet-build"];
  expect(chain.slice(1).map((name) => after[name]!.options!.dependsOn)).toEqual(chain.slice(0, -1).map((name) => [name]));
  expect(after["api-zone"]!.inputs).toMatchObject({ privateZoneName: "aks-contoso-dev.privatelink.eastus.azmk8s.io", location: "global" });
  for (const [name, id] of [
    ["vnet-hub", hub],
    ["vnet-build", build],
  ] as const)
    expect(after[`api-zone-${name}`]!.inputs).toMatchObject({ virtualNetworkLinkName: name, virtualNetwork: { id } });
  expect(after["aks-cluster"]).toMatchObject({
    after: expect.arrayContaining(["api-zone", "api-zone-vnet-hub", "api-zone-vnet-build", "aks-zone-role", "aks-network-role"]),
    inputs: { apiServerAccessProfile: { privateDNSZone: "{api-zone.id}" } },
  });
  expect(after["aks-network-role"]!.inputs).toMatchObject({ scope: "{network-network.id}" });
  expect(after["aks-zone-role"]!.inputs).toMatchObject({ scope: "{api-zone.id}" });
});

it("a network that is peered needs no zone of its own for an API server that is public", async () => {
  const hub = "/subscriptions/s/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet-hub";
  const api = { kind: "public", authorizedRanges: ["203.0.113.0/24"] };
  const after = await composed({ api, network: { kind: "create", peers: [hub] } });
  expect(Object.keys(after).filter((name) => name.startsWith("api-") || name === "aks-zone-role")).toEqual([]);
});

it("a resource group and a network that are there are used, and neither is made", async () => {
  const network = "/subscriptions/s/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/hub";
  const ids = { networkId: network, nodeSubnetId: `${network}/subnets/aks`, endpointSubnetId: `${network}/subnets/endpoints` };
  const after = await composed({ resourceGroup: "rg-ours", network: { kind: "existing", ...ids }, privateLink: true });
  const types = Object.values(after).map(({ type }) => type);
  expect(types.filter((type) => ["resources:ResourceGroup", "network:VirtualNetwork", "network:Subnet"].includes(type))).toEqual([]);
  const groups = Object.values(after).flatMap(({ inputs }) => (inputs as Record<string, unknown>)?.["resourceGroupName"] ?? []);
  expect(new Set(groups)).toEqual(new Set(["rg-ours"]));
  expect(after["aks-cluster"]!.inputs).toMatchObject({
    nodeResourceGroup: "rg-contoso-dev-eastus-nodes",
    agentPoolProfiles: [{ vnetSubnetID: ids.nodeSubnetId }],
  });
  expect(after["aks-network-role"]!.inputs).toMatchObject({ scope: ids.nodeSubnetId });
  expect(after["work"]!.inputs).toMatchObject({ vnetSubnetID: ids.nodeSubnetId });
  expect(after["registry-link-endpoint"]!.inputs).toMatchObject({ subnet: { id: ids.endpointSubnetId } });
  expect(after["secrets-link-zone-link"]!.inputs).toMatchObject({ virtualNetwork: { id: network } });
  expect(after["observability-budget"]!.inputs).toMatchObject({
    filter: { dimensions: { values: ["rg-ours", "rg-contoso-dev-eastus-nodes"] } },
  });
});
