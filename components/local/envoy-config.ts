import type { Consumer, RoutedModel } from "../../lib/gateway/access";
import type { RequestLimits } from "../../lib/gateway/limits";
import { consumerHeader, modelHeader } from "../gateway/args";
import { errorBody } from "../gateway/parts";
import { accessLog } from "../gateway/proxy";
import { modelPaths } from "../gateway/routes";
import { routerScript } from "../gateway/script";
import { refusals } from "../gateway/traffic";
import { certificateFile, credentialsFile, credentialsName, doorFolder, keyFilterType } from "./door";
import { serverPort } from "./engines";
import { filter, http, typed } from "./envoy-filters";
import { admin, administration, metricsListener } from "./envoy-metrics";

/** What a gateway is given: the same as on Kubernetes. */
export interface Door {
  readonly host: string;
  readonly models: readonly RoutedModel[];
  readonly consumers: readonly Consumer[];
  readonly limits: RequestLimits;
  /** Whether its metrics can be read at its own port. */
  readonly metrics: boolean;
}

/** Port that Envoy listens at in its container. */
export const doorPort = 8443;
const file = (name: string): object => ({
  path_config_source: { path: `${doorFolder}/${name}` },
  resource_api_version: "V3",
});

/** Envoy's whole configuration but for keys and certificate, which it reads from files, and again when they are replaced. */
export const envoyConfig = (door: Door): object => ({
  node: { id: "front-door", cluster: "front-door" },
  ...(door.metrics ? { admin: { address: { socket_address: administration } } } : {}),
  static_resources: {
    listeners: [listener(door), ...(door.metrics ? [metricsListener] : [])],
    clusters: [...door.models.map((model) => cluster(model, door.limits)), ...(door.metrics ? [admin] : [])],
  },
});

const listener = (door: Door): object => ({
  name: "https",
  address: { socket_address: { address: "0.0.0.0", port_value: doorPort } },
  per_connection_buffer_limit_bytes: door.limits.bodyMib << 20,
  filter_chains: [
    {
      filters: [http(connection(door))],
      transport_socket: {
        name: "envoy.transport_sockets.tls",
        typed_config: typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", {
          common_tls_context: {
            tls_params: { tls_minimum_protocol_version: "TLSv1_2" },
            alpn_protocols: ["h2", "http/1.1"],
            tls_certificate_sds_secret_configs: [{ name: "door", sds_config: file(certificateFile) }],
          },
        }),
      },
    },
  ],
});

const connection = (door: Door): object => ({
  stat_prefix: "door",
  // A path is evaluated as the engine would read it.
  normalize_path: true,
  path_with_escaped_slashes_action: "REJECT_REQUEST",
  strip_any_host_port: true,
  use_remote_address: true,
  generate_request_id: true,
  request_headers_timeout: "60s",
  stream_idle_timeout: `${door.limits.idleSeconds}s`,
  common_http_protocol_options: { headers_with_underscores_action: "REJECT_REQUEST", idle_timeout: "60s" },
  early_header_mutation_extensions: [
    {
      name: "own-headers",
      typed_config: typed("envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation", {
        mutations: [{ remove: consumerHeader }, { remove: modelHeader }],
      }),
    },
  ],
  access_log: [
    {
      name: "stdout",
      typed_config: typed("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", { log_format: { json_format: accessLog } }),
    },
  ],
  local_reply_config: { mappers: Object.entries(refusals).map(refusalMapper) },
  http_filters: [
    { name: credentialsName, config_discovery: { config_source: file(credentialsFile), type_urls: [keyFilterType] } },
    filter("buffer", { max_request_bytes: door.limits.bodyMib << 20 }),
    filter("lua", { default_source_code: { inline_string: routerScript } }),
    filter("rbac", {}, "RBAC"),
    filter("local_ratelimit", { stat_prefix: "door" }, "LocalRateLimit"),
    filter("router"),
  ],
  route_config: { name: "door", virtual_hosts: [virtualHost(door)] },
});

type Refusal = (typeof refusals)[string];

/** What the gateway itself answers, in OpenAI's form; what a model answers is left as it is. */
const refusalMapper = ([status, { type, code, message, retryAfter }]: [string, Refusal]): object => ({
  filter: {
    status_code_filter: { comparison: { op: "EQ", value: { default_value: Number(status), runtime_key: `refusal.${status}` } } },
  },
  body: { inline_string: errorBody(type, code, message) },
  body_format_override: { text_format_source: { inline_string: "%LOCAL_REPLY_BODY%" }, content_type: "application/json" },
  ...(retryAfter ? { headers_to_add: [{ header: { key: "retry-after", value: retryAfter } }] } : {}),
});

function virtualHost(door: Door): object {
  const set = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, true]));
  const context = {
    consumers: Object.fromEntries(door.consumers.map(({ name, models }) => [name, set(models)])),
    models: set(door.models.flatMap(({ names }) => names)),
    paths: set(modelPaths),
  };
  return {
    name: "door",
    domains: [door.host],
    typed_per_filter_config: {
      "envoy.filters.http.lua": typed("envoy.extensions.filters.http.lua.v3.LuaPerRoute", { filter_context: context }),
    },
    routes: [
      ...door.models.flatMap((model) => modelPaths.map((path) => route(door, model, path))),
      {
        match: { prefix: "/" },
        direct_response: {
          status: 404,
          body: { inline_string: errorBody("invalid_request_error", "unknown_url", "There is nothing here.") },
        },
      },
    ],
  };
}

/** Names are DNS labels: nothing in them means more than itself in a pattern. */
const asked = (names: readonly string[]): object => ({
  name: modelHeader,
  string_match: names.length === 1 ? { exact: names[0] } : { safe_regex: { regex: names.join("|") } },
});

const route = ({ consumers, limits }: Door, { name, names }: RoutedModel, path: string): object => ({
  match: { path, headers: [asked(names)] },
  route: {
    cluster: name,
    timeout: `${limits.requestSeconds}s`,
    idle_timeout: `${limits.idleSeconds}s`,
    // Tries again only what no model has begun with.
    retry_policy: {
      retry_on: "connect-failure,refused-stream,reset-before-request",
      num_retries: 3,
      retry_back_off: { base_interval: "0.025s", max_interval: "0.5s" },
    },
    rate_limits: [{ actions: [{ request_headers: { header_name: consumerHeader, descriptor_key: "consumer" } }] }],
  },
  typed_per_filter_config: {
    "envoy.filters.http.rbac": typed("envoy.extensions.filters.http.rbac.v3.RBACPerRoute", {
      rbac: { rules: { action: "ALLOW", policies: policies(consumers, names) } },
    }),
    ...rateLimit(consumers, names),
  },
});

/** Who may use a model: nobody but the consumers that name it, each only under the names that it was given. */
const policies = (consumers: readonly Consumer[], names: readonly string[]): object =>
  Object.fromEntries(
    consumers.flatMap(({ name, models }) => {
      const allowed = names.filter((served) => models.includes(served));
      if (allowed.length === 0) return [];
      const is = (header: string, value: string) => ({ header: { name: header, string_match: { exact: value } } });
      const permissions = [{ or_rules: { rules: allowed.map((served) => is(modelHeader, served)) } }];
      return [[name, { permissions, principals: [is(consumerHeader, name)] }]];
    }),
  );

/** Requests a minute of each consumer that has a limit; one of no limit is never refused. */
function rateLimit(consumers: readonly Consumer[], names: readonly string[]): object {
  const bucket = (tokens: number) => ({ max_tokens: tokens, tokens_per_fill: tokens, fill_interval: "60s" });
  const descriptors = consumers.flatMap(({ name, models, requestsPerMinute }) =>
    requestsPerMinute === undefined || !names.some((served) => models.includes(served))
      ? []
      : [{ entries: [{ key: "consumer", value: name }], token_bucket: bucket(requestsPerMinute) }],
  );
  if (descriptors.length === 0) return {};
  const always = { default_value: { numerator: 100, denominator: "HUNDRED" } };
  return {
    "envoy.filters.http.local_ratelimit": typed("envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit", {
      stat_prefix: "door",
      token_bucket: bucket(unbounded),
      filter_enabled: always,
      filter_enforced: always,
      descriptors,
    }),
  };
}

/** Tokens of who has no limit: Envoy wants a bucket for all, beside those of consumers. */
const unbounded = 1_000_000_000;

/** A server by its name in the network. It is left alone for a while when it cannot be reached. */
const cluster = ({ name }: RoutedModel, { concurrentRequests }: RequestLimits): object => ({
  name,
  type: "STRICT_DNS",
  dns_lookup_family: "V4_ONLY",
  connect_timeout: "5s",
  circuit_breakers: {
    thresholds: [{ max_connections: concurrentRequests, max_pending_requests: concurrentRequests, max_requests: concurrentRequests }],
  },
  load_assignment: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: name, port_value: serverPort } } } }] }],
  },
});
