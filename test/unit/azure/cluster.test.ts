import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import type { AksClusterArgs } from "../../../components/cluster/aks-args";
import { AksCluster } from "../../../components/cluster/aks-cluster";
import { cluster } from "../../support/azure-cluster";
import { called, fresh, kubeconfig, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { messageOf } from "../../support/errors";
import { differences, fixture, type Made, made } from "../../support/made";
import { settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
beforeAll(mockAzure);
afterEach(quiet);
beforeEach(fresh);

const standard = fixture("aks-cluster") as Record<string, Made>;

async function make(change: Partial<AksClusterArgs> = {}): Promise<AksCluster> {
  const aks = new AksCluster("aks", { ...cluster, ...change });
  await quiet();
  expect(refused).toEqual([]);
  return aks;
}

it("is a private cluster with Cilium, Entra ID and workload identity, its identity, two roles and two windows, and nothing else", async () => {
  await make();
  expect(made()).toEqual(standard);
});

describe("each setting changes what it names, and nothing else:", () => {
  const { upgrades, systemPool } = cluster;
  const windows = (key: string, value: unknown): Record<string, unknown> => ({
    [`aks-kubernetes-window.maintenanceWindow.${key}`]: value,
    [`aks-nodes-window.maintenanceWindow.${key}`]: value,
  });
  const network = "aks-cluster.networkProfile";
  const access = "aks-cluster.apiServerAccessProfile";
  const pool = "aks-cluster.agentPoolProfiles[0]";

  it.each<[Partial<AksClusterArgs>, Record<string, unknown>]>([
    [{ nodeResourceGroup: "other" }, { "aks-cluster.nodeResourceGroup": "other" }],
    [{ kubernetesVersion: "1.35" }, { "aks-cluster.kubernetesVersion": "1.35", [`${pool}.orchestratorVersion`]: "1.35" }],
    [{ tier: "Free" }, { "aks-cluster.sku.tier": "Free" }],
    [{ tier: "Standard" }, {}],
    [{ longTermSupport: true }, { "aks-cluster.sku.tier": "Premium", "aks-cluster.supportPlan": "AKSLongTermSupport" }],
    [
      { longTermSupport: true, tier: "Free" },
      { "aks-cluster.sku.tier": "Premium", "aks-cluster.supportPlan": "AKSLongTermSupport" },
    ],
    [
      { clusterName: "other" },
      {
        "aks-identity.resourceName": "id-other",
        "aks-cluster.resourceName": "other",
        "aks-cluster.dnsPrefix": "other",
        "aks-kubernetes-window.resourceName": "other",
        "aks-nodes-window.resourceName": "other",
      },
    ],
    [{ nodeSubnetId: "/subscriptions/s" }, { "aks-network-role.scope": "/subscriptions/s", [`${pool}.vnetSubnetID`]: "/subscriptions/s" }],
    [
      { addresses: { pods: "10.8.0.0/16", services: "172.16.0.0/20" } },
      { [`${network}.podCidr`]: "10.8.0.0/16", [`${network}.serviceCidr`]: "172.16.0.0/20", [`${network}.dnsServiceIP`]: "172.16.0.10" },
    ],
    [
      { api: { kind: "public", authorizedRanges: ["203.0.113.0/24", "198.51.100.0/24"] } },
      {
        [`${access}.enablePrivateCluster`]: false,
        [`${access}.enablePrivateClusterPublicFQDN`]: "gone",
        [`${access}.privateDNSZone`]: "gone",
        [`${access}.authorizedIPRanges[0]`]: "203.0.113.0/24",
        [`${access}.authorizedIPRanges[1]`]: "198.51.100.0/24",
      },
    ],
    [
      { api: { kind: "private", zone: { id: "/subscriptions/zone", networkId: "/subscriptions/net", ready: [] } } },
      {
        [`${access}.privateDNSZone`]: "/subscriptions/zone",
        "aks-network-role.scope": "/subscriptions/net",
        "aks-zone-role": "authorization:RoleAssignment",
        "aks-cluster options.dependsOn[1]": "aks-zone-role",
        "aks-cluster after[2]": "aks-zone-role",
      },
    ],
    [
      { adminGroups: ["a", "b"] },
      { "aks-cluster.aadProfile.adminGroupObjectIDs[0]": "a", "aks-cluster.aadProfile.adminGroupObjectIDs[1]": "b" },
    ],
    [
      { deployer: { objectId: "p", type: "ServicePrincipal" } },
      { "aks-deployer-role.principalId": "p", "aks-deployer-role.principalType": "ServicePrincipal" },
    ],
    [
      { systemPool: { size: "Standard_D8s_v5", minNodes: 3, maxNodes: 5, zones: ["1", "3"] } },
      {
        [`${pool}.vmSize`]: "Standard_D8s_v5",
        [`${pool}.minCount`]: 3,
        [`${pool}.count`]: 3,
        [`${pool}.maxCount`]: 5,
        [`${pool}.availabilityZones[0]`]: "1",
        [`${pool}.availabilityZones[1]`]: "3",
      },
    ],
    [{ systemPool: { ...systemPool, minNodes: 3 } }, { [`${pool}.minCount`]: 3, [`${pool}.count`]: 3 }],
    [
      { systemPool: { ...systemPool, minNodes: 1, maxNodes: 1 } },
      { [`${pool}.minCount`]: 1, [`${pool}.count`]: 1, [`${pool}.maxCount`]: 1 },
    ],
    [{ upgrades: { ...upgrades, channel: "none" } }, { "aks-cluster.autoUpgradeProfile.upgradeChannel": "none" }],
    [{ upgrades: { ...upgrades, channel: "node-image" } }, { "aks-cluster.autoUpgradeProfile.upgradeChannel": "node-image" }],
    ...(["stable", "rapid"] as const).map((channel): [Partial<AksClusterArgs>, Record<string, unknown>] => [
      { upgrades: { ...upgrades, channel } },
      {
        "aks-cluster.autoUpgradeProfile.upgradeChannel": channel,
        "aks-cluster options.ignoreChanges[1]": "kubernetesVersion",
        [`${pool}.orchestratorVersion`]: "gone",
      },
    ]),
    [
      { upgrades: { ...upgrades, nodeChannel: "SecurityPatch" } },
      { "aks-cluster.autoUpgradeProfile.nodeOSUpgradeChannel": "SecurityPatch" },
    ],
    [{ upgrades: { ...upgrades, day: "Saturday" } }, windows("schedule.weekly.dayOfWeek", "Saturday")],
    [{ upgrades: { ...upgrades, startTime: "22:30" } }, windows("startTime", "22:30")],
    [{ upgrades: { ...upgrades, hours: 6 } }, windows("durationHours", 6)],
    [{ upgrades: { ...upgrades, utcOffset: "+01:00" } }, windows("utcOffset", "+01:00")],
    [
      { hostNames: true },
      {
        [`${network}.advancedNetworking.enabled`]: true,
        [`${network}.advancedNetworking.security.enabled`]: true,
        [`${network}.advancedNetworking.security.advancedNetworkPolicies`]: "FQDN",
      },
    ],
    [{ imageCleanerHours: 24 }, { "aks-cluster.securityProfile.imageCleaner.intervalHours": 24 }],
    [{ secretPollInterval: "1h" }, { "aks-cluster.addonProfiles.azureKeyvaultSecretsProvider.config.rotationPollInterval": "1h" }],
    [{ managedPrometheus: false }, { "aks-cluster.azureMonitorProfile.metrics.enabled": false }],
    [{ protect: false }, { "aks-cluster options.protect": "gone" }],
  ])("%j", async (change, expected) => {
    await make(change);
    expect(differences(standard, made())).toEqual(expected);
  });
});

describe("its outputs", () => {
  it("are those that Azure gives the cluster", async () => {
    const aks = await make();
    expect(await settled(aks.name)).toBe("aks-test");
    expect(await settled(aks.id)).toMatch(/\/resourceGroups\/rg-test\/providers\/Microsoft\.ContainerService\/managedClusters\/aks-test$/);
    expect(await settled(aks.oidcIssuerUrl)).toMatch(/^https:\/\/eastus\.oic\.prod-aks\.azure\.com\//);
    expect(await settled(aks.kubeletObjectId)).toMatch(/^[0-9a-f-]{36}$/);
    expect(await settled(aks.kubeconfig)).toBe(kubeconfig.text);
  });

  it("are no secrets, but for the kubeconfig", async () => {
    const { id, name, oidcIssuerUrl, kubeletObjectId, kubeconfig } = await make();
    const secret = await Promise.all([id, name, oidcIssuerUrl, kubeletObjectId, kubeconfig].map((output) => pulumi.isSecret(output)));
    expect(secret).toEqual([false, false, false, false, true]);
  });

  it("ask for credentials once the deployer may have them", async () => {
    await make();
    expect(called).toEqual([
      {
        token: "azure-native:containerservice:listManagedClusterUserCredentials",
        inputs: { resourceGroupName: "rg-test", resourceName: "aks-test" },
        after: expect.arrayContaining(["aks-cluster", "aks-deployer-role"]),
      },
    ]);
  });
});

describe("refuses", () => {
  const { systemPool } = cluster;
  const version = (got: string, bound: string, good: string): string => `kubernetesVersion: ${bound}, got "${got}"; use ${good}`;

  it.each<[Partial<AksClusterArgs>, string]>([
    [{ kubernetesVersion: "1.99" }, version("1.99", "must be a version of the AKS calendar of 2026-08-21", "1.34, 1.35, 1.36, 1.37")],
    [
      { kubernetesVersion: "1.37", today: "2026-09-30" },
      version("1.37", "must be generally available; it is from 2026-10", "1.34, 1.35, 1.36"),
    ],
    [{ adminGroups: [] }, "adminGroups: must name at least one group, got []; there are no local accounts to fall back on"],
    [{ systemPool: { ...systemPool, minNodes: 0 } }, "systemPool.minNodes: must be from 1 to maxNodes (3), got 0"],
    [{ systemPool: { ...systemPool, minNodes: 4 } }, "systemPool.minNodes: must be from 1 to maxNodes (3), got 4"],
    [{ api: { kind: "public", authorizedRanges: [] } }, "api.authorizedRanges: must name at least one range, got []; or use kind private"],
  ])("%j", (change, message) => {
    expect(messageOf(() => new AksCluster("aks", { ...cluster, ...change }))).toBe(message);
  });

  it("no version whose support has ended, since a cluster that runs it goes on: a warning; support is measured today unless set otherwise", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    await make({ kubernetesVersion: "1.34", longTermSupport: true, today: "2027-11-30" });
    expect(warn).not.toHaveBeenCalled();
    vi.useFakeTimers({ now: Date.parse("2026-12-01T12:00:00Z"), toFake: ["Date"] });
    const { today: _, ...undated } = cluster;
    new AksCluster("late", { ...undated, kubernetesVersion: "1.34" });
    await quiet();
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      version("1.34", "must be supported; its support ended with 2026-11", "1.35, 1.36, 1.37"),
    ]);
    vi.useRealTimers();
    warn.mockRestore();
  });
});
