import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";
import { peerFaults } from "../../lib/azure/account";
import { outdatedFault, poolRequirements } from "../../lib/azure/faults";
import type { AzureNames } from "../../lib/azure/names";
import type { AzureSettings } from "../../lib/environment/azure-config";
import { type Fault, faultMessage } from "../../lib/planner/fault";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { movesMinor } from "../cluster/aks-settings";
import { type AccountQuestion, type ArmAccess, accountPreflight, preflight } from "../cluster/preflight";

/** What is asked about. */
interface Subject {
  readonly plan: EnvironmentPlan;
  readonly settings: AzureSettings;
  readonly names: AzureNames;
}

/**
 * The region of an environment, once Azure has said that it takes what is to be made: quota, sizes and zones, registered services, the names
 * of the vault and the cluster. Everything is made in it, so nothing is made when Azure says no. Without credentials, or when Azure does not
 * answer, a warning says what was not checked.
 */
export function checkedRegion(subject: Subject): pulumi.Output<string> {
  return pulumi.output(check(subject).then(() => subject.plan.region));
}

async function check(subject: Subject): Promise<void> {
  const { plan, settings } = subject;
  const outdated = outdatedFault(settings, new Date().toISOString().slice(0, 10));
  const access = await accessOf(settings);
  const offered = typeof access === "string" ? access : await preflight(poolRequirements(plan, settings), plan.region, access);
  const known = typeof access === "string" ? { faults: [], warnings: [] } : await accountPreflight(questionOf(subject, outdated), access);
  const unasked = typeof access === "string" && outdated ? [outdated] : [];
  const { faults, warnings } =
    typeof offered === "string"
      ? { faults: [], warnings: [`quota, sizes and zones in ${plan.region} were not checked: ${offered}`] }
      : offered;
  for (const warning of [...warnings, ...known.warnings]) await pulumi.log.warn(warning);
  const peers =
    settings.network.kind === "create" && typeof access !== "string" ? peerFaults(settings.network.peers, access.subscriptionId) : [];
  refuse([...unasked, ...peers, ...faults, ...known.faults]);
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new pulumi.RunError(`Azure says no:\n${faults.map(faultMessage).join("\n")}`);
}

function questionOf({ plan: { region }, settings, names }: Subject, outdated: Fault | undefined): AccountQuestion {
  return {
    region,
    vault: { name: names.vault, recover: settings.vault.recover },
    cluster: { resourceGroup: settings.resourceGroup ?? names.resourceGroup, name: names.cluster },
    version: movesMinor(settings.upgrades) ? null : settings.kubernetesVersion,
    outdated,
  };
}

/** A way to ask Azure; a sentence says why there is none. */
async function accessOf({ armEndpoint }: AzureSettings): Promise<ArmAccess | string> {
  const endpoint = armEndpoint.replace(/\/$/, "");
  try {
    const { token } = await azure.authorization.getClientToken({ endpoint });
    const { subscriptionId } = await azure.authorization.getClientConfig();
    return { endpoint, subscriptionId, token };
  } catch (error) {
    return (error instanceof Error && error.message.split(": ").at(-1)) || "there are no credentials";
  }
}
