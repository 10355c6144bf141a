import { expect, it } from "vitest";

import { levelOf } from "../../../tools/compare/figures";

const answer = (ttftSeconds: number, seconds: number, tokens: number) => ({ ttftSeconds, seconds, tokens });

it("of requests at once: the middle, what nineteen of twenty stay below, and the tokens of all by the time of all", () => {
  const outcomes = Array.from({ length: 20 }, (_, index) => answer((20 - index) / 10, (20 - index) / 10 + 1, 11));
  const level = levelOf(4, outcomes, 10);
  expect(level).toMatchObject({ concurrency: 4, requests: 20, failed: 0, reasons: [], tokensPerSecond: 22 });
  expect(level.ttftSeconds).toEqual({ p50: 1, p95: 1.9 });
  expect(level.tpotSeconds.p50).toBeCloseTo(0.1);
});

it("the time per token is that of tokens after the first: an answer of one has none", () => {
  const { tpotSeconds } = levelOf(1, [answer(1, 3, 5), answer(1, 1, 1)], 4);
  expect(tpotSeconds).toEqual({ p50: 0.5, p95: 0.5 });
  expect(levelOf(1, [answer(1, 1, 1)], 1).tpotSeconds).toEqual({
    p50: { unknown: "no answer had one" },
    p95: { unknown: "no answer had one" },
  });
});

it("requests that failed count for no figure, and are told with each reason once", () => {
  const level = levelOf(2, [{ failed: "429" }, answer(1, 2, 3), { failed: "429" }, { failed: "503" }], 2);
  expect(level).toMatchObject({ requests: 4, failed: 3, reasons: ["429", "503"], ttftSeconds: { p50: 1, p95: 1 }, tokensPerSecond: 1.5 });
});

it("nothing is known of requests of which none was answered", () => {
  const unknown = { unknown: "no answer had one" };
  expect(levelOf(1, [{ failed: "503" }], 2)).toMatchObject({
    ttftSeconds: { p50: unknown, p95: unknown },
    tokensPerSecond: { unknown: "no request was answered" },
  });
});
