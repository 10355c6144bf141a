import { seriesName } from "../engines/metric-roles";
import type { Fleet } from "./fleet";
import { type LatencyName, latencyNames, latencyRoles } from "./objectives";
import { own } from "./queries";
import type { Alert } from "./rule";
import { errorRatio, eventRate, sloNames, type Window } from "./slo-rules";

/** Events in its long window below which a share of errors says nothing: one slow answer of five is 20 %. Ours. */
const enoughEvents = 20;
/** Events that are enough where none of them was good. Ours. */
const enoughOfBad = 5;
/** Share of errors at which none was good: a mean over a window is a little less than all. Ours. */
const nearlyAll = 0.99;

/** A burn rate over a long window, which shows that it matters, and over a short one, which shows that it still lasts. */
interface Tier {
  readonly suffix: string;
  readonly rate: number;
  readonly long: Window;
  readonly short: Window;
  readonly severity: Alert["severity"];
  /** How long a month's budget would last. */
  readonly lasts: string;
  /** How old a model must be until the time for which it was away counts. */
  readonly history: string;
}

/**
 * 14.4 spends 2 % of a 30-day budget in an hour, 6 spends 5 % in six hours, 1 spends 10 % in three days
 * (SRE Workbook, "Alerting on SLOs", table 5-8).
 */
const tiers: readonly Tier[] = [
  { suffix: "BurnFast", rate: 14.4, long: "1h", short: "5m", severity: "critical", lasts: "2 days", history: "30m" },
  { suffix: "BurnSlow", rate: 6, long: "6h", short: "30m", severity: "warning", lasts: "5 days", history: "3h" },
  { suffix: "BurnLong", rate: 1, long: "3d", short: "6h", severity: "warning", lasts: "less than 30 days", history: "6h" },
];

const latencies: Readonly<Record<LatencyName, readonly [name: string, summary: string]>> = {
  firstToken: ["FirstToken", "First tokens of {{ $labels.model }} come too late"],
  timePerOutputToken: ["TimePerToken", "Tokens of {{ $labels.model }} come too slowly"],
};

/** Alerts about what was promised: each objective in three tiers. */
export function sloAlerts(fleet: Fleet): Alert[] {
  const promised = latencyNames.filter((name) =>
    fleet.models.some(({ release, objectives }) => objectives[name] && seriesName(release, latencyRoles[name])),
  );
  return [
    ...promised.flatMap((name) => burns(fleet, sloNames[name], ...latencies[name])),
    ...burns(fleet, "availability", "Availability", "{{ $labels.model }} fails requests or is away (seen by its {{ $labels.sli }})"),
  ];
}

const burns = (fleet: Fleet, slo: string, name: string, summary: string): Alert[] =>
  tiers.map((tier) => ({
    name: `${name}${tier.suffix}`,
    expr: burn(fleet, slo, tier),
    forSeconds: 0,
    severity: tier.severity,
    summary: `${summary}: a month's budget lasts ${tier.lasts}`,
    duringRollout: "mute",
  }));

/** Share of errors above which an alert fires whatever was promised: 14.4 times the errors that 90 % allows would be more than all. Ours. */
const mostErrors = 0.9;
const hoursOf: Readonly<Record<Window, number>> = { "5m": 1 / 12, "30m": 0.5, "1h": 1, "6h": 6, "3d": 72 };
/** Events per second that make {@link enoughEvents} in a window. */
const enough = (window: Window, events = enoughEvents): string => (events / 3600 / hoursOf[window]).toPrecision(4);

/** Shares of requests need enough of them, each by its own source; the share of time for which a model was away does not. */
function burn(fleet: Fleet, slo: string, { rate, long, short, history }: Tier): string {
  const over = (matcher: string, ...both: Window[]): string =>
    both
      .map((window) => own(fleet, errorRatio(window), `slo="${slo}"`, matcher))
      .map(
        (errors) =>
          `${errors} > on (model, slo) group_left () clamp_max(${rate} * (1 - ${own(fleet, "slm:slo:objective")}), ${mostErrors})`,
      )
      .join(" and ");
  const requests = 'sli!="reach"';
  const many = (window: Window) => `${own(fleet, eventRate(window), `slo="${slo}"`, requests)} >= ${enough(window)}`;
  const ofRequests = `${over(requests, long, short)} and ${many(long)}`;
  // Where an hour holds too few requests to decide by, six hours are asked.
  const rare = long === "1h" ? ` or (${over(requests, "6h", "30m")} and ${many("6h")} unless ${many("1h")})` : "";
  if (slo !== "availability") return `${ofRequests}${rare}`;
  // Five requests that all fail are no chance.
  const allBad = (window: Window) =>
    `${own(fleet, errorRatio(window), `slo="${slo}"`, requests)} >= ${nearlyAll} and ${own(fleet, eventRate(window), `slo="${slo}"`, requests)} >= ${enough(window, enoughOfBad)}`;
  const none = long === "1h" ? ` or (${allBad("1h")}) or (${allBad("6h")})` : "";
  // A model that is new has no history to be evaluated by; that it does not come up, ModelUnreachable tells.
  const known = `${own(fleet, "slm:model:up")} offset ${history}`;
  return `(${ofRequests})${rare}${none} or (${over('sli="reach"', long, short)} and on (model) ${known})`;
}
