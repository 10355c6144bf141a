import * as azure from "@pulumi/azure-native";
import type * as pulumi from "@pulumi/pulumi";

import { addressAt } from "../../lib/azure/cidr";
import type { AksClusterArgs, Upgrades } from "./aks-args";

type ClusterArgs = azure.containerservice.ManagedClusterArgs;

/** Everything about the cluster that Azure is reported. */
export function clusterArgs(args: AksClusterArgs, identityId: pulumi.Input<string>): ClusterArgs {
  const { context, longTermSupport = false, tier = "Standard" } = args;
  return {
    resourceName: args.clusterName,
    resourceGroupName: context.resourceGroupName,
    location: context.location,
    tags: context.tags,
    dnsPrefix: args.clusterName,
    nodeResourceGroup: args.nodeResourceGroup,
    nodeResourceGroupProfile: { restrictionLevel: "ReadOnly" },
    kubernetesVersion: args.kubernetesVersion,
    supportPlan: longTermSupport ? "AKSLongTermSupport" : "KubernetesOfficial",
    sku: { name: "Base", tier: longTermSupport ? "Premium" : tier },
    identity: { type: "UserAssigned", userAssignedIdentities: [identityId] },
    agentPoolProfiles: [systemPool(args)],
    ...access(args),
    ...addOns(args),
    networkProfile: network(args),
    autoScalerProfile: {
      expander: "least-waste",
      scaleDownUnneededTime: "10m",
      // Every model keeps an emptyDir: the default would never give a node back.
      skipNodesWithLocalStorage: "false",
    },
    autoUpgradeProfile: { upgradeChannel: args.upgrades.channel, nodeOSUpgradeChannel: args.upgrades.nodeChannel },
  };
}

function systemPool({ systemPool: { size, minNodes, maxNodes, zones }, nodeSubnetId, context, ...rest }: AksClusterArgs) {
  return {
    name: "system",
    mode: "System",
    type: "VirtualMachineScaleSets",
    osType: "Linux",
    osSKU: "Ubuntu",
    ...versionOfNodes(rest),
    vmSize: size,
    vnetSubnetID: nodeSubnetId,
    enableAutoScaling: true,
    count: minNodes,
    minCount: minNodes,
    maxCount: maxNodes,
    ...(zones.length > 0 ? { availabilityZones: [...zones] } : {}),
    nodeTaints: ["CriticalAddonsOnly=true:NoSchedule"],
    securityProfile: { sshAccess: "Disabled" },
    upgradeSettings: { maxSurge: "1" },
    tags: context.tags,
  } satisfies azure.types.input.containerservice.ManagedClusterAgentPoolProfileArgs;
}

/** Whether AKS itself may take the cluster to another minor version, which must not look like a change back. */
export const movesMinor = ({ channel }: Pick<Upgrades, "channel">): boolean => channel === "stable" || channel === "rapid";

/** Nodes follow the version that the cluster is asked for, which ARM leaves behind unless it is named for each pool. */
const versionOfNodes = ({ kubernetesVersion, upgrades }: Pick<AksClusterArgs, "kubernetesVersion" | "upgrades">) =>
  movesMinor(upgrades) ? {} : { orchestratorVersion: kubernetesVersion };

/** Entra ID decides who gets in; there is no other way. */
function access({ api, adminGroups, context }: AksClusterArgs): Partial<ClusterArgs> {
  return {
    enableRBAC: true,
    disableLocalAccounts: true,
    aadProfile: { managed: true, enableAzureRBAC: true, adminGroupObjectIDs: [...adminGroups], tenantID: context.tenantId },
    apiServerAccessProfile:
      api.kind === "private"
        ? {
            enablePrivateCluster: true,
            privateDNSZone: api.zone?.id ?? "system",
            enablePrivateClusterPublicFQDN: false,
            disableRunCommand: true,
          }
        : { enablePrivateCluster: false, authorizedIPRanges: [...api.authorizedRanges], disableRunCommand: true },
  };
}

function addOns({ imageCleanerHours = 168, secretPollInterval = "2m", managedPrometheus = true }: AksClusterArgs): Partial<ClusterArgs> {
  return {
    oidcIssuerProfile: { enabled: true },
    securityProfile: { workloadIdentity: { enabled: true }, imageCleaner: { enabled: true, intervalHours: imageCleanerHours } },
    addonProfiles: {
      azureKeyvaultSecretsProvider: { enabled: true, config: { enableSecretRotation: "true", rotationPollInterval: secretPollInterval } },
    },
    workloadAutoScalerProfile: { keda: { enabled: true } },
    azureMonitorProfile: {
      metrics: { enabled: managedPrometheus, kubeStateMetrics: { metricLabelsAllowlist: "", metricAnnotationsAllowList: "" } },
    },
  };
}

function network({ addresses: { pods, services }, hostNames = false }: AksClusterArgs) {
  return {
    networkPlugin: "azure",
    networkPluginMode: "overlay",
    networkDataplane: "cilium",
    networkPolicy: "cilium",
    podCidr: pods,
    serviceCidr: services,
    dnsServiceIP: addressAt(services, 10),
    loadBalancerSku: "standard",
    outboundType: "loadBalancer",
    ...(hostNames ? { advancedNetworking: { enabled: true, security: { enabled: true, advancedNetworkPolicies: "FQDN" } } } : {}),
  } satisfies azure.types.input.containerservice.ContainerServiceNetworkProfileArgs;
}

/** The windows that AKS knows: for the cluster, and for the operating system of its nodes. */
const windows = { kubernetes: "aksManagedAutoUpgradeSchedule", nodes: "aksManagedNodeOSUpgradeSchedule" } as const;

/** When AKS may upgrade. AKS answers a second change of a cluster with 409 while the first runs, so one window follows the other. */
export function maintenance(
  name: string,
  { context, upgrades }: AksClusterArgs,
  clusterName: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): azure.containerservice.MaintenanceConfiguration[] {
  const { day, startTime, hours, utcOffset } = upgrades;
  const maintenanceWindow = { schedule: { weekly: { dayOfWeek: day, intervalWeeks: 1 } }, startTime, durationHours: hours, utcOffset };
  const window = (role: keyof typeof windows, dependsOn: pulumi.Resource[]): azure.containerservice.MaintenanceConfiguration =>
    new azure.containerservice.MaintenanceConfiguration(
      `${name}-${role}-window`,
      { configName: windows[role], resourceName: clusterName, resourceGroupName: context.resourceGroupName, maintenanceWindow },
      { ...opts, dependsOn },
    );
  const kubernetes = window("kubernetes", []);
  return [kubernetes, window("nodes", [kubernetes])];
}
