import { createServer, type Server } from "node:http";

import { Server as GrpcServer, ServerCredentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { freePort, startEnvoy } from "../support/envoy";

/**
 * What Envoy itself counts where the rules of the door ask: before a server of the test's own, with a service that counts which says what it is
 * asked to say, and without a control plane.
 */
const chat = "httproute/slm-gateway/front-door-chat/rule/0";
const gone = "httproute/slm-gateway/front-door-gone/rule/0";
const api = "type.googleapis.com/envoy.extensions";

/** Answers of Envoy's rate limit service, as bytes of RateLimitResponse: within the limit, or over it. */
const verdicts = { ok: Buffer.from([8, 1]), overLimit: Buffer.from([8, 2]) };
let result = verdicts.ok;
const bytes = (message: Buffer) => message;
const counting = new GrpcServer();
counting.addService(
  {
    ShouldRateLimit: {
      path: "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit",
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  },
  { ShouldRateLimit: (_call: unknown, answer: (error: null, message: Buffer) => void) => answer(null, result) },
);

const cluster = (name: string, port: number | undefined, more: object = {}): object => ({
  name,
  type: "STATIC",
  load_assignment: {
    cluster_name: name,
    endpoints: port ? [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } }] }] : [],
  },
  ...more,
});
const http2 = {
  typed_extension_protocol_options: {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      "@type": `${api}.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
};
const route = (prefix: string, name: string): object => ({
  match: { prefix },
  route: { cluster: name, rate_limits: [{ actions: [{ generic_key: { descriptor_value: "consumer" } }] }] },
});
const door = (port: number): object => ({
  address: { socket_address: { address: "127.0.0.1", port_value: port } },
  filter_chains: [
    {
      filters: [
        {
          name: "http",
          typed_config: {
            "@type": `${api}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
            stat_prefix: "https-10443",
            route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [route("/gone", gone), route("/", chat)] }] },
            http_filters: [
              {
                name: "envoy.filters.http.ratelimit",
                typed_config: {
                  "@type": `${api}.filters.http.ratelimit.v3.RateLimit`,
                  domain: "door",
                  timeout: "1s",
                  rate_limit_service: { grpc_service: { envoy_grpc: { cluster_name: "counting" } }, transport_api_version: "V3" },
                },
              },
              { name: "envoy.filters.http.router", typed_config: { "@type": `${api}.filters.http.router.v3.Router` } },
            ],
          },
        },
      ],
    },
  ],
});
const ads = { ads: {}, resource_api_version: "V3", initial_fetch_timeout: "1s" };
const full = { circuit_breakers: { thresholds: [{ max_requests: 1, max_pending_requests: 1, max_connections: 1 }] } };

let model: Server;
let envoy: Awaited<ReturnType<typeof startEnvoy>>;
let [port, admin] = [0, 0];
const ask = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
/** The value of a series; 0 where there is none. */
async function value(name: string, label: string): Promise<number> {
  const lines = (await (await fetch(`http://127.0.0.1:${admin}/stats/prometheus`)).text()).split("\n");
  return Number(
    lines
      .find((line) => line.startsWith(`${name}{`) && line.includes(label))
      ?.split(" ")
      .at(-1) ?? 0,
  );
}
const ofChat = (name: string) => value(`envoy_cluster_${name}`, `"${chat}"`);
const answered = (status: number) => value("envoy_cluster_upstream_rq", `envoy_response_code="${status}",envoy_cluster_name="${chat}"`);

beforeAll(async () => {
  model = createServer((request, response) => void setTimeout(() => response.end("."), request.url === "/slow" ? 1000 : 0));
  port = await freePort();
  admin = await freePort();
  const [answering, counts, nobody] = [await freePort(), await freePort(), await freePort()];
  await new Promise<void>((resolve) => void model.listen(answering, "127.0.0.1", resolve));
  await new Promise<void>((resolve, reject) =>
    counting.bindAsync(`127.0.0.1:${counts}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve())),
  );
  const clusters = [
    cluster(chat, answering, full),
    cluster(gone, undefined),
    cluster("counting", counts, http2),
    cluster("control", nobody, http2),
  ];
  const grpc_services = [{ envoy_grpc: { cluster_name: "control" } }];
  envoy = await startEnvoy(
    port,
    { listeners: [door(port)], clusters },
    {
      node: { id: "door", cluster: "door" },
      admin: { address: { socket_address: { address: "127.0.0.1", port_value: admin } } },
      dynamic_resources: {
        ads_config: { api_type: "DELTA_GRPC", transport_api_version: "V3", grpc_services },
        cds_config: ads,
        lds_config: ads,
      },
    },
  );
});
afterAll(() => {
  envoy?.stop();
  model.close();
  counting.forceShutdown();
});

it("a limit's 429 is counted as an answer of the model, and apart: the rules take it off", async () => {
  result = verdicts.overLimit;
  const [before, limited] = [await answered(429), await ofChat("ratelimit_over_limit")];
  expect([await ask("/"), await ask("/")]).toEqual([429, 429]);
  result = verdicts.ok;
  expect(await answered(429)).toBe(before + 2);
  expect(await ofChat("ratelimit_over_limit")).toBe(limited + 2);
});

it("requests beyond those that may be at once, and for a model without a replica, are counted", async () => {
  const statuses = await Promise.all(Array.from({ length: 6 }, () => ask("/slow")));
  const refused = statuses.filter((status) => status === 503).length;
  expect(refused).toBeGreaterThan(0);
  // Which of the two depends on how many connections its threads have.
  expect((await ofChat("upstream_rq_pending_overflow")) + (await ofChat("upstream_rq_active_overflow"))).toBe(refused);
  expect(await ask("/gone")).toBe(503);
  expect(await value("envoy_cluster_upstream_cx_none_healthy", `"${gone}"`)).toBe(1);
});

it("a control plane that is away is told of, by a server that is live; and answers at the door by its own name", async () => {
  expect(await value("envoy_control_plane_connected_state", "")).toBe(0);
  expect(await (await fetch(`http://127.0.0.1:${admin}/stats/prometheus`)).text()).toContain("envoy_control_plane_connected_state{} 0");
  expect(await value("envoy_server_live", "")).toBe(1);
  for (const name of ["envoy_cluster_manager_cds_update_rejected", "envoy_listener_manager_lds_update_rejected"])
    expect(await (await fetch(`http://127.0.0.1:${admin}/stats/prometheus`)).text()).toContain(`${name}{} 0`);
  expect(
    await value("envoy_http_downstream_rq_xx", 'envoy_response_code_class="2",envoy_http_conn_manager_prefix="https-10443"'),
  ).toBeGreaterThan(0);
});

it("counts that cannot be had are counted, and the requests pass", async () => {
  counting.forceShutdown();
  await vi.waitFor(async () => {
    expect(await ask("/")).toBe(200);
    expect(await ofChat("ratelimit_error")).toBeGreaterThan(0);
  });
});
