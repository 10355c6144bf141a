import type { Fleet } from "../fleet";
import { latencyNames } from "../objectives";
import { own } from "../queries";
import { errorRatio, sloNames } from "../slo-rules";
import { type DashboardSpec, linkTo } from "./dashboard";
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
  return [
    {
      title: "Up",
      unit: "count",
      as: "number",
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
      thresholds: ["red", [1, "green"]],
      link: ["Replicas", linkTo(fleet, "slm-replicas", "model")],
    },
    { title: "Requests of the last hour", unit: "count", as: "number", queries: [[series("slm:requests:increase1h"), "{{model}}"]], link },
    {
      title: "Budget of errors left",
      unit: "share",
      as: "number",
      queries: [[series("slm:slo_budget:left_ratio"), "{{model}} {{slo}}"]],
      description: "Of 30 days, the older the lighter; below 0 the objective is missed.",
      thresholds: left,
      link,
    },
    { title: "Waiting requests", unit: "count", queries: [[series("slm:requests_waiting:sum"), "{{model}}"]], link },
    { title: "Generated tokens", unit: "perSecond", queries: [[series("slm:generation_tokens:rate5m"), "{{model}}"]], link },
  ];
}

function alerting(fleet: Fleet, runbookBase: string | undefined): PanelSpec[] {
  const firing = own(fleet, "ALERTS", 'alertstate="firing"', 'alertname!="Watchdog"');
  return [
    {
      title: "Firing alerts",
      unit: "count",
      as: "table",
      queries: [[`max by (severity, alertname, model, runbook) (${firing})`, ""]],
      description: "severity=none mutes others; a click leads to the runbook, where they are published.",
      ...(runbookBase ? { link: ["Runbook", `${runbookBase}/\${__data.fields.runbook}.md`] as const } : {}),
    },
    {
      title: "Muted by a rollout",
      unit: "count",
      queries: [
        [own(fleet, "ALERTS", 'alertname="ModelRollingOut"', 'alertstate="firing"'), "{{model}} rolls out"],
        [
          `count by (model) (${own(fleet, "ALERTS", 'alertstate="firing"', 'during_rollout="mute"')})`,
          "{{model}} alerts that a rollout mutes",
        ],
      ],
      description: "Alerts that a rollout mutes are muted while the model's other line is there.",
    },
  ];
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
    { title: "Objectives", unit: "share", as: "number", queries: [[own(fleet, "slm:slo:objective"), "{{model}} {{slo}}"]] },
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
      description: "At the pace of the last hour; nothing while there are no tokens.",
    },
  ];
}
