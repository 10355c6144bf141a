import { describe, expect, it } from "vitest";

import { hostAccess } from "../../../../policies/host-access";
import { imageDigest } from "../../../../policies/image-digest";
import type { Resource } from "../../../../policies/lib/rule";
import { containersOf, gpusOf, modelServerOf, usesGpu, workloadsOf } from "../../../../policies/lib/workload";
import { evaluate } from "../../../support/policies/evaluate";
import { configMap, deployment, gateway, gpuPool, ollama, service } from "../../../support/policies/fixtures";

const labels = { app: "x" };
const pod = { containers: [{ name: "app", image: "app" }] };
const template = { metadata: { labels }, spec: pod };
const seen = (type: string, props: Record<string, unknown>): Resource =>
  ({ type, name: "it", urn: "", props, opts: {} }) as unknown as Resource;
const paths = (type: string, props: Record<string, unknown>) => workloadsOf(seen(type, props)).map(({ path }) => path);

const kinds: [type: string, props: Record<string, unknown>, path: string][] = [
  ["kubernetes:core/v1:Pod", { metadata: { labels }, spec: pod }, "spec"],
  ["kubernetes:core/v1:PodTemplate", { template }, "template.spec"],
  ["kubernetes:core/v1:ReplicationController", { spec: { template } }, "spec.template.spec"],
  ["kubernetes:apps/v1:Deployment", { spec: { template } }, "spec.template.spec"],
  ["kubernetes:apps/v1:StatefulSet", { spec: { template } }, "spec.template.spec"],
  ["kubernetes:apps/v1:DaemonSet", { spec: { template } }, "spec.template.spec"],
  ["kubernetes:apps/v1:ReplicaSet", { spec: { template } }, "spec.template.spec"],
  ["kubernetes:batch/v1:Job", { spec: { template } }, "spec.template.spec"],
  ["kubernetes:batch/v1:CronJob", { spec: { jobTemplate: { spec: { template } } } }, "spec.jobTemplate.spec.template.spec"],
  ["kubernetes:kaito.sh/v1beta1:Workspace", { inference: { template } }, "inference.template.spec"],
  ["kubernetes:keda.sh/v1alpha1:ScaledJob", { spec: { jobTargetRef: { template } } }, "spec.jobTargetRef.template.spec"],
  ["kubernetes:batch.volcano.sh/v1alpha1:Job", { spec: { tasks: [{ template }] } }, "spec.tasks.0.template.spec"],
];

describe.each(kinds)("a %s", (type, props, path) => {
  it("is found to start a pod", () => {
    expect(workloadsOf(seen(type, props))).toEqual([
      { kind: type.split(":")[2], metadata: props["metadata"] ?? {}, spec: props["spec"] ?? {}, labels, pod, ends: false, path },
    ]);
  });

  it("is evaluated", () => {
    expect(evaluate(imageDigest, [{ type, name: "it", props, opts: {} }])).toEqual([
      `it: ${path}.containers[app].image: must be pinned by digest (name@sha256:<64 hex>), got "app"; name the digest that the tag has in its registry`,
    ]);
  });
});

it("finds each pod of a custom resource that starts several", () => {
  const type = "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet";
  const props = { spec: { leaderWorkerTemplate: { leaderTemplate: template, workerTemplate: { spec: { ...pod, hostNetwork: true } } } } };
  expect(paths(type, props)).toEqual(["spec.leaderWorkerTemplate.leaderTemplate.spec", "spec.leaderWorkerTemplate.workerTemplate.spec"]);
  expect(evaluate(hostAccess, [{ type, name: "it", props, opts: {} }])).toEqual([
    "it: spec.leaderWorkerTemplate.workerTemplate.spec.hostNetwork: must not be set, got true; remove it",
  ]);
});

it.each([
  ["no pods", service.type, service.props],
  ["text that looks like a pod", configMap.type, configMap.props],
  ["listeners", gateway.type, gateway.props],
  ["containers without an image", "kubernetes:monitoring.coreos.com/v1:Prometheus", { spec: { containers: [{ name: "prometheus" }] } }],
  ["an empty list", "kubernetes:acme.dev/v1:Thing", { spec: { containers: [] } }],
  ["something else of the name", "kubernetes:acme.dev/v1:Thing", { spec: { containers: "app", other: null } }],
  ["nothing of Kubernetes", gpuPool.type, { spec: pod }],
])("finds no pod in %s", (_, type, props) => expect(paths(type, props)).toEqual([]));

it("goes on beside a value that is known only after deployment", () => {
  class UnknownValueError extends Error {}
  const props = { spec: { template } };
  Object.defineProperty(props, "status", {
    enumerable: true,
    get: () => {
      throw new UnknownValueError();
    },
  });
  expect(paths("kubernetes:acme.dev/v1:Thing", props)).toEqual(["spec.template.spec"]);
});

it("takes a kind of Kubernetes' own for a workload though its pod is empty", () => {
  expect(workloadsOf(seen(deployment.type, {}))).toEqual([
    { kind: "Deployment", metadata: {}, spec: {}, labels: {}, pod: {}, ends: false, path: "spec.template.spec" },
  ]);
});

it.each([
  [undefined, false],
  ["Always", false],
  ["OnFailure", true],
  ["Never", true],
])("a pod with restartPolicy %s ends: %s", (restartPolicy, ends) => {
  const spec = { ...pod, restartPolicy };
  const [workload] = workloadsOf(seen("kubernetes:core/v1:Pod", { spec }));
  expect(workload!.ends).toBe(ends);
  expect(containersOf(workload!).map(({ longRunning }) => longRunning)).toEqual([!ends]);
});

it("lists every container, and which of them run as long as their pod", () => {
  const spec = {
    initContainers: [{ name: "setup" }, { name: "proxy", restartPolicy: "Always" }],
    containers: [{ name: "app" }],
    ephemeralContainers: [{ name: "debugger" }],
  };
  const [workload] = workloadsOf(seen("kubernetes:core/v1:Pod", { spec }));
  expect(containersOf(workload!).map(({ path, longRunning, ephemeral }) => [path, longRunning, ephemeral])).toEqual([
    ["spec.initContainers[setup]", false, false],
    ["spec.initContainers[proxy]", true, false],
    ["spec.containers[app]", true, false],
    ["spec.ephemeralContainers[debugger]", false, true],
  ]);
});

it.each([
  [{ limits: { "nvidia.com/gpu": "2" } }, 2],
  [{ limits: { "nvidia.com/gpu": "2" }, requests: { "nvidia.com/gpu": 2 } }, 2],
  [{ limits: { "amd.com/gpu": 1 } }, 1],
  [{ limits: { "nvidia.com/mig-1g.10gb": "3", "nvidia.com/gpu": "1" } }, 4],
  [{ limits: { "nvidia.com/other": "1", memory: "1Gi", "example.com/gpu": "1", "x.nvidia.com/gpu": "1" } }, 0],
  [undefined, 0],
])("counts the GPUs of %o", (resources, count) => expect(gpusOf({ name: "app", ...(resources ? { resources } : {}) })).toBe(count));

it("says which workloads use a GPU, by any of their containers", () => {
  const of = (spec: object) => usesGpu(workloadsOf(seen("kubernetes:core/v1:Pod", { spec }))[0]!);
  const gpu = { name: "gpu", resources: { limits: { "nvidia.com/gpu": "1" } } };
  expect([of({ containers: [{ name: "app" }] }), of({ containers: [{ name: "app" }, gpu] }), of({ initContainers: [gpu] })]).toEqual([
    false,
    true,
    true,
  ]);
});

describe("a model server", () => {
  const server = (podLabels: Record<string, string>, ...images: string[]) =>
    modelServerOf(
      workloadsOf(
        seen("kubernetes:core/v1:Pod", {
          metadata: { labels: podLabels },
          spec: { containers: images.map((image) => ({ name: "app", image })) },
        }),
      )[0]!,
    );
  const name = "app.kubernetes.io/name";

  it.each(["vllm", "ollama", "onnx"])("is known by its label: %s", (engine) => {
    expect(server({ [name]: engine, "app.kubernetes.io/instance": "chat" })).toEqual({ engine, model: "chat" });
    expect(server({ [name]: engine })).toEqual({ engine, model: "" });
  });

  it.each([
    ["docker.io/vllm/vllm-openai:v1", "vllm"],
    ["ollama", "ollama"],
    ["registry.example/team/onnx-server@sha256:vllm", "onnx"],
  ])("without a label is known by its image: %s", (image, engine) => expect(server({}, "proxy:1", image)).toEqual({ engine, model: "" }));

  it.each([
    [{ [name]: "grafana" }, "vllm/vllm-openai"],
    [{}, "vllm.example/grafana/grafana"],
    [{}, "grafana@sha256:vllm"],
  ])("is none with %o and %s", (podLabels, image) => expect(server(podLabels, image)).toBeUndefined());
});

it("finds the pods of what the components make", () => {
  expect([deployment, ollama].map(({ type, props }) => modelServerOf(workloadsOf(seen(type, props))[0]!))).toEqual([
    { engine: "vllm", model: "chat" },
    { engine: "ollama", model: "draft" },
  ]);
});
