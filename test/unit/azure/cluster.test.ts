import * as k8s from "@pulumi/kubernetes";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { AksClusterArgs } from "../../../components/cluster/aks-args";
import { AksCluster } from "../../../components/cluster/aks-cluster";
import { GpuNodePool } from "../../../components/cluster/gpu-node-pool";
import { Network } from "../../../components/cluster/network";
import { PrivateLink } from "../../../components/cluster/private-link";
import { defaultAddresses } from "../../../lib/azure/network";
import type { NodePool } from "../../../lib/azure/pools";
import { children, context, idIn, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { messageOf } from "../../support/errors";
import { registered, reset, settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000 }); // the first check reads the declarations of the SDK
beforeAll(mockAzure);
afterEach(quiet);
beforeEach(() => {
  reset();
  refused.splice(0);
});

const inputs = (name: string) => registered.find((resource) => resource.name === name)!.inputs;
const subnet = idIn("Microsoft.Network/virtualNetworks/vnet/subnets/nodes");

describe("Network", () => {
  it("makes a network and two subnets, and nothing else", async () => {
    const network = new Network("net", { context, networkName: "vnet", addresses: defaultAddresses, maxNodes: 10 });
    expect(await settled(network.endpointSubnetId)).toBe(idIn("Microsoft.Network/virtualNetworks/vnet/subnets/endpoints"));
    expect(await settled(network.nodeSubnetId)).toBe(subnet);
    expect(children()).toEqual([
      ["net", "slm:cluster:Network"],
      ["net-endpoints", "network:Subnet"],
      ["net-network", "network:VirtualNetwork"],
      ["net-nodes", "network:Subnet"],
    ]);
    expect(refused).toEqual([]);
  });

  it("refuses ranges that meet", () => {
    const addresses = { ...defaultAddresses, pods: defaultAddresses.network };
    expect(messageOf(() => new Network("net", { context, networkName: "vnet", addresses, maxNodes: 10 }))).toBe(
      'addresses.pods: must not overlap addresses.network (10.240.0.0/16), got "10.240.0.0/16"; choose another range',
    );
  });
});

it.each([
  ["vault", "privatelink.vaultcore.azure.net"],
  ["registry", "privatelink.azurecr.io"],
] as const)("PrivateLink gives a %s an address, and its name to the network", async (group, zone) => {
  new PrivateLink("link", { context, endpointName: "pe", target: { id: idIn("x/y/z"), group }, subnetId: subnet, networkId: idIn("n") });
  await quiet();
  expect(children()).toEqual([
    ["link", "slm:cluster:PrivateLink"],
    ["link-endpoint", "network:PrivateEndpoint"],
    ["link-names", "network:PrivateDnsZoneGroup"],
    ["link-zone", "privatedns:PrivateZone"],
    ["link-zone-link", "privatedns:VirtualNetworkLink"],
  ]);
  expect(inputs("link-zone")["privateZoneName"]).toBe(zone);
  expect(inputs("link-endpoint")["privateLinkServiceConnections"][0].groupIds).toEqual([group]);
  expect(refused).toEqual([]);
});

const cluster: AksClusterArgs = {
  context,
  clusterName: "aks-test",
  nodeResourceGroup: "rg-test-nodes",
  kubernetesVersion: "1.36",
  nodeSubnetId: subnet,
  addresses: defaultAddresses,
  api: { kind: "private" },
  adminGroups: ["11111111-1111-4111-8111-111111111111"],
  deployer: { objectId: "22222222-2222-4222-8222-222222222222", type: "User" },
  systemPool: { size: "Standard_D4s_v5", minNodes: 2, maxNodes: 3, zones: [] },
  upgrades: { channel: "patch", nodeChannel: "NodeImage", day: "Sunday", startTime: "02:00", hours: 4, utcOffset: "+00:00" },
  today: "2026-11-25",
};

describe("AksCluster", () => {
  it("makes a cluster with an identity, two roles and two windows, and nothing else", async () => {
    const aks = new AksCluster("aks", cluster);
    expect(await settled(aks.kubeconfig)).toBe("kubeconfig of the cluster");
    expect(await settled(aks.oidcIssuerUrl)).toMatch(/^https:\/\/eastus\.oic\.prod-aks\.azure\.com\//);
    expect(await settled(aks.kubeletObjectId)).toMatch(/^[0-9a-f-]{36}$/);
    await quiet();
    expect(children()).toEqual([
      ["aks", "slm:cluster:AksCluster"],
      ["aks-cluster", "containerservice:ManagedCluster"],
      ["aks-deployer-role", "authorization:RoleAssignment"],
      ["aks-identity", "managedidentity:UserAssignedIdentity"],
      ["aks-kubernetes-window", "containerservice:MaintenanceConfiguration"],
      ["aks-network-role", "authorization:RoleAssignment"],
      ["aks-nodes-window", "containerservice:MaintenanceConfiguration"],
    ]);
    expect(refused).toEqual([]);
  });

  it("is closed by default: no local accounts, Entra ID, private API, Cilium, workload identity", async () => {
    new AksCluster("aks", cluster);
    await quiet();
    expect(inputs("aks-cluster")).toMatchObject({
      disableLocalAccounts: true,
      aadProfile: { managed: true, enableAzureRBAC: true, adminGroupObjectIDs: cluster.adminGroups },
      apiServerAccessProfile: {
        enablePrivateCluster: true,
        enablePrivateClusterPublicFQDN: false,
        privateDNSZone: "system",
        disableRunCommand: true,
      },
      networkProfile: {
        networkPlugin: "azure",
        networkPluginMode: "overlay",
        networkDataplane: "cilium",
        networkPolicy: "cilium",
        dnsServiceIP: "10.0.0.10",
      },
      oidcIssuerProfile: { enabled: true },
      securityProfile: { workloadIdentity: { enabled: true }, imageCleaner: { enabled: true, intervalHours: 168 } },
      addonProfiles: {
        azureKeyvaultSecretsProvider: { enabled: true, config: { enableSecretRotation: "true", rotationPollInterval: "2m" } },
      },
      workloadAutoScalerProfile: { keda: { enabled: true } },
      azureMonitorProfile: { metrics: { enabled: true } },
      autoUpgradeProfile: { upgradeChannel: "patch", nodeOSUpgradeChannel: "NodeImage" },
      sku: { name: "Base", tier: "Standard" },
    });
  });

  it("tells hosts by name only where a path names one: Azure bills that", async () => {
    new AksCluster("aks", cluster);
    await quiet();
    expect(inputs("aks-cluster")["networkProfile"]).not.toHaveProperty("advancedNetworking");
    new AksCluster("named", { ...cluster, hostNames: true });
    await quiet();
    expect(inputs("named-cluster")["networkProfile"].advancedNetworking).toEqual({
      enabled: true,
      security: { enabled: true, advancedNetworkPolicies: "FQDN" },
    });
    expect(refused).toEqual([]);
  });

  it("is upgraded in one weekly window, Kubernetes and the nodes' system alike", async () => {
    new AksCluster("aks", {
      ...cluster,
      upgrades: { ...cluster.upgrades, day: "Saturday", startTime: "22:30", hours: 6, utcOffset: "+01:00" },
    });
    await quiet();
    const maintenanceWindow = {
      schedule: { weekly: { dayOfWeek: "Saturday", intervalWeeks: 1 } },
      startTime: "22:30",
      durationHours: 6,
      utcOffset: "+01:00",
    };
    expect(inputs("aks-kubernetes-window")).toMatchObject({ configName: "aksManagedAutoUpgradeSchedule", maintenanceWindow });
    expect(inputs("aks-nodes-window")).toMatchObject({ configName: "aksManagedNodeOSUpgradeSchedule", maintenanceWindow });
    expect(refused).toEqual([]);
  });

  it("takes ranges, long-term support and zones", async () => {
    new AksCluster("aks", {
      ...cluster,
      api: { kind: "public", authorizedRanges: ["203.0.113.0/24"] },
      kubernetesVersion: "1.34",
      longTermSupport: true,
      today: "2027-01-01",
      systemPool: { ...cluster.systemPool, zones: ["1", "2"] },
      managedPrometheus: false,
    });
    await quiet();
    expect(inputs("aks-cluster")).toMatchObject({
      apiServerAccessProfile: { enablePrivateCluster: false, authorizedIPRanges: ["203.0.113.0/24"] },
      sku: { tier: "Premium" },
      supportPlan: "AKSLongTermSupport",
      agentPoolProfiles: [{ availabilityZones: ["1", "2"] }],
      azureMonitorProfile: { metrics: { enabled: false } },
    });
    expect(refused).toEqual([]);
  });

  it.each<[Partial<AksClusterArgs>, string]>([
    [
      { kubernetesVersion: "1.33" },
      'kubernetesVersion: must be supported; its support ended with 2026-07, got "1.33"; use 1.34, 1.35, 1.36, 1.37',
    ],
    [{ adminGroups: [] }, "adminGroups: must name at least one group, got []; there are no local accounts to fall back on"],
    [{ systemPool: { ...cluster.systemPool, minNodes: 0 } }, "systemPool.minNodes: must be from 1 to maxNodes (3), got 0"],
    [{ api: { kind: "public", authorizedRanges: [] } }, "api.authorizedRanges: must name at least one range, got []; or use kind private"],
  ])("refuses %o", (change, message) => {
    expect(messageOf(() => new AksCluster("aks", { ...cluster, ...change }))).toBe(message);
  });
});

describe("GpuNodePool", () => {
  const pool: NodePool = {
    name: "ga10abcd",
    key: "nv36ads-a10-v5",
    size: "Standard_NV36ads_A10_v5",
    gpu: { key: "a10", driver: "Install", migProfile: null },
    scale: { kind: "auto", minNodes: 0, maxNodes: 4 },
    spot: null,
    zones: [],
    osDiskGib: 256,
    models: ["chat"],
  };
  const make = (change: Partial<NodePool> = {}): GpuNodePool => {
    const provider = new k8s.Provider("k8s", { kubeconfig: "x" });
    const place = { context, clusterName: "aks-test", subnetId: subnet };
    return new GpuNodePool("gpu", { place, pool: { ...pool, ...change }, kubernetes: { provider, namespace: "gpu-system" } });
  };

  it("makes a pool, a device plugin and an exporter, and nothing else", async () => {
    const made = make();
    expect([made.nodeSelector, made.taints]).toEqual([{ "slm.dev/pool": "ga10abcd" }, ["sku=gpu:NoSchedule"]]);
    await quiet();
    expect(children().filter(([name]) => name !== "k8s")).toEqual([
      ["gpu", "slm:cluster:GpuNodePool"],
      ["gpu-dcgm-exporter", "kubernetes:apps/v1:DaemonSet"],
      ["gpu-device-plugin", "kubernetes:apps/v1:DaemonSet"],
      ["gpu-pool", "containerservice:AgentPool"],
    ]);
    expect(refused).toEqual([]);
  });

  it("scales from nothing, keeps other pods off, and tells the autoscaler by its own labels", async () => {
    make();
    await quiet();
    expect(inputs("gpu-pool")).toMatchObject({
      agentPoolName: "ga10abcd",
      vmSize: pool.size,
      enableAutoScaling: true,
      minCount: 0,
      maxCount: 4,
      gpuProfile: { driver: "Install" },
      nodeTaints: ["sku=gpu:NoSchedule"],
      nodeLabels: { "slm.dev/pool": "ga10abcd", "slm.dev/pool-key": pool.key },
      upgradeSettings: { maxSurge: "0", maxUnavailable: "1" },
      tags: context.tags,
    });
    expect(inputs("gpu-pool")).not.toHaveProperty("spotMaxPrice");
  });

  it("on spot says what it may cost and what becomes of a node, and is tainted as AKS taints it", async () => {
    const { taints } = make({ spot: { maxUsdPerHour: 1.5, eviction: "Delete" }, zones: ["1"] });
    await quiet();
    expect(inputs("gpu-pool")["nodeTaints"]).toEqual(taints);
    expect(inputs("gpu-pool")).toMatchObject({
      scaleSetPriority: "Spot",
      scaleSetEvictionPolicy: "Delete",
      spotMaxPrice: 1.5,
      availabilityZones: ["1"],
      nodeTaints: ["sku=gpu:NoSchedule", "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"],
      nodeLabels: { "kubernetes.azure.com/scalesetpriority": "spot" },
    });
    expect(refused).toEqual([]);
  });

  it("with cut GPUs has as many nodes as planned, and a plugin that offers slices", async () => {
    make({ gpu: { key: "a100-80gb-pcie", driver: "Install", migProfile: "MIG3g" }, scale: { kind: "fixed", nodes: 2 } });
    await quiet();
    expect(inputs("gpu-pool")).toMatchObject({ enableAutoScaling: false, count: 2, gpuInstanceProfile: "MIG3g" });
    expect(inputs("gpu-device-plugin")["spec"].template.spec.containers[0].env).toContainEqual({ name: "MIG_STRATEGY", value: "single" });
    expect(refused).toEqual([]);
  });

  it("of another maker's GPUs gets no driver and none of NVIDIA's daemons", async () => {
    make({ gpu: { key: "mi300x-192gb", driver: "None", migProfile: null } });
    await quiet();
    expect(inputs("gpu-pool")["gpuProfile"]).toEqual({ driver: "None" });
    expect(registered.some(({ type }) => type.endsWith("DaemonSet"))).toBe(false);
  });

  it("runs its daemons on the pool's nodes and on those of its replacement, whatever the taint", async () => {
    make();
    await quiet();
    for (const role of ["device-plugin", "dcgm-exporter"]) {
      const { nodeSelector, tolerations } = inputs(`gpu-${role}`)["spec"].template.spec;
      expect(nodeSelector).toEqual({ "slm.dev/pool-key": pool.key });
      expect(tolerations.map(({ key }: { key: string }) => key)).toEqual([
        "sku",
        "nvidia.com/gpu",
        "nvidia.com/gpu",
        "kubernetes.azure.com/scalesetpriority",
      ]);
    }
  });

  it.each<[Partial<NodePool>, string]>([
    [
      { gpu: { key: "a100-80gb-pcie", driver: "Install", migProfile: "MIG3g" } },
      'pool.scale: the autoscaler does not know GPUs that are cut (MIG3g), got "auto"; use kind fixed',
    ],
    [{ gpu: null }, 'pool.size: must have a GPU, got "Standard_NV36ads_A10_v5"; use agentPool for processors alone'],
  ])("refuses %o", (change, message) => expect(messageOf(() => make(change))).toBe(message));
});
