import { describe, expect, it } from "vitest";

import { publicEndpoint } from "../../../policies/public-endpoint";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, gateway, keys, service } from "../../support/policies/fixtures";

const violations = (...resources: Parameters<typeof evaluate>[1]) => evaluate(publicEndpoint, resources);
const keysBy = "metadata.annotations.slm/keys-checked-by";
/** `changed` takes a dot for a step: an annotation with one is given with all others. */
const internal = { "metadata.annotations": { "service.beta.kubernetes.io/azure-load-balancer-internal": "true" } };
const external = { "metadata.annotations": { "service.beta.kubernetes.io/azure-load-balancer-internal": "false" } };

describe("a Service", () => {
  const chat = (change: object) => violations(changed(service, "chat", { ...change }));
  const balancer = (...ports: object[]) => ({ "spec.type": "LoadBalancer", "spec.ports": ports });
  const behind = "use a ClusterIP, and put it behind the gateway";
  const noKeys =
    'chat: spec.type: must have keys checked before the pods, got "LoadBalancer"; put it behind the gateway, or say what checks them in slm/keys-checked-by';
  const plain = (port: number) => `chat: spec.ports: must be a TLS port on a LoadBalancer, got ${port}; serve port 443, or use a ClusterIP`;

  it.each([
    ["inside", {}],
    ["inside, by name", { "spec.type": "ClusterIP" }],
    ["on port 443 whose keys are vouched for", { ...balancer({ port: 443 }), [keysBy]: "front" }],
    [
      "on ports that say they speak TLS",
      { ...balancer({ port: 8443, name: "https" }, { port: 9443, appProtocol: "https" }), [keysBy]: "front" },
    ],
    ["on a load balancer inside Azure's network", { ...balancer({ port: 80 }), ...internal }],
  ])("%s is accepted", (_, change) => expect(chat(change)).toEqual([]));

  it.each([
    [{ ...balancer({ port: 80 }, { port: 443 }, { port: 8080, name: "http" }), [keysBy]: "front" }, [plain(80), plain(8080)]],
    [balancer({ port: 443 }), [noKeys]],
    [{ ...balancer({ port: 443 }), ...external }, [noKeys]],
    [balancer({ port: 80 }), [plain(80), noKeys]],
    [{ "spec.type": "NodePort" }, [`chat: spec.type: must not open a port of every node, got "NodePort"; ${behind}`]],
    [{ "spec.externalIPs": ["192.0.2.1"] }, [`chat: spec.externalIPs: must not be set, got ["192.0.2.1"]; ${behind}`]],
    [{ "spec.type": "LoadBalancer", "spec.ports": undefined }, [noKeys]],
  ])("with %o is refused", (change, messages) => expect(chat(change)).toEqual(messages));

  it.each(["", " ", "no", "none", "Nobody", "nothing", "false"])('whose keys are checked by "%s" is refused', (checker) => {
    expect(chat({ ...balancer({ port: 443 }), [keysBy]: checker })).toEqual([noKeys]);
  });
});

describe("an Ingress", () => {
  const ingress = {
    ...changed(service, "door", { spec: { tls: [{ secretName: "t" }] }, [keysBy]: "oauth2-proxy" }),
    type: "kubernetes:networking.k8s.io/v1:Ingress",
  };
  const noTls = "door: spec.tls: must be set, got nothing; name the hosts and the Secret with their certificate";
  const noKeys = "door: metadata.annotations[slm/keys-checked-by]: must say what checks the keys, got nothing; use the gateway, or set it";

  it("with TLS whose keys are vouched for is accepted", () => expect(violations(ingress)).toEqual([]));

  it.each([
    [{ "spec.tls": [] }, [noTls]],
    [{ spec: undefined }, [noTls]],
    [{ metadata: undefined }, [noKeys]],
    [{ "spec.tls": [], "metadata.annotations": {} }, [noTls, noKeys]],
  ])("with %o is refused", (change, messages) => expect(violations(changed(ingress, "door", { ...change }))).toEqual(messages));

  it("of an older API is the same", () => {
    expect(violations({ ...changed(ingress, "door", { spec: {} }), type: "kubernetes:extensions/v1beta1:Ingress" })).toEqual([noTls]);
  });
});

describe("a Gateway", () => {
  const object = (type: string, name: string, spec: object, namespace = "slm") => ({
    ...changed(keys, name, { metadata: { name, namespace }, spec }),
    type: `kubernetes:gateway.${type}`,
  });
  const route = (name: string, parent: object = { name: "front" }, namespace?: string) =>
    object("networking.k8s.io/v1:HTTPRoute", name, { parentRefs: [parent] }, namespace);
  const proxy = (envoyService: object) =>
    object("envoyproxy.io/v1alpha1:EnvoyProxy", "inside", { provider: { kubernetes: { envoyService } } });
  const namesProxy = changed(gateway, "gateway", { "spec.infrastructure.parametersRef": { name: "inside" } });
  const gatewayClass = (name: string) => object("networking.k8s.io/v1:GatewayClass", name, { parametersRef: { name: "inside" } });
  const asks = (change: object) => changed(keys, "keys", { ...change });
  const onRoute = (...names: string[]) => asks({ "spec.targetRefs": names.map((name) => ({ kind: "HTTPRoute", name })) });
  const policy = (target: object, spec: object) =>
    object("envoyproxy.io/v1alpha1:SecurityPolicy", "own", { targetRefs: [target], ...spec });
  const own = (spec: object, sectionName?: string) =>
    policy({ kind: "HTTPRoute", name: "chat", ...(sectionName ? { sectionName } : {}) }, spec);
  const onListener = (sectionName: string, spec: object = { jwt: {} }) => policy({ kind: "Gateway", name: "front", sectionName }, spec);
  const [https] = (gateway.props as { spec: { listeners: object[] } }).spec.listeners;
  const twoListeners = changed(gateway, "gateway", { "spec.listeners": [https, { ...https, name: "second", port: 8443 }] });
  const noKeys =
    'gateway: metadata.name: must be the target of a SecurityPolicy that asks for a key, got "front"; add one with apiKeyAuth for the gateway or for each of its routes';

  it.each([
    ["with keys of its own", [gateway, keys]],
    [
      "with keys by the older field",
      [gateway, asks({ "spec.targetRefs": undefined, "spec.targetRef": { kind: "Gateway", name: "front" } })],
    ],
    ["with keys on each route", [gateway, route("chat"), route("draft"), onRoute("chat", "draft")]],
    ["with keys on its route, beside another gateway's", [gateway, route("chat"), route("other", { name: "other" }), onRoute("chat")]],
    ["with keys, whose route adds to them", [gateway, keys, route("chat"), own({ cors: {}, mergeType: "StrategicMerge" })]],
    ["with keys, beside a policy of a route of another gateway", [gateway, keys, route("chat", { name: "other" }), own({ cors: {} })]],
    ["with keys on its one listener", [gateway, onListener("https")]],
    ["with keys on the listener of its route", [twoListeners, route("chat", { name: "front", sectionName: "https" }), onListener("https")]],
    ["inside the cluster", [namesProxy, proxy({ type: "ClusterIP" })]],
    ["inside Azure's network", [namesProxy, proxy({ annotations: internal["metadata.annotations"] })]],
    ["inside by its class", [gateway, gatewayClass("envoy"), proxy({ type: "ClusterIP" })]],
  ])("%s is accepted", (_, resources) => expect(violations(...resources)).toEqual([]));

  it.each(["apiKeyAuth", "jwt", "oidc", "basicAuth", "extAuth"])("whose clients are distinguished by %s is accepted", (way) => {
    expect(violations(gateway, asks({ "spec.apiKeyAuth": undefined, [`spec.${way}`]: {} }))).toEqual([]);
  });

  it.each([
    [
      "without TLS",
      [changed(gateway, "gateway", { "spec.listeners.0.protocol": "HTTP" }), keys],
      'gateway: spec.listeners[https].protocol: must be HTTPS, got "HTTP"; use HTTPS with a certificate',
    ],
    [
      "without a certificate",
      [changed(gateway, "gateway", { "spec.listeners.0.tls": {} }), keys],
      "gateway: spec.listeners[https].tls.certificateRefs: must name a certificate, got nothing; name the Secret that holds it",
    ],
    ["with a policy of something else", [gateway, asks({ "spec.apiKeyAuth": undefined, "spec.cors": {} })], noKeys],
    ["without a policy", [gateway], noKeys],
    ["with a policy of another gateway", [gateway, asks({ "spec.targetRefs.0.name": "other" })], noKeys],
    ["with a policy in another namespace", [gateway, asks({ "metadata.namespace": "other" })], noKeys],
    ["one of whose routes asks for no key", [gateway, route("chat"), route("open"), onRoute("chat")], noKeys],
    [
      "one of whose routes, in another namespace, asks for no key",
      [gateway, route("chat"), route("open", { name: "front", namespace: "slm" }, "other"), onRoute("chat", "open")],
      noKeys,
    ],
    ["with keys that its route's own policy takes away", [gateway, keys, route("chat"), own({ cors: {} })], noKeys],
    ["with keys that a rule's own policy takes away", [gateway, keys, route("chat"), own({ cors: {} }, "open")], noKeys],
    ["with keys that a listener's own policy takes away", [gateway, keys, onListener("https", { cors: {} })], noKeys],
    ["whose route adds to nothing", [gateway, route("chat"), own({ cors: {}, mergeType: "StrategicMerge" })], noKeys],
    ["with keys on one of two listeners", [twoListeners, onListener("https")], noKeys],
    [
      "with keys on another listener than its route's",
      [twoListeners, route("chat", { name: "front", sectionName: "second" }), onListener("https")],
      noKeys,
    ],
    ["of another class", [gateway, gatewayClass("other"), proxy({ type: "ClusterIP" })], noKeys],
    ["whose proxy has a load balancer", [namesProxy, proxy({ type: "LoadBalancer" })], noKeys],
    ["whose proxy is not there", [namesProxy], noKeys],
    ["of an older API", [{ ...gateway, type: "kubernetes:gateway.networking.k8s.io/v1beta1:Gateway" }], noKeys],
  ])("%s is refused", (_, resources, message) => expect(violations(...resources)).toEqual([message]));
});

it("leaves alone what nobody reaches", () => expect(violations(deployment, keys)).toEqual([]));
