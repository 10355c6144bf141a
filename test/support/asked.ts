import { parse } from "yaml";

import { planOf } from "../../lib/environment/plan-request";
import { faultMessage } from "../../lib/planner/fault";
import type { EnvironmentPlan, ModelPlan } from "../../lib/planner/types";
import { EnvironmentError, parseEnvironment } from "../../stacks/environment";

/** The plan of an environment with one model named chat, or why there is none; `more` is what the file says beside it. */
export function asked(chat: string, more = ""): { plan?: EnvironmentPlan; model?: ModelPlan; refusal: string } {
  const settings = parse(`${more}\nmodels: { chat: { ${chat} } }`);
  try {
    const plan = planOf(parseEnvironment("case", settings, "stacks/Pulumi.case.yaml"), "2026-11-27");
    const refusal = plan.faults.map(faultMessage).join("\n");
    return { plan, refusal, ...(plan.models[0] ? { model: plan.models[0] } : {}) };
  } catch (error) {
    if (error instanceof EnvironmentError) return { refusal: error.message };
    throw error;
  }
}

/** Why an environment has no plan; empty where it has one. */
export const refusal = (chat: string, more?: string): string => asked(chat, more).refusal;

/** The plan of the model; an error says why there is none. */
export function modelOf(chat: string, more?: string): ModelPlan {
  const { model, refusal: reason } = asked(chat, more);
  if (!model || reason) throw new Error(reason);
  return model;
}
