import type { Fleet } from "../fleet";
import { latencyNames } from "../objectives";
import { own } from "../queries";
import { errorRatio, sloNames } from "../slo-rules";
import { type DashboardSpec, linkTo, uidOf } from "./dashboard";
import type { PanelSpec } from "./panel";

/** 1 and 0 in words: red is away. */
export const upOrDown: Pick<PanelSpec, "thresholds" | "valueMappings"> = {
  thresholds: ["red", [1, "green"]],
  valueMappings: { 0: { text: "down", color: "red" }, 1: { text: "up", color: "green" } },
};
/** Share of the budget that is left. */
const left: PanelSpec["thresholds"] = ["red", [0, "orange"], [0.25, "yellow"], [0.5, "green"]];

/** All models at a glance; its queries are recorded series, so it is the same for every engine. */
export const fleetDashboard = (fleet: Fleet, runbookBase: string | undefined): DashboardSpec => ({
  uid: "slm-fleet",
  title: "SLM / Fleet",
  description: "Which models answer, whether they keep their promises, and what they cost.",
  rows: { Endpoints: endpoints(fleet), Alerts: alerting(fleet, runbookBase), Promises: promises(fleet), Cost: cost(fleet) },
});

function endpoints(fleet: Fleet): PanelSpec[] {
  const link = ["Model", linkTo(fleet, "slm-model", "model")] as const;
  const series = (name: string) => own(fleet, name);
  const firing = own(fleet, "ALERTS", 'alertstate="firing"', 'severity="critical"');
  return [
    {
      title: "Models down",
      unit: "count",
      as: "number",
      columns: 4,
      queries: [[`count(${series("slm:model:up")} == 0) or vector(0)`, "down"]],
      description: "Models of which no replica answers.",
      thresholds: ["green", [1, "red"]],
    },
    {
      title: "Critical alerts",
      unit: "count",
      as: "number",
      columns: 4,
      queries: [[`count(${firing}) or vector(0)`, "firing"]],
      description: "Alerts that wake somebody up; the table below names them.",
      thresholds: ["green", [1, "red"]],
    },
    {
      title: "Up",
      unit: "count",
      as: "number",
      columns: 16,
      queries: [[series("slm:model:up"), "{{model}}"]],
      description: "Up: at least one replica answers.",
      ...upOrDown,
      link,
    },
    {
      title: "Replicas",
      unit: "count",
      as: "number",
      queries: [[series("slm:replicas:up"), "{{model}}"]],
      description: "Replicas that answer.",
      columns: 12,
      thresholds: ["red", [1, "green"]],
      link: ["Replicas", linkTo(fleet, "slm-replicas", "model")],
    },
    {
      title: "Requests of the last hour",
      unit: "count",
      as: "number",
      columns: 12,
      queries: [[series("slm:requests:increase1h"), "{{model}}"]],
      link,
    },
    { title: "Waiting requests", unit: "count", queries: [[series("slm:requests_waiting:sum"), "{{model}}"]], link },
    { title: "Generated tokens", unit: "tokensPerSecond", queries: [[series("slm:generation_tokens:rate5m"), "{{model}}"]], link },
  ];
}

function alerting(fleet: Fleet, runbookBase: string | undefined): PanelSpec[] {
  const rollingOut = own(fleet, "ALERTS", 'alertname="ModelRollingOut"', 'alertstate="firing"');
  return [
    firingAlerts(fleet, runbookBase),
    {
      title: "Muted by a rollout",
      unit: "count",
      queries: [
        [rollingOut, "{{model}} rolls out"],
        [
          `count by (model) (${own(fleet, "ALERTS", 'alertstate="firing"', 'during_rollout="mute"')}) and on (model) ${rollingOut}`,
          "{{model}} alerts that are muted",
        ],
      ],
      empty: "No model rolls out, and nothing is muted.",
      description: "Rollouts, and how many alerts of the same model fire meanwhile, of which nobody is notified.",
    },
  ];
}

/** What fires, with the seconds for which it has; the oldest first. Where no state of alerts is kept, with 0. */
export function firingAlerts(fleet: Fleet, runbookBase: string | undefined, match?: string): PanelSpec {
  const firing = own(fleet, "ALERTS", 'alertstate="firing"', 'alertname!="Watchdog"', match);
  const since = `time() - ${own(fleet, "ALERTS_FOR_STATE")} and ignoring (alertstate) ${firing}`;
  return {
    title: "Firing alerts",
    unit: "seconds",
    as: "table",
    queries: [[`sort_desc(max by (severity, alertname, model, runbook) (${since} or ignoring (alertstate) 0 * ${firing}))`, ""]],
    empty: "No alert fires.",
    description: "Value: for how long. severity=none mutes others; a click leads to the runbook, where they are published.",
    ...(runbookBase ? { link: ["Runbook", `${runbookBase}/\${__data.fields.runbook}.md`] as const } : {}),
  };
}

/** How fast the budget is spent; the bounds are those of the three alerts. */
const burning: PanelSpec["thresholds"] = ["green", [1, "yellow"], [6, "orange"], [14.4, "red"]];

function promises(fleet: Fleet): PanelSpec[] {
  const burn = (slo: string): string =>
    `${own(fleet, errorRatio("1h"), `slo="${slo}"`)} / on (model, slo) group_left () (1 - ${own(fleet, "slm:slo:objective")})`;
  const titles = { firstToken: "first token", timePerOutputToken: "time per output token" };
  const promised = latencyNames.filter((name) => fleet.models.some(({ objectives }) => objectives[name]));
  return [
    {
      title: "Burn rate: availability",
      unit: "count",
      queries: [[burn("availability"), "{{model}} by {{sli}}"]],
      description: "1 spends the budget of errors exactly in its 30 days; 14.4 wakes somebody up.",
      thresholds: burning,
    },
    ...promised.map(
      (name): PanelSpec => ({
        title: `Burn rate: ${titles[name]}`,
        unit: "count",
        queries: [[burn(sloNames[name]), "{{model}}"]],
        thresholds: burning,
      }),
    ),
    {
      title: "Budget of errors left",
      unit: "share",
      as: "table",
      queries: [[`sort(min by (model, slo) (${own(fleet, "slm:slo_budget:left_ratio")}))`, ""]],
      description: "Of 30 days, the older the lighter; the least first. Below 0 the objective is missed.",
      thresholds: left,
      link: ["Model", `/d/${uidOf(fleet, "slm-model")}?var-model=\${__data.fields.model}&\${__url_time_range}`],
    },
    {
      title: "Objectives",
      unit: "share",
      as: "table",
      queries: [[`max by (model, slo) (${own(fleet, "slm:slo:objective")})`, ""]],
      description: "Share of requests that is promised.",
    },
  ];
}

function cost(fleet: Fleet): PanelSpec[] {
  if (!fleet.models.some(({ usdPerHour }) => usdPerHour !== undefined)) return [];
  const perHour = own(fleet, "slm:cost:usd_per_hour");
  const generated = own(fleet, "slm:generation_tokens:rate1h");
  const prompts = own(fleet, "slm:prompt_tokens:rate1h");
  const perMillion = (tokens: string) => `${perHour} / on (model) (${tokens} * 3600 / 1e6 > 0)`;
  return [
    {
      title: "Cost per hour",
      unit: "usd",
      queries: [
        [perHour, "{{model}}"],
        [`sum(${perHour})`, "all models"],
      ],
      description: "Of every replica that there is, those that load included.",
    },
    {
      title: "Cost per million tokens",
      unit: "usd",
      queries: [
        [perMillion(generated), "{{model}} generated"],
        [perMillion(`(${generated} + on (model) ${prompts})`), "{{model}} prompt and generated"],
      ],
      empty: "No tokens in the last hour.",
      description: "At the pace of the last hour; nothing while there are no tokens.",
    },
  ];
}
