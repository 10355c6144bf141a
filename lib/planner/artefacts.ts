import type { Weights } from "../weights/source";
import type { ModelPlan } from "./types";

/** Every artefact of a server: the weights of its model, of its draft model, of further models, and of its adapters. */
export const artefactsOf = ({ weights, draft, more, adapters }: Pick<ModelPlan, "weights" | "draft" | "more" | "adapters">): Weights[] => [
  weights,
  ...(draft ? [draft] : []),
  ...Object.values(more),
  ...Object.values(adapters),
];
