import { burnRateCases } from "./alert-cases/burn-rates";
import { kubernetesCases } from "./alert-cases/kubernetes";
import { modelCases } from "./alert-cases/models";
import { selfCases } from "./alert-cases/self";
import type { AlertCase } from "./alert-cases/series";
import { watcherCases } from "./alert-cases/watchers";

/** Cases of every alert, by its name. */
export const alertCases: Record<string, AlertCase> = { ...burnRateCases, ...modelCases, ...kubernetesCases, ...watcherCases, ...selfCases };
