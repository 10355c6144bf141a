import { describe, expect, it } from "vitest";

import type { Settings } from "../../../components/gateway/args";
import { policyObjects } from "../../../components/gateway/policies";
import { failoverScript, routerScript } from "../../../components/gateway/script";
import type { Tokens } from "../../../lib/gateway/limits";
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
      "SecurityPolicy front-embed",
    ].map((object) => `gateway.envoyproxy.io/v1alpha1 ${object}`),
  );
});

it("with another model for one that cannot answer: its retries, and the policies of the second way", () => {
  const all = policyObjects(gatewaySettings({ fallback: { chat: "embed" } }));
  expect(all.slice(4).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "SecurityPolicy front-chat",
    "BackendTrafficPolicy front-chat",
    "SecurityPolicy front-embed",
    "ClientTrafficPolicy front.failover",
    "SecurityPolicy front.failover",
    "EnvoyExtensionPolicy front.failover",
    "BackendTrafficPolicy front.failover",
  ]);
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

const jwt = { issuer: "https://login.example", audiences: ["slm"], claim: "azp" } as const;
const withTokens = (jwks: Tokens["jwks"]) =>
  objects({ jwt: { ...jwt, audiences: ["slm"], jwks }, consumers: [{ name: "app", models: ["chat"], subject: "1234" }] });
const provider = {
  name: "consumers",
  issuer: jwt.issuer,
  audiences: ["slm"],
  claimToHeaders: [{ claim: "azp", header: "x-slm-consumer" }],
};

it("a token is asked for in place of a key, checked by keys of its issuer or of a ConfigMap, and the router knows whose it is", () => {
  const remote = withTokens({ uri: "https://login.example/keys", addresses: ["10.0.0.1/32"] });
  expect(remote["SecurityPolicy front"]).toEqual({
    ...ofGateway,
    jwt: { providers: [{ ...provider, remoteJWKS: { uri: "https://login.example/keys", cacheDuration: "300s" } }] },
  });
  expect(remote["EnvoyExtensionPolicy front"]).toMatchObject({ lua: [{ filterContext: { subjects: { "1234": "app" } } }] });
  const localJWKS = { type: "ValueRef", valueRef: { group: "", kind: "ConfigMap", name: "issuer" } };
  expect(withTokens({ configMap: "issuer" })["SecurityPolicy front"]).toEqual({
    ...ofGateway,
    jwt: { providers: [{ ...provider, localJWKS }] },
  });
});

it("certificates of clients are asked for in the handshake, by who signed them", () =>
  expect(objects({ clientCertificates: { secret: "clients" } })["ClientTrafficPolicy front"]).toMatchObject({
    tls: { minVersion: "1.2", clientValidation: { caCertificateRefs: [{ group: "", kind: "Secret", name: "clients" }] } },
  }));

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
          split: {},
          counted: { app: true },
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
      earlyRequestHeaders: { remove: ["x-slm-consumer", "x-slm-model", "x-slm-served"] },
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

  it("that versions share a name with is for those that name them together too", () => {
    const consumers = [{ name: "site", models: ["both"] }];
    const { "SecurityPolicy front-chat": chat, "SecurityPolicy front-embed": embed } = objects({
      consumers,
      split: { both: { "chat-fr": 100, embed: 0 } },
    });
    const headers = [
      { name: "x-slm-consumer", values: ["site"] },
      { name: "x-slm-model", values: ["both"] },
    ];
    const rules = [{ name: "site", action: "Allow", principal: { headers } }];
    expect(chat).toEqual({ ...ofRoute("front-chat"), authorization: { defaultAction: "Deny", rules } });
    expect(embed).toEqual({ ...ofRoute("front-embed"), authorization: { defaultAction: "Deny" } });
  });
});

describe("limits of consumers", () => {
  const { "BackendTrafficPolicy front": traffic } = objects();
  const clientSelectors = [
    {
      headers: [
        { name: "x-slm-consumer", type: "Exact", value: "app" },
        { name: "x-slm-model", type: "Distinct" },
      ],
    },
  ];
  it("are counts of requests and of tokens for each model, shared by all routes", () =>
    expect(traffic).toMatchObject({
      rateLimit: {
        global: {
          rules: [
            { clientSelectors, limit: { requests: 60, unit: "Minute" }, shared: true },
            {
              ...{ clientSelectors, limit: { requests: 5000, unit: "Minute" }, shared: true },
              cost: {
                request: { from: "Number", number: 0 },
                response: { from: "Metadata", metadata: { namespace: "slm", key: "tokens" } },
              },
            },
          ],
        },
      },
    }));
  it("are none where nobody has one", () =>
    expect(objects({ consumers: [{ name: "app", models: ["chat"] }] })["BackendTrafficPolicy front"]).not.toHaveProperty("rateLimit"));
});

describe("the second way, to another model", () => {
  const { front: _front, ...all } = objects({ fallback: { chat: "embed" } });
  const envoys = { group: "", kind: "Secret", name: "envoy" };
  it("is taken after two pods of the model that was asked for", () =>
    expect(all["BackendTrafficPolicy front-chat"]).toEqual({
      ...ofRoute("front-chat"),
      retry: {
        numRetries: 3,
        numAttemptsPerPriority: 2,
        retryOn: {
          triggers: ["connect-failure", "refused-stream", "reset-before-request", "retriable-status-codes"],
          httpStatusCodes: [500, 502, 503, 504],
        },
        perRetry: { backOff: { baseInterval: "25ms", maxInterval: "500ms" } },
      },
    }));
  it("is for Envoy's own certificate alone, and keeps what the first way found out", () => {
    const clients = all["ClientTrafficPolicy front.failover"];
    expect(clients).toMatchObject({
      targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "front", sectionName: "failover" }],
      tls: { minVersion: "1.2", clientValidation: { caCertificateRefs: [envoys] } },
    });
    expect(clients).not.toHaveProperty("headers");
  });
  it("counts nothing a second time, and asks for no second key", () => {
    const ofFailover = target("HTTPRoute", "front.failover");
    expect(all["BackendTrafficPolicy front.failover"]).toMatchObject(ofFailover);
    expect(all["BackendTrafficPolicy front.failover"]).not.toHaveProperty("rateLimit");
    expect(all["SecurityPolicy front.failover"]).toEqual({ ...ofFailover, authorization: { defaultAction: "Allow" } });
  });
  it("says which model answers for each name of the server", () =>
    expect(all["EnvoyExtensionPolicy front.failover"]).toMatchObject({
      lua: [{ type: "Inline", inline: failoverScript, filterContext: { instead: { chat: "embed", "chat-fr": "embed" } } }],
    }));
});

it("limits, times, retries before the first byte alone, and what the gateway itself refuses in OpenAI's form", () => {
  const limits = { bodyMib: 8, requestSeconds: 120, idleSeconds: 30, concurrentRequests: 64 };
  const refused = (status: number, body: string, retryAfter?: string, statusCode?: number) => ({
    match: { statusCodes: [{ type: "Value", value: status }] },
    source: "Local",
    response: {
      ...(statusCode ? { statusCode } : {}),
      contentType: "application/json",
      body: { type: "Inline", inline: body },
      ...(retryAfter ? { header: { set: [{ name: "Retry-After", value: retryAfter }] } } : {}),
    },
  });
  const invalid = "invalid_request_error";
  const { "BackendTrafficPolicy front": traffic, "ClientTrafficPolicy front": clients } = objects({
    limits,
    consumers: [],
  });
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
      refused(401, error("A valid key or token is needed: Authorization: Bearer <it>.", invalid, "invalid_api_key")),
      refused(403, error("This key or token may not use this model.", invalid, "model_not_allowed")),
      refused(408, error("The request did not arrive in time.", invalid, "request_timeout")),
      refused(413, error("The body of the request is too long.", invalid, "request_too_large")),
      refused(429, error("Too many requests or tokens in this minute: try again later.", "rate_limit_error", "rate_limit_exceeded"), "60"),
      refused(500, error("The limits of this key cannot be counted now.", "server_error", "uncounted"), "10", 503),
      refused(503, error("The model cannot answer now: try again later.", "server_error", "model_unavailable"), "10"),
      refused(504, error("The model did not answer in time.", "server_error", "timeout")),
    ],
  });
  expect(clients).toMatchObject({ timeout: { http: { streamIdleTimeout: "30s" } }, connection: { bufferLimit: "8Mi" } });
});
