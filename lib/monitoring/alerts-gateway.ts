import { selector } from "../engines/accessor";
import { envoy } from "./exporters";
import type { Fleet } from "./fleet";
import { aggregate, rateBy } from "./promql";
import { gatewayJob, own } from "./queries";
import type { Alert } from "./rule";

/** Days before its end at which a certificate or a key is reported; cert-manager renews at 30 of 90. Ours. */
export const endsInDays = 14;
/** Share of answers that the door itself may fail. Ours: what burns a month's budget of 1 % within two days and a half. */
const doorErrors = 0.12;
/** Answers in a window below which their share says nothing. Ours, as for the objectives. */
const enoughAnswers = 20;
/** Share of requests whose count may fail: a count that comes late now and then is no outage. Ours. */
const uncountedShare = 0.05;
/** Counts that must have failed, within a quarter of an hour. Ours. */
const uncountedLeast = 3;

type Name = keyof typeof envoy.metrics;

/** A series of Envoy's pods, of this environment's door. */
const atDoor = (fleet: Fleet, name: Name, ...matchers: string[]): string =>
  own(fleet, selector(envoy, name), `job="${gatewayJob}"`, ...matchers);
/** A series of those of its clusters that are models. */
const ofModels = (fleet: Fleet, name: Name, ...matchers: string[]): string => own(fleet, selector(envoy, name), 'model!=""', ...matchers);
/** Answers to clients, by the hundred of their status. Envoy's own listeners, which Kubernetes and Prometheus ask, are no door. */
export const doorAnswers = (fleet: Fleet, ...matchers: string[]): string =>
  atDoor(fleet, "envoy_http_downstream_rq_xx", 'envoy_http_conn_manager_prefix!~"admin|eg-.*"', ...matchers);

/** Alerts about the door before the models, from what its Envoy tells; none without a gateway. */
export function gatewayAlerts(fleet: Fleet): Alert[] {
  if (!fleet.gateway) return [];
  return [
    gatewayDown,
    ...(fleet.gateway.replicas === undefined ? [] : [gatewayReplicaMissing]),
    gatewayErrors,
    gatewayFindsNoReplica,
    gatewayOverflow,
    limitsUncounted,
    gatewayNotConfigured,
    certificateExpiring,
  ].map((alert) => alert(fleet));
}

/** Pods that answer their scrape; one that drains does, and says 0 itself. */
const live = (fleet: Fleet): string =>
  `(${own(fleet, "up", `job="${gatewayJob}"`)} == 1 unless on (pod) ${atDoor(fleet, "envoy_server_live")} == 0)`;

const gatewayDown = (fleet: Fleet): Alert => ({
  name: "GatewayDown",
  expr: `absent${live(fleet)}`,
  forSeconds: 120,
  severity: "critical",
  summary: "No pod of the gateway's Envoy tells that it is ready: no model is reached",
  duringRollout: "notify",
});

const gatewayReplicaMissing = (fleet: Fleet): Alert => ({
  name: "GatewayReplicaMissing",
  expr: `count${live(fleet)} < ${fleet.gateway!.replicas}`,
  forSeconds: 900,
  severity: "warning",
  summary: `{{ $value }} of ${fleet.gateway!.replicas} pods of the gateway's Envoy are ready`,
  duringRollout: "notify",
});

/**
 * Answers that fail at the door, without those that a model's cluster has: they are the model's own. Wrong requests count neither way. Where an
 * hour holds too few to decide by, six hours are asked.
 */
function gatewayErrors(fleet: Fleet): Alert {
  const share = (window: string) => {
    const failed = rateBy(["environment"], doorAnswers(fleet, 'envoy_response_code_class="5"'), window);
    const ofTheirs = rateBy(["environment"], ofModels(fleet, "envoy_cluster_upstream_rq", 'envoy_response_code=~"5.."'), window);
    return `((${failed} - ${ofTheirs}) or ${failed}) / ${rateBy(["environment"], doorAnswers(fleet, answered), window)} > ${doorErrors}`;
  };
  const answered = 'envoy_response_code_class=~"2|5"';
  const many = (window: string) =>
    `${aggregate("sum", ["environment"], `increase(${doorAnswers(fleet, answered)}[${window}])`)} >= ${enoughAnswers}`;
  const over = (long: string, short: string) => `${share(long)} and ${share(short)} and ${many(long)}`;
  return {
    name: "GatewayErrors",
    expr: `(${over("1h", "5m")}) or (${over("6h", "30m")} unless ${many("1h")})`,
    forSeconds: 0,
    severity: "critical",
    summary: "The gateway itself fails {{ $value | humanizePercentage }} of the answers, whatever the models do",
    duringRollout: "notify",
  };
}

/** A replica answers its scrape, and requests find none: it is not ready, not among the endpoints, or left alone for its errors. */
const gatewayFindsNoReplica = (fleet: Fleet): Alert => ({
  name: "GatewayFindsNoReplica",
  expr: `${aggregate("sum", ["model"], `increase(${ofModels(fleet, "envoy_cluster_upstream_cx_none_healthy")}[5m])`)} > 0 and on (model) ${own(fleet, "slm:model:up")} == 1`,
  // A model that was away on purpose has just come back: what was refused until then is still in the window.
  forSeconds: 600,
  severity: "critical",
  summary: "{{ $labels.model }} answers, and requests through the gateway find no replica of it",
  duringRollout: "mute",
});

/** Envoy counts those that could not wait and those that could not begin apart. */
const gatewayOverflow = (fleet: Fleet): Alert => ({
  name: "GatewayOverflow",
  expr: (["envoy_cluster_upstream_rq_pending_overflow", "envoy_cluster_upstream_rq_active_overflow"] as const)
    .map((name) => `${aggregate("sum", ["model"], `increase(${ofModels(fleet, name)}[5m])`)} > 0`)
    .join(" or "),
  forSeconds: 300,
  severity: "warning",
  summary: "The gateway refuses requests for {{ $labels.model }}: as many as may be at once are open",
  duringRollout: "notify",
});

/** The service that counts for consumers' limits, or its store, does not answer. Whether requests then pass or are refused decides how bad it is. */
function limitsUncounted(fleet: Fleet): Alert {
  const within = (name: Name) => aggregate("sum", ["model"], `increase(${ofModels(fleet, name)}[15m])`);
  const failed = within("envoy_cluster_ratelimit_error");
  const known = (name: Name) => `(${within(name)} or 0 * ${failed})`;
  const asked = `(${failed} + ${known("envoy_cluster_ratelimit_ok")} + ${known("envoy_cluster_ratelimit_over_limit")})`;
  const closed = fleet.gateway!.whenUncounted === "closed";
  return {
    name: "LimitsUncounted",
    expr: `${failed} / ${asked} > ${uncountedShare} and ${failed} >= ${uncountedLeast}`,
    forSeconds: 120,
    severity: closed ? "critical" : "warning",
    summary: `Limits of consumers cannot be counted: ${closed ? "their requests for {{ $labels.model }} are refused" : "their requests for {{ $labels.model }} may pass without a limit"}`,
    duringRollout: "notify",
  };
}

/** Envoy goes on with what it has: replicas that are new, keys that were taken back and routes are not seen. */
const gatewayNotConfigured = (fleet: Fleet): Alert => ({
  name: "GatewayNotConfigured",
  expr: [
    `${atDoor(fleet, "envoy_control_plane_connected_state")} == 0`,
    ...(["envoy_cluster_manager_cds_update_rejected", "envoy_listener_manager_lds_update_rejected"] as const).map(
      (name) => `increase(${atDoor(fleet, name)}[1h]) > 0`,
    ),
  ].join(" or "),
  forSeconds: 300,
  severity: "warning",
  summary: "Envoy's pod {{ $labels.pod }} has lost the gateway's controller, or refuses its configuration",
  duringRollout: "notify",
});

const certificateExpiring = (fleet: Fleet): Alert => ({
  name: "CertificateExpiring",
  // Envoy says 4294967295 where it has no certificate.
  expr: `min by (environment) (${atDoor(fleet, "envoy_server_days_until_first_cert_expiring")}) < ${endsInDays}`,
  forSeconds: 300,
  severity: "warning",
  summary: "A certificate of the gateway ends in {{ $value }} days",
  duringRollout: "notify",
});
