import type { Answer } from "../ask";

/** What was measured, or why it is not known. */
export type Figure = number | { readonly unknown: string };

/** The middle of what was measured, and what nineteen of twenty stay below. */
export interface Spread {
  readonly p50: Figure;
  readonly p95: Figure;
}

/** What a number of requests showed, of which `concurrency` were on their way at once. */
export interface Level {
  readonly concurrency: number;
  readonly requests: number;
  readonly failed: number;
  /** Why requests failed, each reason once. */
  readonly reasons: readonly string[];
  /** Seconds until the first token. */
  readonly ttftSeconds: Spread;
  /** Seconds from one token to the next. */
  readonly tpotSeconds: Spread;
  /** Output tokens of all requests by the seconds that they took together. */
  readonly tokensPerSecond: Figure;
}

/** A request: its answer, or why there was none. */
export type Outcome = Pick<Answer, "ttftSeconds" | "seconds" | "tokens"> | { readonly failed: string };

const isAnswer = (outcome: Outcome): outcome is Exclude<Outcome, { failed: string }> => !("failed" in outcome);

/** The value that a share of all do not exceed: the nearest rank, which is one of the values. */
function rank(values: readonly number[], share: number): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? { unknown: "no answer had one" };
}

const spreadOf = (values: readonly number[]): Spread => ({ p50: rank(values, 0.5), p95: rank(values, 0.95) });

/** What requests showed that took `seconds` together. */
export function levelOf(concurrency: number, outcomes: readonly Outcome[], seconds: number): Level {
  const answers = outcomes.filter(isAnswer);
  const reasons = outcomes.flatMap((outcome) => (isAnswer(outcome) ? [] : [outcome.failed]));
  const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0);
  return {
    ...{ concurrency, requests: outcomes.length, failed: reasons.length, reasons: [...new Set(reasons)] },
    ttftSeconds: spreadOf(answers.map(({ ttftSeconds }) => ttftSeconds)),
    // An answer of one token has no next one.
    tpotSeconds: spreadOf(answers.filter((one) => one.tokens > 1).map((one) => (one.seconds - one.ttftSeconds) / (one.tokens - 1))),
    tokensPerSecond: answers.length > 0 ? tokens / seconds : { unknown: "no request was answered" },
  };
}
