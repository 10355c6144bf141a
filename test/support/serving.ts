import { fromPlan } from "../../components/serving/from-plan";
import type { OllamaServerArgs } from "../../components/serving/ollama-server";
import type { VllmServerArgs } from "../../components/serving/vllm-server";
import { faultMessage } from "../../lib/planner/fault";
import { plan } from "../../lib/planner/plan";
import type { ModelPlan, ModelRequest, PlanRequest } from "../../lib/planner/types";
import { only } from "./mocks";
import { environment } from "./plan";

export const digest = `sha256:${"a".repeat(64)}`;

/** The plan of one model, named chat, outside Azure. */
export function planned(request: ModelRequest, more: Partial<PlanRequest> = {}): ModelPlan {
  const result = plan(environment({ chat: request }, { target: "kubernetes", ...more }));
  if (result.faults.length > 0) throw new Error(result.faults.map(faultMessage).join("\n"));
  return result.models[0]!;
}

/** Arguments of a server for one model; a server takes those that its engine knows. */
export const serverArgs = (request: ModelRequest, more: Partial<PlanRequest> = {}): VllmServerArgs & OllamaServerArgs =>
  argsOf(planned(request, more));

/** The same for a plan. */
export const argsOf = (plan: ModelPlan): VllmServerArgs & OllamaServerArgs => ({
  ...fromPlan(plan),
  image: `engine@${digest}`,
  namespace: "slm",
  settings: plan.environment,
  adapters: plan.adapters,
  additionalModels: plan.additionalModels,
});

/** The pod of the one Deployment that was made. */
export const pod = () => only("kubernetes:apps/v1:Deployment").inputs["spec"].template.spec;

/** A container's variables by name. */
export const environmentOf = ({ env }: { env: { name: string; value: string }[] }): Record<string, string> =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));
