import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import { preflight } from "../components/cluster/preflight";
import { needsOf } from "../lib/azure/faults";
import { faultMessage } from "../lib/planner/fault";
import type { EnvironmentPlan } from "../lib/planner/types";
import type { AzureSettings } from "./azure-config";

/**
 * The region of an environment, once Azure has said that it offers what the pools need there: quota, sizes, zones. Everything is made in
 * it, so nothing is made when Azure says no. Without credentials, or when Azure does not answer, a warning says what was not checked.
 */
export function checkedRegion(plan: EnvironmentPlan, settings: AzureSettings): pulumi.Output<string> {
  return pulumi.output(check(plan, settings).then(() => plan.region));
}

async function check(plan: EnvironmentPlan, settings: AzureSettings): Promise<void> {
  const answer = await ask(plan, settings);
  if (typeof answer === "string") {
    await pulumi.log.warn(`quota, sizes and zones in ${plan.region} were not checked: ${answer}`);
    return;
  }
  for (const warning of answer.warnings) await pulumi.log.warn(warning);
  if (answer.faults.length > 0) throw new pulumi.RunError(`Azure says no:\n${answer.faults.map(faultMessage).join("\n")}`);
}

async function ask(plan: EnvironmentPlan, settings: AzureSettings): ReturnType<typeof preflight> {
  const endpoint = settings.armEndpoint.replace(/\/$/, "");
  try {
    const { token } = await azure.authorization.getClientToken({ endpoint });
    const { subscriptionId } = await azure.authorization.getClientConfig();
    return await preflight(needsOf(plan, settings), plan.region, { endpoint, subscriptionId, token });
  } catch (error) {
    return (error instanceof Error && error.message.split(": ").at(-1)) || "there are no credentials";
  }
}
