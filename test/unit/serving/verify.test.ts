import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { repoRoot } from "../../../tools/lib/paths";

vi.setConfig({ testTimeout: 60_000 }); // each starts Python

/** An engine as its wire shows it; each test changes one answer. */
interface Engine {
  models: string[];
  parts: string[];
  tokens: number;
  ps: object;
  device: string | null;
  /** Vectors by name; a name without one is a model of text. */
  vectors: Record<string, unknown[]>;
}

let server: Server;
let port: number;
let url: string;
/** Ready pods beside the server, each with an address of its own. */
const pods: Server[] = [];
let folder: string;
let engine: Engine;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "slm-verify-"));
  engine = {
    models: ["chat:latest"],
    parts: ["Par", "is"],
    tokens: 2,
    ps: { models: [{ name: "chat", size: 9, size_vram: 9 }] },
    device: "cuda",
    vectors: {},
  };
  server = await listening("127.0.0.1", 0, () => engine);
  port = (server.address() as AddressInfo).port;
  url = `http://127.0.0.1:${port}`;
});
afterEach(() => {
  for (const each of [server, ...pods.splice(0)]) each.close();
  rmSync(folder, { recursive: true });
});

/** What answers as an engine does at an address. */
async function listening(host: string, at: number, engineOf: () => Engine): Promise<Server> {
  const made = createServer(async (request, response) => {
    const engine = engineOf();
    const asked = request.method === "POST" ? JSON.parse(Buffer.concat(await request.toArray()).toString()) : {};
    const vector = engine.vectors[asked.model];
    if (Boolean(vector) !== (request.url === "/v1/embeddings") && asked.model) {
      response.writeHead(400);
      return response.end(`${asked.model} does not support ${request.url}`);
    }
    if (vector) return response.end(JSON.stringify({ data: vector.map((embedding) => ({ embedding })), usage: { prompt_tokens: 8 } }));
    const answers: Record<string, object> = {
      "/v1/models": { data: engine.models.map((id) => ({ id })) },
      "/api/ps": engine.ps,
      "/health": { device: engine.device },
    };
    const answer = answers[request.url!];
    if (answer) return response.end(JSON.stringify(answer));
    const events = [
      ...engine.parts.map((content) => ({ choices: [{ delta: { content } }] })),
      { choices: [], usage: { completion_tokens: engine.tokens } },
    ];
    response.end(`${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")}data: [DONE]\n\n`);
  });
  await new Promise<void>((resolve) => made.listen(at, host, resolve));
  return made;
}

async function verify(more: Record<string, string> = {}): Promise<{ exitCode: number; message: string }> {
  const log = path.join(folder, "log");
  const env = {
    URL: url,
    ALL_PODS: `127.0.0.1:${port}`,
    NEW_PODS: `127.0.0.1:${port}`,
    ENGINE: "ollama",
    MODELS: "chat",
    PATIENCE: "0.5",
    TERMINATION_LOG: log,
    ...more,
  };
  const { exitCode } = await execa("python3", [path.join(repoRoot, "components/serving/scripts/verify.py")], { env, reject: false });
  return { exitCode, message: readFileSync(log, "utf8") };
}

it("ends with what each name showed", async () => {
  engine.models.push("pirate");
  const { exitCode, message } = await verify({ MODELS: "chat\npirate" });
  expect(exitCode).toBe(0);
  expect(JSON.parse(message)).toEqual({
    chat: { ttftSeconds: expect.any(Number), tokensPerSecond: expect.any(Number) },
    pirate: { ttftSeconds: expect.any(Number), tokensPerSecond: expect.any(Number) },
  });
});

it("asks a model that embeds for a vector, and the others of the server for text", async () => {
  Object.assign(engine, { models: ["chat", "search"], vectors: { search: [[0.1, -0.2, 0.3]] } });
  const { exitCode, message } = await verify({ MODELS: "chat\nsearch", EMBEDS: "search" });
  expect([exitCode, JSON.parse(message)]).toEqual([
    0,
    {
      chat: { ttftSeconds: expect.any(Number), tokensPerSecond: expect.any(Number) },
      search: { ttftSeconds: expect.any(Number), tokensPerSecond: expect.any(Number), dimensions: 3 },
    },
  ]);
});

it.each<[string, unknown[], string]>([
  ["an empty one", [[]], "chat answered no vector"],
  ["nothing but zeros", [[0, 0, 0]], "chat answered no vector"],
  ["none", [], "list index out of range"],
  ["what is no number", [["a", "b"]], "must be real number, not str"],
])("verifies no model by a vector that is %s", async (_what, vector, message) => {
  engine.vectors = { chat: vector };
  expect(await verify({ EMBEDS: "chat" })).toEqual({ exitCode: 1, message: `not verified: ${message}` });
});

it("verifies no model of text that serves vectors only", async () => {
  engine.vectors = { chat: [[0.1, 0.2]] };
  const { exitCode, message } = await verify();
  expect([exitCode, message]).toEqual([1, expect.stringContaining("does not support /v1/chat/completions")]);
});

it("ends with what Kubernetes keeps of it: of many names, the first that fit into 4096 bytes", async () => {
  const names = Array.from({ length: 70 }, (_, index) => `${"n".repeat(40)}-${index}`);
  engine.models = names;
  const { exitCode, message } = await verify({ MODELS: names.join("\n"), PATIENCE: "20" });
  expect([exitCode, message.length <= 4096]).toEqual([0, true]);
  const reported = Object.keys(JSON.parse(message) as object);
  expect(reported).toEqual(names.slice(0, reported.length));
  expect(reported.length).toBeGreaterThan(35);
});

it.each<[string, Partial<Engine>, Record<string, string>, string]>([
  ["a name that is not listed", {}, { MODELS: "chat\nother" }, "not verified: /v1/models lists chat, and not other"],
  ["an answer without text", { parts: ["", " "] }, {}, "not verified: chat answered no text"],
  ["an answer without tokens", { tokens: 0 }, {}, "not verified: chat answered no text"],
  [
    "Ollama on the processor where a GPU was planned",
    { ps: { models: [{ name: "chat", size: 9, size_vram: 0 }] } },
    { DEVICE: "gpu" },
    "not verified: not all of chat is in GPU memory: a GPU was planned",
  ],
  [
    "the ONNX server on the processor where a GPU was planned",
    { device: "cpu" },
    { DEVICE: "gpu", ENGINE: "onnx" },
    "not verified: the server runs on cpu: a GPU was planned",
  ],
])("says why not: %s", async (_what, change, env, message) => {
  Object.assign(engine, change);
  expect(await verify(env)).toEqual({ exitCode: 1, message });
});

it("asks for no GPU where none was planned", async () => {
  engine.ps = { models: [{ name: "chat", size: 9, size_vram: 0 }] };
  expect((await verify({ DEVICE: "cpu" })).exitCode).toBe(0);
});

it("says what the server's refusal was", async () => {
  server.close();
  const { exitCode, message } = await verify();
  expect([exitCode, message]).toEqual([1, expect.stringMatching(/^not verified: .*refused/)]);
});

describe("of several pods", () => {
  /** As cluster DNS lists them: a name of this machine's own resolver has one address only, so Python is given what two names hold. */
  const listed = (all: readonly string[], current: readonly string[]): Record<string, string> => {
    const hosts = JSON.stringify({ all, current });
    const reported = `import json, socket\nhosts = json.loads('${hosts}')\nreal = socket.getaddrinfo\ndef named(host, *rest, **more):\n    if host not in hosts:\n        return real(host, *rest, **more)\n    if not hosts[host]:\n        raise socket.gaierror("no such name")\n    return [(2, 1, 6, "", (address, int(rest[0]))) for address in hosts[host]]\nsocket.getaddrinfo = named\n`;
    writeFileSync(path.join(folder, "sitecustomize.py"), reported);
    return { PYTHONPATH: folder, ALL_PODS: `all:${port}`, NEW_PODS: `current:${port}` };
  };
  const other = async (change: Partial<Engine> = {}) => pods.push(await listening("127.0.0.2", port, () => ({ ...engine, ...change })));

  it("each is asked", async () => {
    await other();
    const asked = await verify(listed(["127.0.0.1", "127.0.0.2"], ["127.0.0.1", "127.0.0.2"]));
    expect(asked).toMatchObject({ exitCode: 0 });
  });

  it.each<[string, Partial<Engine>, string]>([
    ["lacks a name", { models: ["old"] }, "/v1/models lists old, and not chat"],
    ["answers no text", { parts: [""] }, "chat answered no text"],
  ])("one that %s is named", async (_what, change, reason) => {
    await other(change);
    const both = ["127.0.0.1", "127.0.0.2"];
    expect(await verify(listed(both, both))).toEqual({
      exitCode: 1,
      message: `not verified: the pod at http://127.0.0.2:${port}: ${reason}`,
    });
  });

  it.each([
    [
      "one that runs what was before",
      ["127.0.0.1", "127.0.0.2"],
      ["127.0.0.1"],
      "1 of 2 ready pods run other weights, another version or other settings",
    ],
    ["none that runs what is new", ["127.0.0.1"], [], "no ready pod is listed"],
    ["none at all", [], [], "no ready pod is listed"],
  ])("%s is reported, though it answers", async (_what, all, current, reason) => {
    await other();
    expect(await verify(listed(all, current))).toEqual({ exitCode: 1, message: `not verified: ${reason}` });
  });
});
