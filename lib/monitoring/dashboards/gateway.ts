import { selector } from "../../engines/accessor";
import { envoy } from "../exporters";
import type { Fleet, MonitoredGateway } from "../fleet";
import { aggregate, quantileBy, rateBy, select } from "../promql";
import { gatewayJob } from "../queries";
import type { DashboardSpec } from "./dashboard";
import type { PanelSpec } from "./panel";

const window = "$__rate_interval";
const ofModel = 'model=~"$model"';
const requests = selector(envoy, "envoy_cluster_upstream_rq");

const byModel: PanelSpec[] = [
  {
    title: "Answers",
    unit: "requestsPerSecond",
    queries: [[rateBy(["model", "envoy_response_code"], select(requests, ofModel), window), "{{model}} {{envoy_response_code}}"]],
  },
  {
    title: "Whole request, p95",
    unit: "seconds",
    queries: [
      [`${quantileBy(0.95, ["model"], select(selector(envoy, "envoy_cluster_upstream_rq_time"), ofModel), window)} / 1000`, "{{model}}"],
    ],
  },
  {
    title: "Open requests",
    unit: "count",
    queries: [[aggregate("sum", ["model"], select(selector(envoy, "envoy_cluster_upstream_rq_active"), ofModel)), "{{model}}"]],
  },
  {
    title: "Retries",
    unit: "perSecond",
    queries: [[rateBy(["model"], select(selector(envoy, "envoy_cluster_upstream_rq_retry"), ofModel), window), "{{model}}"]],
  },
  {
    title: "Healthy endpoints",
    unit: "count",
    queries: [[aggregate("max", ["model"], select(selector(envoy, "envoy_cluster_membership_healthy"), ofModel)), "{{model}}"]],
  },
];

const door: PanelSpec[] = [
  {
    title: "Answers to clients",
    unit: "requestsPerSecond",
    queries: [
      [
        rateBy(
          ["envoy_response_code_class"],
          select(selector(envoy, "envoy_http_downstream_rq_xx"), `job="${gatewayJob}"`, 'envoy_http_conn_manager_prefix!="admin"'),
          window,
        ),
        "{{envoy_response_code_class}}xx",
      ],
    ],
  },
  {
    title: "Days until a certificate ends",
    unit: "days",
    number: true,
    queries: [[`min(${selector(envoy, "envoy_server_days_until_first_cert_expiring")} < 1e6)`, "first"]],
    description: "Empty where the gateway holds no certificate.",
  },
];

const byConsumer = ({ consumerLabel: label }: MonitoredGateway): PanelSpec[] =>
  label
    ? [
        {
          title: "Requests per consumer",
          unit: "requestsPerSecond",
          queries: [[rateBy([label], select(requests, ofModel), window), `{{${label}}}`]],
        },
        {
          title: "Errors per consumer",
          unit: "requestsPerSecond",
          queries: [
            [
              rateBy([label, "envoy_response_code"], select(requests, ofModel, 'envoy_response_code=~"4..|5.."'), window),
              `{{${label}}} {{envoy_response_code}}`,
            ],
          ],
        },
      ]
    : [];

/** What the front door sees, by model and by consumer; empty without a gateway. */
export const gatewayDashboard = ({ gateway }: Fleet): DashboardSpec => ({
  uid: "slm-gateway",
  title: "SLM / Gateway",
  description: "What clients get: answers, errors and times at the front door.",
  variables: { model: requests },
  rows: gateway ? { Door: door, Models: byModel, Consumers: byConsumer(gateway) } : {},
});
