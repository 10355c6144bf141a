import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { type AzureEnvironment, type AzureInputs, composeAzure } from "../../../components/environment/azure";
import { azureSchema } from "../../../lib/environment/azure-config";
import { planOf } from "../../support/azure-cluster";
import { fresh, kubeconfig, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { written } from "../../support/azure-settings";
import { messageOf } from "../../support/errors";
import { differences, type Made, made, paths } from "../../support/made";
import { settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
vi.useFakeTimers({ now: Date.parse("2026-11-25T12:00:00Z"), toFake: ["Date"] }); // versions of Kubernetes go out of support

const compose = (settings: object = {}, inputs: Partial<AzureInputs> = {}): AzureEnvironment => {
  const plan = planOf({ chat: { nodes: 2 }, draft: {}, tiny: { size: "Standard_D2s_v5", gpu: null } });
  return composeAzure({ name: "dev", settings: azureSchema.parse({ ...written, ...settings }), plan, ...inputs });
};

let environment: AzureEnvironment;
let standard: Record<string, Made>;

beforeAll(async () => {
  await mockAzure();
  environment = compose({}, { secrets: { "hf-token": "hf_x" } });
  environment.secrets.grant({ name: "chat", namespace: "slm" }, ["hf-token"]);
  await quiet();
  standard = made();
});
beforeEach(fresh);
afterEach(async () => {
  await quiet();
  expect(refused).toEqual([]);
});

it("an environment is one resource group, network, cluster, registry, vault and observability, and the pools of its plan", () => {
  const types = Object.entries(standard).flatMap(([name, { type, options }]) => (options?.parent ? [] : [[name, type]]));
  expect(Object.fromEntries(types)).toEqual({
    resources: "resources:ResourceGroup",
    network: "slm:cluster:Network",
    aks: "slm:cluster:AksCluster",
    work: "containerservice:AgentPool",
    "d2s-v5": "containerservice:AgentPool",
    "nv36ads-a10-v5": "slm:cluster:GpuNodePool",
    cluster: "pulumi:providers:kubernetes",
    "gpu-system": "kubernetes:core/v1:Namespace",
    registry: "slm:registry:ContainerRegistry",
    secrets: "slm:secrets:KeyVaultStore",
    observability: "slm:observability:AzureObservability",
  });
});

it("all of it is in one group, region and environment, under names of its own", () => {
  const inputs = Object.entries(standard)
    .filter(([, { type }]) => !/^(kubernetes|slm|pulumi):/.test(type))
    .map(([, resource]) => resource.inputs as Record<string, unknown>);
  const all = (key: string): unknown[] => [...new Set(inputs.flatMap((given) => (key in given ? [JSON.stringify(given[key])] : [])))];
  expect(all("resourceGroupName")).toEqual(['"rg-contoso-dev-eastus"']);
  expect(all("location")).toEqual(['"eastus"', '"global"']);
  expect(all("tags").map((tags) => JSON.parse(String(tags)))).toEqual([
    { "cost-centre": "1", environment: "dev", "managed-by": "pulumi", owner: "us" },
  ]);
  const given = paths(standard);
  expect([
    given["network-network.virtualNetworkName"],
    given["aks-cluster.resourceName"],
    given["aks-cluster.nodeResourceGroup"],
    given["registry-registry.registryName"],
    given["secrets-vault.vaultName"],
    given["observability-workspace.azureMonitorWorkspaceName"],
    given["observability-grafana.workspaceName"],
    given["observability-alerts.actionGroupName"],
    given["observability-budget.budgetName"],
    given["observability-scaler.resourceName"],
  ]).toEqual([
    "vnet-contoso-dev",
    "aks-contoso-dev",
    "rg-contoso-dev-eastus-nodes",
    "crcontosodev4y09fs",
    "kv-contoso-dev-4y09fs",
    "amw-contoso-dev",
    "amg-contoso-dev-4y09fs",
    "ag-contoso-dev",
    "budget-contoso-dev",
    "id-aks-contoso-dev-keda",
  ]);
});

it("its parts are tied together so, and in no other way", () => {
  const part = (name: string): string => /^(aks|network|registry|secrets|observability|nv36ads-a10-v5)(?=-|$)/.exec(name)?.[0] ?? name;
  const ties = Object.entries(paths(standard)).filter(([path, value]) => {
    const [, from] = /^\{([\w-]+)\..*\}$/.exec(String(value)) ?? [];
    return from && part(from) !== part(path.split(/[ .]/)[0]!);
  });
  expect(Object.fromEntries(ties)).toEqual({
    "aks-network-role.scope": "{network-nodes.id}",
    "cluster.clusterIdentifier": "{aks-cluster.id}",
    "aks-cluster.agentPoolProfiles[0].vnetSubnetID": "{network-nodes.id}",
    "work.vnetSubnetID": "{network-nodes.id}",
    "d2s-v5.vnetSubnetID": "{network-nodes.id}",
    "nv36ads-a10-v5-pool.vnetSubnetID": "{network-nodes.id}",
    "registry-pull-kubelet.principalId": "{aks-cluster.identityProfile.kubeletidentity.objectId}",
    "secrets-chat-credential.issuer": "{aks-cluster.oidcIssuerProfile.issuerURL}",
    "observability-association.resourceUri": "{aks-cluster.id}",
    "observability-scaler-credential.issuer": "{aks-cluster.oidcIssuerProfile.issuerURL}",
  });
});

it("it is created by whoever runs the program, who reaches the cluster by a secret kubeconfig once they may", () => {
  expect(standard["aks-deployer-role"]!.inputs).toMatchObject({ principalId: "{deployer}", principalType: "User" });
  expect(standard["cluster"]).toEqual({
    type: "pulumi:providers:kubernetes",
    after: ["aks-cluster", "aks-deployer-role", "resources"],
    inputs: { kubeconfig: { secret: kubeconfig.text }, clusterIdentifier: "{aks-cluster.id}", enableServerSideApply: "true" },
  });
});

it("its pools are one for whatever needs no GPU, and those of the plan", () => {
  const pool = (name: string, inputs: object) => ({
    [name]: {
      ...standard["work"],
      after: ["aks-cluster", "network-nodes", "nv36ads-a10-v5-pool", "resources"],
      options: {
        ...standard["work"]!.options,
        dependsOn: ["nv36ads-a10-v5-pool"],
        customTimeouts: { create: "60m", update: "120m", delete: "60m" },
      },
      inputs: { ...(standard["work"]!.inputs as object), ...inputs },
    },
  });
  expect(standard["work"]).toEqual({
    type: "containerservice:AgentPool",
    after: ["aks-cluster", "aks-kubernetes-window", "aks-nodes-window", "network-nodes", "resources"],
    options: {
      dependsOn: ["aks-kubernetes-window", "aks-nodes-window"],
      ignoreChanges: ["count"],
      replaceOnChanges: expect.arrayContaining(["vmSize"]),
      customTimeouts: { create: "60m", update: "180m", delete: "60m" },
    },
    inputs: {
      agentPoolName: "cworkw3xc",
      resourceName: "aks-contoso-dev",
      resourceGroupName: "rg-contoso-dev-eastus",
      tags: expect.any(Object),
      type: "VirtualMachineScaleSets",
      mode: "User",
      osType: "Linux",
      osSKU: "Ubuntu",
      orchestratorVersion: "1.36",
      vmSize: "Standard_D4s_v5",
      vnetSubnetID: "{network-nodes.id}",
      osDiskSizeGB: 128,
      enableAutoScaling: true,
      minCount: 1,
      maxCount: 3,
      count: 1,
      nodeLabels: { "slm.dev/pool": "cworkw3xc", "slm.dev/pool-key": "work" },
      nodeTaints: [],
      securityProfile: { sshAccess: "Disabled" },
      upgradeSettings: { maxSurge: "1" },
    },
  });
  expect({ "d2s-v5": standard["d2s-v5"] }).toEqual(
    pool("d2s-v5", {
      agentPoolName: "cd2sv5o4sq",
      vmSize: "Standard_D2s_v5",
      osDiskSizeGB: 256,
      minCount: 0,
      count: 0,
      maxCount: 2,
      nodeLabels: { "slm.dev/pool": "cd2sv5o4sq", "slm.dev/pool-key": "d2s-v5" },
    }),
  );
  expect(standard["nv36ads-a10-v5-pool"]!.inputs).toMatchObject({
    agentPoolName: "ga10ycc6",
    minCount: 0,
    maxCount: 4,
    gpuProfile: { driver: "Install" },
  });
});

it("AKS makes one change at a time, so windows and pools are made one after the other", () => {
  const chain = ["aks-kubernetes-window", "aks-nodes-window", "work", "nv36ads-a10-v5-pool", "d2s-v5"];
  const after = Object.fromEntries(chain.map((name) => [name, (standard[name]!.after ?? []).filter((other) => chain.includes(other))]));
  expect(after).toEqual({
    "aks-kubernetes-window": [],
    "aks-nodes-window": ["aks-kubernetes-window"],
    work: ["aks-kubernetes-window", "aks-nodes-window"],
    "nv36ads-a10-v5-pool": ["work"],
    "d2s-v5": ["nv36ads-a10-v5-pool"],
  });
});

it("what runs on every GPU node has a namespace of its own in the cluster, which admits what mounts folders of a node", () => {
  expect(standard["gpu-system"]).toEqual({
    type: "kubernetes:core/v1:Namespace",
    options: { provider: "cluster" },
    inputs: {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "gpu-system", labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
    },
  });
  for (const role of ["device-plugin", "dcgm-exporter"])
    expect(standard[`nv36ads-a10-v5-${role}`]).toMatchObject({
      options: { parent: "nv36ads-a10-v5", provider: "cluster" },
      inputs: { metadata: { namespace: "gpu-system" } },
    });
});

it("each model is placed on the pool of its size, and waits for it", async () => {
  const placed = Object.entries(environment.placements).map(async ([model, { ready, ...where }]) => {
    const names = await Promise.all(ready.map(async ({ urn }) => (await settled(urn)).split("::").at(-1)));
    return [model, { ...where, ready: names }];
  });
  const gpu = { nodeSelector: { "slm.dev/pool": "ga10ycc6" }, taints: ["sku=gpu:NoSchedule"], ready: ["nv36ads-a10-v5"] };
  expect(Object.fromEntries(await Promise.all(placed))).toEqual({
    chat: gpu,
    draft: gpu,
    tiny: { nodeSelector: { "slm.dev/pool": "cd2sv5o4sq" }, taints: [], ready: ["d2s-v5"] },
  });
});

it("its outputs say where everything is, and none is a secret", async () => {
  expect(await settled(pulumi.all({ ...environment.outputs }))).toEqual({
    clusterName: "aks-contoso-dev",
    registry: "crcontosodev4y09fs.azurecr.io",
    vaultUri: "https://kv-contoso-dev-4y09fs.vault.azure.net/",
    grafanaUrl: "https://amg-contoso-dev-4y09fs.grafana.azure.com",
    queryEndpoint: "https://amw-contoso-dev.eastus.prometheus.monitor.azure.com",
    scalerClientId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  const secret = await Promise.all(Object.values(environment.outputs).map((output) => pulumi.isSecret(output)));
  expect(new Set(secret)).toEqual(new Set([false]));
  expect(environment.images).toEqual({});
});

describe("nothing is made for what is absent:", () => {
  it("no secrets, no GPU", async () => {
    compose({}, { plan: planOf({ tiny: { size: "Standard_D2s_v5", gpu: null } }) });
    await quiet();
    // Pools are made one after the other, so that the pool after one that is absent comes after another.
    const missing = Object.entries(differences(standard, made())).filter(([path]) => !/^d2s-v5 (after|options\.dependsOn)/.test(path));
    expect(new Set(missing.map(([, value]) => value))).toEqual(new Set(["gone"]));
    expect(missing.map(([path]) => path).toSorted()).toEqual(
      [
        "gpu-system",
        ...["", "-pool", "-device-plugin", "-dcgm-exporter"].map((part) => `nv36ads-a10-v5${part}`),
        ...["hf-token", "chat-account", "chat-credential", "chat-identity", "chat-reads-hf-token", "chat-secrets"].map(
          (part) => `secrets-${part}`,
        ),
      ].toSorted(),
    );
  });
});

it("every mistake is reported at once, before anything is made", async () => {
  expect(messageOf(() => compose({ kubernetesVersion: "1.33", systemPool: { minNodes: 4 } }))).toBe(
    [
      "the settings of dev are invalid:",
      'azure.kubernetesVersion: must be supported; its support ended with 2026-07, got "1.33"; use 1.34, 1.35, 1.36, 1.37',
      "azure.systemPool.minNodes: must be at most maxNodes (3), got 4; lower it",
    ].join("\n"),
  );
  await quiet();
  expect(made()).toEqual({});
});
