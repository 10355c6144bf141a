import { type Consumer, keysSecret, type RoutedModel } from "../../lib/gateway/access";
import { type CustomObject, consumerHeader, envoyApi, modelHeader, type Settings } from "./args";
import { errorBody, modelPaths, modelRoute } from "./routes";
import { routerScript } from "./script";

const target = (kind: "Gateway" | "HTTPRoute", name: string) => ({
  targetRefs: [{ group: "gateway.networking.k8s.io", kind, name }],
});

/** What holds for every request, and what differs by model: each kind of Envoy Gateway's policies at the gateway, merged with that of a route. */
export function policyObjects(settings: Settings): CustomObject[] {
  const { name, models } = settings;
  const object = (kind: string, own: string, spec: object): CustomObject => ({ apiVersion: envoyApi, kind, name: own, spec });
  const ofGateway = target("Gateway", name);
  return [
    object("ClientTrafficPolicy", name, { ...ofGateway, ...clientTraffic(settings) }),
    object("SecurityPolicy", name, { ...ofGateway, apiKeyAuth: keys(settings) }),
    object("EnvoyExtensionPolicy", name, { ...ofGateway, lua: [router(settings)] }),
    object("BackendTrafficPolicy", name, { ...ofGateway, ...backendTraffic(settings) }),
    ...models.flatMap((model) => {
      const own = modelRoute(name, model.name);
      const ofRoute = { ...target("HTTPRoute", own), mergeType: "StrategicMerge" };
      const limit = rateLimit(settings.consumers, model);
      return [
        object("SecurityPolicy", own, { ...ofRoute, authorization: authorization(settings.consumers, model) }),
        ...(limit ? [object("BackendTrafficPolicy", own, { ...ofRoute, rateLimit: limit })] : []),
      ];
    }),
  ];
}

/** A key as OpenAI's clients send it. It goes no further than the gateway. */
const keys = ({ consumers }: Settings): object => ({
  credentialRefs: consumers.map(({ name }) => ({ kind: "Secret", name: keysSecret(name) })),
  extractFrom: [{ headers: ["Authorization"] }],
  forwardClientIDHeader: consumerHeader,
  sanitize: true,
});

/** The router, and what it is given: who may ask for what, and which names and paths there are. */
function router({ consumers, models }: Settings): object {
  const set = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, true]));
  return {
    type: "Inline",
    inline: routerScript,
    filterContext: {
      consumers: Object.fromEntries(consumers.map(({ name, models: allowed }) => [name, set(allowed)])),
      models: set(models.flatMap(({ names }) => names)),
      paths: set(modelPaths),
    },
  };
}

/** Who may use a model: nobody but the consumers that name it, each only under the names that it was given. */
function authorization(consumers: readonly Consumer[], { names }: RoutedModel): object {
  const rules = consumers.flatMap(({ name, models }) => {
    const allowed = names.filter((served) => models.includes(served));
    if (allowed.length === 0) return [];
    const headers = [
      { name: consumerHeader, values: [name] },
      { name: modelHeader, values: allowed },
    ];
    return [{ name, action: "Allow", principal: { headers } }];
  });
  return { defaultAction: "Deny", ...(rules.length > 0 ? { rules } : {}) };
}

/** Requests a minute of each consumer that has a limit; each pod of Envoy counts for itself. */
function rateLimit(consumers: readonly Consumer[], { names }: RoutedModel): object | undefined {
  const rules = consumers.flatMap(({ name, models, requestsPerMinute }) => {
    if (requestsPerMinute === undefined || !names.some((served) => models.includes(served))) return [];
    const clientSelectors = [{ headers: [{ name: consumerHeader, type: "Exact", value: name }] }];
    return [{ clientSelectors, limit: { requests: requestsPerMinute, unit: "Minute" } }];
  });
  return rules.length > 0 ? { type: "Local", local: { rules } } : undefined;
}

const clientTraffic = ({ limits }: Settings): object => ({
  tls: { minVersion: "1.2" },
  // A path is evaluated as the engine would read it.
  path: { escapedSlashesAction: "RejectRequest" },
  headers: {
    earlyRequestHeaders: { remove: [consumerHeader, modelHeader] },
    withUnderscoresAction: "RejectRequest",
    requestID: "Generate",
  },
  // A pod that is to end waits for open connections: those without a request are closed soon.
  timeout: { http: { requestReceivedTimeout: "60s", idleTimeout: "60s", streamIdleTimeout: `${limits.idleSeconds}s` } },
  connection: { bufferLimit: `${limits.bodyMib}Mi` },
});

/** Tries again only what no model has begun with: a request whose connection failed, or that was refused before it was read. */
const retry = {
  numRetries: 3,
  retryOn: { triggers: ["connect-failure", "refused-stream", "reset-before-request"] },
  perRetry: { backOff: { baseInterval: "25ms", maxInterval: "500ms" } },
};

/** A pod that cannot be reached, or that answers with errors of a gateway, is left alone for a while; one is always tried. */
const outliers = {
  passive: { consecutiveGatewayErrors: 5, consecutive5XxErrors: 0, interval: "5s", baseEjectionTime: "30s", maxEjectionPercent: 50 },
};

function backendTraffic({ limits }: Settings): object {
  const { bodyMib, requestSeconds, idleSeconds, concurrentRequests } = limits;
  return {
    loadBalancer: { type: "LeastRequest" },
    requestBuffer: { limit: `${bodyMib}Mi` },
    timeout: {
      tcp: { connectTimeout: "5s" },
      http: { requestTimeout: `${requestSeconds}s`, streamIdleTimeout: `${idleSeconds}s` },
    },
    retry,
    healthCheck: outliers,
    circuitBreaker: { maxConnections: concurrentRequests, maxPendingRequests: concurrentRequests, maxParallelRequests: concurrentRequests },
    responseOverride: Object.entries(refusals).map(([status, { type, code, message, retryAfter }]) => ({
      match: { statusCodes: [{ type: "Value", value: Number(status) }] },
      source: "Local",
      response: {
        contentType: "application/json",
        body: { type: "Inline", inline: errorBody(type, code, message) },
        ...(retryAfter ? { header: { set: [{ name: "Retry-After", value: retryAfter }] } } : {}),
      },
    })),
  };
}

/** What the gateway itself answers, in OpenAI's form; what a model answers is left as it is. A minute's limit is whole again after a minute. */
const refusals: Readonly<Record<string, { type: string; code: string; message: string; retryAfter?: string }>> = {
  401: { type: "invalid_request_error", code: "invalid_api_key", message: "A valid key is needed: Authorization: Bearer <key>." },
  403: { type: "invalid_request_error", code: "model_not_allowed", message: "This key may not use this model." },
  408: { type: "invalid_request_error", code: "request_timeout", message: "The request did not arrive in time." },
  413: { type: "invalid_request_error", code: "request_too_large", message: "The body of the request is too long." },
  429: { type: "rate_limit_error", code: "rate_limit_exceeded", message: "Too many requests: try again later.", retryAfter: "60" },
  503: { type: "server_error", code: "model_unavailable", message: "The model cannot answer now: try again later.", retryAfter: "10" },
  504: { type: "server_error", code: "timeout", message: "The model did not answer in time." },
};
