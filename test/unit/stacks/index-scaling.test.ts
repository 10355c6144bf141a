import { readFileSync } from "node:fs";

import { beforeAll, expect, it } from "vitest";
import { parse } from "yaml";

import { fromRoot } from "../../../stacks/environment";
import { dependenciesOf, optionsOf, registered, registeredOutputs } from "../../support/mocks";
import { jsonFiles, pinned, runProgram } from "../../support/program";

beforeAll(async () => {
  const { config } = parse(readFileSync(fromRoot("stacks/Pulumi.lab.yaml"), "utf8")) as { config: Record<string, unknown> };
  const own = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("slm:", ""), value]));
  const names = ["onnx-server", "python", "prometheus", "alertmanager", "keda", "keda-metrics-apiserver", "weights"];
  const { images } = jsonFiles({ images: Object.fromEntries(names.map((name) => [name, pinned(name)])) });
  const hook = { kind: "webhook", url: { secret: "hook", key: "url" } };
  const monitoring = { mode: "standalone", receivers: { hook }, routes: { critical: "hook", warning: "hook" }, readers: ["people"] };
  const model = { engine: "onnx", model: "smollm2-135m-instruct", concurrency: 2, weights: { onnx: { kind: "image", image: "weights" } } };
  const models = { busy: { ...model, scaling: { min: 1, max: 3 } }, calm: { ...model, replicas: 2 } };
  await runProgram({ ...own, images, models, monitoring, scaling: {} });
  await registeredOutputs("test"); // all registrations are through
}, 60_000);

const named = (name: string) => registered.find((resource) => resource.name === name);
const inputs = (name: string) => named(name)!.inputs;

it("only the model that is scaled has a scaler, which comes after what it needs", () => {
  expect(named("calm-scaler")).toBeUndefined();
  expect(inputs("busy-scaler")["spec"]).toMatchObject({
    scaleTargetRef: { name: "busy-onnx" },
    minReplicaCount: 1,
    maxReplicaCount: 3,
    triggers: [{ metadata: { threshold: "2", serverAddress: "http://monitoring-prometheus.slm-monitoring.svc:9090" } }],
  });
  expect(inputs("busy-scaler")["spec"].triggers[0].metadata.query).toContain('{environment="test",model="busy"}');
  expect(dependenciesOf("busy", "slm:scaling:Autoscaler")).toEqual(
    expect.arrayContaining(["scaling-keda-api", "busy-verified", "monitoring-prometheus-service"]),
  );
  expect(dependenciesOf("busy-scaler")).toEqual(expect.arrayContaining(["busy-server"]));
});

it("its pods are left to it; a number that is set holds", () => {
  expect(inputs("busy-server")["spec"].replicas).toBe(1);
  expect(optionsOf("busy-server").ignoreChanges).toEqual(["spec.replicas"]);
  expect(inputs("calm-server")["spec"].replicas).toBe(2);
  expect(optionsOf("calm-server").ignoreChanges).toBeUndefined();
});

it("the namespace takes the pods of the most that there may be", () => {
  expect(inputs("namespace-quota")["spec"].hard.pods).toBe(String(8 + 4 * 3 + 4 * 2));
});

it("KEDA is installed in a restricted namespace, sees the models' namespace alone, and may ask Prometheus", () => {
  expect(inputs("scaling-namespace")["metadata"]).toMatchObject({
    name: "slm-keda",
    labels: { "pod-security.kubernetes.io/enforce": "restricted" },
  });
  const [operator] = inputs("scaling-keda-operator-server")["spec"].template.spec.containers;
  expect(operator.image).toBe(pinned("keda"));
  expect(operator.env).toContainEqual({ name: "WATCH_NAMESPACE", value: "slm" });
  const { from } = inputs("monitoring-prometheus-guard")["spec"].ingress[0];
  expect(
    from
      .slice(1)
      .map((peer: Record<string, { matchLabels: Record<string, string> }>) => Object.values(peer["namespaceSelector"]!.matchLabels)[0]),
  ).toEqual(["people", "slm-keda"]);
});

it("the monitoring tells when the scaler is blind", () => {
  const rules = JSON.stringify(inputs("monitoring-prometheus-config")["data"]);
  expect(rules).toContain("ScalerBlind");
});
