import { describe, expect, it } from "vitest";

import type { Settings } from "../../../components/gateway/args";
import { policyObjects } from "../../../components/gateway/policies";
import { routerScript } from "../../../components/gateway/script";
import { gatewaySettings } from "../../support/gateway";

const objects = (more: Partial<Settings> = {}) =>
  Object.fromEntries(policyObjects(gatewaySettings(more)).map(({ kind, name, spec }) => [`${kind} ${name}`, spec]));
const target = (kind: string, name: string) => ({ targetRefs: [{ group: "gateway.networking.k8s.io", kind, name }] });
const ofGateway = target("Gateway", "front");
const ofRoute = (name: string) => ({ ...target("HTTPRoute", name), mergeType: "StrategicMerge" });
const error = (message: string, type: string, code: string) => JSON.stringify({ error: { message, type, param: null, code } });

it("all of them, in the order in which they are made", () => {
  expect(policyObjects(gatewaySettings()).map(({ apiVersion, kind, name }) => `${apiVersion} ${kind} ${name}`)).toEqual(
    [
      "ClientTrafficPolicy front",
      "SecurityPolicy front",
      "EnvoyExtensionPolicy front",
      "BackendTrafficPolicy front",
      "SecurityPolicy front-chat",
      "BackendTrafficPolicy front-chat",
      "SecurityPolicy front-embed",
      "BackendTrafficPolicy front-embed",
    ].map((object) => `gateway.envoyproxy.io/v1alpha1 ${object}`),
  );
});

it("a key is asked for on every route, and goes no further", () => {
  expect(objects()["SecurityPolicy front"]).toEqual({
    ...ofGateway,
    apiKeyAuth: {
      credentialRefs: [
        { kind: "Secret", name: "app-keys" },
        { kind: "Secret", name: "site-keys" },
      ],
      extractFrom: [{ headers: ["Authorization"] }],
      forwardClientIDHeader: "x-slm-consumer",
      sanitize: true,
    },
  });
});

it("the router is given who may ask for what, and which names and paths there are", () => {
  expect(objects()["EnvoyExtensionPolicy front"]).toEqual({
    ...ofGateway,
    lua: [
      {
        type: "Inline",
        inline: routerScript,
        filterContext: {
          consumers: { app: { chat: true, embed: true }, site: { "chat-fr": true } },
          models: { chat: true, "chat-fr": true, embed: true },
          paths: { "/v1/chat/completions": true, "/v1/completions": true, "/v1/embeddings": true, "/v1/responses": true },
        },
      },
    ],
  });
});

it("what a client says under the gateway's headers is taken away before a route is chosen", () => {
  expect(objects()["ClientTrafficPolicy front"]).toEqual({
    ...ofGateway,
    tls: { minVersion: "1.2" },
    path: { escapedSlashesAction: "RejectRequest" },
    headers: {
      earlyRequestHeaders: { remove: ["x-slm-consumer", "x-slm-model"] },
      withUnderscoresAction: "RejectRequest",
      requestID: "Generate",
    },
    timeout: { http: { requestReceivedTimeout: "60s", idleTimeout: "60s", streamIdleTimeout: "300s" } },
    connection: { bufferLimit: "4Mi" },
  });
});

describe("a model", () => {
  it("is for those that name it, each under the names that it was given", () => {
    const { "SecurityPolicy front-chat": chat, "SecurityPolicy front-embed": embed } = objects();
    const allow = (consumer: string, models: string[]) => ({
      name: consumer,
      action: "Allow",
      principal: {
        headers: [
          { name: "x-slm-consumer", values: [consumer] },
          { name: "x-slm-model", values: models },
        ],
      },
    });
    expect(chat).toEqual({
      ...ofRoute("front-chat"),
      authorization: { defaultAction: "Deny", rules: [allow("app", ["chat"]), allow("site", ["chat-fr"])] },
    });
    expect(embed).toEqual({ ...ofRoute("front-embed"), authorization: { defaultAction: "Deny", rules: [allow("app", ["embed"])] } });
  });

  it("that nobody names is for nobody", () => {
    const consumers = [{ name: "site", models: ["chat"] }];
    expect(objects({ consumers })["SecurityPolicy front-embed"]).toEqual({
      ...ofRoute("front-embed"),
      authorization: { defaultAction: "Deny" },
    });
  });

  it("counts the requests of those that have a limit, and has no limit where none has", () => {
    const { "BackendTrafficPolicy front-chat": chat } = objects();
    const selector = { headers: [{ name: "x-slm-consumer", type: "Exact", value: "app" }] };
    expect(chat).toEqual({
      ...ofRoute("front-chat"),
      rateLimit: {
        type: "Local",
        local: { rules: [{ clientSelectors: [selector], limit: { requests: 60, unit: "Minute" } }] },
      },
    });
    const consumers = [
      { name: "app", models: ["chat"], requestsPerMinute: 60 },
      { name: "site", models: ["embed"] },
    ];
    expect(objects({ consumers })).not.toHaveProperty("BackendTrafficPolicy front-embed");
  });
});

it("limits, times, retries before the first byte alone, and what the gateway itself refuses in OpenAI's form", () => {
  const limits = { bodyMib: 8, requestSeconds: 120, idleSeconds: 30, concurrentRequests: 64 };
  const refused = (status: number, body: string, retryAfter?: string) => ({
    match: { statusCodes: [{ type: "Value", value: status }] },
    source: "Local",
    response: {
      contentType: "application/json",
      body: { type: "Inline", inline: body },
      ...(retryAfter ? { header: { set: [{ name: "Retry-After", value: retryAfter }] } } : {}),
    },
  });
  const invalid = "invalid_request_error";
  const { "BackendTrafficPolicy front": traffic, "ClientTrafficPolicy front": clients } = objects({ limits });
  expect(traffic).toEqual({
    ...ofGateway,
    loadBalancer: { type: "LeastRequest" },
    requestBuffer: { limit: "8Mi" },
    timeout: { tcp: { connectTimeout: "5s" }, http: { requestTimeout: "120s", streamIdleTimeout: "30s" } },
    retry: {
      numRetries: 3,
      retryOn: { triggers: ["connect-failure", "refused-stream", "reset-before-request"] },
      perRetry: { backOff: { baseInterval: "25ms", maxInterval: "500ms" } },
    },
    healthCheck: {
      passive: { consecutiveGatewayErrors: 5, consecutive5XxErrors: 0, interval: "5s", baseEjectionTime: "30s", maxEjectionPercent: 50 },
    },
    circuitBreaker: { maxConnections: 64, maxPendingRequests: 64, maxParallelRequests: 64 },
    responseOverride: [
      refused(401, error("A valid key is needed: Authorization: Bearer <key>.", invalid, "invalid_api_key")),
      refused(403, error("This key may not use this model.", invalid, "model_not_allowed")),
      refused(408, error("The request did not arrive in time.", invalid, "request_timeout")),
      refused(413, error("The body of the request is too long.", invalid, "request_too_large")),
      refused(429, error("Too many requests: try again later.", "rate_limit_error", "rate_limit_exceeded"), "60"),
      refused(503, error("The model cannot answer now: try again later.", "server_error", "model_unavailable"), "10"),
      refused(504, error("The model did not answer in time.", "server_error", "timeout")),
    ],
  });
  expect(clients).toMatchObject({ timeout: { http: { streamIdleTimeout: "30s" } }, connection: { bufferLimit: "8Mi" } });
});
