import { beforeAll, expect, it } from "vitest";

import { only, registered, secretInputsOf } from "../../support/mocks";
import { jsonFiles, pinned, resources, runProgram } from "../../support/program";

const sha256 = "a".repeat(64);
const settings = {
  kubernetes: { context: "mine", name: "theirs", dataPlane: "cilium", namespace: "models" },
  clients: [{ namespace: "app" }],
  weightsFrom: [{ name: "huggingface.co" }],
  hfToken: "hf_secret",
  monitoring: { mode: "operator", labels: { team: "ml" } },
  models: {
    chat: {
      engine: "vllm",
      model: "Qwen/Qwen3-8B",
      vllm: { adapters: { sql: { source: { kind: "image", image: "sql" }, rank: 8 } } },
    },
    small: { engine: "ollama", model: "qwen3-0.6b", ollama: { variants: { poet: { system: "Rhyme." } } } },
  },
};
const files = jsonFiles({
  images: Object.fromEntries(["vllm", "ollama", "python", "sql"].map((name) => [name, pinned(name)])),
  lock: { "huggingFace:Qwen/Qwen3-8B": { files: { "config.json": sha256 } }, "library:qwen3:0.6b": { files: { blob: sha256 } } },
});

let outputs: Record<string, unknown>;
beforeAll(async () => {
  outputs = (await runProgram({ ...settings, ...files }, ["hfToken"])) as Record<string, unknown>;
}, 60_000);

/** Resources whose name begins so, without what the monitoring is made of. */
const named = (prefix: string): string[] => resources().filter((resource) => resource.split(" ")[1]!.startsWith(prefix));

it("each model has a server, a volume that is filled once, and an address of its own; and the monitoring is the operator's", () => {
  const model = (name: string, component: string) => [
    `kubernetes:apps/v1:Deployment ${name}-server`,
    `kubernetes:batch/v1:Job ${name}-download`,
    `kubernetes:core/v1:PersistentVolumeClaim ${name}-weights`,
    `kubernetes:core/v1:Pod ${name}-verified`,
    `kubernetes:core/v1:Service ${name}-all-pods`,
    `kubernetes:core/v1:Service ${name}-new-pods`,
    `kubernetes:core/v1:Service ${name}-service`,
    `kubernetes:policy/v1:PodDisruptionBudget ${name}-disruption`,
    `slm:serving:Model ${name}`,
    `slm:serving:ModelEndpoint ${name}`,
    `slm:serving:${component} ${name}`,
  ];
  expect(named("chat")).toEqual(model("chat", "VllmServer"));
  expect(named("small")).toEqual(model("small", "OllamaServer").sort());
  expect(named("monitoring")).toEqual(expect.arrayContaining(["slm:monitoring:Monitoring monitoring"]));
  expect(resources().filter((resource) => !/ (chat|small|monitoring|namespace)/.test(resource))).toEqual([
    "kubernetes:core/v1:Secret secrets-chat-weights-hugging-face",
    "kubernetes:core/v1:ServiceAccount secrets-chat-weights-account",
    "pulumi:providers:kubernetes cluster",
    "slm:environment:Environment test",
    "slm:secrets:KubernetesSecretStore secrets",
  ]);
});

it("paths are Cilium's, with the host that weights come from", () => {
  expect(named("namespace")).toEqual(
    [
      "kubernetes:cilium.io/v2:CiliumNetworkPolicy namespace-deny-all",
      "kubernetes:cilium.io/v2:CiliumNetworkPolicy namespace-dns",
      "kubernetes:cilium.io/v2:CiliumNetworkPolicy namespace-servers-answer",
      "kubernetes:cilium.io/v2:CiliumNetworkPolicy namespace-verifier-asks",
      "kubernetes:cilium.io/v2:CiliumNetworkPolicy namespace-download-weights-by-name",
      "kubernetes:core/v1:LimitRange namespace-limits",
      "kubernetes:core/v1:Namespace namespace",
      "kubernetes:core/v1:ResourceQuota namespace-quota",
      "slm:namespace:ModelNamespace namespace",
    ].sort(),
  );
});

it("the token, encrypted in the settings, reaches the one pod that takes it to Hugging Face, and is a secret in the state", () => {
  expect(secretInputsOf("secrets-chat-weights-hugging-face")).toEqual(["stringData"]);
  const holders = registered.filter(({ inputs }) => JSON.stringify(inputs).includes("chat-weights-hugging-face")).map(({ name }) => name);
  expect(holders.sort()).toEqual(["chat-download", "secrets-chat-weights-hugging-face"]);
  expect(registered.filter(({ inputs }) => JSON.stringify(inputs).includes("hf_secret")).map(({ name }) => name)).toEqual([
    "secrets-chat-weights-hugging-face",
  ]);
});

it("each verifier asks for every name that its server answers to", () => {
  const asked = (name: string) => {
    const { env } = registered.find((resource) => resource.name === `${name}-verified`)!.inputs["spec"].containers[0];
    return env.find((variable: { name: string }) => variable.name === "MODELS").value;
  };
  expect([asked("chat"), asked("small")]).toEqual(["chat\nsql", "small\npoet"]);
});

it("outputs are by model, and there is no Prometheus of the stack's own", () => {
  expect(outputs).toMatchObject({
    endpoints: { chat: "http://chat.models.svc.cluster.local/v1", small: "http://small.models.svc.cluster.local/v1" },
    addresses: { chat: "http://10.0.0.7/v1", small: "http://10.0.0.7/v1" },
    prometheus: {},
    cluster: {},
    namespaceName: "models",
  });
  expect(Object.keys(outputs["verification"] as object)).toEqual(["chat", "small"]);
  expect(Object.keys((outputs["plan"] as { models: object }).models)).toEqual(["chat", "small"]);
  expect(only("pulumi:providers:kubernetes").inputs).toEqual({ context: "mine", clusterIdentifier: "theirs" });
});
