import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterEach, beforeEach, expect, it } from "vitest";

import { repoRoot } from "../../../tools/lib/paths";

/** An engine as its wire shows it; each test changes one answer. */
interface Engine {
  models: string[];
  parts: string[];
  tokens: number;
  ps: object;
  device: string | null;
}

let server: Server;
let url: string;
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
  };
  server = createServer((request, response) => {
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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function verify(more: Record<string, string> = {}): Promise<{ exitCode: number; message: string }> {
  const log = path.join(folder, "log");
  const env = {
    URL: url,
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
