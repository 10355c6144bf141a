import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { headerVariable } from "../../lib/monitoring/log-config";
import { type Collecting, startCollector, startReader } from "../support/collecting";
import { programs, startEnvoy, startOnnx } from "../support/watched";
import { freePort, type Running, until } from "../support/watching";

const root = mkdtempSync(path.join(tmpdir(), "slm-logs-"));
afterAll(() => rmSync(root, { recursive: true }));
const files = { kind: "files" } as const;

describe("the reader of log files", () => {
  const folder = path.join(root, "reader");
  const pods = path.join(folder, "pods");
  let collector: Collecting | undefined;
  let reader: Running;
  let otlp = 0;

  /** A line as containerd writes it: `F` ends one, `P` is a part of one. */
  const write = (pod: string, container: string, text: string, tag = "F"): void => {
    const where = path.join(pods, `slm_${pod}_0a1b2c3d-0000-4000-8000-000000000000`, container);
    mkdirSync(where, { recursive: true });
    appendFileSync(path.join(where, "0.log"), `${new Date().toISOString().replace("Z", "000000Z")} stdout ${tag} ${text}\n`);
  };
  const kept = (body: string) => collector?.logs().filter((record) => record["body"]?.includes(body)) ?? [];
  const settings = () => ({
    environment: "test",
    namespaces: ["slm"],
    models: ["small", "chat"],
    engines: ["vllm", "onnx", "ollama"],
    collector: `http://127.0.0.1:${otlp}`,
    memoryMib: 128,
  });

  beforeAll(async () => {
    otlp = await freePort();
    mkdirSync(pods, { recursive: true });
    reader = await startReader(folder, settings());
  });
  afterAll(async () => {
    await reader?.kill();
    await collector?.kill();
  });

  it("waits while the collector is away, and loses nothing", async () => {
    for (let line = 0; line < 50; line++)
      write("small-onnx-5c7d-x2x2x", "onnx-server", JSON.stringify({ level: "info", message: `line ${line}.` }));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    collector = await startCollector(folder, { target: files, memoryMib: 256 }, otlp);
    await until(() => (kept("line ").length >= 50 ? true : undefined), 60, "the lines arrive");
    for (let line = 0; line < 50; line++) expect(kept(`line ${line}.`), `line ${line}`).toHaveLength(1);
  });

  it("names pod, namespace, container, model and environment, and takes fields and level from JSON", async () => {
    write("small-onnx-5c7d-x2x2x", "onnx-server", JSON.stringify({ level: "error", message: "request", request_id: "r-1", status: 500 }));
    const [record] = await until(() => kept("request")[0], 30, "the line");
    expect(record).toMatchObject({
      model: "small",
      "k8s.namespace.name": "slm",
      "k8s.pod.name": "small-onnx-5c7d-x2x2x",
      "k8s.container.name": "onnx-server",
      "deployment.environment.name": "test",
      request_id: "r-1",
      severityText: "error",
    });
  });

  it("takes the id of an access log of Envoy Gateway, joins parts of a line, and keeps what is no JSON as it is", async () => {
    write("gateway-7f-abcde", "envoy", JSON.stringify({ "x-request-id": "r-2", response_code: 200 }));
    write("chat-vllm-9f9f-zzzzz", "vllm", "INFO 11-25 07:00:00 o", "P");
    write("chat-vllm-9f9f-zzzzz", "vllm", "ne line.");
    const [line] = await until(() => kept("INFO")[0], 30, "the joined line");
    expect(line).toMatchObject({ model: "chat", body: "INFO 11-25 07:00:00 one line." });
    const [access] = await until(() => collector!.logs().find((record) => record["request_id"] === "r-2"), 30, "the access log");
    expect(access["model"]).toBeUndefined();
  });

  it("goes on where it was when it starts again", async () => {
    await reader.kill();
    write("small-onnx-5c7d-x2x2x", "onnx-server", JSON.stringify({ message: "after the end" }));
    reader = await startReader(folder, settings());
    await until(() => kept("after the end")[0], 30, "the new line");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect([kept("after the end").length, kept("line 7.").length]).toEqual([1, 1]);
  });
});

describe("a store that takes OTLP", () => {
  it("gets logs under the header that a secret holds, and again what it refused at first", async () => {
    const seen: { path: string | undefined; header: string | undefined }[] = [];
    const store = createServer((request, response) => {
      seen.push({ path: request.url, header: request.headers.authorization });
      request.resume().on("end", () => void response.writeHead(seen.length === 1 ? 503 : 200).end());
    }).listen(0, "127.0.0.1");
    await once(store, "listening");
    const endpoint = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
    vi.stubEnv(headerVariable("authorization"), "Bearer of-a-test");
    const headers = { authorization: { secret: "logs", key: "header" } };
    const collector = await startCollector(path.join(root, "otlp"), { target: { kind: "otlp", endpoint, headers }, memoryMib: 256 });
    vi.unstubAllEnvs();
    const record = { resource: {}, scopeLogs: [{ logRecords: [{ body: { stringValue: "hello" } }] }] };
    const body = JSON.stringify({ resourceLogs: [record] });
    const sent = await fetch(`${collector.url}/v1/logs`, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(sent.status).toBe(200);
    await until(() => (seen.length >= 2 ? true : undefined), 60, "a second try");
    for (const one of seen) expect(one).toEqual({ path: "/v1/logs", header: "Bearer of-a-test" });
    await collector.kill();
    store.close();
  });
});

describe("traces", () => {
  const traceOf = (index: number): string => createHash("sha256").update(`trace ${index}`).digest("hex").slice(0, 32);
  const span = (service: string, traceId: string) => ({
    resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
    scopeSpans: [
      { spans: [{ traceId, spanId: traceId.slice(0, 16), name: "request", kind: 2, startTimeUnixNano: "1", endTimeUnixNano: "2" }] },
    ],
  });
  const send = (url: string, service: string, indices: number[]): Promise<Response> =>
    fetch(`${url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceSpans: indices.map((index) => span(service, traceOf(index))) }),
    });
  const all = Array.from({ length: 1000 }, (_, index) => index);

  /** Traces that are kept of a thousand, each of which two programs send a span of. */
  async function keptOf(ratio: number): Promise<string[]> {
    const collector = await startCollector(path.join(root, `traces-${randomUUID()}`), { target: files, traces: { ratio }, memoryMib: 256 });
    for (const service of ["gateway", "vllm"]) expect((await send(collector.url, service, all)).status).toBe(200);
    const count = () => collector.spans().length;
    let before = -1;
    while (before !== count()) {
      before = count();
      await new Promise((resolve) => setTimeout(resolve, 2500)); // two flushes
    }
    const kept = collector.spans().map((one) => `${one["traceId"]}`);
    await collector.kill();
    expect(kept.length).toBe(2 * new Set(kept).size); // whole or not at all
    return [...new Set(kept)].sort();
  }

  it("are kept at the ratio that is asked for, each whole or not at all, and the same ones by every collector", async () => {
    const quarter = await keptOf(0.25);
    expect(quarter.length).toBeGreaterThan(200);
    expect(quarter.length).toBeLessThan(300);
    expect(await keptOf(0.25)).toEqual(quarter);
    expect((await keptOf(1)).length).toBe(1000);
    console.log(`of 1000 traces at 0.25: ${quarter.length} kept`);
  });

  it("are not taken where none are asked for", async () => {
    const collector = await startCollector(path.join(root, "no-traces"), { target: files, memoryMib: 256 });
    expect((await send(collector.url, "gateway", [1])).status).toBe(404);
    await collector.kill();
  });

  it("of a real gateway bear the request's id, which its engine logs too, and no word of the prompt", async () => {
    const folder = path.join(root, "gateway");
    const port = await freePort();
    const collector = await startCollector(folder, { target: files, traces: { ratio: 1 }, memoryMib: 256 });
    const engine = await startOnnx(folder, "small", port);
    const gateway = await startEnvoy((await programs()).envoy, folder, { small: port }, collector.grpc);
    const planted = `zebrafish${randomUUID().replaceAll("-", "")}`;
    const client = new OpenAI({ baseURL: `http://${gateway.address}/small/v1`, apiKey: "unused", maxRetries: 0 });
    const messages = [{ role: "user" as const, content: `Say something about ${planted}.` }];
    const headers = { "x-request-id": randomUUID() };
    const { response } = await client.chat.completions.create({ model: "small", max_tokens: 4, messages }, { headers }).withResponse();
    // Envoy writes into one digit of a UUID whether it is traced: everybody behind it sees the id of the answer.
    const id = response.headers.get("x-request-id")!;
    const [found] = await until(() => collector.spans().find((one) => one["guid:x-request-id"] === id), 60, "the gateway's span");
    expect(found).toMatchObject({ "service.name": "gateway", "http.status_code": "200" });
    const log = readFileSync(path.join(folder, "onnx-small.log"), "utf8");
    expect(log).toContain(`"request_id": "${id}"`);
    for (const text of [log, JSON.stringify(collector.spans())]) expect(text.includes(planted)).toBe(false);
    for (const running of [gateway, engine, collector]) await running.kill();
  });
});
