import type * as pulumi from "@pulumi/pulumi";

import type { RoutedModel } from "../../lib/gateway/access";
import { type CustomObject, envoyApi, gatewayApi, type Settings } from "./args";
import { failoverListener, failoverRoute, otherBackend } from "./failover";
import { errorBody, served, serviceOf } from "./parts";

/** Paths of OpenAI's API that a model may have; no other is let through, so no engine's own API is open. */
export const modelPaths = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"] as const;

export const certificateName = ({ name, tls }: Pick<Settings, "name" | "tls">): string => ("secret" in tls ? tls.secret : `${name}-tls`);

/** Names of the routes; policies are attached by them. */
export const modelRoute = (name: string, model: string): string => `${name}-${model}`;
/** With a dot, so that no model's route has its name. */
const otherRoute = (name: string): string => `${name}.other`;

/** The listeners: TLS only, and routes of this namespace only. */
export function gatewayObject(settings: Settings): CustomObject {
  const { name, host, controller } = settings;
  return {
    apiVersion: gatewayApi,
    kind: "Gateway",
    name,
    spec: {
      gatewayClassName: controller.className,
      infrastructure: { parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name } },
      listeners: [
        {
          name: "https",
          protocol: "HTTPS",
          port: 443,
          hostname: host,
          tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", name: certificateName(settings) }] },
          allowedRoutes: { namespaces: { from: "Same" } },
        },
        ...failoverListener(settings),
      ],
    },
  };
}

/** A route for each model, chosen by the header that the router sets; and one for all else, in which the router looks at the request first. */
export function routeObjects(settings: Settings): CustomObject[] {
  const { name, models } = settings;
  const direct = otherRoute(name);
  return [
    ...models.map((model) => route(settings, modelRoute(name, model.name), modelRules(settings, model))),
    ...failoverRoute(settings),
    { apiVersion: envoyApi, kind: "HTTPRouteFilter", name: direct, spec: { directResponse: notFound } },
    route(settings, direct, [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        filters: [{ type: "ExtensionRef", extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name: direct } }],
      },
    ]),
  ];
}

const route = ({ name, host }: Settings, own: string, rules: object[]): CustomObject => ({
  apiVersion: gatewayApi,
  kind: "HTTPRoute",
  name: own,
  spec: { parentRefs: [{ name, sectionName: "https" }], hostnames: [host], rules },
});

const modelRules = (settings: Settings, model: RoutedModel): object[] => [
  {
    matches: modelPaths.map((value) => ({ path: { type: "Exact", value }, headers: [served(model.names)] })),
    backendRefs: [serviceOf(model, settings.modelNamespace), ...otherBackend(settings, model)],
  },
];

const notFound = {
  statusCode: 404,
  contentType: "application/json",
  body: { type: "Inline", inline: errorBody("invalid_request_error", "unknown_url", "There is nothing here.") },
};

/** Lets the gateway's routes name Services of the models' namespace. */
export const grantSpec = (from: pulumi.Input<string>): object => ({
  from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: from }],
  to: [{ group: "", kind: "Service" }],
});

/** A certificate of cert-manager, renewed by it; nothing where a Secret is given. */
export function certificateObjects(settings: Settings): CustomObject[] {
  const { name, host, tls } = settings;
  if ("secret" in tls) return [];
  const { issuer, issuerKind = "ClusterIssuer" } = tls;
  return [
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      name,
      spec: {
        secretName: certificateName(settings),
        dnsNames: [host],
        issuerRef: { name: issuer, kind: issuerKind, group: "cert-manager.io" },
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      },
    },
  ];
}
