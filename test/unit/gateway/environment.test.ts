import { describe, expect, it } from "vitest";

import { consumersOf } from "../../../components/environment/gateway";
import { namespaceArgs } from "../../../components/environment/namespace";
import { planOf } from "../../../lib/environment/plan-request";
import { mistakes, parsed, tiny } from "../../support/environments";

const gateway = { host: "models.example.com", tls: "selfSigned" };
const consumers = { app: { models: ["chat"] } };

describe("a gateway in an environment file", () => {
  it("needs a host, a certificate and a consumer; all else has a default", () => {
    expect(parsed({ gateway, consumers }).gateway).toEqual({
      host: "models.example.com",
      namespace: "slm-gateway",
      exposure: "internal",
      tls: "selfSigned",
      replicas: 2,
      limits: { bodyMib: 4, requestSeconds: 600, idleSeconds: 300, concurrentRequests: 1024 },
      whenUncounted: "open",
      split: {},
      fallback: {},
    });
  });

  it("may have one name answered by versions, and another model answer where one cannot", () => {
    const models = { chat: tiny, next: tiny };
    const routing = { split: { both: { chat: 90, next: 10 } }, fallback: { chat: "next" } };
    const { consumers: named } = parsed({ gateway: { ...gateway, ...routing }, consumers: { app: { models: ["both"] } }, models });
    expect(named).toEqual({ app: { models: ["both"] } });
  });

  it("may take its certificate and its controller from elsewhere", () => {
    expect(parsed({ gateway: { ...gateway, tls: { issuer: "own" }, existing: { class: "eg" } }, consumers }).gateway).toMatchObject({
      tls: { issuer: "own", issuerKind: "ClusterIssuer" },
      existing: { class: "eg", namespace: "envoy-gateway-system" },
    });
  });

  const jwt = { issuer: "https://login.example/v2.0", audiences: ["slm"], jwks: { configMap: "issuer" } };
  it("may ask for tokens in place of keys, and for certificates of clients", () => {
    const section = { ...gateway, jwt, clientCertificates: { secret: "clients" } };
    const environment = parsed({ gateway: section, consumers: { app: { models: ["chat"], subject: "1234" } } });
    expect(environment.gateway).toMatchObject({ jwt: { ...jwt, claim: "sub" }, clientCertificates: { secret: "clients" } });
    expect(consumersOf(environment)).toEqual([{ name: "app", models: ["chat"], subject: "1234" }]);
  });

  it.each<[object, string[]]>([
    [
      {
        gateway: { ...gateway, jwt },
        consumers: { app: { models: ["chat"], subject: "1" }, site: { models: ["chat"], subject: "1" }, cron: { models: ["chat"] } },
      },
      [
        "consumers.app.subject: must be of one consumer, and is site's too, got 1",
        "consumers.site.subject: must be of one consumer, and is app's too, got 1",
        "consumers.cron.subject: must be given where tokens are asked for",
      ],
    ],
    [
      { gateway, consumers: { app: { models: ["chat"], subject: "1" } } },
      ["consumers.app.subject: must be left out where keys are asked for, got 1; or give gateway.jwt"],
    ],
    [
      {
        gateway: { ...gateway, jwt: { issuer: "http://login", audiences: [], claim: "a b", jwks: { uri: "https://login.example/keys" } } },
        consumers,
      },
      [
        "gateway.jwt.issuer: must be an https URL",
        "gateway.jwt.audiences: must name at least one",
        "gateway.jwt.claim: must be the name of a claim, such as sub or azp",
        "gateway.jwt.jwks: must be { uri, addresses } or { configMap }",
      ],
    ],
    [{ gateway }, ["consumers: must name at least one where there is a gateway"]],
    [{ consumers }, ["gateway: must be given where consumers are"]],
    [
      { gateway: { ...gateway, host: "Models:443", exposure: "open", tls: "none", replicas: 0 }, consumers },
      [
        "gateway.host: must be a host in lower case, such as models.example.com",
        "gateway.exposure: must be internal or public",
        "gateway.tls: must be selfSigned, { secret } of the gateway's namespace, or { issuer } of cert-manager",
        "gateway.replicas: must be at least 1",
      ],
    ],
    [
      { gateway: { ...gateway, exposure: "public" }, consumers },
      ["gateway.tls: must be { secret } or { issuer } where the gateway is public: no client of the world trusts a certificate of its own"],
    ],
    [
      { gateway, consumers: { app: { models: ["gpt", "chat", "o1"] }, site: { models: ["gpt"], requestsPerMinute: 5 } } },
      [
        "consumers.app.models.0: must be one of chat, got gpt",
        "consumers.app.models.2: must be one of chat, got o1",
        "consumers.site.models.0: must be one of chat, got gpt",
      ],
    ],
    [
      { gateway, consumers: { App: { models: ["chat"] }, app: { models: [], requestsPerMinute: 0 }, verifier: { models: ["chat"] } } },
      [
        "consumers.App: must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter",
        "consumers.verifier: must not be verifier, which the environment itself is",
        "consumers.app.models: must name at least one model",
        "consumers.app.requestsPerMinute: must be at least 1",
      ],
    ],
    [
      {
        gateway: {
          ...gateway,
          existing: { class: "eg" },
          split: { both: { chat: 60, gpt: 30 }, chat: { chat: 100 }, half: { chat: 50.5 } },
          fallback: { chat: "gpt", other: "chat" },
          whenUncounted: "maybe",
        },
        consumers: { app: { models: ["chat"], tokensPerMinute: 0 } },
      },
      [
        "gateway.whenUncounted: must be open or closed",
        "consumers.app.tokensPerMinute: must be at least 1",
        "gateway.split.half.chat: must be a whole number of percent",
      ],
    ],
    [
      {
        gateway: {
          ...gateway,
          existing: { class: "eg" },
          split: { both: { chat: 60, gpt: 30 }, chat: { chat: 100 } },
          fallback: { chat: "gpt", other: "chat" },
        },
        consumers,
      },
      [
        "gateway.fallback: must be left out with an existing controller: it needs that controller's own certificates",
        "gateway.split.both: must sum to 100, got 90",
        "gateway.split.chat: must not be the name of a model: chat is answered by its own server",
        "gateway.fallback.chat: must be one of chat, got gpt",
        "gateway.fallback.other: must be for one of chat",
        "gateway.split.both.gpt: must be one of chat",
      ],
    ],
    [{ gateway: { ...gateway, fallback: { chat: "chat" } }, consumers }, ["gateway.fallback.chat: must be of another server, got chat"]],
    [
      { gateway, consumers: { app: { models: ["gpt"] } }, region: 5 },
      ["region: Invalid input: expected string, received number", "consumers.app.models.0: must be one of chat, got gpt"],
    ],
    [
      { gateway, consumers, models: { chat: { ...tiny, ollama: { variants: { other: {} } } }, other: tiny } },
      ["models: must not share a name: other is answered by chat and other"],
    ],
  ])("%j is refused, every mistake at once", (raw, expected) => expect(mistakes(raw)).toEqual(expected));
});

describe("who may ask the models", () => {
  const clients = [{ namespace: "app" }];
  const args = (raw: object) => {
    const environment = parsed({ clients, ...raw });
    return namespaceArgs(environment, planOf(environment)).clients;
  };
  const proxies = {
    "app.kubernetes.io/component": "proxy",
    "app.kubernetes.io/managed-by": "envoy-gateway",
    "gateway.envoyproxy.io/owning-gateway-name": "front-door",
    "gateway.envoyproxy.io/owning-gateway-namespace": "slm-gateway",
  };
  it("is the front door alone, where there is one", () => {
    expect(args({ gateway, consumers })).toEqual([{ namespace: "slm-gateway", labels: proxies }]);
    expect(args({ gateway: { ...gateway, existing: { class: "eg", namespace: "system" } }, consumers })).toEqual([
      { namespace: "system", labels: proxies },
    ]);
  });
  it("is whom the environment names, where there is none", () => expect(args({})).toEqual(clients));
});
