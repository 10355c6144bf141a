import type { ModelRequest } from "./types";

/** Pods that nodes are planned for: of a model that is scaled, the most that it may have. */
export const mostReplicas = ({ replicas = 1, scaling }: Pick<ModelRequest, "replicas" | "scaling">): number => scaling?.max ?? replicas;
