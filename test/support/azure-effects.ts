import { expect } from "vitest";

import { a10 } from "./azure-cluster";
import type { Row } from "./rows";

const guid = "22222222-2222-4222-8222-222222222222";
const kept = ["resources", "aks-cluster", "nv36ads-a10-v5-pool", "registry-registry", "secrets-vault"];
const protectedAll = Object.fromEntries(kept.map((name) => [`${name} options.protect`, true]));
const windows = (key: string, value: unknown): Record<string, unknown> => ({
  [`aks-kubernetes-window.maintenanceWindow.${key}`]: value,
  [`aks-nodes-window.maintenanceWindow.${key}`]: value,
});
const system = "aks-cluster.agentPoolProfiles[0]";
const gpu = "nv36ads-a10-v5-pool";
/** A pool that is replaced has another name, on its nodes too. */
const renamed = (name: string): Record<string, unknown> => ({
  [`${name}.agentPoolName`]: expect.any(String),
  [`${name}.nodeLabels.slm.dev/pool`]: expect.any(String),
});
const link = (parent: string): Record<string, unknown> => ({
  [parent]: "slm:cluster:PrivateLink",
  [`${parent}-endpoint`]: "network:PrivateEndpoint",
  [`${parent}-names`]: "network:PrivateDnsZoneGroup",
  [`${parent}-zone`]: "privatedns:PrivateZone",
  [`${parent}-zone-link`]: "privatedns:VirtualNetworkLink",
});
/** A secret is made after these, and after its deployer's role and its vault, which come first by name. */
const after = (name: string, ...others: string[]): Record<string, unknown> =>
  Object.fromEntries([
    ...["secrets-deployer-role", ...others].map((other, index) => [`${name} options.dependsOn[${index}]`, other]).slice(1),
    ...[...others, "secrets-vault"].map((other, index) => [`${name} after[${index + 2}]`, other]),
  ]);
const premium = { "registry-registry.sku.name": "Premium", "registry-registry.policies": "{}" };

/** Each setting of the section `azure:`, and all that it changes of an environment with two pools. */
export const effects: Row[] = [
  [{ protect: true }, protectedAll],
  [{ protect: true, unprotect: [a10] }, Object.fromEntries(Object.entries(protectedAll).filter(([path]) => !path.startsWith(gpu)))],
  [{ production: true }, { ...protectedAll, [`${gpu}.minCount`]: 2, [`${gpu}.count`]: 2, "d2s-v5.minCount": 1, "d2s-v5.count": 1 }],
  [
    { production: true, protect: false },
    { [`${gpu}.minCount`]: 2, [`${gpu}.count`]: 2, "d2s-v5.minCount": 1, "d2s-v5.count": 1 },
  ],
  [
    { kubernetesVersion: "1.35" },
    {
      "aks-cluster.kubernetesVersion": "1.35",
      [`${system}.orchestratorVersion`]: "1.35",
      ...Object.fromEntries(["work", "d2s-v5", gpu].map((name) => [`${name}.orchestratorVersion`, "1.35"])),
    },
  ],
  [{ longTermSupport: true }, { "aks-cluster.sku.tier": "Premium", "aks-cluster.supportPlan": "AKSLongTermSupport" }],
  [{ tier: "Free" }, { "aks-cluster.sku.tier": "Free" }],
  [
    {
      network: {
        kind: "create",
        network: "10.1.0.0/16",
        nodes: "10.1.0.0/20",
        endpoints: "10.1.16.0/24",
        pods: "10.2.0.0/16",
        services: "10.3.0.0/16",
      },
    },
    {
      "network-network.addressSpace.addressPrefixes[0]": "10.1.0.0/16",
      "network-nodes.addressPrefix": "10.1.0.0/20",
      "network-endpoints.addressPrefix": "10.1.16.0/24",
      "aks-cluster.networkProfile.podCidr": "10.2.0.0/16",
      "aks-cluster.networkProfile.serviceCidr": "10.3.0.0/16",
      "aks-cluster.networkProfile.dnsServiceIP": "10.3.0.10",
    },
  ],
  [
    { api: { kind: "public", authorizedRanges: ["203.0.113.0/24"] } },
    {
      "aks-cluster.apiServerAccessProfile.enablePrivateCluster": false,
      "aks-cluster.apiServerAccessProfile.enablePrivateClusterPublicFQDN": "gone",
      "aks-cluster.apiServerAccessProfile.privateDNSZone": "gone",
      "aks-cluster.apiServerAccessProfile.authorizedIPRanges[0]": "203.0.113.0/24",
    },
  ],
  [
    { deployer: "ServicePrincipal" },
    { "aks-deployer-role.principalType": "ServicePrincipal", "secrets-deployer-role.principalType": "ServicePrincipal" },
  ],
  [
    { deployer: { objectId: guid, type: "Group" } },
    Object.fromEntries(
      ["aks", "secrets"].flatMap((part) => [
        [`${part}-deployer-role.principalType`, "Group"],
        [`${part}-deployer-role.principalId`, guid],
      ]),
    ),
  ],
  [
    { adminGroups: [guid] },
    {
      "aks-cluster.aadProfile.adminGroupObjectIDs[0]": guid,
      "observability-grafanaAdmin-11111111": "gone",
      "observability-grafanaAdmin-22222222": "authorization:RoleAssignment",
    },
  ],
  [{ viewerGroups: [guid] }, { "observability-grafanaViewer-22222222": "authorization:RoleAssignment" }],
  [
    { zones: ["1"] },
    {
      [`${system}.availabilityZones[0]`]: "1",
      ...Object.assign({}, ...["work", "d2s-v5", gpu].map((name) => ({ ...renamed(name), [`${name}.availabilityZones[0]`]: "1" }))),
    },
  ],
  [
    { systemPool: { size: "Standard_D8s_v5", minNodes: 4, maxNodes: 5 } },
    { [`${system}.vmSize`]: "Standard_D8s_v5", [`${system}.minCount`]: 4, [`${system}.count`]: 4, [`${system}.maxCount`]: 5 },
  ],
  [
    { workPool: { size: "Standard_D8s_v5", minNodes: 2, maxNodes: 6 } },
    {
      ...renamed("work"),
      "work.vmSize": "Standard_D8s_v5",
      "work.minCount": 2,
      "work.count": 2,
      "work.maxCount": 6,
      "work options.customTimeouts.update": "360m",
    },
  ],
  [
    { pools: { [a10]: { scale: { kind: "auto", minNodes: 1, maxNodes: 9 } } } },
    { [`${gpu}.minCount`]: 1, [`${gpu}.count`]: 1, [`${gpu}.maxCount`]: 9, [`${gpu} options.customTimeouts.update`]: "540m" },
  ],
  [
    { pools: { [a10]: { zones: ["2"], osDiskGib: 512 } } },
    { ...renamed(gpu), [`${gpu}.availabilityZones[0]`]: "2", [`${gpu}.osDiskSizeGB`]: 512 },
  ],
  [{ upgrades: { channel: "none" } }, { "aks-cluster.autoUpgradeProfile.upgradeChannel": "none" }],
  [{ upgrades: { nodeChannel: "None" } }, { "aks-cluster.autoUpgradeProfile.nodeOSUpgradeChannel": "None" }],
  [{ upgrades: { day: "Monday" } }, windows("schedule.weekly.dayOfWeek", "Monday")],
  [{ upgrades: { startTime: "03:30" } }, windows("startTime", "03:30")],
  [{ upgrades: { hours: 8 } }, windows("durationHours", 8)],
  [{ upgrades: { utcOffset: "-05:00" } }, windows("utcOffset", "-05:00")],
  [{ imageCleanerHours: 48 }, { "aks-cluster.securityProfile.imageCleaner.intervalHours": 48 }],
  [
    { registry: { untaggedDays: 7 } },
    {
      "registry-registry.sku.name": "Premium",
      "registry-registry.policies.retentionPolicy.status": "enabled",
      "registry-registry.policies.retentionPolicy.days": 7,
    },
  ],
  [{ registry: { regions: ["westus3"] } }, { ...premium, "registry-westus3": "containerregistry:Replication" }],
  [{ registry: { zoneRedundant: true } }, { ...premium, "registry-registry.zoneRedundancy": "Enabled" }],
  [
    { privateLink: true },
    {
      ...premium,
      "registry-registry.publicNetworkAccess": "Disabled",
      "registry-registry.networkRuleBypassOptions": "None",
      ...link("registry-link"),
      "secrets-vault.properties.publicNetworkAccess": "disabled",
      "secrets-vault.properties.networkAcls.defaultAction": "Deny",
      "secrets-vault.properties.networkAcls.bypass": "None",
      ...link("secrets-link"),
      ...after("secrets-hf-token", "secrets-link-endpoint", "secrets-link-names", "secrets-link-zone", "secrets-link-zone-link"),
    },
  ],
  [{ vault: { softDeleteDays: 7 } }, { "secrets-vault.properties.softDeleteRetentionInDays": 7 }],
  [{ vault: { recover: true } }, { "secrets-vault.properties.createMode": "recover" }],
  [{ vault: { purgeProtection: false } }, { "secrets-vault.properties.enablePurgeProtection": "gone" }],
  [{ vault: { pollInterval: "1h" } }, { "aks-cluster.addonProfiles.azureKeyvaultSecretsProvider.config.rotationPollInterval": "1h" }],
  [
    { observability: { alertEmails: ["them@example.com"] } },
    {
      "observability-alerts.emailReceivers[0].name": "them@example.com",
      "observability-alerts.emailReceivers[0].emailAddress": "them@example.com",
      "observability-budget.notifications.spent80.contactEmails[0]": "them@example.com",
      "observability-budget.notifications.spent100.contactEmails[0]": "them@example.com",
      "observability-budget.notifications.forecast110.contactEmails[0]": "them@example.com",
    },
  ],
  [
    { observability: { budget: { usdPerMonth: 7, from: "2027-01" } } },
    { "observability-budget.amount": 7, "observability-budget.timePeriod.startDate": "2027-01-01T00:00:00Z" },
  ],
  [
    { observability: { logs: { days: 60, gbPerDay: 2 } } },
    { "observability-logs": "operationalinsights:Workspace", "observability-control-plane": "monitor:DiagnosticSetting" },
  ],
];
