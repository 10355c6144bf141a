import { type VmSize, vmSizes } from "../../lib/accelerators/vm-size";
import type { Resource } from "./rule";

/** Type tokens, so that the SDK of azure-native need not be loaded; property names as in its version 3.28. */
export const azure = {
  cluster: "azure-native:containerservice:ManagedCluster",
  agentPool: "azure-native:containerservice:AgentPool",
  registry: "azure-native:containerregistry:Registry",
  vault: "azure-native:keyvault:Vault",
  roleAssignment: "azure-native:authorization:RoleAssignment",
} as const;

/** The parts of a node pool that rules read. */
export interface NodePool {
  readonly vmSize?: string;
  readonly count?: number;
  readonly minCount?: number;
  readonly maxCount?: number;
  readonly enableAutoScaling?: boolean;
  readonly nodeTaints?: readonly string[];
  readonly nodeLabels?: Readonly<Record<string, string>>;
  readonly scaleSetPriority?: string;
  readonly gpuInstanceProfile?: string;
}

/** A node pool with its name and its path in the resource's inputs; the path of a resource of its own is empty. */
export interface PlacedPool {
  readonly name: string;
  readonly pool: NodePool;
  readonly path: string;
  /** The same by position, as the option `ignoreChanges` writes it. */
  readonly input: string;
}

/** Node pools of a resource: an agent pool is one, a cluster declares some inline. */
export function poolsOf({ type, name, props }: Resource): PlacedPool[] {
  if (type === azure.agentPool)
    return [
      { name: ((props["agentPoolName"] ?? props["name"]) as string | undefined) ?? name, pool: props as NodePool, path: "", input: "" },
    ];
  if (type !== azure.cluster) return [];
  const profiles = (props["agentPoolProfiles"] ?? []) as (NodePool & { name: string })[];
  return profiles.map((pool, index) => ({
    name: pool.name,
    pool,
    path: `agentPoolProfiles[${pool.name}].`,
    input: `agentPoolProfiles[${index}].`,
  }));
}

/** What a VM size holds; undefined for a size that the table lacks. */
export const sizeOf = ({ vmSize }: NodePool): VmSize | undefined =>
  vmSizes.find(({ name }) => name.toLowerCase() === vmSize?.toLowerCase());

/** Whether a pool has GPUs: by the table, or by the family letter N of Azure's names for a size that the table lacks. */
export function hasGpu(pool: NodePool): boolean {
  const size = sizeOf(pool);
  return size ? size.gpu !== null : /^Standard_N/i.test(pool.vmSize ?? "");
}

/** Most nodes that a pool may have; a pool that says nothing has one. Undefined: no bound is set. */
export const maxNodesOf = ({ enableAutoScaling, maxCount, count }: NodePool): number | undefined =>
  enableAutoScaling ? maxCount : (count ?? 1);

/** Types that this project makes, so that its rules were written with them in mind. */
export const azureTypes: ReadonlySet<string> = new Set(
  [
    "alertsmanagement:PrometheusRuleGroup",
    "authorization:RoleAssignment",
    "consumption:Budget",
    "containerregistry:Registry",
    "containerregistry:Replication",
    "containerservice:AgentPool",
    "containerservice:MaintenanceConfiguration",
    "containerservice:ManagedCluster",
    "dashboard:Grafana",
    "keyvault:Secret",
    "keyvault:Vault",
    "managedidentity:FederatedIdentityCredential",
    "managedidentity:UserAssignedIdentity",
    "monitor:ActionGroup",
    "monitor:AzureMonitorWorkspace",
    "monitor:DataCollectionEndpoint",
    "monitor:DataCollectionRule",
    "monitor:DataCollectionRuleAssociation",
    "monitor:DiagnosticSetting",
    "network:PrivateDnsZoneGroup",
    "network:PrivateEndpoint",
    "network:Subnet",
    "network:VirtualNetwork",
    "network:VirtualNetworkPeering",
    "operationalinsights:Workspace",
    "privatedns:PrivateZone",
    "privatedns:VirtualNetworkLink",
    "resources:ResourceGroup",
  ].map((type) => `azure-native:${type}`),
);

/** Types that take tags, of those that this stack may make. */
export const taggable: ReadonlySet<string> = new Set(
  [
    "alertsmanagement:PrometheusRuleGroup",
    "containerregistry:Registry",
    "containerservice:AgentPool",
    "containerservice:ManagedCluster",
    "dashboard:Grafana",
    "keyvault:Secret",
    "keyvault:Vault",
    "managedidentity:UserAssignedIdentity",
    "monitor:AzureMonitorWorkspace",
    "monitor:DataCollectionEndpoint",
    "monitor:DataCollectionRule",
    "network:NatGateway",
    "network:PrivateEndpoint",
    "network:VirtualNetwork",
    "operationalinsights:Workspace",
    "privatedns:PrivateZone",
    "resources:ResourceGroup",
    "storage:StorageAccount",
  ].map((type) => `azure-native:${type}`),
);
