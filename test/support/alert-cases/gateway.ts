import { type AlertCase, answers, cluster, counter, door, doorAnswers, hours, type Series, secondDoor } from "./series";

const bothDoors = (name: string, values: string): Series => ({ [`${name}{${door}}`]: values, [`${name}{${secondDoor}}`]: values });
const counted = (ok: number, error: number): Series => ({
  [cluster("chat", "ratelimit_ok")]: counter([hours, ok]),
  [cluster("chat", "ratelimit_error")]: counter([hours, error]),
});
const atDoor = { job: "slm-gateway", pod: "envoy-1" };
const down = "No pod of the gateway's Envoy tells that it is ready: no model is reached";
const unconfigured = "Envoy's pod envoy-1 has lost the gateway's controller, or refuses its configuration";
const itself = (share: string) => `The gateway itself fails ${share} of the answers, whatever the models do`;

export const gatewayCases: Record<string, AlertCase> = {
  GatewayDown: {
    fires: [
      { series: bothDoors("up", `1x5 0x${hours}`), atMinutes: 9, labels: {}, summary: down },
      { series: bothDoors("up", "1x5 stale"), atMinutes: 9, labels: {}, summary: down },
      // Both answer their scrape, and drain.
      { series: bothDoors("envoy_server_live", `1x5 0x${hours}`), atMinutes: 9, labels: {}, summary: down },
    ],
    quiet: [
      { why: "one of two is left", series: { [`up{${door}}`]: `0x${hours}` }, atMinutes: 10 },
      { why: "both were away for a minute", series: bothDoors("up", `1x5 0 1x${hours}`), atMinutes: 9 },
    ],
  },
  GatewayReplicaMissing: {
    fires: [
      { series: { [`up{${door}}`]: "1x5 stale" }, atMinutes: 23, labels: {}, summary: "1 of 2 pods of the gateway's Envoy are ready" },
    ],
    quiet: [{ why: "one is being replaced", series: { [`up{${door}}`]: `1x5 0x10 1x${hours}` }, atMinutes: 23 }],
  },
  GatewayErrors: {
    fires: [
      {
        series: { [doorAnswers(2)]: counter([hours, 8]), [doorAnswers(5)]: counter([hours, 2]) },
        atMinutes: 90,
        labels: {},
        summary: itself("20%"),
      },
      // Wrong requests and the probes of Kubernetes hide nothing.
      {
        series: {
          [doorAnswers(2)]: counter([hours, 5]),
          [doorAnswers(5)]: counter([hours, 5]),
          [doorAnswers(4)]: counter([hours, 500]),
          [doorAnswers(2, "eg-ready-http")]: counter([hours, 500]),
        },
        atMinutes: 90,
        labels: {},
        summary: itself("50%"),
      },
    ],
    quiet: [
      {
        why: "a model fails them: its own alert tells",
        series: {
          [doorAnswers(2)]: counter([hours, 5]),
          [doorAnswers(5)]: counter([hours, 5]),
          [answers("tiny", 503)]: counter([hours, 5]),
        },
        atMinutes: 90,
      },
      { why: "5 % fail", series: { [doorAnswers(2)]: counter([hours, 95]), [doorAnswers(5)]: counter([hours, 5]) }, atMinutes: 90 },
      { why: "callers without a key", series: { [doorAnswers(4)]: counter([hours, 100]) }, atMinutes: 90 },
    ],
  },
  GatewayFindsNoReplica: {
    fires: [
      {
        series: { [cluster("chat", "upstream_cx_none_healthy")]: counter([hours, 2]) },
        atMinutes: 14,
        labels: { model: "chat" },
        summary: "chat answers, and requests through the gateway find no replica of it",
      },
    ],
    quiet: [
      {
        why: "the model is away, which is told of",
        series: {
          [cluster("tiny", "upstream_cx_none_healthy")]: counter([hours, 2]),
          'kube_deployment_status_replicas_available{namespace="slm",deployment="tiny-ollama"}': `0x${hours}`,
        },
        atMinutes: 30,
      },
      { why: "it was so once", series: { [cluster("chat", "upstream_cx_none_healthy")]: `0x5 3x${hours}` }, atMinutes: 20 },
    ],
  },
  GatewayOverflow: {
    fires: ["pending", "active"].map((kind) => ({
      series: { [cluster("chat", `upstream_rq_${kind}_overflow`)]: counter([hours, 2]) },
      atMinutes: 9,
      labels: { model: "chat" },
      summary: "The gateway refuses requests for chat: as many as may be at once are open",
    })),
    quiet: [{ why: "one burst", series: { [cluster("chat", "upstream_rq_pending_overflow")]: `0x5 30x${hours}` }, atMinutes: 16 }],
  },
  LimitsUncounted: {
    fires: [
      {
        series: counted(0, 2),
        atMinutes: 9,
        labels: { model: "chat" },
        summary: "Limits of consumers cannot be counted: their requests for chat may pass without a limit",
      },
      // It was never there: nothing was counted yet.
      {
        series: { [cluster("chat", "ratelimit_error")]: counter([hours, 2]) },
        atMinutes: 9,
        labels: { model: "chat" },
        summary: "Limits of consumers cannot be counted: their requests for chat may pass without a limit",
      },
    ],
    quiet: [
      { why: "one count of a hundred comes too late", series: counted(99, 1), atMinutes: 30 },
      { why: "consumers are limited", series: { [cluster("chat", "ratelimit_over_limit")]: counter([hours, 100]) }, atMinutes: 30 },
    ],
  },
  GatewayNotConfigured: {
    fires: [
      {
        series: { [`envoy_control_plane_connected_state{${door}}`]: `1x5 0x${hours}` },
        atMinutes: 12,
        labels: atDoor,
        summary: unconfigured,
      },
      {
        series: { [`envoy_listener_manager_lds_update_rejected{${door}}`]: `0x5 1x${hours}` },
        atMinutes: 12,
        labels: atDoor,
        summary: unconfigured,
      },
    ],
    quiet: [
      {
        why: "the controller was replaced",
        series: { [`envoy_control_plane_connected_state{${door}}`]: `1x5 0x3 1x${hours}` },
        atMinutes: 12,
      },
      {
        why: "it was refused long ago",
        series: { [`envoy_cluster_manager_cds_update_rejected{${door}}`]: `0x5 1x${hours}` },
        atMinutes: 90,
      },
    ],
  },
  CertificateExpiring: {
    fires: [
      {
        series: { [`envoy_server_days_until_first_cert_expiring{${door}}`]: `10x${hours}` },
        atMinutes: 6,
        labels: {},
        summary: "A certificate of the gateway ends in 10 days",
      },
    ],
    quiet: [
      {
        why: "30 days are left",
        series: { [`envoy_server_days_until_first_cert_expiring{${door}}`]: `30x${hours}` },
        atMinutes: 10,
      },
      {
        why: "it holds none",
        series: { [`envoy_server_days_until_first_cert_expiring{${door}}`]: `4294967295x${hours}` },
        atMinutes: 10,
      },
    ],
  },
};
