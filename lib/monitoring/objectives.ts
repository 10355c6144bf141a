import { z } from "zod";

import { type EngineRelease, type LatencyRole, latencyBuckets, seriesName } from "../engines/metric-roles";

/** A share of good events. 1 leaves no budget to burn, 0 asks for nothing. */
export const objectiveRatio = z.number().gt(0, "must be above 0 and below 1").lt(1, "must be above 0 and below 1");

/** A latency, in seconds, and the share of requests, above 0 and below 1, that keep it. */
export interface LatencyObjective {
  readonly seconds: number;
  readonly ratio: number;
}

/** What a model promises. */
export interface Objectives {
  /** Share of requests that are answered; above 0, below 1. */
  readonly availability: number;
  /** First tokens. Not for Ollama, which does not measure them. */
  readonly firstToken?: LatencyObjective;
  /** Time per output token after the first: of whole requests in vLLM 0.33.0, of tokens in the ONNX server. @default none, since it depends on the GPU */
  readonly timePerOutputToken?: LatencyObjective;
}

/** Latencies that may be promised: the field of the objectives, and the metric behind it. */
export const latencyRoles = { firstToken: "timeToFirstToken", timePerOutputToken: "timePerOutputToken" } as const satisfies Record<
  string,
  LatencyRole
>;
export type LatencyName = keyof typeof latencyRoles;
export const latencyNames = Object.keys(latencyRoles) as LatencyName[];

/** Ours: 99 % of requests answered, 95 % of first tokens within 2.5 s, a bucket of every engine's histogram. */
export const defaultObjectives = { availability: 0.99, firstToken: { seconds: 2.5, ratio: 0.95 } } as const satisfies Objectives;

const measured: Record<LatencyName, string> = {
  firstToken: "the time to the first token",
  timePerOutputToken: "the time per output token",
};

/** Why a latency cannot be an objective of this engine; undefined when it can. */
export function latencyFault(release: EngineRelease, name: LatencyName, seconds: number): string | undefined {
  const role = latencyRoles[name];
  if (!seriesName(release, role)) {
    return `${release.engine} ${release.version} does not measure ${measured[name]}: leave the objective out`;
  }
  const buckets = latencyBuckets[role][release.engine];
  if (buckets.includes(seconds)) return undefined;
  const near = [...buckets].sort((a, b) => Math.abs(Math.log(a / seconds)) - Math.abs(Math.log(b / seconds))).slice(0, 2);
  return `must be a bound of the histogram's buckets, the nearest are ${near.sort((a, b) => a - b).join(" and ")}`;
}
