import { readFileSync } from "node:fs";
import path from "node:path";

import { parse } from "yaml";

import type { EnvironmentPlan } from "../../lib/planner/types";
import { type Environment, parseEnvironment } from "../../stacks/environment";
import { azurePlan } from "./azure-plan";

/** An environment of ours on Azure, with this section `monitoring:` instead of its own, or none, and its plan. */
export function azureEnvironment(
  name: "dev" | "staging" | "prod",
  monitoring?: object,
): { environment: Environment; plan: EnvironmentPlan } {
  const file = path.resolve(__dirname, `../../stacks/Pulumi.${name}.yaml`);
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, never> };
  const section = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("slm:", ""), value]));
  const environment = parseEnvironment(name, { ...section, monitoring }, file);
  return { environment, plan: azurePlan(name, config["slm:region"]!, config["slm:models"]!) };
}
