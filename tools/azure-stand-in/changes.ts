import { AzureError } from "./azure-error";
import type { Live } from "./records";

type Value = Record<string, unknown>;

/** What no update can change: AKS (azure-aks-docs: use-nvidia-gpu.md, spot-node-pool.md, use-system-pools.md, configure-azure-cni.md), budgets (consumption 2024-08-01), vaults (keyvault 2024-11-01). */
const immutable: Readonly<Record<string, readonly string[]>> = {
  "containerservice:AgentPool": [
    "vmSize",
    "gpuProfile",
    "gpuInstanceProfile",
    "scaleSetPriority",
    "scaleSetEvictionPolicy",
    "spotMaxPrice",
    "osDiskSizeGB",
    "availabilityZones",
    "vnetSubnetID",
  ],
  "containerservice:ManagedCluster": [
    "dnsPrefix",
    "nodeResourceGroup",
    "networkProfile.podCidr",
    "networkProfile.serviceCidr",
    "apiServerAccessProfile.enablePrivateCluster",
    "apiServerAccessProfile.privateDNSZone",
    "agentPoolProfiles.0.vmSize",
    "agentPoolProfiles.0.availabilityZones",
    "agentPoolProfiles.0.vnetSubnetID",
  ],
  "consumption:Budget": ["timePeriod.startDate"],
  "keyvault:Vault": ["properties.softDeleteRetentionInDays"],
};

/** Refuses an update of what is there where Azure does: what cannot change, nodes that the autoscaler has set, versions that are skipped. */
export function refuseChange(type: string, live: Live, inputs: Value): void {
  for (const property of immutable[type] ?? []) {
    if (!same(at(live, property), at(inputs, property)))
      throw new AzureError(400, "PropertyChangeNotAllowed", `changing property '${property}' is not allowed`);
  }
  if (type === "containerservice:AgentPool") autoscaled(live, inputs);
  if (type !== "containerservice:ManagedCluster") return;
  autoscaled(at(live, "agentPoolProfiles.0") as Live, at(inputs, "agentPoolProfiles.0") as Value);
  upgraded(live, inputs);
}

/** A number of nodes that is sent again while the autoscaler has another (pulumi/pulumi-azure-native#2719). */
function autoscaled(live: Live, inputs: Value): void {
  if (!live["enableAutoScaling"] || !inputs["enableAutoScaling"] || inputs["count"] === undefined || inputs["count"] === live["count"])
    return;
  throw new AzureError(400, "InvalidParameter", `count ${inputs["count"]} is not what the autoscaler has set (${live["count"]})`);
}

/** AKS goes up, one minor version at a time. */
function upgraded(live: Live, inputs: Value): void {
  const step = minorOf(inputs["kubernetesVersion"]) - minorOf(live["kubernetesVersion"]);
  if (step < 0 || step > 1)
    throw new AzureError(
      400,
      "OperationNotAllowed",
      `an upgrade from ${live["kubernetesVersion"]} to ${inputs["kubernetesVersion"]} is not allowed`,
    );
}

/** Minor version of Kubernetes. */
export const minorOf = (version: unknown): number => Number(String(version).split(".")[1]);

/** A value by its path. */
export const at = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((inner, key) => (inner as Value | undefined)?.[key], value);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
