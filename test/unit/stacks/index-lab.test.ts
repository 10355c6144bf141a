import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { parse } from "yaml";

import { fromRoot } from "../../../stacks/environment";
import { dependenciesOf, only, optionsOf, registered } from "../../support/mocks";
import { jsonFiles, pinned, resources, runProgram } from "../../support/program";

let outputs: unknown;
beforeAll(async () => {
  vi.stubEnv("PULUMI_K8S_ENABLE_PATCH_FORCE", "true"); // as an update that repairs has it
  const { config } = parse(readFileSync(fromRoot("stacks/Pulumi.lab.yaml"), "utf8")) as { config: Record<string, unknown> };
  const own = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("slm:", ""), value]));
  const { images } = jsonFiles({ images: { ollama: pinned("ollama"), python: pinned("python") } });
  outputs = await runProgram({ ...own, images });
}, 60_000);

afterAll(() => void vi.unstubAllEnvs());

it("what an update sets for the plugin's process is not an input of the provider, which the next one would take back", () => {
  expect(only("pulumi:providers:kubernetes").inputs["enablePatchForce"]).toBeUndefined();
});

it("the lab is a namespace with its bounds and paths, and one model behind its address, and nothing else", () => {
  expect(resources()).toEqual(
    [
      "pulumi:providers:kubernetes cluster",
      "slm:environment:Environment test",
      "slm:namespace:ModelNamespace namespace",
      "kubernetes:core/v1:Namespace namespace",
      "kubernetes:core/v1:LimitRange namespace-limits",
      "kubernetes:core/v1:ResourceQuota namespace-quota",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy namespace-deny-all",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy namespace-dns",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy namespace-servers-answer",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy namespace-verifier-asks",
      "slm:serving:Model smollm2",
      "slm:serving:OllamaServer smollm2",
      "kubernetes:apps/v1:Deployment smollm2-server",
      "kubernetes:policy/v1:PodDisruptionBudget smollm2-disruption",
      "slm:serving:ModelEndpoint smollm2",
      "kubernetes:core/v1:Service smollm2-all-pods",
      "kubernetes:core/v1:Service smollm2-new-pods",
      "kubernetes:core/v1:Service smollm2-service",
      "kubernetes:core/v1:Pod smollm2-verified",
    ].sort(),
  );
});

it("its outputs say where the model answers, and what it takes", () => {
  expect(outputs).toEqual({
    endpoints: { smollm2: "http://smollm2.slm.svc.cluster.local/v1" },
    addresses: { smollm2: "http://10.0.0.7/v1" },
    verification: { smollm2: {} },
    plan: {
      usdPerMonth: 0,
      models: { smollm2: { size: "Standard_D2s_v5", usdPerMonth: 0, kvTokens: 16_029, memoryMib: 1024 } },
    },
    prometheus: {},
    cluster: {},
    namespaceName: "slm",
  });
});

it("everything is in the lab's cluster, and the model in the namespace that is made for it", () => {
  expect(only("pulumi:providers:kubernetes").inputs).toEqual({
    kubeconfig: fromRoot(".slm/lab/kubeconfig"),
    context: "slm-lab",
    clusterIdentifier: "slm-lab",
  });
  for (const type of ["slm:namespace:ModelNamespace namespace", "slm:serving:Model smollm2"]) {
    const [component, name] = type.split(" ") as [string, string];
    expect(optionsOf(name, component), type).toEqual({
      parent: "test",
      providers: { kubernetes: "cluster" },
      aliases: [{ noParent: true }],
    });
  }
  expect(dependenciesOf("smollm2-server")).toContain("namespace-deny-all");
  const services = registered.filter(({ type }) => type === "kubernetes:core/v1:Service");
  expect(services.map(({ inputs }) => inputs["metadata"].namespace)).toEqual(["slm", "slm", "slm"]);
});

it("every object names the stack that made it, and no pod does, so that a stack's name replaces none", () => {
  const objects = registered.filter(({ type }) => type.startsWith("kubernetes:"));
  expect(objects.map(({ name, inputs }) => [name, inputs["metadata"].annotations["slm-stack/stack"]])).toEqual(
    objects.map(({ name }) => [name, "slm/test"]),
  );
  expect(only("kubernetes:apps/v1:Deployment").inputs["spec"].template.metadata.annotations).toEqual({
    "slm-stack/weights": expect.any(String),
  });
});

it("the model is verified by the image with Python, at the address that is given to clients", () => {
  const [container] = only("kubernetes:core/v1:Pod").inputs["spec"].containers;
  expect([container.image, container.env[0]]).toEqual([pinned("python"), { name: "URL", value: "http://smollm2" }]);
  expect(dependenciesOf("smollm2-verified")).toContain("smollm2-service");
});
