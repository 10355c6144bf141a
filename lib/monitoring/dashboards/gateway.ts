import { selector } from "../../engines/accessor";
import { doorAnswers } from "../alerts-gateway";
import { envoy } from "../exporters";
import type { Fleet } from "../fleet";
import { aggregate, quantileBy, rateBy } from "../promql";
import { own } from "../queries";
import type { DashboardSpec } from "./dashboard";
import type { PanelSpec } from "./panel";

const window = "$__rate_interval";
const ofModel = 'model=~"$model"';
const requests = selector(envoy, "envoy_cluster_upstream_rq");

const byModel = (fleet: Fleet): PanelSpec[] => [
  {
    title: "Answers",
    unit: "requestsPerSecond",
    queries: [[rateBy(["model", "envoy_response_code"], own(fleet, requests, ofModel), window), "{{model}} {{envoy_response_code}}"]],
  },
  {
    title: "Whole request, p95",
    unit: "seconds",
    queries: [
      [
        `${quantileBy(0.95, ["model"], own(fleet, selector(envoy, "envoy_cluster_upstream_rq_time"), ofModel), window)} / 1000`,
        "{{model}}",
      ],
    ],
  },
  {
    title: "Open requests",
    unit: "count",
    queries: [[aggregate("sum", ["model"], own(fleet, selector(envoy, "envoy_cluster_upstream_rq_active"), ofModel)), "{{model}}"]],
  },
  {
    title: "Retries",
    unit: "perSecond",
    queries: [[rateBy(["model"], own(fleet, selector(envoy, "envoy_cluster_upstream_rq_retry"), ofModel), window), "{{model}}"]],
  },
  {
    title: "Healthy endpoints",
    unit: "count",
    thresholds: ["red", [1, "green"]],
    queries: [[aggregate("max", ["model"], own(fleet, selector(envoy, "envoy_cluster_membership_healthy"), ofModel)), "{{model}}"]],
  },
];

const door = (fleet: Fleet): PanelSpec[] => [
  {
    title: "Answers to clients",
    unit: "requestsPerSecond",
    queries: [[rateBy(["envoy_response_code_class"], doorAnswers(fleet), window), "{{envoy_response_code_class}}xx"]],
  },
  {
    title: "Days until a certificate ends",
    unit: "days",
    as: "number",
    queries: [[`min(${own(fleet, selector(envoy, "envoy_server_days_until_first_cert_expiring"))} < 1e6)`, "first"]],
    empty: "The gateway holds no certificate.",
    thresholds: ["red", [14, "yellow"], [30, "green"]],
  },
];

const byConsumer = (fleet: Fleet, label: string | undefined): PanelSpec[] =>
  label
    ? [
        {
          title: "Requests per consumer",
          unit: "requestsPerSecond",
          queries: [[rateBy([label], own(fleet, requests, ofModel), window), `{{${label}}}`]],
        },
        {
          title: "Errors per consumer",
          unit: "requestsPerSecond",
          queries: [
            [
              rateBy([label, "envoy_response_code"], own(fleet, requests, ofModel, 'envoy_response_code=~"4..|5.."'), window),
              `{{${label}}} {{envoy_response_code}}`,
            ],
          ],
        },
      ]
    : [];

/** What the front door sees, by model and by consumer; empty without a gateway. */
export const gatewayDashboard = (fleet: Fleet): DashboardSpec => ({
  uid: "slm-gateway",
  title: "SLM / Gateway",
  description: "What clients get: answers, errors and times at the front door.",
  variables: { model: own(fleet, requests) },
  rows: fleet.gateway ? { Door: door(fleet), Models: byModel(fleet), Consumers: byConsumer(fleet, fleet.gateway.consumerLabel) } : {},
});
