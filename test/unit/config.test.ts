import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { faultMessage } from "../../lib/planner/fault";
import { fromRoot, parseEnvironment } from "../../stacks/environment";
import { deployablePlan, toPlanRequest } from "../../stacks/plan-request";
import { messageOf } from "../support/errors";

const digest = `sha256:${"a".repeat(64)}`;
const folder = ".slm/config-test";
const images = `${folder}/images.json`;
const model = { engine: "ollama", model: "qwen3-0.6b" };

const write = (file: string, contents: unknown) => writeFileSync(fromRoot(path.join(folder, file)), JSON.stringify(contents));
beforeAll(() => {
  mkdirSync(fromRoot(folder), { recursive: true });
  write("images.json", { python: `p@${digest}`, ollama: `o@${digest}`, "smollm2-hf": `w@${digest}` });
  write("lock.json", { "library:qwen3:0.6b": { files: { "blobs/sha256-b": "b".repeat(64) } } });
});
afterAll(() => rmSync(fromRoot(folder), { recursive: true }));

const parse = (raw: object) => parseEnvironment("dev", { images, ...raw }, "stacks/Pulumi.dev.yaml");

describe("an environment", () => {
  it("has defaults", () => {
    expect(parse({ models: { chat: model } })).toMatchObject({
      name: "dev",
      target: "kubernetes",
      kubernetes: { namespace: "slm" },
      models: { chat: model },
      modelLock: {},
    });
  });

  it("is told every mistake at once, each with its path, the bound and no stack trace", () => {
    const raw = {
      kubernetes: { namespace: "Slm" },
      extra: 1,
      models: {
        chat: { ...model, memoryMib: 64, memoryMB: 3, vllm: { speculative: { method: "eagle", tokens: 99 } } },
        "Bad Name": model,
        other: { engine: "vlm", weights: { vllm: { kind: "volume", claim: "x", path: "../etc" } } },
      },
    };
    const message = messageOf(() => parse(raw));
    expect(message).toMatch(/^stacks\/Pulumi\.dev\.yaml is invalid:\n/);
    for (const part of [
      'Unrecognized key: "extra"',
      'Unrecognized key: "memoryMB"',
      "must be at least 256 MiB",
      "models.chat.memoryMib",
      "must be at most 32",
      "kubernetes.namespace",
      "must be vllm, ollama or onnx",
      "models.other.engine",
      "must name a model of the catalog: adapters and weights need their base",
      "models.other.weights.vllm.path",
      'models["Bad Name"]',
    ]) {
      expect(message).toContain(part);
    }
  });

  it("never holds a token in clear", () => {
    expect(messageOf(() => parse({ models: { chat: model }, hfToken: "hf_x" }))).toMatch(/must not be in clear: .*\n.*hfToken/);
    expect(parse({ models: { chat: model }, hfToken: { env: "HF_TOKEN" } }).hfToken).toEqual({ env: "HF_TOKEN" });
  });

  it.each([
    ["lock", "stacks/none.json", /names stacks\/none\.json: .*no such file/],
    ["lock", images, /images\.json is invalid:[\s\S]*expected object/],
  ])("names the file behind %s when it is missing or wrong", (key, file, message) => {
    expect(messageOf(() => parse({ models: { chat: model }, [key]: file }))).toMatch(message);
  });
});

describe("what is asked of the planner", () => {
  const asked = (entry: object, more: object = {}) =>
    toPlanRequest(parse({ models: { chat: { ...model, ...entry } }, ...more })).models["chat"];

  it("keeps what the file says, and leaves out what it does not", () => {
    expect(asked({ replicas: 2, extraArgs: ["--x"], nodeLabels: { a: "b" } })).toEqual({ ...model, replicas: 2, extraArgs: ["--x"] });
  });

  it("turns the name of an image into its digest", () => {
    const weights = { vllm: { kind: "image", image: "smollm2-hf" }, ollama: { kind: "image", image: `x@${digest}`, path: "m.gguf" } };
    expect(asked({ weights })).toMatchObject({
      weights: { vllm: { kind: "image", reference: `w@${digest}` }, ollama: { kind: "image", reference: `x@${digest}`, path: "m.gguf" } },
    });
  });

  it("counts adapters for vLLM only, so that the engine can be switched by one word", () => {
    const vllm = {
      adapters: { a: { source: { kind: "image", image: "x" }, rank: 8 }, b: { source: { kind: "image", image: "y" }, rank: 32 } },
    };
    expect(asked({ engine: "vllm", vllm })).toMatchObject({ adapters: { count: 2, rank: 32 } });
    expect(asked({ engine: "ollama", vllm })).not.toHaveProperty("adapters");
  });

  it("knows models that the catalog lacks, in full or from a config.json", () => {
    write("config.json", {
      num_hidden_layers: 2,
      hidden_size: 64,
      num_attention_heads: 4,
      vocab_size: 1000,
      max_position_embeddings: 2048,
      intermediate_size: 128,
      tie_word_embeddings: true,
    });
    const catalog = { mine: { configJson: `${folder}/config.json`, huggingFace: "me/mine", licence: "mit" } };
    expect(asked({ model: "mine" }, { catalog })).toMatchObject({ model: { id: "mine", huggingFace: "me/mine", contextTokens: 2048 } });
    write("config.json", { hidden_size: 64 });
    expect(messageOf(() => asked({ model: "mine" }, { catalog }))).toMatch(/config\.json is invalid:[\s\S]*num_hidden_layers/);
  });
});

describe("the plan of an environment", () => {
  const faults = (raw: object) => deployablePlan(parse(raw)).faults.map(faultMessage);

  it("has no faults when image and lock hold what it needs", () => {
    expect(faults({ models: { chat: model }, lock: `${folder}/lock.json` })).toEqual([]);
  });

  it("tells of weights without a lock, and of images that the images file lacks", () => {
    const onnx = { engine: "onnx", model: "qwen3-0.6b", weights: { onnx: { kind: "image", image: "nothing" } } };
    expect(faults({ models: { chat: model, edge: onnx } })).toEqual([
      'models.chat.weights.ollama: must be in the model lock, with revision and sha256 of each file, got "library:qwen3:0.6b"; run make lock and commit what it writes',
      `models.edge.engine: must be in ${images}, got "onnx-server"; add it to ${images}, as name@sha256:<64 hex>`,
      `models.edge.weights.onnx.image: must be in ${images}, got "nothing"; add it to ${images}, as name@sha256:<64 hex>`,
    ]);
  });
});

it("pins the official images by digest", () => {
  const environment = parseEnvironment("x", { models: { chat: model } }, "f");
  expect(environment.imageDigests["ollama"]).toMatch(/^docker\.io\/ollama\/ollama:[\d.]+@sha256:[0-9a-f]{64}$/);
});
