import { authorization, resources } from "@pulumi/azure-native";
import { core, Provider } from "@pulumi/kubernetes";
import { Config } from "@pulumi/pulumi";
import { Model, ModelNamespace } from "slm-stack";
import { AksCluster, GpuNodePool, Network } from "slm-stack/azure";

const config = new Config();
const images = config.requireObject<Record<"vllm" | "python", string>>("images"); // by digest
const location = "swedencentral";
const size = "Standard_NV36ads_A10_v5";
const kubernetesVersion = "1.36";

const { subscriptionId, tenantId, objectId } = authorization.getClientConfigOutput();
const group = new resources.ResourceGroup("models", { resourceGroupName: "rg-models", location });
const context = { subscriptionId, tenantId, resourceGroupName: group.name, location, tags: { project: "models" } };
const ranges = { network: "10.240.0.0/16", nodes: "10.240.0.0/20", endpoints: "10.240.16.0/24" };
const addresses = { ...ranges, pods: "10.244.0.0/16", services: "10.0.0.0/16" };
const network = new Network("network", { context, networkName: "vnet-models", addresses, maxNodes: 5 });

const aks = new AksCluster("aks", {
  context,
  clusterName: "aks-models",
  nodeResourceGroup: "rg-models-nodes",
  kubernetesVersion,
  nodeSubnetId: network.nodeSubnetId,
  addresses,
  api: { kind: "public", authorizedRanges: config.requireObject<string[]>("authorizedRanges") },
  adminGroups: [config.require("adminGroup")],
  deployer: { objectId, type: "User" },
  systemPool: { size: "Standard_D4s_v5", minNodes: 2, maxNodes: 3, zones: [] },
  upgrades: { channel: "patch", nodeChannel: "NodeImage", day: "Sunday", startTime: "02:00", hours: 4, utcOffset: "+00:00" },
});
const provider = new Provider("cluster", { kubeconfig: aks.kubeconfig, clusterIdentifier: aks.id });
const privileged = { "pod-security.kubernetes.io/enforce": "privileged" };
const system = new core.v1.Namespace("gpu-system", { metadata: { name: "gpu-system", labels: privileged } }, { provider });
const gpus = new GpuNodePool("gpus", {
  place: { context, clusterName: aks.name, subnetId: network.nodeSubnetId, after: aks.ready },
  pool: {
    ...{ name: "ga10", key: "a10", size, zones: [], osDiskGib: 256, models: ["chat"], spot: null },
    gpu: { key: "a10", driver: "Install", migProfile: null },
    scale: { kind: "auto", minNodes: 0, maxNodes: 1 },
  },
  kubernetes: { provider, namespace: system.metadata.name },
});

const { namespaceName: namespace } = new ModelNamespace(
  "models",
  { clients: [{ namespace: "default" }], weights: [{ name: "huggingface.co", ports: [443] }], dataPlane: "cilium" },
  { provider },
);
const { nodeSelector, taints } = gpus;
const chat = new Model(
  "chat",
  {
    ...{ engine: "vllm", model: "qwen3-0.6b", namespace, region: location, target: "azure", size, kubernetesVersion },
    ...{ image: images.vllm, verifierImage: images.python, nodes: { nodeSelector, taints } },
  },
  { provider, dependsOn: [gpus] },
);

export const { url } = chat;
