import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";

import { Environment, type EnvironmentArgs } from "../../../components/environment/environment";
import { onAzure, tiny } from "../../support/environments";
import { messageOf } from "../../support/errors";
import { mockPulumi, only, optionsOf, registered, registeredOutputs, reset, secretInputsOf, settled } from "../../support/mocks";
import { pinned, resources } from "../../support/program";

beforeAll(mockPulumi);
beforeEach(reset);
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const lock = {
  "library:qwen3:0.6b": { files: { blob: "a".repeat(64) } },
  "huggingFace:Qwen/Qwen3-4B": { files: { blob: "b".repeat(64) } },
};
const args: EnvironmentArgs = { images: { ollama: pinned("ollama"), python: pinned("python") }, lock, models: { chat: tiny } };
const made = async (more: Partial<EnvironmentArgs> = {}): Promise<Environment> => {
  const environment = new Environment("dev", { ...args, ...more });
  await settled(pulumi.all(environment.verification));
  return environment;
};

it("is a namespace with every model, from arguments alone, and its outputs are by model", async () => {
  const environment = await made({ kubernetes: { context: "mine", namespace: "models" } });
  expect(resources().filter((resource) => /^(slm|pulumi):/.test(resource))).toEqual([
    "pulumi:providers:kubernetes cluster",
    "slm:environment:Environment dev",
    "slm:namespace:ModelNamespace namespace",
    "slm:serving:Model chat",
    "slm:serving:ModelEndpoint chat",
    "slm:serving:OllamaServer chat",
  ]);
  expect(only("kubernetes:core/v1:Namespace").inputs["metadata"].name).toBe("models");
  expect([environment.plan.models.map(({ name }) => name), Object.keys(environment.models)]).toEqual([["chat"], ["chat"]]);
  expect([environment.monitoring, environment.kubeconfig, environment.cluster]).toEqual([undefined, undefined, {}]);
  expect(await registeredOutputs("dev")).toEqual({
    endpoints: { chat: "http://chat.models.svc.cluster.local/v1" },
    addresses: { chat: "http://10.0.0.7/v1" },
    verification: { chat: {} },
    namespaceName: "models",
  });
});

it("is in the cluster whose provider it is given, secrets and monitoring too, and makes none of its own", async () => {
  const provider = new k8s.Provider("theirs", { kubeconfig: pulumi.output("users: []") });
  const models = { chat: { engine: "vllm", model: "Qwen/Qwen3-4B" } } as const;
  const images = { ...args.images, vllm: pinned("vllm") };
  const monitoring = { mode: "operator" } as const;
  await made({ provider, images, models, hfToken: "hf_x", monitoring });
  expect(only("pulumi:providers:kubernetes").name).toBe("theirs");
  const others = registered.filter(({ type, name }) => type.startsWith("kubernetes:") && optionsOf(name, type).provider !== "theirs");
  expect(others).toEqual([]);
});

it("the token, known only later, is a secret of the pod that downloads", async () => {
  await made({
    models: { chat: { engine: "vllm", model: "Qwen/Qwen3-4B" } },
    images: { ...args.images, vllm: pinned("vllm") },
    hfToken: pulumi.output("hf_x"),
  });
  expect(secretInputsOf("secrets-chat-weights-hugging-face")).toEqual(["stringData"]);
  expect(registered.filter(({ inputs }) => JSON.stringify(inputs).includes("hf_x")).map(({ name }) => name)).toEqual([
    "secrets-chat-weights-hugging-face",
  ]);
});

it("tells every mistake in its arguments at once, by path, with no stack, before anything is made", () => {
  const wrong = { ...args, images: { ollama: "ollama:latest" }, region: 1, typo: true } as unknown as EnvironmentArgs;
  expect(() => new Environment("dev", wrong)).toThrow(pulumi.RunError);
  expect(messageOf(() => new Environment("dev", wrong))).toBe(
    [
      'the Environment "dev" is invalid:',
      '✖ Unrecognized key: "typo"; it may have target, region, kubernetes, azure, docker, pools, allowedLicences, clients, weightsFrom, hfEndpoint, monitoring, gateway, scaling, consumers, models, images, lock, catalog',
      "✖ Invalid input: expected string, received number",
      "  → at region",
      "✖ must be pinned by digest (name@sha256:<64 hex>)",
      "  → at images.ollama",
    ].join("\n"),
  );
  expect(registered).toEqual([]);
});

it("tells what its models cannot do, its images lack and its lock lacks, each with value, bound and fix", () => {
  expect(messageOf(() => new Environment("dev", { images: {}, models: { chat: { ...tiny, contextTokens: 10 ** 9 }, more: tiny } }))).toBe(
    [
      'the Environment "dev" has no plan:',
      "✖ models.chat.contextTokens: must be a whole number from 256 to 40960, got 1000000000; qwen3-0.6b reads at most 40960 tokens",
      '✖ models.chat.weights.ollama: must be in the model lock, with revision and sha256 of each file, got "library:qwen3:0.6b"; run make lock and commit what it writes',
      '✖ models.more.weights.ollama: must be in the model lock, with revision and sha256 of each file, got "library:qwen3:0.6b"; run make lock and commit what it writes',
      '✖ images: must be in images, got "python"; add it to images, as name@sha256:<64 hex>',
      '✖ models.more.engine: must be in images, got "ollama"; add it to images, as name@sha256:<64 hex>',
    ].join("\n"),
  );
});

it("previews without what an update alone needs, and tells it", () => {
  vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(true);
  const warned = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  expect(new Environment("dev", { images: { python: pinned("python") }, models: { chat: tiny } }).plan.models).toHaveLength(1);
  expect(warned.mock.calls.map(([message]) => message)).toContain(
    'before an update: models.chat.engine: must be in images, got "ollama"; add it to images, as name@sha256:<64 hex>',
  );
});

it("takes models that the catalog lacks, and refuses one that is none", async () => {
  expect(messageOf(() => new Environment("dev", { ...args, models: { chat: { ...tiny, model: "mine" } } }))).toMatch(
    /models\.chat\.model: .*got "mine"/,
  );
  expect(messageOf(() => new Environment("dev", { ...args, catalog: { mine: {} } } as unknown as EnvironmentArgs))).toMatch(
    /→ at catalog\.mine/,
  );
});

it("a section for Azure needs the target, as in a file", () => {
  const { azure } = onAzure() as unknown as Pick<EnvironmentArgs, "azure">;
  expect(messageOf(() => new Environment("dev", { ...args, ...(azure ? { azure } : {}) }))).toContain("→ at target");
});

it("refuses the output of a resource where the plan is computed from it, by argument, with the fix", () => {
  const wrong = { ...args, models: { chat: { ...tiny, size: pulumi.output("Standard_D4s_v5") } } } as unknown as EnvironmentArgs;
  expect(messageOf(() => new Environment("dev", wrong))).toBe(
    'the Environment "dev" is invalid:\n✖ models.chat.size: must be known when the program is planned, got the output of a resource; write it out',
  );
});
