import { beforeAll, describe, expect, it } from "vitest";

import { EnvoyGateway } from "../../../components/gateway/envoy-gateway";
import { dependenciesOf, mockPulumi, registered, registeredOutputs, unlabelled } from "../../support/mocks";
import { pinned } from "../../support/program";

const image = pinned("envoy-gateway");
const counting = { image: pinned("ratelimit"), redisImage: pinned("redis"), whenDown: "closed" } as const;
beforeAll(async () => {
  await mockPulumi();
  new EnvoyGateway("eg", { namespace: "door", className: "glass", watchNamespaces: ["door"], image, counting });
  await registeredOutputs("eg");
});
const inputs = (name: string) => registered.find((resource) => resource.name === name)!.inputs;

it("the controller makes the service that counts, restricted, and is given where the counts are and what becomes of requests without", () => {
  const { rateLimit, provider } = JSON.parse(inputs("eg-config")["data"]["config.json"]);
  expect(rateLimit).toEqual({
    backend: { type: "Redis", redis: { url: "envoy-ratelimit-store:6379" } },
    timeout: "1s",
    failClosed: true,
  });
  expect(provider.kubernetes.rateLimitDeployment).toMatchObject({
    replicas: 2,
    patch: { value: { spec: { template: { spec: { terminationGracePeriodSeconds: 10 } } } } },
    pod: { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } },
    container: {
      image: counting.image,
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
    },
  });
  expect(dependenciesOf("eg-controller")).toEqual(expect.arrayContaining(["eg-counts", "eg-counts-service", "eg-counts-requests"]));
});

it("the counts are in memory alone, in a bounded and restricted pod", () => {
  const { spec, metadata } = inputs("eg-counts") as {
    metadata: object;
    spec: { template: { spec: { containers: { args: string[] }[] } } };
  };
  expect(metadata).toMatchObject({ name: "envoy-ratelimit-store", namespace: "door" });
  expect(spec.template.spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
  const [redis] = spec.template.spec.containers;
  expect(redis).toMatchObject({ image: counting.redisImage, securityContext: { readOnlyRootFilesystem: true } });
  expect(redis!.args.join(" ")).toContain("--save  --appendonly no");
  expect(redis!.args.join(" ")).toContain("--maxmemory 96mb");
});

describe("who reaches whom", () => {
  const count = { "app.kubernetes.io/name": "envoy-ratelimit", "app.kubernetes.io/managed-by": "envoy-gateway" };
  const proxy = { "app.kubernetes.io/component": "proxy", "app.kubernetes.io/managed-by": "envoy-gateway" };
  const store = { "app.kubernetes.io/name": "redis", "app.kubernetes.io/component": "ratelimit-store" };
  it.each([
    ["eg-counts-requests", count, proxy, 8081],
    ["eg-keeps-counts", store, count, 6379],
    ["eg-configures-limits", { "control-plane": "envoy-gateway" }, count, 18001],
  ])("%s", (name, pods, from, port) =>
    expect(inputs(name)["spec"]).toEqual({
      podSelector: { matchLabels: pods },
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ podSelector: { matchLabels: from } }], ports: [{ port, protocol: "TCP" }] }],
    }),
  );
});

it("all that runs has the labels by which it is found", () => expect(unlabelled()).toEqual([]));
