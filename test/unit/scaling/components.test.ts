import { beforeAll, describe, expect, it } from "vitest";

import { Autoscaler, type AutoscalerArgs } from "../../../components/scaling/autoscaler";
import { Keda } from "../../../components/scaling/keda";
import { operatorRules } from "../../../components/scaling/keda-settings";
import { dependenciesOf, mockPulumi, optionsOf, registered, registeredOutputs, unlabelled } from "../../support/mocks";
import { pinned } from "../../support/program";

const args: AutoscalerArgs = {
  namespace: "models",
  deployment: "chat-onnx",
  environment: "prod",
  release: { engine: "onnx", version: "0.18.0" },
  scaling: { min: 1, max: 3 },
  concurrency: 4,
  coldStart: { imageSeconds: 60, weightsSeconds: 10, loadSeconds: 30 },
  prometheusUrl: "http://prometheus:9090",
};
const images = { operator: pinned("keda"), metrics: pinned("keda-metrics-apiserver") };

beforeAll(async () => {
  await mockPulumi();
  new Autoscaler("chat", args);
  new Keda("keda", { namespace: "scalers", watchNamespaces: ["models", "models"], images, scraper: "monitoring" });
  await registeredOutputs("keda");
});
const inputs = (name: string) => registered.find((resource) => resource.name === name)!.inputs;

describe("Autoscaler", () => {
  it("is one ScaledObject of the model's name, which is waited for", () => {
    expect(inputs("chat-scaler")).toMatchObject({
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: "chat", namespace: "models", annotations: { "pulumi.com/waitFor": "condition=Ready" } },
      spec: {
        scaleTargetRef: { name: "chat-onnx" },
        minReplicaCount: 1,
        maxReplicaCount: 3,
        advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 100 } } } },
        triggers: [{ metadata: { threshold: "4", serverAddress: "http://prometheus:9090" } }],
      },
    });
    expect(optionsOf("chat-scaler")).toEqual({ parent: "chat" });
  });

  it.each<[string, Partial<AutoscalerArgs>, string]>([
    ["bounds the wrong way round", { scaling: { min: 4, max: 3 } }, "scaling: must be at most max (3), got 4"],
    [
      "a signal that its engine lacks",
      { scaling: { min: 1, max: 3, kvUse: 0.5 } },
      "scaling.kvUse: must be left out: onnx tells nothing of it; use waiting or concurrency, got 0.5",
    ],
    [
      "an address that is none",
      { prometheusUrl: "prometheus:9090" },
      'prometheusUrl: must be a URL of http or https, got "prometheus:9090"',
    ],
    ["pods that hold nothing", { concurrency: 0 }, "concurrency: must be above 0 requests, got 0"],
  ])("refuses %s", (_name, more, message) => {
    expect(() => new Autoscaler("bad", { ...args, ...more })).toThrow(message);
  });
});

describe("Keda", () => {
  it("has these children", () => {
    const children = registered.filter(({ name, type }) => name.startsWith("keda-") && type.startsWith("kubernetes:"));
    expect(children.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort()).toEqual([
      "APIService keda-api",
      "ClusterRole keda-metrics-role",
      "ClusterRole keda-operator-cluster-role",
      "ClusterRoleBinding keda-metrics-delegator-binding",
      "ClusterRoleBinding keda-metrics-readers-binding",
      "ClusterRoleBinding keda-operator-cluster-binding",
      "Deployment keda-metrics-server",
      "Deployment keda-operator-server",
      "NetworkPolicy keda-deny-ingress",
      "NetworkPolicy keda-metrics-answer",
      "NetworkPolicy keda-operator-answers",
      "Role keda-metrics-watch-0-role",
      "Role keda-metrics-watch-1-role",
      "Role keda-operator-own-role",
      "Role keda-operator-watch-0-role",
      "Role keda-operator-watch-1-role",
      "RoleBinding keda-metrics-reader",
      "RoleBinding keda-metrics-watch-0-binding",
      "RoleBinding keda-metrics-watch-1-binding",
      "RoleBinding keda-operator-own-binding",
      "RoleBinding keda-operator-watch-0-binding",
      "RoleBinding keda-operator-watch-1-binding",
      "Service keda-metrics-service",
      "Service keda-operator-service",
      "ServiceAccount keda-metrics-account",
      "ServiceAccount keda-operator-account",
    ]);
  });

  it("sees the namespaces that it is given, and asks for no Secret of another", () => {
    for (const program of ["keda-operator-server", "keda-metrics-server"]) {
      const [container] = inputs(program)["spec"].template.spec.containers;
      expect(container.env).toEqual(
        expect.arrayContaining([
          { name: "WATCH_NAMESPACE", value: "models" },
          { name: "KEDA_RESTRICT_SECRET_ACCESS", value: "true" },
        ]),
      );
      expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
    }
    expect(operatorRules.flatMap(({ resources }) => resources)).not.toContain("secrets");
    expect(inputs("keda-operator-watch-0-role")).toMatchObject({ metadata: { namespace: "models" }, rules: operatorRules });
    expect(inputs("keda-operator-own-role")["metadata"]).toMatchObject({ namespace: "scalers" });
  });

  it("lets nobody ask the operator but the metrics server, and whoever reads its metrics", () => {
    const { ingress } = inputs("keda-operator-answers")["spec"];
    expect(ingress).toEqual([
      {
        from: [
          { podSelector: { matchLabels: { "app.kubernetes.io/name": "keda-metrics-apiserver", "app.kubernetes.io/part-of": "keda" } } },
        ],
        ports: [{ port: 9666, protocol: "TCP" }],
      },
      {
        from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
        ports: [{ port: 8080, protocol: "TCP" }],
      },
    ]);
    expect(inputs("keda-deny-ingress")["spec"]).toEqual({ podSelector: {}, policyTypes: ["Ingress"] });
  });

  it("starts the metrics server after the operator, which makes its certificate, and the API after both", () => {
    expect(dependenciesOf("keda-metrics-server")).toEqual(
      expect.arrayContaining(["keda-operator-server", "keda-metrics-delegator-binding"]),
    );
    expect(dependenciesOf("keda-operator-server")).toEqual(
      expect.arrayContaining(["keda-deny-ingress", "keda-operator-cluster-binding", "keda-operator-own-binding"]),
    );
    expect(optionsOf("keda-api").dependsOn).toEqual(["keda-metrics-server"]);
  });

  it("refuses an image that is not pinned", () => {
    const bad = { ...images, metrics: "ghcr.io/kedacore/keda-metrics-apiserver:2.21.0" };
    expect(() => new Keda("bad", { namespace: "scalers", watchNamespaces: [], images: bad })).toThrow(
      "images.metrics: must be pinned by digest",
    );
  });
});

it("all that runs of KEDA has the labels by which it is found", () => expect(unlabelled()).toEqual([]));
