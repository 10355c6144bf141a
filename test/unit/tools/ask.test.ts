import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, expect, it } from "vitest";

import { ask } from "../../../tools/ask";
import { Failure } from "../../../tools/lib/fault";

let server: Server;
afterEach(() => void server.close());

/** A server that streams `chunks` to whoever asks, and the base URL at which it does. */
async function streaming(chunks: object[]): Promise<string> {
  server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
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
