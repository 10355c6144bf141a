import { type AlertCase, answers, chat, counter, finished, hours, httpStatus, type Phase, type Series, small, up } from "./series";

/** Ten first tokens a minute, of which so many come in time. */
const firstTokensOver = (...good: readonly Phase[]): Series => ({
  [`vllm:time_to_first_token_seconds_bucket{${chat},le="2.5"}`]: counter(...good),
  [`vllm:time_to_first_token_seconds_count{${chat}}`]: counter([hours, 10]),
  [finished("stop")]: counter([hours, 10]),
});
const firstTokens = (goodPerMinute: number): Series => firstTokensOver([hours, goodPerMinute]);

/** A thousand requests a minute, of which so many fail. */
const errorsOver = (...failed: readonly Phase[]): Series => ({
  [finished("stop")]: counter(...failed.map(([minutes, each]) => [minutes, 1000 - each] as const)),
  [finished("error")]: counter(...failed),
});
const errors = (perThousand: number): Series => errorsOver([hours, perThousand]);

/** As many requests are refused, for this reason, as are answered. */
const refused = (reason: string): Series => ({
  [finished("stop")]: counter([hours, 5]),
  [`vllm:admission_rejections_total{${chat},reason="${reason}"}`]: counter([hours, 5]),
});
const burned = (slo: string, sli = "engine") => ({ model: "chat", slo, sli });

/** Ten finished requests a minute, of which so many kept the time per output token. */
const tokensOver = (...good: readonly Phase[]): Series => ({
  [`vllm:request_time_per_output_token_seconds_bucket{${chat},le="0.05"}`]: counter(...good),
  [`vllm:request_time_per_output_token_seconds_count{${chat}}`]: counter([hours, 10]),
  [finished("stop")]: counter([hours, 10]),
});
const tooSlow = (lasts: string) => `Tokens of chat come too slowly: a month's budget lasts ${lasts}`;
const tooLate = (lasts: string) => `First tokens of chat come too late: a month's budget lasts ${lasts}`;
const fails = (lasts: string, by = "engine") => `chat fails requests or is away (seen by its ${by}): a month's budget lasts ${lasts}`;
const long = "less than 30 days";

export const burnRateCases: Record<string, AlertCase> = {
  FirstTokenBurnLong: {
    fires: [{ series: firstTokensOver([hours, 9]), atMinutes: 660, labels: burned("first_token"), summary: tooLate(long) }],
    quiet: [
      {
        why: "4 % come too late, and 5 % may",
        series: {
          [`vllm:time_to_first_token_seconds_bucket{${chat},le="2.5"}`]: counter([hours, 96]),
          [`vllm:time_to_first_token_seconds_count{${chat}}`]: counter([hours, 100]),
        },
        atMinutes: 660,
      },
    ],
  },
  TimePerTokenBurnFast: {
    // Fourteen times a tenth is more than all: nine of ten are the bound.
    fires: [{ series: tokensOver([hours, 0]), atMinutes: 90, labels: burned("time_per_output_token"), summary: tooSlow("2 days") }],
    quiet: [{ why: "eight of ten are too slow", series: tokensOver([hours, 2]), atMinutes: 90 }],
  },
  TimePerTokenBurnSlow: {
    fires: [{ series: tokensOver([hours, 3]), atMinutes: 400, labels: burned("time_per_output_token"), summary: tooSlow("5 days") }],
    quiet: [{ why: "half are too slow: five times the budget", series: tokensOver([hours, 5]), atMinutes: 400 }],
  },
  TimePerTokenBurnLong: {
    fires: [{ series: tokensOver([hours, 8]), atMinutes: 660, labels: burned("time_per_output_token"), summary: tooSlow(long) }],
    quiet: [
      {
        why: "one of twenty is too slow, and two may be",
        series: {
          [`vllm:request_time_per_output_token_seconds_bucket{${chat},le="0.05"}`]: counter([hours, 95]),
          [`vllm:request_time_per_output_token_seconds_count{${chat}}`]: counter([hours, 100]),
        },
        atMinutes: 660,
      },
    ],
  },
  AvailabilityBurnLong: {
    fires: [
      { series: errors(50), atMinutes: 660, labels: burned("availability"), summary: fails(long) },
      // Of the whole time 1.3 % failed, and 2.7 % of the last six hours.
      { series: errorsOver([400, 0], [320, 30]), atMinutes: 714, labels: burned("availability"), summary: fails(long) },
    ],
    quiet: [
      { why: "half a percent fails, and one may", series: errors(5), atMinutes: 660 },
      { why: "5 % failed, and none has for more than six hours", series: errorsOver([300, 50], [420, 0]), atMinutes: 700 },
    ],
  },
  FirstTokenBurnFast: {
    fires: [
      // The bound is 72 % of an hour: 43 minutes in which every one is late.
      {
        series: firstTokensOver([60, 10], [420, 0]),
        atMinutes: 110,
        labels: burned("first_token"),
        summary: "First tokens of chat come too late: a month's budget lasts 2 days",
      },
      {
        series: firstTokens(2),
        atMinutes: 90,
        labels: burned("first_token"),
        summary: "First tokens of chat come too late: a month's budget lasts 2 days",
      },
    ],
    quiet: [
      { why: "every one is late, for 40 minutes", series: firstTokensOver([60, 10], [420, 0]), atMinutes: 100 },
      { why: "it was an hour, and is over for ten minutes", series: firstTokensOver([60, 0], [420, 10]), atMinutes: 70 },
      { why: "a tenth comes late", series: firstTokens(9), atMinutes: 90 },
      {
        why: "ten requests an hour are too few to evaluate by",
        series: {
          [`vllm:time_to_first_token_seconds_bucket{${chat},le="2.5"}`]: `0x${hours}`,
          [`vllm:time_to_first_token_seconds_count{${chat}}`]: `0 0 0 0 0 0 1 1 1 1 1 1 2 2 2 2 2 2 3 3 3 3 3 3 4x${hours}`,
          [finished("stop")]: `0 0 0 0 0 0 1 1 1 1 1 1 2 2 2 2 2 2 3 3 3 3 3 3 4x${hours}`,
        },
        atMinutes: 24,
      },
    ],
  },
  FirstTokenBurnSlow: {
    fires: [
      // The bound is 30 % of six hours: 108 minutes in which every one is late.
      {
        series: firstTokensOver([300, 10], [180, 0]),
        atMinutes: 416,
        labels: burned("first_token"),
        summary: "First tokens of chat come too late: a month's budget lasts 5 days",
      },
      {
        series: firstTokens(6),
        atMinutes: 400,
        labels: burned("first_token"),
        summary: "First tokens of chat come too late: a month's budget lasts 5 days",
      },
    ],
    quiet: [
      { why: "every one is late, for 100 minutes", series: firstTokensOver([300, 10], [180, 0]), atMinutes: 400 },
      { why: "it was five hours, and is over for 40 minutes", series: firstTokensOver([300, 0], [180, 10]), atMinutes: 340 },
      { why: "a fifth comes late: four times the budget", series: firstTokens(8), atMinutes: 400 },
    ],
  },
  AvailabilityBurnFast: {
    fires: [
      // The bound is 14.4 % of an hour: 14 minutes in which 60 % fail.
      {
        series: errorsOver([60, 0], [420, 600]),
        atMinutes: 80,
        labels: burned("availability"),
        summary: "chat fails requests or is away (seen by its engine): a month's budget lasts 2 days",
      },
      {
        series: {
          [httpStatus("2xx")]: counter([hours, 5]),
          [httpStatus("4xx")]: counter([hours, 100]), // wrong requests hide no failure
          [httpStatus("5xx")]: counter([hours, 5]),
        },
        atMinutes: 90,
        labels: burned("availability", "http"),
        summary: fails("2 days", "http"),
      },
      {
        series: { [`onnx_request_rejected_total{${small},reason="queue_full"}`]: counter([hours, 100]) },
        atMinutes: 90,
        labels: { ...burned("availability"), model: "small" },
        summary: fails("2 days").replace("chat", "small"),
      },
      {
        series: refused("max_num_queued_reqs"),
        atMinutes: 90,
        labels: burned("availability"),
        summary: "chat fails requests or is away (seen by its engine): a month's budget lasts 2 days",
      },
      {
        series: errors(300),
        atMinutes: 90,
        labels: burned("availability"),
        summary: "chat fails requests or is away (seen by its engine): a month's budget lasts 2 days",
      },
      {
        series: { [up.chat]: `1x70 0x${hours}` },
        atMinutes: 95,
        labels: burned("availability", "reach"),
        summary: "chat fails requests or is away (seen by its reach): a month's budget lasts 2 days",
      },
      {
        series: {
          [answers("tiny", 200)]: `0+10x${hours}`,
          [answers("tiny", 503)]: `0+10x${hours}`,
        },
        atMinutes: 90,
        labels: { ...burned("availability", "gateway"), model: "tiny" },
        summary: "tiny fails requests or is away (seen by its gateway): a month's budget lasts 2 days",
      },
    ],
    quiet: [
      { why: "60 % fail, for ten minutes", series: errorsOver([60, 0], [420, 600]), atMinutes: 70 },
      { why: "60 % failed for half an hour, and none does for ten minutes", series: errorsOver([30, 600], [450, 0]), atMinutes: 40 },
      { why: "a request that is too long is no fault", series: refused("prompt_too_long"), atMinutes: 90 },
      { why: "5 % fail: five times the budget", series: errors(50), atMinutes: 90 },
      {
        why: "clients that leave are no fault",
        series: { [finished("stop")]: `0+1x${hours}`, [finished("abort")]: `0+9x${hours}` },
        atMinutes: 90,
      },
      { why: "the model is new, and comes up", series: { [up.chat]: `0x10 1x${hours}` }, atMinutes: 9 },
      { why: "wrong requests are no fault of the server", series: { [httpStatus("4xx")]: counter([hours, 50]) }, atMinutes: 90 },
      {
        why: "four requests, all that there were, are too few to evaluate by",
        series: { [finished("error")]: `0 0 0 0 0 0 1 1 1 1 1 1 2 2 2 2 2 2 3 3 3 3 3 3 4x${hours}` },
        atMinutes: 24,
      },
      {
        why: "wrong requests are no fault",
        series: { [answers("tiny", 400)]: `0+10x${hours}` },
        atMinutes: 90,
      },
    ],
  },
  AvailabilityBurnSlow: {
    fires: [
      // The bound is 6 % of six hours: 108 minutes in which 20 % fail.
      {
        series: errorsOver([300, 0], [180, 200]),
        atMinutes: 416,
        labels: burned("availability"),
        summary: "chat fails requests or is away (seen by its engine): a month's budget lasts 5 days",
      },
      {
        series: errors(100),
        atMinutes: 400,
        labels: burned("availability"),
        summary: "chat fails requests or is away (seen by its engine): a month's budget lasts 5 days",
      },
    ],
    quiet: [
      { why: "20 % fail, for 90 minutes", series: errorsOver([300, 0], [180, 200]), atMinutes: 390 },
      { why: "20 % failed for five hours, and none does for 40 minutes", series: errorsOver([300, 200], [180, 0]), atMinutes: 340 },
      { why: "3 % fail: three times the budget", series: errors(30), atMinutes: 400 },
    ],
  },
};
