/** Components on Azure. Importing this loads Azure's SDK. @module slm-stack/azure */
export type { Login } from "../lib/azure/kubeconfig";
export type { AksClusterArgs, ApiAccess, Deployer, Upgrades } from "./cluster/aks-args";
export { AksCluster } from "./cluster/aks-cluster";
export type { AzureContext } from "./cluster/azure-context";
export { GpuNodePool, type GpuNodePoolArgs } from "./cluster/gpu-node-pool";
export { Network, type NetworkArgs } from "./cluster/network";
export { PrivateLink, type PrivateLinkArgs } from "./cluster/private-link";
export { AzureObservability } from "./observability/azure-observability";
export type { AzureObservabilityArgs } from "./observability/azure-observability-args";
export { ContainerRegistry, type ContainerRegistryArgs } from "./registry/container-registry";
export { KeyVaultStore, type KeyVaultStoreArgs } from "./secrets/key-vault-store";
