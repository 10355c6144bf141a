import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { agentPool } from "../../../components/cluster/agent-pool";
import { AksCluster } from "../../../components/cluster/aks-cluster";
import { composeAzure } from "../../../components/environment/azure";
import { azureSchema } from "../../../lib/environment/azure-config";
import { account, guid } from "../../../tools/azure-stand-in/answers";
import { Behaviour, type Pace } from "../../../tools/azure-stand-in/behaviour";
import { StandIn } from "../../../tools/azure-stand-in/provider";
import { Records } from "../../../tools/azure-stand-in/records";
import { cluster, gpuPool, nodeSubnet, planOf } from "../../support/azure-cluster";
import { azure, context, fresh, idIn, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { written } from "../../support/azure-settings";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
vi.useFakeTimers({ now: Date.parse("2026-11-25T12:00:00Z"), toFake: ["Date"] }); // versions of Kubernetes go out of support

let folder: string;
let records: Records;
let now: number;
const behaving = (pace: Partial<Pace> = {}): Behaviour => new Behaviour(records, { operation: 0, grant: 0, ...pace }, () => now);

beforeAll(async () => {
  vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  await mockAzure();
});
beforeEach(() => {
  fresh();
  folder = mkdtempSync(path.join(tmpdir(), "stand-in-"));
  records = new Records(folder);
  now = Date.now();
});
afterEach(async () => {
  await quiet();
  azure.behaviour = undefined;
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => vi.useRealTimers());

const clusterId = idIn("Microsoft.ContainerService/managedClusters/aks");
const poolId = `${clusterId}/agentPools/gpu`;
const pool = { vmSize: "Standard_NC4as_T4_v3", enableAutoScaling: true, minCount: 0, maxCount: 4, count: 0 };
const agent = "containerservice:AgentPool";

describe("an environment, made where each operation takes time,", () => {
  const compose = () =>
    composeAzure({
      name: "dev",
      settings: azureSchema.parse(written),
      plan: planOf({ chat: {}, tiny: { size: "Standard_D2s_v5", gpu: null } }),
    });

  it("is never answered that another operation runs", async () => {
    azure.behaviour = behaving({ operation: 5 });
    compose();
    await quiet();
    expect(refused).toEqual([]);
    expect(records.ids().filter((id) => id.includes("/agentPools/"))).toHaveLength(3);
  });

  it("would be, if its pools were made side by side", async () => {
    azure.behaviour = behaving({ operation: 5 });
    const place = { context, clusterName: "aks-test", subnetId: nodeSubnet };
    agentPool("one", gpuPool, place, {});
    agentPool("two", { ...gpuPool, name: "gother" }, place, {});
    await quiet();
    expect(refused).toEqual([expect.stringMatching(/^two: Status=409 Code="OperationNotAllowed"/)]);
  });

  it("would be, if a window were changed while a pool is made", async () => {
    azure.behaviour = behaving({ operation: 5 });
    const aks = new AksCluster("aks", cluster);
    agentPool("early", gpuPool, { context, clusterName: aks.name, subnetId: nodeSubnet }, {});
    await quiet();
    expect(refused).toEqual([expect.stringMatching(/: Status=409 Code="OperationNotAllowed"/)]);
  });
});

describe("one cluster does one thing at a time", () => {
  it("and the next one when that is done; another cluster does not wait", async () => {
    const { create } = bound(behaving({ operation: 5 }));
    const first = create(agent, poolId, pool);
    await expect(create(agent, `${clusterId}/agentPools/cpu`, pool)).rejects.toMatchObject({ status: 409, code: "OperationNotAllowed" });
    await create(agent, poolId.replace("/aks/", "/other/"), pool);
    await first;
    await create(agent, `${clusterId}/agentPools/cpu`, pool);
  });

  it("however an operation ends", async () => {
    const behaviour = behaving({ operation: 1 });
    await behaviour.create(agent, poolId, pool);
    await expect(behaviour.create(agent, poolId, pool)).rejects.toThrow("exists already");
    await behaviour.delete(agent, poolId);
    await behaviour.create(agent, poolId, pool);
  });
});

const bound = (behaviour: Behaviour) => ({ create: behaviour.create.bind(behaviour) });

describe("a number of nodes that the autoscaler has changed", () => {
  const urn = "urn:pulumi:t::slm::azure-native:containerservice:AgentPool::p";
  const inputs = { resourceGroupName: "rg", resourceName: "aks", agentPoolName: "gpu", ...pool };

  it("is not sent again as it was, unless it was read before", async () => {
    const behaviour = behaving();
    const provider = new StandIn(records, undefined, behaviour);
    const { id, outs } = await provider.create(urn, inputs);
    behaviour.changes(id!, { count: 3 });
    const stale = { ...inputs, tags: { a: "b" } };
    await expect(provider.update(id!, urn, outs, stale)).rejects.toMatchObject({ status: 400, code: "InvalidParameter" });
    const { inputs: read } = await provider.read(id!, urn, outs);
    expect(read).toMatchObject({ count: 3 });
    await provider.update(id!, urn, outs, { ...stale, count: read.count });
  });

  it("of the system pool is not either", async () => {
    const behaviour = behaving();
    const managed = { kubernetesVersion: "1.36", agentPoolProfiles: [{ enableAutoScaling: true, count: 2 }] };
    await behaviour.create("containerservice:ManagedCluster", clusterId, managed);
    behaviour.changes(clusterId, { agentPoolProfiles: [{ enableAutoScaling: true, count: 5 }] });
    await expect(behaviour.update("containerservice:ManagedCluster", clusterId, managed)).rejects.toMatchObject({
      code: "InvalidParameter",
    });
  });

  it("is nobody's but the program's where there is no autoscaler", async () => {
    const behaviour = behaving();
    const fixed = { ...pool, enableAutoScaling: false };
    await behaviour.create(agent, poolId, fixed);
    await behaviour.update(agent, poolId, { ...fixed, count: 2 });
  });
});

describe("a version", () => {
  const managed = (kubernetesVersion: string) => ({ kubernetesVersion, agentPoolProfiles: [{}] });

  it.each([
    ["1.36", "1.37", true],
    ["1.36", "1.36", true],
    ["1.36", "1.35", false],
    ["1.34", "1.36", false],
  ])("of %s goes to %s: %s", async (from, to, allowed) => {
    const behaviour = behaving();
    await behaviour.create("containerservice:ManagedCluster", clusterId, managed(from));
    const update = behaviour.update("containerservice:ManagedCluster", clusterId, managed(to));
    await (allowed ? update : expect(update).rejects.toMatchObject({ code: "OperationNotAllowed" }));
  });
});

it("nodes never run a later version than the control plane", async () => {
  const behaviour = behaving();
  await behaviour.create("containerservice:ManagedCluster", clusterId, { kubernetesVersion: "1.36", agentPoolProfiles: [{}] });
  const of = (orchestratorVersion: string) => ({ ...pool, orchestratorVersion });
  await expect(behaviour.create(agent, poolId, of("1.37"))).rejects.toMatchObject({ code: "NodePoolMcVersionIncompatible" });
  await behaviour.create(agent, poolId, of("1.36"));
  await expect(behaviour.update(agent, poolId, of("1.37"))).rejects.toMatchObject({ code: "NodePoolMcVersionIncompatible" });
  await behaviour.update("containerservice:ManagedCluster", clusterId, { kubernetesVersion: "1.37", agentPoolProfiles: [{}] });
  await behaviour.update(agent, poolId, of("1.37"));
});

it("a pool that names no version stays behind, and holds its control plane back in the end", async () => {
  const behaviour = behaving();
  const upgraded = (kubernetesVersion: string) =>
    behaviour.update("containerservice:ManagedCluster", clusterId, { kubernetesVersion, agentPoolProfiles: [{}] });
  await behaviour.create("containerservice:ManagedCluster", clusterId, { kubernetesVersion: "1.34", agentPoolProfiles: [{}] });
  await behaviour.create(agent, poolId, pool);
  await upgraded("1.35");
  await behaviour.update(agent, poolId, { ...pool, tags: { a: "b" } });
  await upgraded("1.36");
  await expect(upgraded("1.37")).rejects.toMatchObject({ code: "NodePoolMcVersionIncompatible" });
  await behaviour.update(agent, poolId, { ...pool, orchestratorVersion: "1.36" });
  await upgraded("1.37");
});

it("a pool of a size that the region has none of is half made, which the engine is told, and made when there is some", async () => {
  const urn = "urn:pulumi:t::slm::azure-native:containerservice:AgentPool::p";
  const one = { resourceGroupName: "rg", resourceName: "aks", agentPoolName: "gpu", ...pool, minCount: 1, count: 1 };
  const provider = (short: string[]) => new StandIn(records, undefined, behaving({ short }));
  const without = provider([pool.vmSize]);
  const failed = { code: "AllocationFailed", id: expect.stringContaining("/agentPools/gpu"), properties: { vmSize: pool.vmSize } };
  const error = await without.create(urn, one).catch((refusal) => refusal);
  expect(error).toMatchObject(failed);
  expect(records.has(error.id)).toBe(true);
  await expect(without.update(error.id, urn, error.properties, one)).rejects.toMatchObject(failed);
  await provider([]).update(error.id, urn, error.properties, one);
  await without.create(urn, { ...one, agentPoolName: "none", minCount: 0, count: 0 }); // no node, nothing to lack
});

it("a cluster is made with a zone of its user's own once its identity may write into that", async () => {
  const behaviour = behaving();
  const zone = idIn("Microsoft.Network/privateDnsZones/privatelink.eastus.azmk8s.io");
  const identity = idIn("Microsoft.ManagedIdentity/userAssignedIdentities/id-aks");
  const inputs = { apiServerAccessProfile: { privateDNSZone: zone }, identity: { userAssignedIdentities: [identity] } };
  const make = () => behaviour.create("containerservice:ManagedCluster", clusterId, inputs);
  await expect(make()).rejects.toMatchObject({ code: "CustomPrivateDNSZoneMissingPermissionError" });
  const role = `${zone}/providers/Microsoft.Authorization/roleAssignments/r`;
  await behaviour.create("authorization:RoleAssignment", role, { principalId: guid(identity, "principal") });
  await make();
});

it("a network is linked to one zone of a name", async () => {
  const behaviour = behaving();
  const zone = "privatelink.azurecr.io";
  const link = (group: string) => idIn(`Microsoft.Network/privateDnsZones/${zone}/virtualNetworkLinks/l`).replace("rg-test", group);
  const inputs = (network: string) => ({ privateZoneName: zone, virtualNetwork: { id: network } });
  await behaviour.create("privatedns:VirtualNetworkLink", link("one"), inputs("/hub"));
  await expect(behaviour.create("privatedns:VirtualNetworkLink", link("two"), inputs("/hub"))).rejects.toMatchObject({ status: 409 });
  await behaviour.create("privatedns:VirtualNetworkLink", link("two"), inputs("/other"));
});

describe("Azure that is asked too often", () => {
  it("says when it may be asked again", async () => {
    const behaviour = behaving({ limit: { burst: 2, perSecond: 0.5 } });
    const create = (name: string) => behaviour.create("resources:ResourceGroup", `/${name}`, {});
    await create("a");
    await create("b");
    await expect(create("c")).rejects.toMatchObject({ status: 429, code: "TooManyRequests", retryAfter: 2 });
    now += 2000;
    await create("c");
    await expect(create("d")).rejects.toMatchObject({ status: 429 });
    now += 3_600_000; // what is not asked is not saved up
    await create("d");
    await create("e");
    await expect(create("f")).rejects.toMatchObject({ status: 429 });
  });

  it("is asked again by the plugin, as real ones do, when it says so", async () => {
    const limit = { burst: 2, perSecond: 1 };
    const provider = new StandIn(records, undefined, new Behaviour(records, { operation: 0, grant: 0, limit }, () => performance.now()));
    const begun = performance.now();
    const create = (name: string) =>
      provider.create("urn:pulumi:t::slm::azure-native:resources:ResourceGroup::g", { resourceGroupName: name, location: "eastus" });
    await Promise.all(["a", "b", "c"].map(create));
    expect(records.ids()).toHaveLength(3);
    expect(performance.now() - begun).toBeGreaterThan(900);
  });
});

it.each<[string, object, object]>([
  [agent, pool, { ...pool, vmSize: "Standard_NV36ads_A10_v5" }],
  [agent, { ...pool, vnetSubnetID: "a" }, { ...pool, vnetSubnetID: "b" }],
  [
    "containerservice:ManagedCluster",
    { kubernetesVersion: "1.36", agentPoolProfiles: [{ vmSize: "a" }] },
    { kubernetesVersion: "1.36", agentPoolProfiles: [{ vmSize: "b" }] },
  ],
  ["consumption:Budget", { timePeriod: { startDate: "2026-11-01" } }, { timePeriod: { startDate: "2026-12-01" } }],
  ["keyvault:Vault", { properties: { softDeleteRetentionInDays: 7 } }, { properties: { softDeleteRetentionInDays: 90 } }],
])("what %s cannot change in place is refused", async (type, before, after) => {
  const behaviour = behaving();
  await behaviour.create(type, clusterId, before as Record<string, unknown>);
  await expect(behaviour.update(type, clusterId, after as Record<string, unknown>)).rejects.toMatchObject({
    code: "PropertyChangeNotAllowed",
  });
  await behaviour.update(type, clusterId, { ...before, tags: {} } as Record<string, unknown>);
});

it.each([
  ["2026-10-01T00:00:00Z", false],
  ["2026-11-01T00:00:00Z", true],
])("a budget that starts %s is taken: %s", async (startDate, taken) => {
  const create = behaving().create("consumption:Budget", "/b", { timePeriod: { startDate } });
  await (taken ? create : expect(create).rejects.toMatchObject({ code: "InvalidBudgetStartDate" }));
});

it("content trust is enabled on no new registry", async () => {
  const registry = (status: string) => ({ policies: { trustPolicy: { status } } });
  await behaving().create("containerregistry:Registry", "/one", registry("disabled"));
  await expect(behaving().create("containerregistry:Registry", "/two", registry("enabled"))).rejects.toMatchObject({ status: 400 });
});

describe("a vault", () => {
  const vaultId = idIn("Microsoft.KeyVault/vaults/kv-test");
  const vault = (properties: object = {}) => ({ vaultName: "kv-test", properties });
  const create = (behaviour: Behaviour, properties: object = {}) => behaviour.create("keyvault:Vault", vaultId, vault(properties));

  it("that was deleted keeps its name, until it is taken back or purged", async () => {
    const behaviour = behaving();
    await create(behaviour);
    await behaviour.delete("keyvault:Vault", vaultId);
    expect(records.ids()).toEqual([]);
    await expect(create(behaviour)).rejects.toMatchObject({ status: 409, code: "ConflictError" });
    await create(behaviour, { createMode: "recover" });
    await behaviour.delete("keyvault:Vault", vaultId);
    records.purge("kv-test");
    await create(behaviour);
  });

  it("goes with its group, and keeps its name then too", async () => {
    const behaviour = behaving();
    await create(behaviour);
    await behaviour.delete("resources:ResourceGroup", vaultId.split("/providers/")[0]!);
    await expect(create(behaviour)).rejects.toMatchObject({ code: "ConflictError" });
  });

  it("that is not there is not taken back", async () => {
    await expect(create(behaving(), { createMode: "recover" })).rejects.toMatchObject({ status: 404 });
  });

  const secretId = `${vaultId}/secrets/token`;
  const roleId = `${vaultId}/providers/Microsoft.Authorization/roleAssignments/r`;
  const secret = async (behaviour: Behaviour, properties: object = {}) => {
    await create(behaviour, properties);
    await behaviour.create("keyvault:Secret", secretId, { secretName: "token", properties: { value: "hf_x" } });
  };
  const grant = (behaviour: Behaviour, principalId = account.objectId) =>
    behaviour.create("authorization:RoleAssignment", roleId, { principalId });

  it("lets nobody delete a secret without a role, nor while the role is new", async () => {
    const behaviour = behaving({ grant: 60_000 });
    await secret(behaviour);
    await expect(behaviour.delete("keyvault:Secret", secretId)).rejects.toThrow(/Status=403 .*has no role/);
    await grant(behaviour);
    await expect(behaviour.delete("keyvault:Secret", secretId)).rejects.toThrow(/Status=403 .*not known yet/);
    now += 60_000;
    await behaviour.delete("keyvault:Secret", secretId);
    expect(records.has(secretId)).toBe(false);
  });

  it("takes another's role for nobody's", async () => {
    const behaviour = behaving();
    await secret(behaviour);
    await grant(behaviour, "somebody");
    await expect(behaviour.delete("keyvault:Secret", secretId)).rejects.toMatchObject({ status: 403 });
  });

  it("keeps the name of a deleted secret, which the plugin takes back where it may, and which goes when the vault is purged", async () => {
    const behaviour = behaving();
    await secret(behaviour);
    await grant(behaviour);
    const again = () => behaviour.create("keyvault:Secret", secretId, { secretName: "token", properties: { value: "hf_y" } });
    await behaviour.delete("keyvault:Secret", secretId);
    await again();
    await behaviour.delete("keyvault:Secret", secretId);
    await behaviour.delete("authorization:RoleAssignment", roleId);
    await expect(again()).rejects.toMatchObject({ status: 403 });
    await behaviour.delete("keyvault:Vault", vaultId);
    await create(behaviour, { createMode: "recover" });
    await expect(again()).rejects.toMatchObject({ status: 403 });
    await behaviour.delete("keyvault:Vault", vaultId);
    records.purge("kv-test");
    await create(behaviour);
    await again();
  });

  it("that is private is reached by its endpoint, for as long as that is there", async () => {
    const behaviour = behaving();
    await secret(behaviour, { publicNetworkAccess: "disabled" });
    await grant(behaviour);
    await expect(behaviour.delete("keyvault:Secret", secretId)).rejects.toMatchObject({ code: "ForbiddenByConnection" });
    await behaviour.create("network:PrivateEndpoint", idIn("Microsoft.Network/privateEndpoints/pe"), {
      privateLinkServiceConnections: [{ privateLinkServiceId: vaultId }],
    });
    await behaviour.delete("keyvault:Secret", secretId);
  });

  it("never leaves a secret's value where resources are remembered", async () => {
    await secret(behaving());
    expect(JSON.stringify(records.live(secretId))).not.toContain("hf_x");
  });
});
