import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { GatewayArgs } from "../../../components/gateway/args";
import { Gateway } from "../../../components/gateway/gateway";
import { messageOf } from "../../support/errors";
import { gatewayArgs } from "../../support/gateway";
import {
  dependenciesOf,
  mockPulumi,
  only,
  optionsOf,
  registered,
  registeredOutputs,
  reset,
  secretInputsOf,
  settled,
  unlabelled,
} from "../../support/mocks";

beforeAll(mockPulumi);
beforeEach(reset);

const made = async (more: Partial<GatewayArgs> = {}) => {
  const gateway = new Gateway("front", { ...gatewayArgs, ...more });
  await settled(gateway.url);
  await registeredOutputs("front");
  return gateway;
};
const named = (name: string) => registered.find((resource) => resource.name === name)!.inputs;

describe("a front door", () => {
  it("is these objects, and no other", async () => {
    const gateway = await made();
    expect(await settled(gateway.url)).toBe("https://models.example.com/v1");
    expect(registered.map(({ type, name }) => `${type} ${name}`).sort()).toEqual(
      [
        "slm:gateway:Gateway front",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy front-guard",
        "kubernetes:core/v1:Secret front-app-keys",
        "kubernetes:core/v1:Secret front-site-keys",
        "kubernetes:gateway.networking.k8s.io/v1beta1:ReferenceGrant front-grant",
        "kubernetes:gateway.envoyproxy.io/v1alpha1:EnvoyProxy front-envoyproxy",
        "kubernetes:gateway.networking.k8s.io/v1:Gateway front-gateway",
        "kubernetes:gateway.envoyproxy.io/v1alpha1:ClientTrafficPolicy front-clienttrafficpolicy",
        "kubernetes:gateway.envoyproxy.io/v1alpha1:SecurityPolicy front-securitypolicy",
        "kubernetes:gateway.envoyproxy.io/v1alpha1:EnvoyExtensionPolicy front-envoyextensionpolicy",
        "kubernetes:gateway.envoyproxy.io/v1alpha1:BackendTrafficPolicy front-backendtrafficpolicy",
        "kubernetes:gateway.envoyproxy.io/v1alpha1:SecurityPolicy front-chat-securitypolicy",
        "kubernetes:gateway.envoyproxy.io/v1alpha1:SecurityPolicy front-embed-securitypolicy",
        "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute front-chat-httproute",
        "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute front-embed-httproute",
        "kubernetes:gateway.envoyproxy.io/v1alpha1:HTTPRouteFilter front.other-httproutefilter",
        "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute front.other-httproute",
      ].sort(),
    );
    for (const { name } of registered.filter((resource) => resource.name !== "front")) expect(optionsOf(name).parent, name).toBe("front");
  });

  it("has its policies before its routes, and its gateway after its guard", async () => {
    await made();
    const policies = registered.filter(({ type }) => type.endsWith("Policy") && !type.includes("networking.k8s.io"));
    for (const route of ["front-chat-httproute", "front.other-httproute"])
      expect(dependenciesOf(route)).toEqual(policies.map(({ name }) => name).sort());
    expect(dependenciesOf("front-securitypolicy")).toEqual(["front-app-keys", "front-gateway", "front-grant", "front-site-keys"]);
    expect(dependenciesOf("front-gateway")).toEqual(["front-envoyproxy"]);
    expect(dependenciesOf("front-envoyproxy")).toEqual(["front-guard"]);
  });

  it("has a Secret for each consumer with nothing in it, so that no key is ever an input", async () => {
    await made();
    expect(named("front-app-keys")).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "app-keys", namespace: "door", labels: { "slm-stack/keys": "app" } },
      type: "Opaque",
    });
    expect(secretInputsOf("front-app-keys")).toEqual([]);
  });

  it("lets its routes name Services of the models' namespace", async () => {
    await made();
    expect(only("kubernetes:gateway.networking.k8s.io/v1beta1:ReferenceGrant").inputs["metadata"]).toEqual({
      name: "front",
      namespace: "models",
    });
  });

  it("asks for a certificate before it is made", async () => {
    await made({ tls: { issuer: "letsencrypt" } });
    expect(dependenciesOf("front-gateway")).toEqual(["front-certificate", "front-envoyproxy"]);
  });
});

describe("who reaches Envoy's pods", () => {
  const proxies = {
    "app.kubernetes.io/component": "proxy",
    "app.kubernetes.io/managed-by": "envoy-gateway",
    "gateway.envoyproxy.io/owning-gateway-name": "front",
    "gateway.envoyproxy.io/owning-gateway-namespace": "door",
  };
  const counting = { "app.kubernetes.io/name": "envoy-ratelimit", "app.kubernetes.io/managed-by": "envoy-gateway" };
  const at = (namespace: string) => ({ matchLabels: { "kubernetes.io/metadata.name": namespace } });
  const guard = async (more: Partial<GatewayArgs>) => {
    await made({ controller: { className: "envoy", namespace: "system" }, ...more });
    return named("front-guard") as { metadata: object; spec: { ingress: object[]; egress: object[] } };
  };

  it("is nobody, until somebody is named; they reach DNS, their controller, the models and what counts", async () => {
    const { metadata, spec } = await guard({});
    expect(metadata).toEqual({ name: "front-proxy", namespace: "system" });
    expect(spec).toEqual({
      podSelector: { matchLabels: proxies },
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [
        expect.objectContaining({ to: [expect.objectContaining({ podSelector: { matchLabels: { "k8s-app": "kube-dns" } } })] }),
        {
          to: [{ namespaceSelector: at("system"), podSelector: { matchLabels: { "control-plane": "envoy-gateway" } } }],
          ports: [{ port: 18000, protocol: "TCP" }],
        },
        {
          to: [{ namespaceSelector: at("models"), podSelector: { matchLabels: { "slm-stack/role": "server" } } }],
          ports: [{ port: "http", protocol: "TCP" }],
        },
        {
          to: [{ namespaceSelector: at("system"), podSelector: { matchLabels: counting } }],
          ports: [{ port: 8081, protocol: "TCP" }],
        },
      ],
    });
  });

  it("is the gateway itself too, where another model may answer", async () => {
    const { spec } = await guard({ fallback: { chat: "embed" }, consumers: [{ name: "app", models: ["chat"] }] });
    const again = [{ port: 8443, protocol: "TCP" }];
    expect(spec.ingress).toEqual([{ from: [{ podSelector: { matchLabels: proxies } }], ports: again }]);
    expect(spec.egress.at(-1)).toEqual({ to: [{ podSelector: { matchLabels: proxies } }], ports: again });
    expect(spec.egress).toHaveLength(4);
  });

  const tls = [{ port: 10443, protocol: "TCP" }];
  it("is whom the environment names, and who reads metrics", async () => {
    const { spec } = await guard({ clients: [{ namespace: "app" }, { cidr: "10.1.0.0/16" }], scraper: "monitoring" });
    expect(spec.ingress).toEqual([
      { from: [{ namespaceSelector: at("app") }, { ipBlock: { cidr: "10.1.0.0/16" } }], ports: tls },
      { from: [{ namespaceSelector: at("monitoring") }], ports: [{ port: 19001, protocol: "TCP" }] },
    ]);
  });
  it("is the world, where it is public and nobody is named", async () => {
    expect((await guard({ exposure: "public" })).spec.ingress).toEqual([{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: tls }]);
    reset();
    expect((await guard({ exposure: "public", clients: [] })).spec.ingress).toEqual([]);
  });
});

describe("a front door with another model for one that cannot answer", () => {
  const envoys = { group: "", kind: "Secret", name: "envoy" };
  it("has itself as a backend of the lower priority, by the address of a Service of its own", async () => {
    await made({ fallback: { chat: "embed" }, controller: { className: "glass", namespace: "system" } });
    expect(unlabelled()).toEqual([]);
    expect(named("front-failover")).toMatchObject({
      metadata: { name: "front-failover", namespace: "system" },
      spec: { ports: [{ port: 8443, targetPort: 8443 }] },
    });
    expect(named("front.failover-backend")).toMatchObject({
      metadata: { name: "front.failover", namespace: "door" },
      spec: {
        fallback: true,
        endpoints: [{ ip: { port: 8443 } }],
        tls: { caCertificateRefs: [envoys], clientCertificateRef: envoys, sni: "front-failover.system" },
      },
    });
    const [, listener] = (named("front-gateway") as { spec: { listeners: object[] } }).spec.listeners;
    expect(listener).toEqual({
      ...{ name: "failover", protocol: "HTTPS", port: 8443, tls: { mode: "Terminate", certificateRefs: [envoys] } },
      allowedRoutes: { namespaces: { from: "Same" } },
    });
  });
  it("leads there after the server's own pods, and from there to the other server", async () => {
    await made({ fallback: { chat: "embed" } });
    const rules = (name: string) => (named(name) as { spec: { rules: { backendRefs: object[] }[] } }).spec.rules;
    const service = (name: string) => ({ kind: "Service", name, namespace: "models", port: 80 });
    expect(rules("front-chat-httproute")[0]!.backendRefs).toEqual([
      service("chat"),
      { group: "gateway.envoyproxy.io", kind: "Backend", name: "front.failover", port: 8443, weight: 1_000_000 },
    ]);
    expect(rules("front-embed-httproute")[0]!.backendRefs).toEqual([service("embed")]);
    expect(named("front.failover-httproute")).toMatchObject({ spec: { parentRefs: [{ name: "front", sectionName: "failover" }] } });
    expect(rules("front.failover-httproute")).toEqual([
      {
        matches: [
          {
            path: { type: "PathPrefix", value: "/v1/" },
            headers: [{ type: "RegularExpression", name: "x-slm-served", value: "chat|chat-fr" }],
          },
        ],
        backendRefs: [service("embed")],
      },
    ]);
  });
});

describe("is refused", () => {
  const models = gatewayArgs.models;
  it.each<[Partial<GatewayArgs>, string]>([
    [{ host: "https://models" }, 'host: must be a host in lower case, such as models.example.com, got "https://models"'],
    [{ replicas: 0 }, "replicas: must be at least 1, got 0"],
    [{ models: [] }, "models: must name at least one model, got []"],
    [
      { models: [...models, { name: "other", names: ["other", "embed"] }] },
      `models: must not share a name: embed is answered by embed and other, got ${JSON.stringify([...models, { name: "other", names: ["other", "embed"] }])}`,
    ],
    [
      { consumers: [{ name: "App", models: ["chat"] }] },
      'consumers: must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter, got "App"',
    ],
    [{ consumers: [{ name: "app", models: ["gpt"] }] }, 'consumers.app.models: must be of chat, chat-fr, embed, got ["gpt"]'],
    [{ consumers: [{ name: "app", models: [] }] }, "consumers.app.models: must name at least one model, got []"],
    [
      { consumers: [{ name: "app", models: ["chat"], requestsPerMinute: 0 }] },
      "consumers.app.requestsPerMinute: must be at least 1, got 0",
    ],
    [{ consumers: [{ name: "app", models: ["chat"], tokensPerMinute: 0 }] }, "consumers.app.tokensPerMinute: must be at least 1, got 0"],
    [{ split: { both: { chat: 60, embed: 30 } } }, 'split.both: must sum to 100, got 90, got {"chat":60,"embed":30}'],
    [{ fallback: { chat: "gpt" } }, 'fallback.chat: must be one of chat, chat-fr, embed, got gpt, got "gpt"'],
    [{ limits: { bodyMib: 65 } }, 'limits: must be at most 64 MiB, got {"bodyMib":65}'],
  ])("%o", (more, message) => expect(messageOf(() => new Gateway("front", { ...gatewayArgs, ...more }))).toBe(message));

  it("a name that is no DNS label", () => expect(messageOf(() => new Gateway("Front", gatewayArgs))).toMatch(/^name: must be a DNS label/));
});
