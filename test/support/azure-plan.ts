import { toPlanRequest } from "../../lib/environment/plan-request";
import { plan } from "../../lib/planner/plan";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { parseEnvironment } from "../../stacks/environment";

/** The plan of an environment's models on Azure, as they are written in its file. */
export const azurePlan = (name: string, region: string, models: object): EnvironmentPlan =>
  plan({ ...toPlanRequest(parseEnvironment(name, { region, models }, `stacks/Pulumi.${name}.yaml`)), target: "azure" });
