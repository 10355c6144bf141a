import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, expect, it, vi } from "vitest";

import { ask, embed } from "../../../tools/ask";
import { Failure } from "../../../tools/lib/fault";

vi.setConfig({ testTimeout: 60_000 });

let server: Server;
/** What was asked, as JSON. */
let asked: Record<string, unknown>[] = [];
afterEach(() => void server.close());

/** A server that streams `chunks` to whoever asks, each when `before` it is over, and the base URL at which it does. */
async function streaming(chunks: object[], before: (index: number) => Promise<unknown> = async () => undefined): Promise<string> {
  asked = [];
  server = createServer(async (request, response) => {
    asked.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const [index, chunk] of chunks.entries()) {
      await before(index);
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    }
    response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const said = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });
const usage = (completion_tokens: number) => ({ choices: [], usage: { completion_tokens } });

it("streams the answer and counts its tokens", async () => {
  const parts: string[] = [];
  const answer = await ask(await streaming([said("Par"), said("is"), usage(2)]), "m", "?", (part) => parts.push(part));
  expect(answer.text).toBe("Paris");
  expect(parts.filter(Boolean)).toEqual(["Par", "is"]);
});

it("asks for a short answer that is always the same, streamed and with its tokens counted", async () => {
  await ask(await streaming([said("Paris"), usage(1)]), "m", "Why?", () => undefined);
  expect(asked).toEqual([
    {
      model: "m",
      messages: [{ role: "user", content: "Why?" }],
      max_tokens: 64,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    },
  ]);
});

it("measures the time to the first token, and the tokens a second after it", async () => {
  const received: string[] = [];
  // The first token comes after a pause, and the next when another pause has passed since the first was received.
  const before = (index: number) => (index === 1 ? vi.waitUntil(() => received.includes("Pa"), 30_000).then(() => sleep(300)) : sleep(200));
  const url = await streaming([said("Pa"), said("ri"), said("s"), usage(3)], before);
  const { ttftSeconds, tokensPerSecond } = await ask(url, "m", "?", (text) => received.push(text));
  expect(ttftSeconds).toBeGreaterThanOrEqual(0.19);
  expect(tokensPerSecond).toBeGreaterThan(0);
  expect(tokensPerSecond).toBeLessThanOrEqual(2 / 0.6);
});

it.each(["reasoning", "reasoning_content"])("shows what a model thinks before it answers, which a server sends as %s", async (name) => {
  const thought = (text: string) => ({ choices: [{ index: 0, delta: { content: "", [name]: text } }] });
  const { text, tokens } = await ask(await streaming([thought("Hmm. "), said("Paris"), usage(5)]), "m", "?", () => undefined);
  expect([text, tokens]).toEqual(["Hmm. Paris", 5]);
});

it.each([
  ["nothing", []],
  ["only white space", [said(" \n"), usage(1)]],
  ["text without a single token counted", [said("Paris")]],
])("takes %s for no answer", async (_, chunks) => {
  const url = await streaming(chunks);
  await expect(ask(url, "m", "Why?", () => undefined)).rejects.toThrow(new Failure(`m at ${url} gave no answer to "Why?"`));
});

it("says in one line that nobody answers there", async () => {
  const url = await streaming([]);
  server.close();
  await expect(ask(url, "m", "Why?", () => undefined)).rejects.toThrow(new Failure(`m at ${url} did not answer: Connection error.`));
});

/** A server that answers everything with `body`, and the base URL at which it does. */
async function answering(body: object, status = 200): Promise<string> {
  asked = [];
  server = createServer(async (request, response) => {
    asked.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

it("asks for a vector as numbers, and tells its length", async () => {
  const url = await answering({ data: [{ embedding: [0.1, 0.2, 0.3] }] });
  expect(await embed(url, "m", "Why?")).toEqual({ dimensions: 3, seconds: expect.any(Number) });
  expect(asked).toEqual([{ model: "m", input: "Why?", encoding_format: "float" }]);
});

it.each([
  [{ data: [] }, 200, /m at .* gave no vector of "Why\?"/],
  [{ error: { message: "no such model" } }, 404, /m at .* did not answer: .*no such model/],
])("fails without one: %j", async (body, status, message) => {
  await expect(embed(await answering(body, status), "m", "Why?")).rejects.toThrow(message);
});
