import { readFileSync } from "node:fs";

import { beforeAll, expect, it } from "vitest";
import { parse } from "yaml";

import { fromRoot } from "../../../stacks/environment";
import { dependenciesOf, only, registered, registeredOutputs } from "../../support/mocks";
import { jsonFiles, pinned, resources, runProgram } from "../../support/program";

let outputs: unknown;
beforeAll(async () => {
  const { config } = parse(readFileSync(fromRoot("stacks/Pulumi.lab.yaml"), "utf8")) as { config: Record<string, unknown> };
  const own = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("slm:", ""), value]));
  const names = ["ollama", "python", "envoy", "envoy-gateway"];
  const { images } = jsonFiles({ images: Object.fromEntries(names.map((name) => [name, pinned(name)])) });
  const gateway = { host: "models.example.com", tls: "selfSigned" };
  outputs = await runProgram({ ...own, images, gateway, consumers: { app: { models: ["smollm2"], requestsPerMinute: 60 } } });
  await registeredOutputs("front-door"); // all registrations are through
}, 60_000);

const inputs = (name: string) => registered.find((resource) => resource.name === name)!.inputs;

it("the front door has a namespace, a controller and routes of its own; the model's objects are what they were", () => {
  const all = resources().map((line) => line.split(" ")[1]!);
  const ofDoor = all.filter((name) => /^(gateway|front-door)/.test(name));
  expect(all.filter((name) => !ofDoor.includes(name)).sort()).toEqual(
    [
      ...["test", "cluster", "namespace", "namespace", "namespace-limits", "namespace-quota", "namespace-deny-all", "namespace-dns"],
      ...["namespace-servers-answer", "namespace-verifier-asks", "smollm2", "smollm2", "smollm2", "smollm2-server"],
      ...["smollm2-disruption", "smollm2-all-pods", "smollm2-new-pods", "smollm2-service", "smollm2-verified"],
    ].sort(),
  );
  expect(ofDoor).toEqual(
    expect.arrayContaining(["gateway-namespace", "gateway-controller", "front-door-app-keys", "front-door-verifier-keys"]),
  );
});

it("its outputs say where it is, and nothing of its keys", () => {
  expect(outputs).toMatchObject({
    frontDoor: { url: "https://models.example.com/v1", namespace: "slm-gateway", service: "front-door" },
    endpoints: { smollm2: "http://smollm2.slm.svc.cluster.local/v1" },
  });
});

it("its namespace is restricted; it is of the environment's images, and trusts the certificate that a command makes", () => {
  expect(inputs("gateway-namespace")["metadata"]).toEqual({
    name: "slm-gateway",
    annotations: { "slm-stack/stack": "slm/test" },
    labels: Object.fromEntries(["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"])),
  });
  expect(inputs("gateway-controller-controller")["spec"].template.spec.containers[0].image).toBe(pinned("envoy-gateway"));
  const { envoyDeployment } = inputs("front-door-envoyproxy")["spec"].provider.kubernetes;
  expect(envoyDeployment.container.image).toBe(pinned("envoy"));
  const [listener] = inputs("front-door-gateway")["spec"].listeners;
  expect(listener.tls.certificateRefs).toEqual([{ kind: "Secret", name: "front-door-self-signed" }]);
  expect(inputs("front-door-gateway")["spec"].gatewayClassName).toBe("slm-gateway");
});

it("the environment's own consumer may ask for every model, and has no limit", () => {
  const allowed = (name: string) => ({
    ...{ name, action: "Allow" },
    principal: {
      headers: [
        { name: "x-slm-consumer", values: [name] },
        { name: "x-slm-model", values: ["smollm2"] },
      ],
    },
  });
  expect(inputs("front-door-smollm2-securitypolicy")["spec"].authorization.rules).toEqual([allowed("app"), allowed("verifier")]);
  expect(inputs("front-door-smollm2-backendtrafficpolicy")["spec"].rateLimit.local.rules).toHaveLength(1);
});

it("models answer Envoy's pods and the verifier, and whoever the environment names reaches Envoy's pods instead", () => {
  const peers = inputs("namespace-servers-answer")["spec"].ingress[0].from;
  expect(peers).toEqual([
    { podSelector: { matchLabels: { "slm-stack/role": "verifier" } } },
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "slm-gateway" } },
      podSelector: {
        matchLabels: {
          "app.kubernetes.io/component": "proxy",
          "app.kubernetes.io/managed-by": "envoy-gateway",
          "gateway.envoyproxy.io/owning-gateway-name": "front-door",
          "gateway.envoyproxy.io/owning-gateway-namespace": "slm-gateway",
        },
      },
    },
  ]);
  expect(inputs("front-door-guard")["spec"].ingress).toEqual([
    { from: [{ ipBlock: { cidr: "198.18.0.1/32" } }], ports: [{ port: 10443, protocol: "TCP" }] },
  ]);
});

it("the gateway comes after the models' Services", () => {
  expect(only("slm:gateway:Gateway").name).toBe("front-door");
  expect(dependenciesOf("front-door-guard")).toEqual(expect.arrayContaining(["gateway-controller-controller"]));
});
