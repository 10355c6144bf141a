import { describe, expect, it } from "vitest";

import { certificateObjects, gatewayObject, grantSpec, routeObjects } from "../../../components/gateway/routes";
import { gatewaySettings } from "../../support/gateway";

const api = "gateway.networking.k8s.io/v1";
const parent = { parentRefs: [{ name: "front", sectionName: "https" }], hostnames: ["models.example.com"] };
const paths = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"];
const rules = (header: object, name: string) => [
  {
    matches: paths.map((value) => ({ path: { type: "Exact", value }, headers: [header] })),
    backendRefs: [{ kind: "Service", name, namespace: "models", port: 80 }],
  },
];

it("a gateway has one listener, with TLS, for one host and its own namespace's routes", () => {
  expect(gatewayObject(gatewaySettings())).toEqual({
    apiVersion: api,
    kind: "Gateway",
    name: "front",
    spec: {
      gatewayClassName: "envoy",
      infrastructure: { parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "front" } },
      listeners: [
        {
          name: "https",
          protocol: "HTTPS",
          port: 443,
          hostname: "models.example.com",
          tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", name: "certificate" }] },
          allowedRoutes: { namespaces: { from: "Same" } },
        },
      ],
    },
  });
});

it("each server has a route by the names that it answers to, on OpenAI's paths alone; all else is answered by the gateway", () => {
  expect(routeObjects(gatewaySettings())).toEqual([
    {
      apiVersion: api,
      kind: "HTTPRoute",
      name: "front-chat",
      spec: { ...parent, rules: rules({ type: "RegularExpression", name: "x-slm-served", value: "chat|chat-fr" }, "chat") },
    },
    {
      apiVersion: api,
      kind: "HTTPRoute",
      name: "front-embed",
      spec: { ...parent, rules: rules({ type: "Exact", name: "x-slm-served", value: "embed" }, "embed") },
    },
    {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "HTTPRouteFilter",
      name: "front.other",
      spec: {
        directResponse: {
          statusCode: 404,
          contentType: "application/json",
          body: {
            type: "Inline",
            inline: '{"error":{"message":"There is nothing here.","type":"invalid_request_error","param":null,"code":"unknown_url"}}',
          },
        },
      },
    },
    {
      apiVersion: api,
      kind: "HTTPRoute",
      name: "front.other",
      spec: {
        ...parent,
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: "/" } }],
            filters: [
              { type: "ExtensionRef", extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name: "front.other" } },
            ],
          },
        ],
      },
    },
  ]);
});

it("a grant lets the routes of one namespace name Services, and nothing else", () => {
  expect(grantSpec("door")).toEqual({
    from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "door" }],
    to: [{ group: "", kind: "Service" }],
  });
});

describe("a certificate", () => {
  it("that is given is only named", () => expect(certificateObjects(gatewaySettings())).toEqual([]));

  it.each([
    [{ issuer: "letsencrypt" }, "ClusterIssuer"],
    [{ issuer: "own", issuerKind: "Issuer" }, "Issuer"],
  ] as const)("of %o is asked for, with a new key at each renewal, and named", (tls, kind) => {
    const settings = gatewaySettings({ tls });
    expect(certificateObjects(settings)).toEqual([
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        name: "front",
        spec: {
          secretName: "front-tls",
          dnsNames: ["models.example.com"],
          issuerRef: { name: tls.issuer, kind, group: "cert-manager.io" },
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        },
      },
    ]);
    expect(gatewayObject(settings).spec).toMatchObject({
      listeners: [{ tls: { certificateRefs: [{ kind: "Secret", name: "front-tls" }] } }],
    });
  });
});
