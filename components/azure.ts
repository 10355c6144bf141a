/** Components on Azure. Importing this loads Azure's SDK. */
export type { AksClusterArgs } from "./cluster/aks-args";
export { AksCluster } from "./cluster/aks-cluster";
export { GpuNodePool } from "./cluster/gpu-node-pool";
export { Network } from "./cluster/network";
export { PrivateLink } from "./cluster/private-link";
export { AzureObservability } from "./observability/azure-observability";
export { ContainerRegistry } from "./registry/container-registry";
export { KeyVaultStore } from "./secrets/key-vault-store";
