import { readFileSync } from "node:fs";
import path from "node:path";

import { beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { composeAzure } from "../../../components/environment/azure";
import { roles } from "../../../lib/azure/roles";
import { azureSchema } from "../../../lib/environment/azure-config";
import { mockAzure, quiet, refused } from "../../support/azure-mocks";
import { azurePlan } from "../../support/azure-plan";
import { registered, reset } from "../../support/mocks";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
vi.useFakeTimers({ now: Date.parse("2026-11-25T12:00:00Z"), toFake: ["Date"] }); // versions of Kubernetes go out of support
beforeAll(mockAzure);

function read(name: string) {
  const { config } = parse(readFileSync(path.resolve(__dirname, `../../../stacks/Pulumi.${name}.yaml`), "utf8"));
  const planned = azurePlan(name, config["slm:region"], config["slm:models"]);
  return { name, plan: planned, settings: azureSchema.parse(config["slm:azure"]) };
}

async function compose(name: string) {
  reset();
  refused.splice(0);
  const environment = composeAzure({ ...read(name), secrets: { "hf-token": "hf_x" } });
  environment.secrets.grant({ name: "chat", namespace: "slm" }, ["hf-token"]);
  await quiet();
  return environment;
}

describe.each(["dev", "staging", "prod"])("%s", (name) => {
  it("has a plan, passes both checks of the stand-in, and every resource that takes tags has all four", async () => {
    const { plan: planned } = read(name);
    expect(planned.faults).toEqual([]);
    const { placements } = await compose(name);
    expect(refused).toEqual([]);
    expect(Object.keys(placements)).toEqual(planned.models.map(({ name: model }) => model));
    const tagged = registered.filter(({ type, inputs }) => type.startsWith("azure-native:") && "tags" in inputs);
    for (const { name: resource, inputs } of tagged) {
      expect(inputs["tags"], resource).toEqual({
        environment: name,
        owner: "ml-platform@contoso.com",
        "cost-centre": "1042",
        "managed-by": "pulumi",
      });
    }
    const untagged = new Set(
      registered
        .filter(({ type, inputs }) => type.startsWith("azure-native:") && !("tags" in inputs))
        .map(({ type }) => type.split(":").at(-1)),
    );
    // The types that take no tags, by the SDK's declarations.
    expect([...untagged].toSorted()).toEqual(takesNone.filter((type) => untagged.has(type)));
  });
});

const takesNone = [
  "Budget",
  "DataCollectionRuleAssociation",
  "DiagnosticSetting",
  "FederatedIdentityCredential",
  "MaintenanceConfiguration",
  "PrivateDnsZoneGroup",
  "RoleAssignment",
  "Subnet",
  "VirtualNetworkPeering",
];

const made = {
  "KeyVault/vaults": ["azure-native:keyvault:Vault", "vaultName"],
  "Dashboard/grafana": ["azure-native:dashboard:Grafana", "workspaceName"],
  "ContainerRegistry/registries": ["azure-native:containerregistry:Registry", "registryName"],
} as const;

it("prod assigns these roles, each on the narrowest scope, and no other", async () => {
  await compose("prod");
  const byId = Object.fromEntries(Object.entries(roles).map(([role, id]) => [id, role]));
  const assigned = registered
    .filter(({ type }) => type.endsWith(":RoleAssignment"))
    .map(({ name, inputs }) => {
      const scope = String(inputs["scope"]).replace(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\//, "");
      return `${name}: ${byId[String(inputs["roleDefinitionId"]).split("/").at(-1)!]} on ${scope} for ${inputs["principalType"]}`;
    });
  const vault = scopeOf("KeyVault/vaults");
  const grafana = scopeOf("Dashboard/grafana");
  const registry = scopeOf("ContainerRegistry/registries");
  const monitor = "Microsoft.Monitor/accounts/amw-contoso-prod";
  expect(assigned.toSorted()).toEqual([
    "aks-deployer-role: aksClusterAdmin on Microsoft.ContainerService/managedClusters/aks-contoso-prod for ServicePrincipal",
    "aks-network-role: networkContributor on Microsoft.Network/virtualNetworks/vnet-contoso-prod for ServicePrincipal",
    "aks-zone-role: privateDnsZoneContributor on Microsoft.Network/privateDnsZones/aks-contoso-prod.privatelink.swedencentral.azmk8s.io for ServicePrincipal",
    `observability-grafana-reads-metrics: monitoringDataReader on ${monitor} for ServicePrincipal`,
    `observability-grafanaAdmin-11111111: grafanaAdmin on ${grafana} for Group`,
    `observability-grafanaViewer-22222222: grafanaViewer on ${grafana} for Group`,
    `observability-scaler-reads-metrics: monitoringDataReader on ${monitor} for ServicePrincipal`,
    `registry-pull-kubelet: acrPull on ${registry} for ServicePrincipal`,
    `secrets-chat-reads-hf-token: keyVaultSecretsUser on ${vault}/secrets/hf-token for ServicePrincipal`,
    `secrets-deployer-role: keyVaultSecretsOfficer on ${vault} for ServicePrincipal`,
  ]);
});

/** `Microsoft.KeyVault/vaults/<name>` of the one that was made. */
function scopeOf(kind: keyof typeof made): string {
  const [type, property] = made[kind];
  return `Microsoft.${kind}/${registered.find((resource) => resource.type === type)!.inputs[property]}`;
}

it("the lab's models, as they are written there, have a plan on Azure", () => {
  const models = parse(readFileSync(path.resolve(__dirname, "../../../stacks/Pulumi.lab.yaml"), "utf8")).config["slm:models"];
  const planned = azurePlan("dev", "eastus", models);
  expect([planned.faults, planned.models.map(({ placement }) => placement.size)]).toEqual([[], ["Standard_D2s_v5"]]);
});

it("another region or environment is another file: only names, region and tags differ", async () => {
  const shape = async (change: object) => {
    reset();
    composeAzure({ ...read("dev"), ...change });
    await quiet();
    return registered.map(({ type, name }) => `${type} ${name}`).toSorted();
  };
  const { plan: planned } = read("dev");
  expect(await shape({ name: "third", plan: { ...planned, region: "westus3" } })).toEqual(await shape({}));
  expect(registered.find(({ type }) => type.endsWith("ResourceGroup"))!.inputs["resourceGroupName"]).toBe("rg-contoso-dev-eastus");
});
