import type { Fault } from "../planner/fault";
import { upgradeFault } from "./kubernetes-version";
import type { PreflightResult } from "./preflight";

/** Services of Azure that an environment uses; a subscription must have registered each before its first use. */
export const namespaces = [
  "Microsoft.AlertsManagement",
  "Microsoft.Compute",
  "Microsoft.ContainerRegistry",
  "Microsoft.ContainerService",
  "Microsoft.Dashboard",
  "Microsoft.Insights",
  "Microsoft.KeyVault",
  "Microsoft.ManagedIdentity",
  "Microsoft.Monitor",
  "Microsoft.Network",
  "Microsoft.OperationalInsights",
] as const;

/** One line of a subscription's list of services (Microsoft.Resources, providers, 2021-04-01), as far as it is read. */
export interface Registration {
  readonly namespace: string;
  readonly registrationState?: string;
}

/** Services that a subscription has not registered. */
export function registrationFaults(registrations: readonly Registration[]): Fault[] {
  const states = new Map(registrations.map(({ namespace, registrationState }) => [namespace.toLowerCase(), registrationState]));
  return namespaces
    .filter((namespace) => states.get(namespace.toLowerCase()) !== "Registered")
    .map((namespace) => ({
      path: "azure",
      value: states.get(namespace.toLowerCase()),
      bound: `the subscription must have registered ${namespace}`,
      fix: `az provider register --namespace ${namespace} --wait`,
    }));
}

/** Networks to be peered that another subscription holds: both sides of a peering are made in the one that the program is signed in to. */
export function peerFaults(peers: readonly string[], subscriptionId: string): Fault[] {
  return peers
    .filter((id) => id.split("/")[2]!.toLowerCase() !== subscriptionId.toLowerCase())
    .map((id) => ({
      path: "azure.network.peers",
      value: id,
      bound: `must lie in the subscription ${subscriptionId}`,
      fix: "peer it by hand and use azure.network.kind existing, or name a network of this subscription",
    }));
}

/** A vault that was deleted and can still be recovered (Microsoft.KeyVault, deletedVaults, 2024-11-01), as far as it is read. */
export interface DeletedVault {
  readonly properties?: { readonly scheduledPurgeDate?: string; readonly purgeProtectionEnabled?: boolean; readonly location?: string };
}

/** Whether the name of an environment's vault is free: a deleted vault keeps its name until it is purged. */
export function vaultResult(name: string, recover: boolean, deleted: DeletedVault | undefined): PreflightResult {
  if (!deleted)
    return {
      faults: [],
      warnings: recover ? [`azure.vault.recover: there is no deleted vault ${name}; leave it out once the vault is back`] : [],
    };
  if (recover) return { faults: [], warnings: [] };
  const { scheduledPurgeDate = "a day that Azure does not tell", purgeProtectionEnabled, location = "<region>" } = deleted.properties ?? {};
  const purge = purgeProtectionEnabled ? "" : `, or free the name: az keyvault purge --name ${name} --location ${location}`;
  const fix = `take the deleted vault back with its secrets: azure.vault.recover: true${purge}`;
  return {
    faults: [{ path: "azure.vault", value: name, bound: `its name is kept for a deleted vault until ${scheduledPurgeDate}`, fix }],
    warnings: [],
  };
}

/** A cluster that is there (Microsoft.ContainerService, managedClusters, 2025-09-01), as far as it is read. */
export interface RunningCluster {
  readonly properties?: { readonly kubernetesVersion?: string; readonly currentKubernetesVersion?: string };
}

/**
 * What a version means for the cluster that is there, or for a new one; `outdated` is what is wrong with it for a new one. Null: AKS moves the
 * version by itself, and nobody sends one.
 */
export function versionResult(version: string | null, outdated: Fault | undefined, running: RunningCluster | undefined): PreflightResult {
  const found = running?.properties?.currentKubernetesVersion ?? running?.properties?.kubernetesVersion;
  if (!running) return { faults: outdated ? [outdated] : [], warnings: [] };
  const upgrade = found === undefined || version === null ? undefined : upgradeFault(version, found);
  return {
    faults: upgrade ? [{ path: "azure.kubernetesVersion", value: version, ...upgrade }] : [],
    warnings: outdated ? [`azure.kubernetesVersion: ${outdated.bound}; the cluster goes on, without fixes: ${outdated.fix}`] : [],
  };
}
