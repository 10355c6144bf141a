import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";

import { type Login, loginFaults, loginFrom } from "../../lib/azure/kubeconfig";
import type { Environment } from "../../lib/environment/environment";
import { imageName } from "../../lib/environment/image-names";
import { deployablePlan, previewPlan } from "../../lib/environment/plan-request";
import { own } from "../../lib/own";
import { faultMessage } from "../../lib/planner/fault";
import type { EnvironmentPlan } from "../../lib/planner/types";
import type { SecretValues } from "../secrets/secret-store";
import { grafanaPasswordName } from "./monitoring";

/** The plan of an environment, for what runs: a preview goes on without what only an update needs, and tells it. `from` is what messages call it. */
export function runnablePlan(environment: Environment, from: string): EnvironmentPlan {
  const { plan, missing } = pulumi.runtime.isDryRun() ? previewPlan(environment) : { plan: deployablePlan(environment), missing: [] };
  if (plan.faults.length > 0)
    throw new pulumi.RunError(`${from} has no plan:\n${plan.faults.map((fault) => `✖ ${faultMessage(fault)}`).join("\n")}`);
  for (const fault of missing) void pulumi.log.warn(`before an update: ${faultMessage(fault)}`);
  return plan;
}

/** Images of the servers, by name; in a preview, one whose digest nobody has named yet is not known. */
export const serverImages = ({ imageDigests }: Environment, { models }: EnvironmentPlan): Record<string, pulumi.Input<string>> => ({
  ...Object.fromEntries(models.map((model) => [imageName(model), pulumi.output<string>(unknown as never)])),
  ...imageDigests,
});

/** How the program enters a cluster on Azure; undefined where the environment has none. An update ends here when it could not. */
export function azureLogin({ azure }: Environment): Login | undefined {
  if (!azure) return undefined;
  const login = loginFrom(azure.login, process.env);
  const faults = pulumi.runtime.isDryRun() ? [] : loginFaults(login, process.env);
  if (faults.length > 0) throw new pulumi.RunError(faults.join("\n"));
  return login;
}

/** The password of Grafana's administrator, where the environment names its variable. */
export function grafanaPassword({ monitoring }: Environment): SecretValues {
  const password = monitoring?.mode === "standalone" ? monitoring.grafana?.adminPassword : undefined;
  if (!password || !("env" in password)) return {};
  return { [grafanaPasswordName]: fromVariable("monitoring.grafana.adminPassword", password.env) };
}

/** The value of a variable, as a secret; `path` is where the environment names it. */
export function fromVariable(path: string, name: string): pulumi.Output<string> {
  const value = own(process.env, name);
  if (!value) throw new pulumi.RunError(`${path}: the variable ${name} is not set or empty; export it before the update`);
  return pulumi.secret(value);
}
