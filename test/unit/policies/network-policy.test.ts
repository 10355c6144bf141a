import { expect, it } from "vitest";

import { networkPolicy } from "../../../policies/network-policy";
import { evaluate } from "../../support/policies/evaluate";
import { changed, ciliumDenyAll, denyAll, deployment, type Fixture, service } from "../../support/policies/fixtures";

const violations = (...resources: Parameters<typeof evaluate>[1]) => evaluate(networkPolicy, resources);
const chat = (...dependsOn: string[]) => changed(deployment, "chat", {}, { dependsOn, parent: undefined });
const none = (namespace = "slm") =>
  `chat: metadata.namespace: must hold a network policy that selects these pods, got "${namespace}"; deny everything in the namespace, then allow the paths needed`;
const later = (names: string) =>
  `chat: metadata.namespace: must have ${names} made before these pods, got "slm"; add ${names} to dependsOn`;
const selecting = (matchLabels: object | undefined, name = "own") =>
  changed(denyAll, name, { "spec.podSelector": matchLabels && { matchLabels } });

it.each([
  ["Kubernetes' own kind", denyAll],
  ["Cilium's kind", ciliumDenyAll],
])("accepts pods that come after a policy of %s", (_, policy) => expect(violations(policy, deployment, service)).toEqual([]));

it.each([
  [{ "app.kubernetes.io/instance": "chat" }],
  [{ "app.kubernetes.io/instance": "chat", "app.kubernetes.io/name": "vllm" }],
  [undefined],
])("accepts a policy that selects %o", (labels) => expect(violations(selecting(labels), chat("own"))).toEqual([]));

it("accepts a policy that is made before by way of other resources, or of the component that the pods are part of", () => {
  const between = changed(denyAll, "between", { "metadata.namespace": "elsewhere" }, { dependsOn: ["namespace-deny-all"] });
  const further = changed(between, "further", {}, { dependsOn: ["between"] });
  expect(violations(denyAll, between, further, chat("further"))).toEqual([]);
  const component: Fixture = { type: "slm:serving:VllmServer", name: "server", props: {}, opts: { dependsOn: ["namespace-deny-all"] } };
  expect(violations(denyAll, component, changed(deployment, "chat", {}, { dependsOn: [], parent: "server" }))).toEqual([]);
});

it("accepts one policy that is made before, beside another that is not", () => {
  expect(violations(denyAll, selecting({}), chat("namespace-deny-all"))).toEqual([]);
});

it.each([
  ["in no namespace", []],
  ["in another namespace", [changed(denyAll, "deny-all", { "metadata.namespace": "other" })]],
  ["in the namespace default", [changed(denyAll, "deny-all", { "metadata.namespace": undefined })]],
  ["for other pods", [selecting({ app: "other" })]],
  ["for some of their labels and others", [selecting({ "app.kubernetes.io/instance": "chat", app: "other" })]],
  ["of another kind", [{ ...denyAll, type: "kubernetes:acme.dev/v1:NetworkPolicy" }]],
])("refuses pods with a policy %s", (_, policies) => expect(violations(...policies, chat())).toEqual([none()]));

it("takes the namespace default where none is named", () => {
  expect(violations(changed(deployment, "chat", { "metadata.namespace": undefined }))).toEqual([none("default")]);
});

it("refuses pods that may come before their policies", () => {
  expect(violations(denyAll, chat())).toEqual([later("namespace-deny-all")]);
  expect(violations(denyAll, selecting({}), chat())).toEqual([later("namespace-deny-all or own")]);
});
