import { z } from "zod";

import { type EngineRelease, firstTokenBuckets, seriesName } from "../engines/metric-roles";

/** A share of good events. 1 leaves no budget to burn, 0 asks for nothing. */
export const objectiveRatio = z.number().gt(0, "must be above 0 and below 1").lt(1, "must be above 0 and below 1");

/** What a model promises. */
export interface Objectives {
  /** Share of requests that are answered; above 0, below 1. */
  readonly availability: number;
  /** Share of requests, above 0, below 1, whose first token comes within `seconds`. Not for Ollama, which does not measure it. */
  readonly firstToken?: { readonly seconds: number; readonly ratio: number };
}

/** Ours: 99 % of requests answered, 95 % of first tokens within 2.5 s, a bucket of every engine's histogram. */
export const defaultObjectives = { availability: 0.99, firstToken: { seconds: 2.5, ratio: 0.95 } } as const satisfies Objectives;

/** Why a time to the first token cannot be an objective of this engine; undefined when it can. */
export function firstTokenFault(release: EngineRelease, seconds: number): string | undefined {
  const buckets = firstTokenBuckets[release.engine];
  if (buckets.includes(seconds)) return undefined;
  const name = seriesName(release, "timeToFirstToken");
  if (!name) return `${release.engine} does not measure the time to the first token: leave the objective out`;
  const near = [...buckets].sort((a, b) => Math.abs(Math.log(a / seconds)) - Math.abs(Math.log(b / seconds))).slice(0, 2);
  return `must be a bound of the histogram's buckets, the nearest are ${near.sort((a, b) => a - b).join(" and ")}`;
}
