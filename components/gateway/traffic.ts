import type { Consumer } from "../../lib/gateway/access";
import { consumerHeader, modelHeader, type Settings, servedHeader } from "./args";
import { errorBody } from "./parts";

/**
 * Requests and tokens a minute of each consumer that has a limit, for each model that it asks for, in one count for all pods of Envoy. Tokens are
 * known when an answer has ended: the request that passes the limit is still answered, and the next is not.
 */
export function rateLimit(consumers: readonly Consumer[]): object {
  const rules = consumers.flatMap(({ name, requestsPerMinute, tokensPerMinute }) => {
    const headers = [
      { name: consumerHeader, type: "Exact", value: name },
      { name: modelHeader, type: "Distinct" },
    ];
    const rule = (requests: number) => ({ clientSelectors: [{ headers }], limit: { requests, unit: "Minute" }, shared: true });
    return [
      ...(requestsPerMinute === undefined ? [] : [rule(requestsPerMinute)]),
      ...(tokensPerMinute === undefined ? [] : [{ ...rule(tokensPerMinute), cost: costInTokens }]),
    ];
  });
  return rules.length > 0 ? { rateLimit: { global: { rules } } } : {};
}

/** A request only asks whether anything is left; its answer takes what the router's script counted. */
const costInTokens = {
  request: { from: "Number", number: 0 },
  response: { from: "Metadata", metadata: { namespace: "slm", key: "tokens" } },
};

export const clientTraffic = ({ limits, clientCertificates }: Settings) => ({
  tls: {
    minVersion: "1.2",
    ...(clientCertificates
      ? { clientValidation: { caCertificateRefs: [{ group: "", kind: "Secret", name: clientCertificates.secret }] } }
      : {}),
  },
  // A path is evaluated as the engine would read it.
  path: { escapedSlashesAction: "RejectRequest" },
  headers: {
    earlyRequestHeaders: { remove: [consumerHeader, modelHeader, servedHeader] },
    withUnderscoresAction: "RejectRequest",
    requestID: "Generate",
  },
  // A pod that is to end waits for open connections: those without a request are closed soon.
  timeout: { http: { requestReceivedTimeout: "60s", idleTimeout: "60s", streamIdleTimeout: `${limits.idleSeconds}s` } },
  connection: { bufferLimit: `${limits.bodyMib}Mi` },
});

/** Tries again only what no model has begun with: a request whose connection failed, or that was refused before it was read. */
export const retry = {
  numRetries: 3,
  retryOn: { triggers: ["connect-failure", "refused-stream", "reset-before-request"] },
  perRetry: { backOff: { baseInterval: "25ms", maxInterval: "500ms" } },
};

/** A pod that cannot be reached, or that answers with errors of a gateway, is left alone for a while; one is always tried. */
const outliers = {
  passive: { consecutiveGatewayErrors: 5, consecutive5XxErrors: 0, interval: "5s", baseEjectionTime: "30s", maxEjectionPercent: 50 },
};

export function backendTraffic({ limits }: Settings): object {
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
    responseOverride: Object.entries(refusals).map(([status, { as, type, code, message, retryAfter }]) => ({
      match: { statusCodes: [{ type: "Value", value: Number(status) }] },
      source: "Local",
      response: {
        ...(as ? { statusCode: as } : {}),
        contentType: "application/json",
        body: { type: "Inline", inline: errorBody(type, code, message) },
        ...(retryAfter ? { header: { set: [{ name: "Retry-After", value: retryAfter }] } } : {}),
      },
    })),
  };
}

/** What the gateway itself answers, in OpenAI's form; what a model answers is left as it is. A minute's limit is whole again after a minute. */
export const refusals: Readonly<Record<string, { as?: number; type: string; code: string; message: string; retryAfter?: string }>> = {
  401: { type: "invalid_request_error", code: "invalid_api_key", message: "A valid key or token is needed: Authorization: Bearer <it>." },
  403: { type: "invalid_request_error", code: "model_not_allowed", message: "This key or token may not use this model." },
  408: { type: "invalid_request_error", code: "request_timeout", message: "The request did not arrive in time." },
  413: { type: "invalid_request_error", code: "request_too_large", message: "The body of the request is too long." },
  429: {
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
    message: "Too many requests or tokens in this minute: try again later.",
    retryAfter: "60",
  },
  500: { as: 503, type: "server_error", code: "uncounted", message: "The limits of this key cannot be counted now.", retryAfter: "10" },
  503: { type: "server_error", code: "model_unavailable", message: "The model cannot answer now: try again later.", retryAfter: "10" },
  504: { type: "server_error", code: "timeout", message: "The model did not answer in time." },
};
