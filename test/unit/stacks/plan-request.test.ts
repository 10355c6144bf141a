import { describe, expect, it } from "vitest";
import { azureSchema } from "../../../lib/environment/azure-config";
import { deployablePlan, planOf, previewPlan, toPlanRequest, toSource } from "../../../lib/environment/plan-request";
import { faultMessage } from "../../../lib/planner/fault";
import type { EnvironmentPlan } from "../../../lib/planner/types";
import { written } from "../../support/azure-settings";
import { onAzure, parsed, tiny } from "../../support/environments";
import { jsonFiles, pinned } from "../../support/program";

const tag = { kind: "library", tag: "qwen3:0.6b" };
const lock = { "library:qwen3:0.6b": { revision: "sha256:abc", files: { blob: "b".repeat(64) } } };
const files = jsonFiles({
  images: { python: pinned("python"), ollama: pinned("ollama"), weights: pinned("weights") },
  lock,
  empty: {},
});

/** What the planner is asked about one model with this entry. */
const asked = (entry: object, more: object = {}) =>
  toPlanRequest(parsed({ images: files.images, models: { chat: { ...tiny, ...entry } }, ...more })).models["chat"];

describe("what the planner is asked about an environment", () => {
  it("is its name, region and target, its models and its lock, and nothing that the file does not say", () => {
    expect(toPlanRequest(parsed({ lock: files.lock }, "mine"))).toEqual({
      name: "mine",
      region: "eastus",
      target: "kubernetes",
      models: { chat: tiny },
      hfToken: false,
      lock,
    });
  });

  it("is also which licences may be served, which pools there are, and whether there is a token", () => {
    const pools = [
      { size: "Standard_NC24ads_A100_v4", maxNodes: 4, migProfile: "MIG3g" },
      { size: "Standard_D2s_v5", maxNodes: 1 },
    ];
    const said = { region: "westeurope", allowedLicences: ["mit"], pools };
    expect(toPlanRequest(parsed({ ...said, hfToken: { env: "HF_TOKEN" } }))).toMatchObject({ ...said, hfToken: true });
    expect(toPlanRequest(parsed({ hfToken: { secure: "v1:x" } })).hfToken).toBe(true);
    expect(Object.keys(toPlanRequest(parsed({ pools })).pools![1]!)).toEqual(["size", "maxNodes"]);
  });
});

it("the planner is given how large pools on Azure may grow, where the environment says so", () => {
  const pools = {
    Standard_NC4as_T4_v3: { scale: { kind: "fixed", nodes: 2 } },
    Standard_NC24ads_A100_v4: { scale: { kind: "auto", minNodes: 0, maxNodes: 3 } },
    Standard_NV36ads_A10_v5: { zones: ["1"] },
  };
  const environment = { ...parsed({}), azure: azureSchema.parse({ ...written, pools }) };
  expect(toPlanRequest(environment)).toMatchObject({
    scales: [
      { size: "Standard_NC4as_T4_v3", maxNodes: 2 },
      { size: "Standard_NC24ads_A100_v4", maxNodes: 3 },
    ],
  });
  expect(toPlanRequest(parsed({}))).not.toHaveProperty("scales");
});

describe("what the planner is asked about a model", () => {
  const vllm = { prefixCaching: true, chunkedPrefill: false, toolParser: "hermes", speculative: { method: "ngram", tokens: 4 } };
  const source = (image: string) => ({ kind: "image", image });
  const adapters = { a: { source: source("x"), rank: 8 }, b: { source: source("y"), rank: 32 }, c: { source: source("z"), rank: 16 } };

  it.each<[string, object, object]>([
    ...Object.entries({
      engineVersion: "0.17.4",
      quantization: "Q8_0",
      dtype: "float16",
      kvCacheDtype: "q8_0",
      contextTokens: 4096,
      concurrency: 2,
      replicas: 3,
      tensorParallel: 2,
      gpu: "L4",
      size: "Standard_NC4as_T4_v3",
      cpu: false,
      gpuMemoryUtilization: 0.8,
      maxNumBatchedTokens: 1024,
      enforceEager: true,
      extraArgs: ["--seed", "1"],
      memoryMib: 4096,
      cpuCores: 1.5,
      coldStart: { imageSeconds: 10 },
    }).map(([key, value]): [string, object, object] => [`${key}, as it is`, { [key]: value }, { [key]: value }]),
    ["its volume", { storage: { shared: true, gib: 4, class: "fast" } }, { sharedVolume: true, volumeGib: 4, volumeClass: "fast" }],
    ["that its volume is not shared", { storage: { shared: false } }, { sharedVolume: false }],
    ["labels of nodes", { nodeLabels: { zone: "a" } }, { nodeLabels: { zone: "a" } }],
    ["features of vLLM, whatever the engine", { vllm }, { vllm }],
    [
      "adapters by their number, largest rank and sources, with images by digest",
      { engine: "vllm", vllm: { adapters } },
      {
        engine: "vllm",
        vllm: {},
        adapters: {
          count: 3,
          rank: 32,
          sources: Object.fromEntries(["x", "y", "z"].map((image, index) => ["abc"[index]!, { kind: "image", reference: image }])),
        },
      },
    ],
    ["no adapter of another engine", { vllm: { adapters } }, { vllm: {} }],
    ["no adapter where there is none", { engine: "vllm", vllm: { adapters: {} } }, { engine: "vllm", vllm: {} }],
    ["nothing of how Ollama customises it", { ollama: { system: "x", keepAlive: "5m", variants: { poet: {} } } }, {}],
    [
      "further models of Ollama's server, with what each says",
      {
        ollama: {
          additionalModels: {
            other: { model: "qwen3-4b", weights: { ollama: tag }, quantization: "Q8_0", contextTokens: 512 },
            plain: { model: "x" },
          },
        },
      },
      {
        additionalModels: {
          other: { model: "qwen3-4b", weights: { ollama: tag }, quantization: "Q8_0", contextTokens: 512 },
          plain: { model: "x" },
        },
      },
    ],
    [
      "sources by engine, with images by digest",
      { weights: { vllm: { ...source("weights"), path: "a" }, ollama: tag, onnx: source(pinned("onnx")) } },
      {
        weights: {
          vllm: { kind: "image", reference: pinned("weights"), path: "a" },
          ollama: tag,
          onnx: { kind: "image", reference: pinned("onnx") },
        },
      },
    ],
    [
      "the same of further models",
      { ollama: { additionalModels: { other: { model: "x", weights: { ollama: source("weights") } } } } },
      { additionalModels: { other: { model: "x", weights: { ollama: { kind: "image", reference: pinned("weights") } } } } },
    ],
  ])("is %s", (_, entry, expected) => expect(asked(entry)).toStrictEqual({ ...tiny, ...expected }));

  it("is the whole of a model that the environment describes, for further models too", () => {
    const config = {
      num_hidden_layers: 2,
      hidden_size: 64,
      num_attention_heads: 4,
      vocab_size: 1000,
      max_position_embeddings: 2048,
      intermediate_size: 128,
    };
    const { configJson } = jsonFiles({ configJson: config });
    const catalog = { mine: { configJson, huggingFace: "me/mine", licence: "mit" } };
    const mine = expect.objectContaining({ id: "mine", contextTokens: 2048 });
    expect(asked({ model: "mine", ollama: { additionalModels: { other: { model: "mine" } } } }, { catalog })).toEqual({
      engine: "ollama",
      model: mine,
      additionalModels: { other: { model: mine } },
    });
    expect(asked({ model: "me/mine" }, { catalog })).toMatchObject({ model: "me/mine" });
  });

  it("takes a name that every object has for a name like another", () => {
    expect(asked({ model: "__proto__" })).toEqual({ engine: "ollama", model: "__proto__" });
    expect(toSource({ kind: "image", image: "constructor" }, parsed())).toEqual({ kind: "image", reference: "constructor" });
  });
});

const messages = (faults: Parameters<typeof faultMessage>[0][]) => faults.map(faultMessage);

describe("the plan of an environment", () => {
  const monitoring = {
    mode: "operator",
    objectives: { default: { availability: 0.9 }, chta: { availability: 0.95 }, chat: { firstToken: { seconds: 1, ratio: 0.9 } } },
  };

  it("has among its faults what the monitoring promises and no model keeps", () => {
    expect(messages([...planOf(parsed({ monitoring })).faults])).toEqual([
      'monitoring.objectives.chta: must be a model of this environment: chat, got {"availability":0.95}; correct it, or leave it out',
      "monitoring.objectives.chat.firstToken.seconds: ollama 0.32.15 does not measure the time to the first token: leave the objective out, got " +
        '{"firstToken":{"seconds":1,"ratio":0.9}}; correct it, or leave it out',
    ]);
    expect(planOf(parsed({ monitoring: { mode: "operator" } })).faults).toEqual([]);
  });

  it("has them beside the planner's own", () => {
    const bad = parsed({ monitoring, models: { chat: tiny, other: { ...tiny, model: "qwen3-0.7b" } } });
    expect(planOf(bad).faults.map(({ path }) => path)).toEqual([
      "models.other.model",
      "monitoring.objectives.chta",
      "monitoring.objectives.chat.firstToken.seconds",
    ]);
  });

  it("says of a model that has no plan why that is, and nothing of what it promises", () => {
    const bad = parsed({
      monitoring: { ...monitoring, objectives: { chat: { availability: 0.9 } } },
      models: { chat: { ...tiny, model: "qwen3-0.7b" } },
    });
    expect(planOf(bad).faults.map(({ path }) => path)).toEqual(["models.chat.model"]);
  });

  it("asks for no lock and no image, unless it is to be deployed", () => {
    const bare = parsed({ images: "stacks/none.json" });
    expect(planOf(bare).faults).toEqual([]);
    expect(messages([...deployablePlan(bare).faults])).toEqual([
      'models.chat.weights.ollama: must be in the model lock, with revision and sha256 of each file, got "library:qwen3:0.6b"; run make lock and commit what it writes',
      'images: must be in stacks/none.json, got "python"; add it to stacks/none.json, as name@sha256:<64 hex>',
      'models.chat.engine: must be in stacks/none.json, got "ollama"; add it to stacks/none.json, as name@sha256:<64 hex>',
    ]);
    const whole = deployablePlan(parsed({ images: files.images, lock: files.lock }));
    expect([whole.faults, whole.models.map(({ name, weights }) => [name, weights.lock])]).toEqual([
      [],
      [["chat", lock["library:qwen3:0.6b"]]],
    ]);
  });

  it("of a preview goes on without what only an update needs, and says what that is", () => {
    const { plan, missing } = previewPlan(parsed({ images: files.empty, monitoring }));
    expect(missing.map(({ path, neededBy }) => [path, neededBy])).toEqual([
      ["models.chat.weights.ollama", "update"],
      ["models.chat.engine", "update"],
    ]);
    expect(plan.faults.map(({ path }) => path)).toEqual([
      "monitoring.objectives.chta",
      "monitoring.objectives.chat.firstToken.seconds",
      "images",
    ]);
    expect(plan.models.map(({ name, weights }) => [name, weights.source])).toEqual([["chat", { kind: "library", tag: "qwen3:0.6b" }]]);
  });

  it("of an update needs a way to a private API server, which a preview tells", () => {
    const hub = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/hub";
    const joined = (...peers: string[]) =>
      parsed({ ...onAzure({ network: { kind: "create", peers } }), images: files.images, lock: files.lock });
    expect(deployablePlan(joined(hub)).faults).toEqual([]);
    expect(deployablePlan(joined()).faults.map(({ path }) => path)).toEqual(["azure.api.kind"]);
    expect(previewPlan(joined())).toMatchObject({ plan: { faults: [] }, missing: [{ path: "azure.api.kind" }] });
  });

  it("tells beside a missing lock what is wrong with a model's place", () => {
    const large = parsed({ images: files.empty, models: { chat: { engine: "vllm", model: "qwen3-32b", gpu: "t4" } } });
    const paths = ({ faults }: EnvironmentPlan) => faults.map(({ path }) => path);
    expect(paths(deployablePlan(large))).toEqual(["models.chat.weights.vllm", "models.chat", "images"]);
    expect(paths(previewPlan(large).plan)).toEqual(["models.chat", "images"]);
  });

  it("on Azure tells mistakes in its section, and of pools only where every model has a plan", () => {
    const azure = onAzure({
      pools: { nonsense: {} },
      observability: { alertEmails: ["a@b.example"], budget: { usdPerMonth: 1, from: "2024-01" } },
    });
    const paths = (more: object) => planOf(parsed({ ...azure, ...more }), "2026-11-27").faults.map(({ path }) => path);
    expect(paths({})).toEqual(["azure.pools.nonsense", "azure.observability.budget.from"]);
    expect(paths({ models: { chat: { ...tiny, model: "qwen3-0.7b" } } })).toEqual(["models.chat.model", "azure.observability.budget.from"]);
  });

  it("of a preview misses nothing where nothing is missing", () => {
    const whole = parsed({ images: files.images, lock: files.lock });
    expect(previewPlan(whole)).toEqual({ plan: planOf(whole), missing: [] });
  });
});
