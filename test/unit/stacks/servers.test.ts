import * as k8s from "@pulumi/kubernetes";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createModel, hfTokenName } from "../../../components/environment/servers";
import type { SecretStore, Workload } from "../../../components/secrets/secret-store";
import { imageName } from "../../../lib/environment/image-names";
import { planOf } from "../../../lib/environment/plan-request";
import { parsed, tiny } from "../../support/environments";
import { dependenciesOf, mockPulumi, only, optionsOf, registered, reset, settled } from "../../support/mocks";
import { pinned } from "../../support/program";

let provider: k8s.Provider;
beforeAll(async () => {
  await mockPulumi();
  provider = new k8s.Provider("cluster");
});
beforeEach(reset);

/** A store that records what it grants. */
function recordingStore() {
  const granted: [Workload, readonly string[]][] = [];
  const store: SecretStore = {
    grant(workload, names) {
      granted.push([workload, names]);
      return {
        serviceAccountName: "granted",
        podLabels: {},
        volumes: [{ name: "secrets", emptyDir: {} }],
        volumeMounts: [{ name: "secrets", mountPath: "/secrets" }],
        file: (name) => `/secrets/${name}`,
        env: () => ({}),
        ready: [],
      };
    },
  };
  return { store, granted };
}

interface Made {
  secrets?: SecretStore;
  nodes?: Parameters<typeof createModel>[1]["nodes"];
}

/** Makes the server of the environment's model `chat`, and settles it. */
async function made(raw: object, { secrets, nodes = {} }: Made = {}) {
  const environment = parsed(raw);
  const plan = planOf(environment);
  expect(plan.faults).toEqual([]);
  const model = plan.models.find(({ name }) => name === "chat")!;
  const images = { [imageName(model)]: pinned("server"), other: pinned("other") };
  const withVerifier = { ...environment, imageDigests: { python: pinned("python") } };
  const { server, endpoint } = createModel(model, { images, secrets, namespace: "models", nodes }, withVerifier, { provider });
  const { deployment, servedNames } = server;
  await settled(deployment.metadata.name);
  await settled(endpoint.measured);
  return { servedNames, spec: only("kubernetes:apps/v1:Deployment").inputs["spec"].template.spec };
}

const qwen = { engine: "vllm", model: "Qwen/Qwen3-8B" };
const image = (name: string, more: object = {}) => ({ kind: "image", image: pinned(name), ...more });
const onnx = { engine: "onnx", model: "smollm2-135m-instruct", cpu: true, weights: { onnx: image("weights") } };
const environmentOf = (container: { env: { name: string; value: string }[] }) =>
  Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
const downloadPod = () => registered.find(({ name }) => name === "chat-download")!.inputs["spec"].template.spec;

describe("the server of a model", () => {
  it.each([
    [qwen, "VllmServer", "chat-vllm", "vllm"],
    [tiny, "OllamaServer", "chat-ollama", "ollama"],
    [onnx, "OnnxServer", "chat-onnx", "onnx-server"],
  ])("%j is a %s, with its image, in the namespace, by the cluster's provider", async (chat, component, deployment, container) => {
    const { spec, servedNames } = await made({ models: { chat } });
    expect(
      registered
        .filter(({ type }) => type.startsWith("slm:serving:"))
        .map(({ type, name }) => [type, name])
        .sort(),
    ).toEqual(
      [
        ["slm:serving:Model", "chat"],
        ["slm:serving:ModelEndpoint", "chat"],
        [`slm:serving:${component}`, "chat"],
      ].sort(),
    );
    expect(only("kubernetes:apps/v1:Deployment").inputs["metadata"]).toMatchObject({ name: deployment, namespace: "models" });
    expect(spec.containers.map(({ name, image }: { name: string; image: string }) => [name, image])).toEqual([
      [container, pinned("server")],
    ]);
    expect(optionsOf("chat-server")).toMatchObject({ parent: "chat", provider: "cluster" });
    expect(optionsOf("chat", "slm:serving:Model")).toEqual({ providers: { kubernetes: "cluster" } });
    expect(optionsOf("chat", `slm:serving:${component}`)).toMatchObject({ parent: "chat" });
    expect(servedNames).toEqual(["chat"]);
  });

  it.each([
    [{ engine: "vllm", model: "qwen3-embedding-0.6b" }, ["chat"]],
    [{ engine: "ollama", model: "qwen3-embedding-0.6b" }, ["chat"]],
    [{ engine: "ollama", model: "qwen3-embedding-0.6b", ollama: { variants: { search: {} } } }, ["chat", "search"]],
    [{ ...tiny, ollama: { additionalModels: { search: { model: "qwen3-embedding-0.6b" } } } }, ["search"]],
  ])("%j embeds by %j: its verifier asks those for a vector", async (chat, names) => {
    await made({ models: { chat } });
    const [{ env }] = only("kubernetes:core/v1:Pod").inputs["spec"].containers;
    expect(environmentOf({ env })["EMBEDS"]?.split("\n").sort()).toEqual(names);
  });

  it("goes to nodes with the labels of its pool and its own, which win", async () => {
    const nodeLabels = { disk: "fast", zone: "b" };
    const nodes = {
      labels: { pool: "a", zone: "a" },
      taints: ["sku=gpu:NoSchedule"],
      ready: [new k8s.core.v1.Namespace("pool", {}, { provider })],
    };
    const { spec } = await made({ models: { chat: { ...tiny, nodeLabels } } }, { nodes });
    expect(spec.nodeSelector).toEqual({ pool: "a", disk: "fast", zone: "b" });
    expect(spec.tolerations).toEqual([{ key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" }]);
    expect(dependenciesOf("chat-server")).toContain("pool");
  });

  it.each([
    [{ nodeLabels: { disk: "fast" } }, undefined, { disk: "fast" }],
    [{}, { labels: { pool: "a" } }, { pool: "a" }],
    [{}, undefined, {}],
  ])("with %j on nodes %j selects %j", async (entry, nodes, expected) => {
    const { spec } = await made({ models: { chat: { ...tiny, ...entry } } }, nodes ? { nodes } : {});
    expect(spec.nodeSelector ?? {}).toEqual(expected);
  });

  it("has the volume that its entry asks for", async () => {
    await made({ models: { chat: { ...qwen, storage: { gib: 77, class: "fast", shared: true } } } });
    expect(only("kubernetes:core/v1:PersistentVolumeClaim").inputs["spec"]).toEqual({
      accessModes: ["ReadWriteMany"],
      storageClassName: "fast",
      resources: { requests: { storage: "77Gi" } },
    });
  });

  it("downloads from the mirror that the environment names", async () => {
    await made({ hfEndpoint: "https://mirror.example", models: { chat: qwen } });
    expect(environmentOf(downloadPod().containers[0])["HF_ENDPOINT"]).toBe("https://mirror.example");
    reset();
    await made({ models: { chat: qwen } });
    expect(environmentOf(downloadPod().containers[0])).not.toHaveProperty("HF_ENDPOINT");
  });
});

describe("the Hugging Face token", () => {
  const hfToken = { env: "HF_TOKEN" };

  it("goes to the pod that downloads weights from there, under a name of its own, and not to the server", async () => {
    const { store, granted } = recordingStore();
    const { spec } = await made({ hfToken, models: { chat: qwen } }, { secrets: store });
    expect(granted).toEqual([[{ name: "chat-weights", namespace: "models" }, ["hugging-face"]]]);
    expect(environmentOf(downloadPod().containers[0])["HF_TOKEN_PATH"]).toBe("/secrets/hugging-face");
    expect(downloadPod().serviceAccountName).toBe("granted");
    expect([spec.serviceAccountName, JSON.stringify(spec).includes("/secrets")]).toEqual([undefined, false]);
    expect(hfTokenName).toBe("hugging-face");
  });

  it.each([
    ["Ollama's library", { chat: tiny }],
    ["an image", { chat: onnx }],
    ["a claim", { chat: { ...qwen, weights: { vllm: { kind: "volume", claim: "models" } } } }],
  ])("is not granted to a model whose weights come from %s", async (_, models) => {
    const { store, granted } = recordingStore();
    await made({ hfToken, models }, { secrets: store });
    expect(granted).toEqual([]);
  });

  it("is granted to nobody where the environment has none, whatever else its store keeps", async () => {
    const { store, granted } = recordingStore();
    await made({ models: { chat: qwen } }, { secrets: store });
    expect(granted).toEqual([]);
    expect(environmentOf(downloadPod().containers[0])).toMatchObject({ HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" });
  });
});

describe("a server of vLLM", () => {
  const adapters = {
    sql: { source: image("sql", { path: "lora" }), rank: 8 },
    legal: { source: { kind: "volume", claim: "adapters", path: "legal" }, rank: 16 },
  };

  it("serves its adapters beside the model, each from its own source", async () => {
    const { spec, servedNames } = await made({ models: { chat: { ...qwen, vllm: { adapters } } } });
    expect(servedNames).toEqual(["chat", "sql", "legal"]);
    const { args } = spec.containers[0];
    expect(args.slice(args.indexOf("--lora-modules"))).toEqual([
      "--lora-modules",
      '{"name":"sql","path":"/adapters/sql/lora","base_model_name":"chat"}',
      '{"name":"legal","path":"/adapters/legal/legal","base_model_name":"chat"}',
    ]);
    expect(spec.volumes.filter(({ name }: { name: string }) => name.startsWith("adapter"))).toEqual([
      { name: "adapter-0", image: { reference: pinned("sql"), pullPolicy: "IfNotPresent" } },
      { name: "adapter-1", persistentVolumeClaim: { claimName: "adapters", readOnly: true } },
    ]);
  });

  it("tells of its requests where the environment collects logs, and of spans where it collects them", async () => {
    const logs = { kind: "otlp", endpoint: "https://logs.example" };
    const monitored = async (section: object | undefined) => {
      reset();
      const { spec } = await made({ models: { chat: qwen }, ...(section ? { monitoring: { mode: "operator", ...section } } : {}) });
      const { args, env } = spec.containers[0] as { args: string[]; env: { name: string }[] };
      return [
        args.includes("--enable-request-id-headers"),
        args.includes("--otlp-traces-endpoint"),
        env.some(({ name }) => name.startsWith("OTEL_")),
      ];
    };
    expect(await monitored(undefined)).toEqual([false, false, false]);
    expect(await monitored({})).toEqual([false, false, false]);
    expect(await monitored({ logs })).toEqual([true, false, false]);
    expect(await monitored({ logs, traces: {} })).toEqual([true, true, true]);
  });

  it("has nothing of Ollama's section", async () => {
    const { servedNames } = await made({ models: { chat: { ...qwen, ollama: { variants: { poet: {} }, keepAlive: "5m" } } } });
    expect(servedNames).toEqual(["chat"]);
  });
});

describe("a server of Ollama", () => {
  const ollama = {
    system: "Be brief.",
    parameters: { temperature: 0.1 },
    keepAlive: "5m",
    variants: { poet: { system: "Rhyme." } },
    additionalModels: { other: { model: "qwen3-1.7b" } },
  };

  it("serves its variants and further models beside the model, customised as the entry says", async () => {
    const { spec, servedNames } = await made({ models: { chat: { ...tiny, ollama } } });
    expect(servedNames).toEqual(["chat", "poet", "other"]);
    expect(environmentOf(spec.containers[0])["OLLAMA_KEEP_ALIVE"]).toBe("5m");
    expect(environmentOf(spec.initContainers[0])).toMatchObject({
      NAME_0: "chat",
      MODELFILE_0: 'FROM qwen3:0.6b\nSYSTEM """Be brief."""\nPARAMETER temperature 0.1',
      NAME_1: "poet",
      MODELFILE_1: 'FROM qwen3:0.6b\nSYSTEM """Rhyme."""',
      NAME_2: "other",
      MODELFILE_2: "FROM qwen3:1.7b",
    });
  });

  it("keeps its model loaded for ever, and as it is, unless the entry says otherwise", async () => {
    const { spec } = await made({ models: { chat: tiny } });
    expect(environmentOf(spec.containers[0])["OLLAMA_KEEP_ALIVE"]).toBe("-1");
    expect(environmentOf(spec.initContainers[0])).toMatchObject({ NAME_0: "chat", MODELFILE_0: "FROM qwen3:0.6b" });
    expect(environmentOf(spec.initContainers[0])).not.toHaveProperty("NAME_1");
  });

  it("has no adapter of vLLM's section", async () => {
    const vllm = { adapters: { sql: { source: image("sql"), rank: 8 } } };
    expect((await made({ models: { chat: { ...tiny, vllm } } })).servedNames).toEqual(["chat"]);
  });
});
