import { keysSecret, type RoutedModel } from "../../lib/gateway/access";
import type { Tokens } from "../../lib/gateway/limits";
import { askedNames, leadingTo } from "../../lib/gateway/routing";
import { type CustomObject, consumerHeader, envoyApi, modelHeader, type Settings, target } from "./args";
import { failoverPolicies, retryElsewhere } from "./failover";
import { modelPaths, modelRoute } from "./routes";
import { routerScript } from "./script";
import { backendTraffic, clientTraffic, rateLimit } from "./traffic";

/** What holds for every request, and what differs by model: each kind of Envoy Gateway's policies at the gateway, merged with that of a route. */
export function policyObjects(settings: Settings): CustomObject[] {
  const { name, models, fallback = {} } = settings;
  const object = (kind: string, own: string, spec: object): CustomObject => ({ apiVersion: envoyApi, kind, name: own, spec });
  const ofGateway = target("Gateway", name);
  return [
    object("ClientTrafficPolicy", name, { ...ofGateway, ...clientTraffic(settings) }),
    object("SecurityPolicy", name, { ...ofGateway, ...whoAsks(settings) }),
    object("EnvoyExtensionPolicy", name, { ...ofGateway, lua: [router(settings)] }),
    object("BackendTrafficPolicy", name, { ...ofGateway, ...backendTraffic(settings), ...rateLimit(settings.consumers) }),
    ...models.flatMap((model) => {
      const own = modelRoute(name, model.name);
      const ofRoute = { ...target("HTTPRoute", own), mergeType: "StrategicMerge" };
      return [
        object("SecurityPolicy", own, { ...ofRoute, authorization: authorization(settings, model) }),
        ...(fallback[model.name] === undefined ? [] : [object("BackendTrafficPolicy", own, { ...ofRoute, retry: retryElsewhere })]),
      ];
    }),
    ...failoverPolicies(settings),
  ];
}

/** How a consumer is known: by a token, or by a key. */
const whoAsks = (settings: Settings): object => (settings.jwt ? { jwt: tokens(settings.jwt) } : { apiKeyAuth: keys(settings) });

/** A token where OpenAI's clients send a key. Envoy checks it, and tells the script whose it is. */
const tokens = ({ issuer, audiences, claim, jwks }: Tokens): object => ({
  providers: [
    {
      ...{ name: "consumers", issuer, audiences },
      ...("uri" in jwks
        ? { remoteJWKS: { uri: jwks.uri, cacheDuration: "300s" } }
        : { localJWKS: { type: "ValueRef", valueRef: { group: "", kind: "ConfigMap", name: jwks.configMap } } }),
      claimToHeaders: [{ claim, header: consumerHeader }],
    },
  ],
});

/** A key as OpenAI's clients send it. It goes no further than the gateway. */
const keys = ({ consumers }: Settings): object => ({
  credentialRefs: consumers.map(({ name }) => ({ kind: "Secret", name: keysSecret(name) })),
  extractFrom: [{ headers: ["Authorization"] }],
  forwardClientIDHeader: consumerHeader,
  sanitize: true,
});

/** The router, and what it is given: who may ask for what, and which names and paths there are. */
function router(settings: Settings): object {
  const { consumers, split = {}, jwt } = settings;
  const subjects = Object.fromEntries(consumers.flatMap(({ name, subject }) => (jwt && subject ? [[subject, name]] : [])));
  const set = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, true]));
  const counted = consumers.filter(({ tokensPerMinute }) => tokensPerMinute !== undefined).map(({ name }) => name);
  return {
    type: "Inline",
    inline: routerScript,
    filterContext: {
      consumers: Object.fromEntries(consumers.map(({ name, models: allowed }) => [name, set(allowed)])),
      models: set(askedNames(settings)),
      paths: set(modelPaths),
      split,
      counted: set(counted),
      ...(jwt ? { subjects } : {}),
    },
  };
}

/** Who may use a model: nobody but the consumers that name it, each only under the names that it was given. */
function authorization({ consumers, split }: Settings, model: RoutedModel): object {
  const leading = leadingTo(model, split);
  const rules = consumers.flatMap(({ name, models }) => {
    const allowed = leading.filter((asked) => models.includes(asked));
    if (allowed.length === 0) return [];
    const headers = [
      { name: consumerHeader, values: [name] },
      { name: modelHeader, values: allowed },
    ];
    return [{ name, action: "Allow", principal: { headers } }];
  });
  return { defaultAction: "Deny", ...(rules.length > 0 ? { rules } : {}) };
}
