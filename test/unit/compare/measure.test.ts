import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";

import { answers, answersOf, type Endpoint, levelsOf } from "../../../tools/compare/measure";

vi.setConfig({ testTimeout: 60_000 });

let server: Server;
afterEach(() => void server.close());

interface Asked {
  readonly content: string;
  readonly maxTokens: number;
  /** Requests that were on their way with it, itself included. */
  readonly atOnce: number;
}

/** A model that answers one word, or with a status. */
async function model(statusOf: (content: string) => number = () => 200, tokens = 2): Promise<{ endpoint: Endpoint; asked: Asked[] }> {
  const asked: Asked[] = [];
  let atOnce = 0;
  server = createServer(async (request, response) => {
    atOnce++;
    const { messages, max_tokens: maxTokens } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const { content } = messages[0];
    await sleep(30);
    asked.push({ content, maxTokens, atOnce });
    const status = statusOf(content);
    response.writeHead(status, { "content-type": status === 200 ? "text/event-stream" : "application/json" });
    if (status === 200) {
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "Paris" } }] })}\n\n`);
      response.write(`data: ${JSON.stringify({ choices: [], usage: { completion_tokens: tokens } })}\n\n`);
    }
    response.end(status === 200 ? "data: [DONE]\n\n" : "{}");
    atOnce--;
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return { endpoint: { url, model: "m", through: {} }, asked };
}

const settings = { models: undefined, concurrency: 3, requests: 6, tokens: 7, restart: false };

it("asks one at a time, then as many at once as it is told, each the same number of times", async () => {
  const { endpoint, asked } = await model();
  const levels = await levelsOf(endpoint, "abc", settings);
  expect(levels.map(({ concurrency, requests, failed }) => [concurrency, requests, failed])).toEqual([
    [1, 6, 0],
    [3, 6, 0],
  ]);
  expect(Math.max(...asked.slice(0, 6).map(({ atOnce }) => atOnce))).toBe(1);
  expect(Math.max(...asked.slice(6).map(({ atOnce }) => atOnce))).toBe(3);
  expect(new Set(asked.map(({ maxTokens }) => maxTokens))).toEqual(new Set([7]));
});

it("asks every model the same, no text twice, and others in another comparison", async () => {
  const texts = async (run: string) => {
    const { endpoint, asked } = await model();
    await levelsOf(endpoint, run, settings);
    server.close();
    return asked.map(({ content }) => content).sort();
  };
  const [one, again, other] = [await texts("abc"), await texts("abc"), await texts("abd")];
  expect(new Set(one).size).toBe(12);
  expect(again).toEqual(one);
  expect(other.filter((text) => one.includes(text))).toEqual([]);
});

it("measures once where one at a time is all that is asked for", async () => {
  const { endpoint } = await model();
  expect(await levelsOf(endpoint, "abc", { ...settings, concurrency: 1 })).toHaveLength(1);
});

it("asks nothing a second time that failed: it is counted", async () => {
  const { endpoint, asked } = await model((content) => (content.includes("-1-0") ? 503 : 200));
  const [level] = await levelsOf(endpoint, "abc", { ...settings, concurrency: 1 });
  expect([level!.requests, level!.failed, asked.length]).toEqual([6, 1, 6]);
  expect(level!.reasons).toEqual([expect.stringContaining("503")]);
});

it("an answer without a token is none", async () => {
  const { endpoint } = await model(() => 200, 0);
  const [level] = await levelsOf(endpoint, "abc", { ...settings, concurrency: 1 });
  expect([level!.failed, level!.reasons]).toEqual([6, ["an answer without a token, or a server that does not count them"]]);
  expect(await answers(endpoint)).toBe(false);
});

it("keeps what is answered to each question, or why there is no answer", async () => {
  const { endpoint } = await model((content) => (content.includes("train") ? 429 : 200));
  const all = await answersOf(endpoint, settings);
  expect(all.map(({ text, failed }) => [text, failed])).toEqual([
    ["Paris", false],
    ["Paris", false],
    [expect.stringContaining("429"), true],
  ]);
});
