import { type AlertCase, chat, finished, hours, type Series } from "./series";

/** Minutes, and how much comes in each of them. */
type Phase = readonly [minutes: number, perMinute: number];

/** A counter that grows at one pace after the other. */
function counter(...phases: readonly Phase[]): string {
  let last = 0;
  const written = phases.map(([minutes, perMinute], index) => {
    // The series begins at minute 0; each later phase at the minute after the one before.
    const first = index === 0 ? 0 : last + perMinute;
    const steps = index === 0 ? minutes : minutes - 1;
    last = first + perMinute * steps;
    return `${first}+${perMinute}x${steps}`;
  });
  return written.join(" ");
}

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

export const burnRateCases: Record<string, AlertCase> = {
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
        why: "ten requests an hour are too few to judge by",
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
        series: { [`up{job="slm-models",${chat},pod="chat-1"}`]: `1x70 0x${hours}` },
        atMinutes: 95,
        labels: burned("availability", "reach"),
        summary: "chat fails requests or is away (seen by its reach): a month's budget lasts 2 days",
      },
      {
        series: {
          'envoy_cluster_upstream_rq{model="tiny",envoy_response_code="200"}': `0+10x${hours}`,
          'envoy_cluster_upstream_rq{model="tiny",envoy_response_code="503"}': `0+10x${hours}`,
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
      { why: "the model is new, and comes up", series: { [`up{job="slm-models",${chat},pod="chat-1"}`]: `0x10 1x${hours}` }, atMinutes: 9 },
      {
        why: "wrong requests are no fault",
        series: { 'envoy_cluster_upstream_rq{model="tiny",envoy_response_code="400"}': `0+10x${hours}` },
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
