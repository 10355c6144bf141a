import type { Weights } from "../weights/source";
import type { ModelPlan } from "./types";

/** Every artefact of a server: the weights of its model, of its draft model, of further models, and of its adapters. */
export const artefactsOf = ({
  weights,
  draft,
  additionalModels,
  adapters,
}: Pick<ModelPlan, "weights" | "draft" | "additionalModels" | "adapters">): Weights[] => [
  weights,
  ...(draft ? [draft] : []),
  ...Object.values(additionalModels),
  ...Object.values(adapters),
];
