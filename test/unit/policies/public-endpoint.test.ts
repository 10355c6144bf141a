import { expect, it } from "vitest";

import { publicEndpoint } from "../../../policies/public-endpoint";
import { changed, gateway, keys, service } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (...resources: Parameters<typeof judge>[1]) => judge(publicEndpoint, resources);
const keysBy = "metadata.annotations.slm/keys-checked-by";
const balancer = { "spec.type": "LoadBalancer", "spec.ports": [{ port: 443 }] };

const route = {
  ...changed(gateway, "route", { "metadata.name": "chat", spec: { parentRefs: [{ name: "front" }] } }),
  type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
};
const proxy = {
  ...changed(keys, "proxy", {
    "metadata.name": "inside",
    spec: { provider: { type: "Kubernetes", kubernetes: { envoyService: { type: "ClusterIP" } } } },
  }),
  type: "kubernetes:gateway.envoyproxy.io/v1alpha1:EnvoyProxy",
};
const ingress = {
  ...changed(service, "door", { spec: { tls: [{ secretName: "t" }] }, [keysBy]: "oauth2-proxy" }),
  type: "kubernetes:networking.k8s.io/v1:Ingress",
};

it.each([
  ["a Service inside", [service]],
  ["a LoadBalancer with TLS whose keys are vouched for", [changed(service, "chat", { ...balancer, [keysBy]: "front" })]],
  ["a Gateway with keys of its own", [gateway, keys]],
  [
    "a Gateway with keys on each route",
    [gateway, route, changed(keys, "keys", { "spec.targetRefs": [{ kind: "HTTPRoute", name: "chat" }] })],
  ],
  [
    "a Gateway inside",
    [changed(gateway, "gateway", { "spec.listeners.0.protocol": "HTTP", "spec.infrastructure.parametersRef": { name: "inside" } }), proxy],
  ],
  ["an Ingress with TLS whose keys are vouched for", [ingress]],
])("accepts %s", (_, resources) => expect(judged(...resources)).toEqual([]));

it.each([
  [
    [changed(service, "chat", { "spec.type": "LoadBalancer", [keysBy]: "front" })],
    ["chat: spec.ports: must be a TLS port on a LoadBalancer, got 80; serve port 443, or use a ClusterIP"],
  ],
  [
    [changed(service, "chat", balancer)],
    [
      'chat: spec.type: must have keys checked before the pods, got "LoadBalancer"; put it behind the gateway, or say what checks them in slm/keys-checked-by',
    ],
  ],
  [
    [changed(gateway, "gateway", { "spec.listeners.0.protocol": "HTTP" }), keys],
    ['gateway: spec.listeners[https].protocol: must be HTTPS, got "HTTP"; use HTTPS with a certificate'],
  ],
  [
    [changed(gateway, "gateway", { "spec.listeners.0.tls": {} }), keys],
    ["gateway: spec.listeners[https].tls.certificateRefs: must name a certificate, got nothing; name the Secret that holds it"],
  ],
  [
    [gateway, changed(keys, "keys", { "spec.apiKeyAuth": undefined, "spec.cors": {} })],
    [
      'gateway: metadata.name: must be the target of a SecurityPolicy that asks for a key, got "front"; add one with apiKeyAuth for the gateway or for each of its routes',
    ],
  ],
  [
    [changed(ingress, "door", { "spec.tls": [], "metadata.annotations": {} })],
    [
      "door: spec.tls: must be set, got nothing; name the hosts and the Secret with their certificate",
      "door: metadata.annotations[slm/keys-checked-by]: must say what checks the keys, got nothing; use the gateway, or set it",
    ],
  ],
])("refuses %o", (resources, messages) => expect(judged(...resources)).toEqual(messages));

it("refuses a Gateway one of whose routes asks for no key", () => {
  const open = changed(route, "open", { "metadata.name": "open" });
  expect(judged(gateway, route, open, changed(keys, "keys", { "spec.targetRefs": [{ kind: "HTTPRoute", name: "chat" }] }))).toHaveLength(1);
});
