import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { Model, type ModelArgs } from "../../../components/serving/model";
import { messageOf } from "../../support/errors";
import { mockPulumi, only, optionsOf, registered, reset, settled } from "../../support/mocks";
import { digest, environmentOf, planned, pod } from "../../support/serving";

beforeAll(mockPulumi);
beforeEach(reset);

const args: ModelArgs = {
  engine: "ollama",
  model: "qwen3-0.6b",
  namespace: "slm",
  image: `ollama@${digest}`,
  verifierImage: `python@${digest}`,
};
const made = async (more: Partial<ModelArgs> = {}): Promise<Model> => {
  const model = new Model("chat", { ...args, ...more });
  await settled(model.endpoint.measured);
  return model;
};

it("plans itself, and is a server and an endpoint of its own", async () => {
  const model = await made({ contextTokens: 4096, lock: { "library:qwen3:0.6b": { files: {} } } });
  expect(model.plan).toEqual(
    planned({ engine: "ollama", model: "qwen3-0.6b", contextTokens: 4096 }, { lock: { "library:qwen3:0.6b": { files: {} } } }),
  );
  expect(
    registered
      .filter(({ type }) => type.startsWith("slm:"))
      .map(({ type, name }) => [type, name, optionsOf(name, type).parent])
      .sort(),
  ).toEqual([
    ["slm:serving:Model", "chat", undefined],
    ["slm:serving:ModelEndpoint", "chat", "chat"],
    ["slm:serving:OllamaServer", "chat", "chat"],
  ]);
  expect(await settled(model.url)).toBe("http://chat.slm.svc.cluster.local/v1");
  expect(model.server.servedNames).toEqual(["chat"]);
  expect(await settled(model.claim!.metadata.name)).toMatch(/^chat-ollama-weights-/);
});

it("takes the place of servers and endpoints that stood alone, without replacing anything", async () => {
  await made();
  for (const type of ["slm:serving:OllamaServer", "slm:serving:ModelEndpoint"])
    expect(optionsOf("chat", type).aliases, type).toEqual([{ noParent: true }]);
});

it("plans for the pools, the cluster's version and the licences that it is given", async () => {
  const size = "Standard_D4s_v5";
  expect((await made({ pools: [{ size, maxNodes: 3 }] })).plan.placement.size).toBe(size);
  const weights = { ollama: { kind: "image", reference: `weights@${digest}`, path: "m.gguf" } } as const;
  expect(messageOf(() => new Model("chat", { ...args, weights, kubernetesVersion: "1.30" }))).toMatch(
    /^weights\.ollama: image volumes are on/,
  );
  expect(messageOf(() => new Model("chat", { ...args, allowedLicences: ["none"] }))).toMatch(/^model: its licence/);
});

it.each<[string, Partial<ModelArgs>, () => unknown, unknown]>([
  ["labels of nodes", { nodes: { labels: { disk: "fast" } } }, () => pod().nodeSelector, { disk: "fast" }],
  ["what the pod holds beside", { pod: { priorityClassName: "high" } }, () => pod().priorityClassName, "high"],
  ["Ollama's settings", { ollama: { keepAlive: "5m" } }, () => environmentOf(pod().containers[0])["OLLAMA_KEEP_ALIVE"], "5m"],
  [
    "the volume",
    { volumeClass: "fast", volumeGib: 7 },
    () => only("kubernetes:core/v1:PersistentVolumeClaim").inputs["spec"].storageClassName,
    "fast",
  ],
  ["its image", {}, () => pod().containers[0].image, `ollama@${digest}`],
  ["the verifier's image", {}, () => only("kubernetes:core/v1:Pod").inputs["spec"].containers[0].image, `python@${digest}`],
])("hands on %s", async (_what, more, found, expected) => {
  await made(more);
  expect(found()).toEqual(expected);
});

it.each(["vllm", "onnx"] as const)("serves by %s, and ignores what is Ollama's", async (engine) => {
  const image = { kind: "image", reference: `weights@${digest}` } as const;
  const model = await made({
    engine,
    model: "qwen3-0.6b",
    weights: { [engine]: image },
    cpu: true,
    ollama: { keepAlive: "5m", variants: { x: {} } },
  });
  expect([model.server.engine, model.server.servedNames, model.claim]).toEqual([engine, ["chat"], undefined]);
});

describe("mistakes", () => {
  it("are reported all at once, by the argument, with value, bound and fix", () => {
    expect(messageOf(() => new Model("chat", { ...args, contextTokens: 10_000_000, replicas: -1, gpu: "H1000" }))).toBe(
      [
        "contextTokens: must be a whole number from 256 to 40960, got 10000000; qwen3-0.6b reads at most 40960 tokens",
        "replicas: must be a whole number from 0 to 1000, got -1; choose a whole number in that range",
        'gpu: must be a known GPU, got "H1000"; did you mean h100, a4000, a5000?',
      ].join("\n"),
    );
  });

  it("of the model itself name the argument model", () => {
    expect(messageOf(() => new Model("chat", { ...args, model: "no-such-model" }))).toMatch(/^model: .*got "no-such-model"/);
    expect(messageOf(() => new Model("chat", { ...args, size: "Standard_D2s_v5", contextTokens: 40_960, concurrency: 4000 }))).toMatch(
      /^model: must fit/,
    );
  });

  it("are errors that the engine prints without a stack", () => {
    try {
      new Model("chat", { ...args, replicas: -1 });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(pulumi.ResourceError);
      expect((error as pulumi.ResourceError).hideStack).toBe(true);
    }
  });
});

it("tells the plan's warnings", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockImplementation(async () => {});
  await made({ lock: {} });
  expect(warn.mock.calls.map(([message]) => message)).toContain(
    "chat: its weights are not in the model lock: run make lock before you deploy",
  );
});

describe("what is known only later", () => {
  const later = (value: string = unknown as never): pulumi.Output<string> => pulumi.output(value);

  it("is taken for namespace and images", async () => {
    await made({ namespace: later("made"), image: later(`ollama@${digest}`), verifierImage: later(`python@${digest}`) });
    const services = registered.filter(({ type }) => type === "kubernetes:core/v1:Service");
    expect(services.map(({ inputs }) => inputs["metadata"].namespace)).toEqual(["made", "made", "made"]);
    expect(only("kubernetes:core/v1:Pod").inputs["spec"].containers[0].image).toBe(`python@${digest}`);
  });

  it("is refused where the plan is computed from it, by argument, all at once, with the fix", () => {
    const wrong = { ...args, size: later(), weights: { ollama: { kind: "library", tag: later("x") } } } as unknown as ModelArgs;
    expect(messageOf(() => new Model("chat", wrong))).toBe(
      [
        "size: must be known when the program is planned, got the output of a resource; write it out",
        "weights.ollama.tag: must be known when the program is planned, got the output of a resource; write it out",
      ].join("\n"),
    );
  });
});
