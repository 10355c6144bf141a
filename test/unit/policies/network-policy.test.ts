import { expect, it } from "vitest";

import { networkPolicy } from "../../../policies/network-policy";
import { changed, denyAll, deployment } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (...resources: Parameters<typeof judge>[1]) => judge(networkPolicy, resources);
const none = "must hold a network policy that selects these pods";
const deny = "deny everything in the namespace, then allow the paths needed";

it("accepts pods that come after a policy which selects them", () => {
  expect(judged(denyAll, deployment)).toEqual([]);
  const own = changed(denyAll, "own", { "spec.podSelector": { matchLabels: { "app.kubernetes.io/instance": "chat" } } });
  expect(judged(own, changed(deployment, "chat", {}, { dependsOn: ["own"] }))).toEqual([]);
  const cilium = { ...changed(denyAll, "own", { spec: { endpointSelector: {} } }), type: "kubernetes:cilium.io/v2:CiliumNetworkPolicy" };
  expect(judged(cilium, changed(deployment, "chat", {}, { dependsOn: ["own"] }))).toEqual([]);
});

it("accepts a policy that is made before by way of another resource", () => {
  const between = changed(denyAll, "between", { "metadata.namespace": "elsewhere" }, { dependsOn: ["deny-all"] });
  expect(judged(denyAll, between, changed(deployment, "chat", {}, { dependsOn: ["between"] }))).toEqual([]);
});

it.each([
  ["in no namespace", []],
  ["in another namespace", [changed(denyAll, "deny-all", { "metadata.namespace": "other" })]],
  ["for other pods", [changed(denyAll, "deny-all", { "spec.podSelector": { matchLabels: { app: "other" } } })]],
])("refuses pods with a policy %s", (_, policies) => {
  expect(judged(...policies, changed(deployment, "chat"))).toEqual([`chat: metadata.namespace: ${none}, got "slm"; ${deny}`]);
});

it("refuses pods that may come before their policy", () => {
  expect(judged(denyAll, changed(deployment, "chat", {}, { dependsOn: [] }))).toEqual([
    'chat: metadata.namespace: must have deny-all made before these pods, got "slm"; add deny-all to dependsOn',
  ]);
});
