import type { ModelRequest, PlanRequest } from "../../lib/planner/types";

/** An Azure environment with these models. */
export const environment = (models: PlanRequest["models"], more: Partial<PlanRequest> = {}): PlanRequest => ({
  name: "test",
  region: "eastus",
  target: "azure",
  hfToken: true,
  models,
  ...more,
});

/** A model that fits many sizes. */
export const chat: ModelRequest = { model: "Qwen/Qwen3-8B", engine: "vllm", contextTokens: 8192, concurrency: 4, sharedVolume: true };
