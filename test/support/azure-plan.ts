import { plan } from "../../lib/planner/plan";
import type { EnvironmentPlan, ModelRequest } from "../../lib/planner/types";

type Written = ModelRequest & { storage?: { shared?: boolean } };

/** The plan of an environment's models as they are written; a volume that several nodes can mount lets replicas share their weights. */
export function azurePlan(name: string, region: string, written: Record<string, Written>): EnvironmentPlan {
  const models = Object.fromEntries(
    Object.entries(written).map(([key, model]) => [key, { ...model, sharedVolume: model.storage?.shared ?? false }]),
  );
  return plan({ name, region, target: "azure", hfToken: false, models });
}
