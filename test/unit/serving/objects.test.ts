import * as k8s from "@pulumi/kubernetes";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { KubernetesSecretStore } from "../../../components/secrets/kubernetes-secret-store";
import { ModelEndpoint } from "../../../components/serving/model-endpoint";
import { OllamaServer } from "../../../components/serving/ollama-server";
import { OnnxServer } from "../../../components/serving/onnx-server";
import { VllmServer } from "../../../components/serving/vllm-server";
import { mockPulumi, only, optionsOf, registered, reset, settled } from "../../support/mocks";
import { everyResource, resourcesIn } from "../../support/resources";
import { argsOf, digest } from "../../support/serving";
import { gpuPlan, imageWeights, writtenPlan } from "../../support/serving-plans";

beforeAll(mockPulumi);
beforeEach(reset);

const sha256 = "b".repeat(64);
const repository = { kind: "huggingFace", repository: "acme/model", revision: "c0ffee1" } as const;
const nodes = () => ({
  labels: { pool: "models" },
  taints: ["sku=gpu:NoSchedule", "team=acme:NoExecute"],
  ready: [new k8s.core.v1.ConfigMap("pool", {})],
});
const token = () => {
  const store = new KubernetesSecretStore("secrets", { values: { hf: "hf_x" }, provider: new k8s.Provider("k8s", { kubeconfig: "x" }) });
  return { mount: store.grant({ name: "chat-weights", namespace: "slm" }, ["hf"]), name: "hf" };
};

/** What each fixture in test/fixtures/serving describes: every resource, and nothing else. */
const programs: Record<string, () => unknown> = {
  "vllm-gpu-image": () =>
    new VllmServer("chat", {
      ...argsOf(gpuPlan({ replicas: 3, rollout: { strategy: "surge", maxSurge: 2, maxUnavailable: 0, reason: "" } })),
      adapters: {
        pirate: { source: { ...imageWeights.source, path: "lora" } },
        poet: { source: { kind: "volume", claim: "poets" } },
        baked: { source: { kind: "baked", path: "/lora/x" } },
        judge: { source: { ...repository, path: "judge" }, lock: { files: { "adapter.safetensors": sha256 } } },
      },
      pod: {
        labels: { team: "acme" },
        annotations: { note: "ours" },
        env: [{ name: "OWN", value: "yes" }],
        volumes: [{ name: "own", emptyDir: {} }],
        volumeMounts: [{ name: "own", mountPath: "/own" }],
        imagePullSecrets: [{ name: "registry" }],
        serviceAccountName: "models",
        priorityClassName: "high",
        runtimeClassName: "nvidia",
        affinity: {
          nodeAffinity: {},
          podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }] },
        },
      },
      telemetry: { environment: "test", tracesEndpoint: "http://collector:4317" },
    }),
  "vllm-cpu-hugging-face": () =>
    new VllmServer("chat", {
      ...argsOf(
        writtenPlan({
          replicas: 3,
          weights: { source: repository, lock: { revision: "c0ffee1", files: { "a.safetensors": sha256, "b.json": sha256 } } },
          rollout: { strategy: "replace-one-by-one", maxSurge: 0, maxUnavailable: 1, reason: "" },
          volume: { gib: 20, class: "fast", shared: true },
        }),
      ),
      nodes: nodes(),
      hfToken: token(),
      hfEndpoint: "https://mirror.example",
    }),
  "vllm-gpu-stopped": () => new VllmServer("chat", { ...argsOf(gpuPlan({ replicas: 0 })), telemetry: { environment: "test" } }),
  "ollama-gpu-library": () =>
    new OllamaServer("chat", {
      ...argsOf(
        gpuPlan({
          engine: "ollama",
          weights: {
            source: { kind: "library", tag: "qwen3:0.6b" },
            lock: { files: { "blobs/sha256-x": sha256 }, sizes: { "blobs/sha256-x": 3 * 2 ** 20 - 1 } },
          },
          additionalModels: {
            other: { source: { kind: "volume", claim: "models", path: "o.gguf" }, lock: { files: { "o.gguf": sha256 } } },
          },
          volume: { gib: 9 },
        }),
      ),
      modelfile: { system: "Be brief." },
      variants: { pirate: { template: "{{ .Prompt }}", parameters: { temperature: 0.2 } } },
      keepAlive: "5m",
      nodes: nodes(),
    }),
  "ollama-cpu-volume": () =>
    new OllamaServer("chat", {
      ...argsOf(
        writtenPlan({
          engine: "ollama",
          weights: { source: { kind: "volume", claim: "models", path: "m.gguf" } },
          additionalModels: { baked: { source: { kind: "baked", path: "/models/b.gguf" } } },
        }),
      ),
    }),
  "onnx-cpu-hugging-face": () =>
    new OnnxServer("chat", {
      ...argsOf(writtenPlan({ engine: "onnx", weights: { source: { ...repository, path: "cpu" } } })),
    }),
  "onnx-gpu-image-locked": () =>
    new OnnxServer("chat", {
      ...argsOf(gpuPlan({ engine: "onnx", weights: { ...imageWeights, lock: { files: { "model.onnx": sha256 } } } })),
      hfToken: token(),
    }),
  endpoint: () => {
    const deployment = new k8s.apps.v1.Deployment("server", { spec: { selector: { matchLabels: { app: "server" } }, template: {} } });
    const server = { deployment, engine: "vllm", servedNames: ["chat", "pirate"], revision: "r1", onGpu: true, serves: true } as const;
    return new ModelEndpoint("chat", { server, verifierImage: `python@${digest}`, namespace: "slm" });
  },
};

it.each(Object.keys(programs))("%s makes what its fixture lists, and nothing else", async (fixture) => {
  programs[fixture]!();
  expect(await everyResource()).toEqual(resourcesIn(`serving/${fixture}.yaml`));
});

describe("a server that is not named like its model", () => {
  const servers = { vllm: VllmServer, ollama: OllamaServer, onnx: OnnxServer };

  it.each(["vllm", "ollama", "onnx"] as const)("of %s derives every name and selector from its own name", async (engine) => {
    const source = engine === "ollama" ? ({ kind: "library", tag: "x" } as const) : repository;
    new servers[engine]("assistant", argsOf(writtenPlan({ engine, weights: { source } })));
    const made = await everyResource();
    const labels = {
      "app.kubernetes.io/name": engine,
      "app.kubernetes.io/instance": "assistant",
      "app.kubernetes.io/managed-by": "pulumi",
    };
    expect(
      made.map(({ resource, inputs }) => [resource.split(" ")[1], (inputs as { metadata?: { name?: string } }).metadata?.name]),
    ).toEqual([
      ["assistant-server", `assistant-${engine}`],
      ["assistant-download", expect.stringMatching(`^assistant-${engine}-download-[0-9a-f]{10}$`)],
      ["assistant-weights", expect.stringMatching(`^assistant-${engine}-weights-[0-9a-f]{10}$`)],
      ["assistant-disruption", `assistant-${engine}`],
      ["assistant", undefined],
    ]);
    for (const { inputs } of registered.filter(({ type }) => !type.startsWith("slm:")))
      expect(inputs["metadata"].labels).toMatchObject({ "app.kubernetes.io/instance": "assistant" });
    const [deployment, budget] = ["Deployment", "PodDisruptionBudget"].map((kind) => registered.find(({ type }) => type.endsWith(kind))!);
    expect([deployment!, budget!].map(({ inputs }) => inputs["spec"].selector.matchLabels)).toEqual([labels, labels]);
    expect(deployment!.inputs["spec"].template.metadata.labels).toMatchObject({ ...labels, "slm-stack/role": "server" });
  });
});

it.each([
  { replicas: 3, maxSurge: 2, seconds: "570s" },
  { replicas: 4, maxSurge: 2, seconds: "570s" },
  { replicas: 3, maxSurge: 0, seconds: "855s" },
  { replicas: 1, maxSurge: 0, seconds: "285s" },
  { replicas: 0, maxSurge: 0, seconds: "285s" },
  { replicas: 0, maxSurge: 1, seconds: "285s" },
])("$replicas replicas, $maxSurge at a time above them, may take $seconds", async ({ replicas, maxSurge, seconds }) => {
  const rollout = { strategy: "surge", maxSurge, maxUnavailable: 1 - Math.min(1, maxSurge), reason: "" } as const;
  await settled(new OnnxServer("chat", argsOf(writtenPlan({ engine: "onnx", replicas, rollout }))).deployment.urn);
  expect(optionsOf("chat-server").customTimeouts).toEqual({ create: seconds, update: seconds });
});

it.each([
  ["a volume of several nodes", { shared: true }, 390],
  ["a volume of one node", {}, 750],
])("a download to %s has room for a node that is lost in the middle", async (_what, volume, lost) => {
  const plan = writtenPlan({
    engine: "onnx",
    coldStart: { nodeSeconds: 20, imageSeconds: 10, weightsSeconds: 60, loadSeconds: 100, compileSeconds: 0, totalSeconds: 190 },
  });
  const source = { kind: "huggingFace", repository: "org/name", revision: "abcdef1" } as const;
  await settled(new OnnxServer("chat", { ...argsOf(plan), weights: { source }, volume: { gib: 1, ...volume } }).deployment.urn);
  const { activeDeadlineSeconds } = only("kubernetes:batch/v1:Job").inputs["spec"];
  expect(activeDeadlineSeconds).toBe(1.5 * (20 + 10 + 60) + lost + 20 + 10);
  expect(optionsOf("chat-download").customTimeouts!.create).toBe(`${activeDeadlineSeconds + 60}s`);
});

it("other weights, another version and other settings are another revision of the pods, which replicas are not", async () => {
  const revision = async (more: object) => {
    reset();
    await settled(new OllamaServer("chat", { ...argsOf(writtenPlan({ engine: "ollama" })), ...more }).deployment.urn);
    return only("kubernetes:apps/v1:Deployment").inputs["spec"].template.metadata.labels["slm-stack/revision"];
  };
  const first = await revision({});
  expect(first).toMatch(/^[0-9a-f]{12}$/);
  expect(await revision({ replicas: 3 })).toBe(first);
  const weights = { source: { kind: "baked", path: "/other.gguf" } };
  const changes = [{ weights }, { settings: { OLLAMA_CONTEXT_LENGTH: "77" } }, { image: `engine@sha256:${"b".repeat(64)}` }];
  for (const change of changes) expect(await revision(change), JSON.stringify(change)).not.toBe(first);
});
