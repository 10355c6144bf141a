import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";

import { built } from "../../lab/built";
import { push } from "../../lab/images";
import { network } from "../../lab/layout";
import { build } from "../../tools/build/recipe";
import { smollm2 } from "../../tools/build/recipes";
import { Stack } from "../../tools/lib/stack";
import { asEmbedding } from "../support/gguf";
import { kubectl, labEnvironment, steps } from "../support/lab";

const name = "embeddings-test";
let image: string;

/** One server with a model that embeds, planned as the catalog's smallest, whose weights are the lab's with another key in their header. */
const environment = () =>
  labEnvironment(name, (settings) => {
    const weights = { ollama: { kind: "image", image, path: "model.gguf" } };
    settings["slm:models"] = {
      search: { engine: "ollama", model: "qwen3-embedding-0.6b", contextTokens: 512, memoryMib: 1024, cpuCores: 0.2, weights },
    };
  });

beforeAll(async () => {
  const [folder] = await build([smollm2]);
  const temporary = mkdtempSync(path.join(tmpdir(), "embeddings-"));
  const file = path.join(temporary, "model.gguf");
  writeFileSync(file, asEmbedding(readFileSync(path.join(folder!, "model.gguf")), "llama"));
  const layers = [{ contents: { "/model.gguf": file } }];
  image = await push(path.join((await built()).kubernetes, "crane"), network(), { name: "smollm2-embedding", tag: "test", layers });
  rmSync(temporary, { recursive: true });
  await (await Stack.open(environment())).destroy(); // what a failed run of these tests left
});
afterAll(async () => (await Stack.open(environment())).destroy());

it("a model that embeds is loaded, verified by a vector, and stays as it is", async () => {
  const stack = await Stack.open(environment());
  await stack.up();
  const { verification, addresses } = await stack.outputs();
  expect(verification["search"]).toEqual({
    search: { ttftSeconds: expect.any(Number), tokensPerSecond: expect.any(Number), dimensions: 576 },
  });

  const client = new OpenAI({ baseURL: addresses["search"]!, apiKey: "unused", maxRetries: 0 });
  const vectors = await client.embeddings.create({ model: "search", input: ["Paris", "Rome"], encoding_format: "float" });
  const [paris, rome] = vectors.data.map(({ embedding }) => embedding);
  expect([paris!.length, rome!.length]).toEqual([576, 576]);
  expect(paris).not.toEqual(rome);
  const question = { model: "search", messages: [{ role: "user" as const, content: "?" }] };
  await expect(client.chat.completions.create(question)).rejects.toThrow("does not support chat");

  expect(await steps(stack)).toEqual({});
  expect(
    await kubectl("get", "pods", "--namespace", name, "--output=jsonpath={.items[*].status.containerStatuses[*].restartCount}"),
  ).toMatch(/^[0 ]+$/);
});
