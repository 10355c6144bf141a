import { errorRatio } from "../recording-rules";
import type { DashboardSpec } from "./dashboard";

const burn = (slo: string): string => `${errorRatio("1h")}{slo="${slo}"} / on (model) group_left () (1 - slm:slo:objective{slo="${slo}"})`;

/** All models at a glance; its queries are recorded series, so it is the same for every engine. */
export const fleetDashboard: DashboardSpec = {
  uid: "slm-fleet",
  title: "SLM / Fleet",
  description: "Which models answer, whether they keep their promises, and what they cost.",
  rows: {
    Endpoints: [
      {
        title: "Up",
        unit: "count",
        number: true,
        queries: [["slm:model:up", "{{model}}"]],
        description: "1: at least one replica answers.",
      },
      { title: "Replicas", unit: "count", number: true, queries: [["slm:replicas:up", "{{model}}"]] },
      {
        title: "Alerts",
        unit: "count",
        number: true,
        queries: [['count(ALERTS{alertstate="firing",severity!="none"}) or vector(0)', "firing"]],
      },
      { title: "Requests of the last hour", unit: "count", number: true, queries: [["slm:requests:increase1h", "{{model}}"]] },
      { title: "Waiting requests", unit: "count", queries: [["slm:requests_waiting:sum", "{{model}}"]] },
      { title: "Generated tokens", unit: "perSecond", queries: [["slm:generation_tokens:rate5m", "{{model}}"]] },
    ],
    Promises: [
      {
        title: "Burn rate: availability",
        unit: "count",
        queries: [[burn("availability"), "{{model}} by {{sli}}"]],
        description: "1 spends the budget of errors exactly in its 30 days; 14.4 wakes somebody up.",
      },
      { title: "Burn rate: first token", unit: "count", queries: [[burn("first_token"), "{{model}}"]] },
      {
        title: "Objectives",
        unit: "share",
        number: true,
        queries: [["slm:slo:objective", "{{model}} {{slo}}"]],
      },
    ],
    Cost: [
      { title: "Cost per hour", unit: "usd", queries: [["slm:cost:usd_per_hour", "{{model}}"]] },
      {
        title: "Cost per million generated tokens",
        unit: "usd",
        queries: [["slm:cost:usd_per_hour / on (model) (slm:generation_tokens:rate5m * 3600 / 1e6 > 0)", "{{model}}"]],
        description: "At the pace of the last five minutes; nothing while nothing is generated.",
      },
    ],
  },
};
