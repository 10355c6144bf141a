/** Where the second opinion on a type comes from: the serialisation tables of a package that Microsoft publishes. */
type Opinion =
  | { package: string; apiVersion: string; mapper: string }
  | { package: string; apiVersion: string; serializer: [file: string, name: string] };

/** One type that the stand-in plays. */
interface Played {
  /** Resource id; every placeholder is an input that is part of the address, so that a change of it replaces the resource. */
  id: string;
  /** Absent where no package with the tables is published. */
  opinion?: Opinion;
}

const group = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}";

const arm = (name: string, apiVersion: string) => (mapper: string) => ({ package: `@azure/arm-${name}`, apiVersion, mapper });
/** The SDK's versions (2025-09-01, 2023-01-01-preview) have no package, and the next older ones lack what they have. The next newer ones have it; what is newer still, the SDK's own declarations keep out. */
const containerservice = arm("containerservice", "2025-10-01");
const containerregistry = arm("containerregistry", "2025-11-01");
const network = arm("network", "2024-05-01");
const privatedns = arm("privatedns", "2020-06-01");
const msi = arm("msi", "2023-01-31");
const keyvault = arm("keyvault", "2024-11-01");
const monitor = (folder: string, name: string): Opinion => ({
  package: "@azure/arm-monitor",
  apiVersion: "of release 8.0.0",
  serializer: [`${folder}/models.js`, name],
});

/** Every type that the stand-in plays, by its token without `azure-native:`. Any other is refused. */
export const resources: Record<string, Played> = {
  "resources:ResourceGroup": { id: group, opinion: arm("resources", "2021-04-01")("ResourceGroup") },
  "network:VirtualNetwork": {
    id: `${group}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}`,
    opinion: network("VirtualNetwork"),
  },
  "network:Subnet": {
    id: `${group}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}`,
    opinion: network("Subnet"),
  },
  "network:VirtualNetworkPeering": {
    id: `${group}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}`,
    opinion: network("VirtualNetworkPeering"),
  },
  "network:PrivateEndpoint": {
    id: `${group}/providers/Microsoft.Network/privateEndpoints/{privateEndpointName}`,
    opinion: network("PrivateEndpoint"),
  },
  "network:PrivateDnsZoneGroup": {
    id: `${group}/providers/Microsoft.Network/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}`,
    opinion: network("PrivateDnsZoneGroup"),
  },
  "privatedns:PrivateZone": {
    id: `${group}/providers/Microsoft.Network/privateDnsZones/{privateZoneName}`,
    opinion: privatedns("PrivateZone"),
  },
  "privatedns:VirtualNetworkLink": {
    id: `${group}/providers/Microsoft.Network/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}`,
    opinion: privatedns("VirtualNetworkLink"),
  },
  "containerservice:ManagedCluster": {
    id: `${group}/providers/Microsoft.ContainerService/managedClusters/{resourceName}`,
    opinion: containerservice("ManagedCluster"),
  },
  "containerservice:AgentPool": {
    id: `${group}/providers/Microsoft.ContainerService/managedClusters/{resourceName}/agentPools/{agentPoolName}`,
    opinion: containerservice("AgentPool"),
  },
  "containerservice:MaintenanceConfiguration": {
    id: `${group}/providers/Microsoft.ContainerService/managedClusters/{resourceName}/maintenanceConfigurations/{configName}`,
    opinion: containerservice("MaintenanceConfiguration"),
  },
  "containerregistry:Registry": {
    id: `${group}/providers/Microsoft.ContainerRegistry/registries/{registryName}`,
    opinion: containerregistry("Registry"),
  },
  "containerregistry:Replication": {
    id: `${group}/providers/Microsoft.ContainerRegistry/registries/{registryName}/replications/{replicationName}`,
    opinion: containerregistry("Replication"),
  },
  "managedidentity:UserAssignedIdentity": {
    id: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}`,
    opinion: msi("Identity"),
  },
  "managedidentity:FederatedIdentityCredential": {
    id: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}`,
    opinion: msi("FederatedIdentityCredential"),
  },
  "authorization:RoleAssignment": {
    id: "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    opinion: arm("authorization", "2022-04-01")("RoleAssignmentCreateParameters"),
  },
  "keyvault:Vault": {
    id: `${group}/providers/Microsoft.KeyVault/vaults/{vaultName}`,
    opinion: keyvault("VaultCreateOrUpdateParameters"),
  },
  "keyvault:Secret": {
    id: `${group}/providers/Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}`,
    opinion: keyvault("SecretCreateOrUpdateParameters"),
  },
  // No package with the tables of the Azure Monitor workspace and of Prometheus rule groups is published.
  "monitor:AzureMonitorWorkspace": { id: `${group}/providers/Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}` },
  "alertsmanagement:PrometheusRuleGroup": { id: `${group}/providers/Microsoft.AlertsManagement/prometheusRuleGroups/{ruleGroupName}` },
  "monitor:DataCollectionEndpoint": {
    id: `${group}/providers/Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}`,
    opinion: monitor("dataCollectionApi", "dataCollectionEndpointResourceSerializer"),
  },
  "monitor:DataCollectionRule": {
    id: `${group}/providers/Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}`,
    opinion: monitor("dataCollectionApi", "dataCollectionRuleResourceSerializer"),
  },
  "monitor:DataCollectionRuleAssociation": {
    id: "{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}",
    opinion: monitor("dataCollectionApi", "dataCollectionRuleAssociationProxyOnlyResourceSerializer"),
  },
  "monitor:DiagnosticSetting": {
    id: "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
    opinion: monitor("diagnosticsSettings", "diagnosticSettingsResourceSerializer"),
  },
  "monitor:ActionGroup": {
    id: `${group}/providers/Microsoft.Insights/actionGroups/{actionGroupName}`,
    opinion: monitor("actionGroupsApi", "actionGroupResourceSerializer"),
  },
  "dashboard:Grafana": {
    id: `${group}/providers/Microsoft.Dashboard/grafana/{workspaceName}`,
    opinion: arm("dashboard", "2023-09-01")("ManagedGrafana"),
  },
  "operationalinsights:Workspace": {
    id: `${group}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}`,
    opinion: arm("operationalinsights", "2022-10-01")("Workspace"),
  },
  "consumption:Budget": {
    id: "{scope}/providers/Microsoft.Consumption/budgets/{budgetName}",
    opinion: arm("consumption", "2021-10-01")("Budget"),
  },
};

/** Inputs that are part of a type's address. */
export const addressOf = (type: string): string[] =>
  [...(resources[type]?.id.matchAll(/\{(\w+)\}/g) ?? [])].map(([, name]) => name!).filter((name) => name !== "subscription");
