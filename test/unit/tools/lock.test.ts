import { readFileSync, writeFileSync } from "node:fs";

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Locked } from "../../../lib/weights/source";
import { Failure } from "../../../tools/lib/fault";
import { runCommand } from "../../support/commands";
import { environmentFile, tiny } from "../../support/environments";
import { jsonFiles, pinned } from "../../support/program";

vi.setConfig({ testTimeout: 60_000 });

const { world, asked } = vi.hoisted(() => ({ world: { settings: {} as object }, asked: [] as unknown[] }));
const sum = (letter: string): string => letter.repeat(64);

vi.mock("../../../tools/lib/environment", () => ({ readEnvironment: (name: string) => environmentFile(name, world.settings) }));
vi.mock("../../../tools/lock/hugging-face", () => ({
  lockHuggingFace: async (source: object, hub: object): Promise<Locked> => {
    asked.push([source, hub]);
    return { revision: "abcdef0", files: { "config.json": sum("a"), "model.safetensors": sum("b") } };
  },
}));
vi.mock("../../../tools/lock/ollama-library", () => ({
  lockLibrary: async (tag: string): Promise<Locked> => {
    asked.push(tag);
    if (tag === "broken") throw new Failure("broken could not be locked");
    return { files: { blob: sum("c") } };
  },
}));

let printed: string[] = [];
const { lock } = jsonFiles({ lock: {} });
const locked = () => JSON.parse(readFileSync(lock, "utf8"));
const environment = (models: object, more: object = {}): void => {
  world.settings = { lock, models, ...more };
};
beforeEach(() => {
  asked.splice(0);
  printed = [];
  writeFileSync(lock, JSON.stringify({ "volume:z/": { files: { z: sum("9") } } }));
  vi.stubEnv("HF_TOKEN", undefined);
  vi.spyOn(console, "log").mockImplementation((text) => void printed.push(String(text)));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it("what models must download is written into the lock, sorted, and other entries stay", async () => {
  environment({ chat: { engine: "vllm", model: "Qwen/Qwen3-8B" }, small: tiny });
  await runCommand("lock");
  expect(asked).toEqual([
    [
      { kind: "huggingFace", repository: "Qwen/Qwen3-8B" },
      { hubUrl: undefined, accessToken: undefined },
    ],
    "qwen3:0.6b",
  ]);
  const files = { "config.json": sum("a"), "model.safetensors": sum("b") };
  expect(locked()).toEqual({
    "huggingFace:Qwen/Qwen3-8B": { revision: "abcdef0", files, licence: "apache-2.0" },
    "library:qwen3:0.6b": { files: { blob: sum("c") }, licence: "apache-2.0" },
    "volume:z/": { files: { z: sum("9") } },
  });
  expect(Object.keys(locked())).toEqual(["huggingFace:Qwen/Qwen3-8B", "library:qwen3:0.6b", "volume:z/"]);
  expect(readFileSync(lock, "utf8")).toMatch(/^\{\n {2}"[\s\S]*\}\n$/);
  expect(printed).toEqual(["huggingFace:Qwen/Qwen3-8B: 2 files at abcdef0", "library:qwen3:0.6b: 1 files"]);
});

it("what is locked already stays as it is, and is not asked for", async () => {
  environment({ chat: tiny });
  const kept = { "library:qwen3:0.6b": { files: { blob: sum("1") } } };
  writeFileSync(lock, JSON.stringify(kept));
  await runCommand("lock");
  expect([asked, locked(), printed]).toEqual([[], kept, ["library:qwen3:0.6b: locked already; delete its entry to lock it anew"]]);
});

it("the hub is asked at the environment's mirror, as the user", async () => {
  vi.stubEnv("HF_TOKEN", "hf_x");
  environment({ chat: { engine: "vllm", model: "Qwen/Qwen3-8B" } }, { hfEndpoint: "https://mirror.example" });
  await runCommand("lock");
  expect((asked[0] as unknown[])[1]).toEqual({ hubUrl: "https://mirror.example", accessToken: "hf_x" });
});

it("sources of the engine in use and of further models are locked, and no others", async () => {
  const more = { other: { model: "qwen3-1.7b" }, own: { model: "qwen3-4b", weights: { ollama: { kind: "library", tag: "me/own" } } } };
  const weights = { vllm: { kind: "huggingFace", repository: "org/unused" }, ollama: { kind: "library", tag: "me/chat:1" } };
  environment({ chat: { ...tiny, weights, ollama: { additionalModels: more } } });
  await runCommand("lock");
  expect(asked).toEqual(["me/chat:1", "qwen3:1.7b", "me/own"]);
});

it("what a digest or an image of ours fixes needs no lock", async () => {
  environment({
    a: { ...tiny, weights: { ollama: { kind: "image", image: pinned("x"), path: "x.gguf" } } },
    b: { ...tiny, weights: { ollama: { kind: "baked", path: "/x.gguf" } } },
  });
  await runCommand("lock");
  expect([asked, printed]).toEqual([[], ["nothing to lock: digests and images of ours say what the weights are"]]);
});

it("what was locked before a failure is kept", async () => {
  environment({ a: tiny, b: { ...tiny, weights: { ollama: { kind: "library", tag: "broken" } } } });
  await expect(runCommand("lock")).rejects.toThrow("broken could not be locked");
  expect(Object.keys(locked())).toEqual(["library:qwen3:0.6b", "volume:z/"]);
});

it.each([
  [{ ...tiny, model: "qwen3-0.7b" }, 'models.chat.model: "qwen3-0.7b" is not a model of the catalog\n  fix: make plan names similar ones'],
  [
    { ...tiny, weights: { ollama: { kind: "volume", claim: "c", path: "x.gguf" } } },
    "volume:c/x.gguf: files on a volume cannot be read from here\n  fix: run sha256sum where they are, and write its lines as files into the lock",
  ],
])("%j cannot be locked", async (chat, message) => {
  environment({ chat });
  await expect(runCommand("lock")).rejects.toThrow(message);
});

it("adapters of vLLM that are downloaded are locked, and those of another engine are not", async () => {
  const adapters = {
    sql: { rank: 8, source: { kind: "huggingFace", repository: "acme/sql" } },
    held: { rank: 8, source: { kind: "image", image: pinned("held") } },
  };
  environment({ chat: { engine: "vllm", model: "Qwen/Qwen3-8B", vllm: { adapters } } });
  await runCommand("lock");
  expect(Object.keys(locked())).toEqual(["huggingFace:Qwen/Qwen3-8B", "huggingFace:acme/sql", "volume:z/"]);
  environment({
    chat: { ...tiny, vllm: { adapters: { poet: { ...adapters.sql, source: { ...adapters.sql.source, repository: "acme/poet" } } } } },
  });
  await runCommand("lock");
  expect(Object.keys(locked())).not.toContain("huggingFace:acme/poet");
});
