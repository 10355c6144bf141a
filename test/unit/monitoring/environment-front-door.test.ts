import { expect, it } from "vitest";

import { monitoredGateway } from "../../../lib/gateway/metrics";

const modelIn = (cluster: string, namespace = "slm-gateway"): string | undefined =>
  new RegExp(`^(?:${monitoredGateway({ namespace }).clusterPattern})$`).exec(cluster)?.[1];

it("finds the model in the name of a cluster of the front door, and in no other", () => {
  expect(modelIn("httproute/slm-gateway/front-door-chat-small/rule/0")).toBe("chat-small");
  expect(modelIn("httproute/slm-gateway/front-door.other/rule/0")).toBeUndefined();
  expect(modelIn("httproute/other/front-door-chat/rule/0")).toBeUndefined();
});

it("finds Envoy's pods where its controller makes them, and tells them from those of another environment", () => {
  const label = { name: "gateway.envoyproxy.io/owning-gateway-namespace", value: "team-a" };
  expect(monitoredGateway({ namespace: "team-a" })).toMatchObject({ namespace: "team-a", label, port: "metrics" });
  expect(monitoredGateway({ namespace: "team-a", existing: { namespace: "envoy-gateway-system" } })).toMatchObject({
    namespace: "envoy-gateway-system",
    label,
  });
});
