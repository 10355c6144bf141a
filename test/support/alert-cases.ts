import { burnRateCases } from "./alert-cases/burn-rates";
import { gatewayCases } from "./alert-cases/gateway";
import { kubernetesCases } from "./alert-cases/kubernetes";
import { modelCases } from "./alert-cases/models";
import { rolloutCases } from "./alert-cases/rollouts";
import { selfCases } from "./alert-cases/self";
import type { AlertCase } from "./alert-cases/series";
import { watcherCases } from "./alert-cases/watchers";

/** Cases of every alert, by its name. */
export const alertCases: Record<string, AlertCase> = {
  ...burnRateCases,
  ...modelCases,
  ...kubernetesCases,
  ...rolloutCases,
  ...gatewayCases,
  ...watcherCases,
  ...selfCases,
};
