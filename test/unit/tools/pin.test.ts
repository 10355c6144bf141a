import { readFileSync, writeFileSync } from "node:fs";

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Failure, UserError } from "../../../tools/lib/fault";
import type { Reference } from "../../../tools/pin/reference";
import { runCommand } from "../../support/commands";
import { environmentFile, onAzure, tiny } from "../../support/environments";
import { jsonFiles } from "../../support/program";

vi.setConfig({ testTimeout: 60_000 });

const { world } = vi.hoisted(() => ({ world: { settings: {} as object, asked: [] as string[], refused: "" } }));
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

vi.mock("../../../tools/lib/environment", () => ({ readEnvironment: (name: string) => environmentFile(name, world.settings) }));
vi.mock("../../../tools/pin/registry", () => ({
  resolveTag: async ({ host, repository, tag }: Reference) => {
    const name = `${host}/${repository}:${tag}`;
    world.asked.push(name);
    if (world.refused && name.includes(world.refused)) throw new Failure(`${name}: no`);
    return { digest: digest("a"), platforms: ["linux/amd64"] };
  },
}));

let printed: string[] = [];
let images: string;
const file = () => JSON.parse(readFileSync(images, "utf8"));
const run = async (settings: object, variables: Record<string, string> = {}): Promise<number> => {
  world.settings = { images, ...settings };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  await runCommand("pin");
  return process.exitCode as number;
};
const entry = (image: string, letter = "a") => ({ image: `${image}@${digest(letter)}`, pinned: "2026-11-27" });
const python = "docker.io/library/python:3.13-slim";
const gpu = (size: string) => onAzure({ pools: { [size]: {} } });

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-27T12:00:00Z"), toFake: ["Date"] });
  ({ images } = jsonFiles({ images: {} }));
  Object.assign(world, { asked: [], refused: "" });
  printed = [];
  for (const name of ["NAME", "IMAGE", "UPDATE", "ENV"]) vi.stubEnv(name, undefined);
  vi.spyOn(console, "log").mockImplementation((text) => void printed.push(String(text)));
});
afterEach(() => {
  process.exitCode = undefined;
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it("an environment's images are written by the version that is planned, with the day", async () => {
  expect(await run({ models: { chat: tiny } })).toBe(0);
  expect(file()).toEqual({ ollama: entry("docker.io/ollama/ollama:0.32.15"), python: entry(python) });
  expect(printed).toContain(`ollama: added: docker.io/ollama/ollama:0.32.15@${digest("a")} (linux/amd64)`);
});

it.each([
  ["Standard_NV36ads_A10_v5", "docker.io/vllm/vllm-openai:v0.33.0-cu129"],
  ["Standard_NC24ads_A100_v4", "docker.io/vllm/vllm-openai:v0.33.0"],
])("vLLM's image for %s is one that its driver runs: %s", async (size, image) => {
  const chat = { engine: "vllm", model: "Qwen/Qwen3-4B", size, contextTokens: 4096 };
  expect(await run({ ...gpu(size), region: "eastus", models: { chat } })).toBe(0);
  expect(file()["vllm"]).toEqual(entry(image));
});

it("vLLM on processors has an image of its own", async () => {
  await run({ models: { chat: { engine: "vllm", model: "Qwen/Qwen3-0.6B", cpu: true, contextTokens: 2048 } } });
  expect(file()["vllm-cpu"]).toEqual(entry("docker.io/vllm/vllm-openai-cpu:v0.33.0"));
});

it("what a tag no longer names is reported, and stays until it is asked for", async () => {
  const old = { python: entry(python, "b"), ollama: `docker.io/ollama/ollama:0.32.15@${digest("a")}` };
  writeFileSync(images, JSON.stringify(old));
  expect(await run({})).toBe(1);
  expect(printed.join("\n")).toContain(
    `python: drifted: the tag 3.13-slim names ${digest("a")} now, and ${digest("b")} was pinned on 2026-11-27`,
  );
  expect(file()).toEqual(old);
  expect(await run({}, { UPDATE: "1", NAME: "python" })).toBe(0);
  expect(file()).toEqual({ ...old, python: entry(python) });
});

it("one that cannot be asked about does not keep the others from the file", async () => {
  world.refused = "ollama";
  expect(await run({})).toBe(1);
  expect(file()).toEqual({ python: entry(python) });
});

it("an image of one's own is pinned by the name that it gets, whatever the file had", async () => {
  writeFileSync(images, JSON.stringify({ vllm: `quay.io/old@${digest("b")}` }));
  expect(await run({}, { NAME: "vllm", IMAGE: "ghcr.io/us/vllm:1" })).toBe(0);
  expect(file()).toEqual({ vllm: entry("ghcr.io/us/vllm:1") });
});

it("the images of an environment can be deployed as they were written", async () => {
  await run({});
  expect(environmentFile("dev", { images }).environment.imageDigests).toEqual({
    ollama: `docker.io/ollama/ollama:0.32.15@${digest("a")}`,
    python: `${python}@${digest("a")}`,
  });
});

it.each<[Record<string, string>, string]>([
  [{ IMAGE: "a:1" }, 'NAME: must say what a:1 is pinned as, got ""'],
  [{ NAME: "nothing" }, 'NAME: must be an image that the environment needs, got "nothing"'],
  [{ NAME: "a", IMAGE: "quay.io/a" }, 'IMAGE: must be <registry>/<repository>:<tag>, got "quay.io/a"'],
  [{ NAME: "a", IMAGE: `a:1@${digest("a")}` }, "IMAGE: must be <registry>/<repository>:<tag>, got"],
])("%j is refused", async (variables, message) => {
  const refused = run({}, variables);
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toBeInstanceOf(UserError);
  expect(world.asked).toEqual([]);
});

it("an entry of the images file is a digest, or one with its day", () => {
  const mistake = (value: unknown): string => {
    writeFileSync(images, JSON.stringify({ ollama: value }));
    try {
      return String(environmentFile("dev", { images }));
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(mistake({ ...entry(python), pinned: "soon" })).toContain(
    "must be the day on which its tag had that digest, as YYYY-MM-DD\n  → at ollama.pinned",
  );
  expect(mistake({ ...entry("x"), image: "x:latest" })).toContain("must be pinned by digest (name@sha256:<64 hex>)\n  → at ollama.image");
  expect(mistake("x:latest")).toContain("must be pinned by digest (name@sha256:<64 hex>)\n  → at ollama");
});
