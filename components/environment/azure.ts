import * as azure from "@pulumi/azure-native";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { addressPlan, azureFaults, nodesOf } from "../../lib/azure/faults";
import type { Login } from "../../lib/azure/kubeconfig";
import { type AzureNames, azureNames } from "../../lib/azure/names";
import { azureTags } from "../../lib/azure/tags";
import type { AzureSettings } from "../../lib/environment/azure-config";
import { faultMessage } from "../../lib/planner/fault";
import type { EnvironmentPlan } from "../../lib/planner/types";
import type { PoolPlace } from "../cluster/agent-pool";
import type { AksClusterArgs, ApiAccess, Deployer } from "../cluster/aks-args";
import { AksCluster } from "../cluster/aks-cluster";
import { movesMinor } from "../cluster/aks-settings";
import { apiZone } from "../cluster/api-zone";
import type { AzureContext } from "../cluster/azure-context";
import { Network } from "../cluster/network";
import { AzureObservability } from "../observability/azure-observability";
import type { AzureObservabilityArgs, RuleGroup } from "../observability/azure-observability-args";
import { ContainerRegistry } from "../registry/container-registry";
import { KeyVaultStore, type KeyVaultStoreArgs } from "../secrets/key-vault-store";
import type { SecretStore, SecretValues } from "../secrets/secret-store";
import { buildImages } from "./azure-images";
import { type Placement, pools } from "./azure-pools";
import { checkedRegion } from "./azure-preflight";

/** What an environment on Azure is made from. */
export interface AzureInputs {
  /** Name of the environment, which is that of the stack. */
  readonly name: string;
  readonly settings: AzureSettings;
  /** A plan without faults. Its region is that of all resources. */
  readonly plan: EnvironmentPlan;
  /** How the program enters the cluster. @default by the Azure CLI's session */
  readonly login?: Login;
  /** Secrets to keep, by name. */
  readonly secrets?: SecretValues;
  /** Images of this repository to build and push, by name. @default none */
  readonly images?: readonly string[];
  /** Whether a network policy names a host. @default false */
  readonly hostNames?: boolean;
  /** What messages call the settings. @default "the settings of" and the name */
  readonly from?: string;
  /** Options of everything that is made. @default none */
  readonly own?: pulumi.ResourceOptions;
  /** Prometheus rules that Azure evaluates. */
  readonly ruleGroups?: readonly RuleGroup[];
}

/** What the rest of the program builds on. */
export interface AzureEnvironment {
  /** The cluster; what is in it is created through this. */
  readonly provider: k8s.Provider;
  /** Credentials of the cluster, as a secret: what the provider has. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly secrets: SecretStore;
  /** Where the pods of each model go, by the model's name. */
  readonly placements: Readonly<Record<string, Placement>>;
  /** Images that were built, by name: each a reference by digest. */
  readonly images: Readonly<Record<string, pulumi.Output<string>>>;
  readonly outputs: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Composes an environment on Azure; every mistake in its settings is reported at once, before anything is made. */
export function composeAzure(inputs: AzureInputs): AzureEnvironment {
  const { name, settings, plan, own = {}, from } = inputs;
  const today = new Date().toISOString().slice(0, 10);
  const faults = azureFaults(plan, settings, today);
  if (faults.length > 0) {
    const all = faults.map(faultMessage).join("\n");
    throw new pulumi.RunError(`${from ? `${from} is` : `the settings of ${name} are`} invalid:\n${all}`);
  }

  const names = azureNames({ prefix: settings.prefix, environment: name, region: plan.region });
  const account = azure.authorization.getClientConfigOutput();
  const context = contextOf(inputs, names, account);
  const network = networkOf(inputs, names, context);
  const deployer: Deployer =
    typeof settings.deployer === "string" ? { objectId: account.objectId, type: settings.deployer } : settings.deployer;
  const cluster = clusterOf(inputs, names, context, network, deployer);
  const access = {
    kubeconfig: cluster.kubeconfig,
    clusterIdentifier: cluster.id, // its certificates and address change, and it stays the same
    enableServerSideApply: true,
  };
  const provider = new k8s.Provider("cluster", access, own);
  const version = movesMinor(settings.upgrades) ? undefined : settings.kubernetesVersion;
  const place: PoolPlace = { context, clusterName: cluster.name, subnetId: network.nodeSubnetId, version, after: cluster.ready };
  const placements = pools(plan, settings, place, provider, isProtected(settings), own);
  const shared = { context, protect: isProtected(settings) };
  const { registry: needs } = settings;
  const pullers = { kubelet: cluster.kubeletObjectId };
  const registry = new ContainerRegistry(
    "registry",
    { ...shared, ...linkOf("registry", settings, network), registryName: names.registry, requirements: needs, pullers },
    own,
  );
  const vault = vaultOf(inputs, names, {
    ...shared,
    ...linkOf("vault", settings, network),
    deployer,
    cluster: { oidcIssuerUrl: cluster.oidcIssuerUrl, provider },
  });
  const observability = observabilityOf(inputs, names, context, cluster);

  return {
    provider,
    kubeconfig: cluster.kubeconfig,
    secrets: vault,
    placements,
    images: buildImages(inputs.images ?? [], settings, context, registry, own),
    outputs: {
      clusterName: cluster.name,
      registry: registry.loginServer,
      vaultUri: vault.vaultUri,
      grafanaUrl: observability.grafanaUrl,
      queryEndpoint: observability.queryEndpoint,
      scalerClientId: observability.scalerClientId,
    },
  };
}

const isProtected = ({ protect, production }: AzureSettings): boolean => protect ?? production;

type Account = pulumi.Output<azure.authorization.GetClientConfigResult>;

function contextOf({ name, settings, plan, own }: AzureInputs, names: AzureNames, account: Account): AzureContext {
  const location = checkedRegion({ plan, settings, names });
  const tags = azureTags(name, settings.tags);
  const group = settings.resourceGroup
    ? undefined
    : new azure.resources.ResourceGroup(
        "resources",
        { resourceGroupName: names.resourceGroup, location, tags },
        { ...own, protect: isProtected(settings) },
      );
  const resourceGroupName = group?.name ?? settings.resourceGroup!;
  return { subscriptionId: account.subscriptionId, tenantId: account.tenantId, resourceGroupName, location, tags };
}

/** Ids of the network and its subnets. */
interface NetworkIds {
  id: pulumi.Input<string>;
  nodeSubnetId: pulumi.Input<string>;
  endpointSubnetId: pulumi.Input<string>;
}

function networkOf({ settings, plan, own }: AzureInputs, names: AzureNames, context: AzureContext): NetworkIds {
  const { network } = settings;
  if (network.kind === "existing") return { id: network.networkId, ...network };
  const { peers } = network;
  const args = { context, networkName: names.network, addresses: addressPlan(network), maxNodes: nodesOf(plan, settings), peers };
  return new Network("network", args, own);
}

/** How registry and vault are reached by a private address, and whose zone has their names. */
function linkOf(what: "registry" | "vault", { privateLink }: AzureSettings, network: NetworkIds): Pick<KeyVaultStoreArgs, "privateLink"> {
  if (!privateLink) return {};
  const zone = privateLink === true ? {} : { zoneId: privateLink.zones[what] };
  return { privateLink: { networkId: network.id, subnetId: network.endpointSubnetId, ...zone } };
}

/** Who reaches the API server: a private one is known by name in the networks that are peered with its own, too. */
function apiOf({ settings, own = {} }: AzureInputs, names: AzureNames, context: AzureContext, { id }: NetworkIds): ApiAccess {
  const { api, network } = settings;
  if (api.kind === "public") return api;
  if (api.zone) return { kind: "private", zone: { id: api.zone, networkId: id, ready: [] } };
  if (network.kind === "existing" || network.peers.length === 0) return { kind: "private" };
  const zone = apiZone("api", { context, clusterName: names.cluster, networkIds: network.peers }, own);
  return { kind: "private", zone: { id: zone.id, networkId: id, ready: zone.ready } };
}

function clusterOf(inputs: AzureInputs, names: AzureNames, context: AzureContext, ids: NetworkIds, deployer: Deployer): AksCluster {
  const { settings, hostNames = false, login, own } = inputs;
  const { network, systemPool, zones, ...rest } = settings;
  const args: AksClusterArgs = {
    context,
    clusterName: names.cluster,
    nodeResourceGroup: nodeGroup(names),
    kubernetesVersion: rest.kubernetesVersion,
    longTermSupport: rest.longTermSupport,
    tier: rest.tier,
    nodeSubnetId: ids.nodeSubnetId,
    addresses: network,
    api: apiOf(inputs, names, context, ids),
    adminGroups: rest.adminGroups,
    deployer,
    ...(login ? { login } : {}),
    systemPool: { ...systemPool, zones },
    upgrades: rest.upgrades,
    imageCleanerHours: rest.imageCleanerHours,
    secretPollInterval: rest.vault.pollInterval,
    hostNames,
    protect: isProtected(settings),
  };
  return new AksCluster("aks", args, own);
}

const nodeGroup = ({ resourceGroup }: AzureNames): string => `${resourceGroup}-nodes`;

function observabilityOf(
  { settings, ruleGroups = [], own }: AzureInputs,
  names: AzureNames,
  context: AzureContext,
  cluster: AksCluster,
): AzureObservability {
  const { alertEmails, budget, logs } = settings.observability;
  const args: AzureObservabilityArgs = {
    context,
    names,
    cluster: { id: cluster.id, name: cluster.name, azureName: names.cluster, oidcIssuerUrl: cluster.oidcIssuerUrl },
    grafana: { admins: settings.adminGroups, viewers: settings.viewerGroups },
    alertEmails,
    ruleGroups,
    budget: { ...budget, resourceGroups: [settings.resourceGroup ?? names.resourceGroup, nodeGroup(names)] },
    ...(logs ? { logs } : {}),
  };
  return new AzureObservability("observability", args, own);
}

/** The vault, with the environment's secrets. */
function vaultOf(
  { settings, secrets = {}, own }: AzureInputs,
  names: AzureNames,
  shared: Pick<KeyVaultStoreArgs, "context" | "cluster" | "deployer" | "privateLink" | "protect">,
): KeyVaultStore {
  const identities = settings.resourceGroup ? { identityPrefix: `id-${names.cluster}` } : {};
  return new KeyVaultStore("secrets", { ...shared, vaultName: names.vault, values: secrets, ...identities, ...settings.vault }, own);
}
