import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { policyObjects } from "../../components/gateway/policies";
import { freePort, listener, routeTo, type Script, startEnvoy } from "../support/envoy";
import { gatewaySettings } from "../support/gateway";

/**
 * The scripts in Envoy itself before a server of the test's own, which answers as it is set to: what reaches a model, what comes back, and how many
 * tokens were counted.
 */
const settings = gatewaySettings({
  consumers: [
    { name: "app", models: ["chat", "both"] },
    { name: "counted", models: ["chat", "both"], tokensPerMinute: 100 },
  ],
  split: { both: { embed: 100 } },
  fallback: { chat: "embed" },
});
const scripts = policyObjects(settings).flatMap(({ kind, spec }) =>
  kind === "EnvoyExtensionPolicy" ? (spec as { lua: [Script] }).lua : [],
) as [Script, Script];
const credentials = ["app", "counted"].map((consumer) => ({ key: consumer, client: `${consumer}.1` }));

const cluster = (name: string, ...ports: number[]) => ({
  name,
  type: "STATIC",
  load_assignment: {
    cluster_name: name,
    endpoints: ports.map((port, priority) => ({
      priority,
      lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } }],
    })),
  },
});
const served = (model: string) => ({ prefix: "/", headers: [{ name: "x-slm-served", string_match: { exact: model } }] });
const retry_policy = {
  retry_on: "connect-failure,retriable-status-codes",
  retriable_status_codes: [500, 503],
  num_retries: 3,
  retry_priority: {
    name: "envoy.retry_priorities.previous_priorities",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
      update_frequency: 2,
    },
  },
};

interface Asked {
  body: { model: string; stream_options?: object };
  headers: IncomingMessage["headers"];
}
let asked: Asked[] = [];
let answer: (response: ServerResponse, model: string) => unknown;
let model: Server;
let envoy: Awaited<ReturnType<typeof startEnvoy>>;
let door: number;

beforeAll(async () => {
  model = createServer(async (request, response) => {
    const body = JSON.parse(await text(request));
    asked.push({ body, headers: request.headers });
    answer(response, body.model);
  });
  const [port, own, again] = [await freePort(), await freePort(), await freePort()];
  door = port;
  await new Promise<void>((resolve) => model.listen(own, "127.0.0.1", resolve));
  const [router, failover] = scripts;
  const all = [
    routeTo(served("chat"), { route: { cluster: "chat", retry_policy } }, router),
    routeTo(served("embed"), { route: { cluster: "embed" } }, router),
    routeTo({ prefix: "/" }, { direct_response: { status: 404 } }, router),
  ];
  envoy = await startEnvoy(port, {
    listeners: [
      listener(port, router, credentials, all),
      listener(again, failover, [], [routeTo(served("chat"), { route: { cluster: "embed" } }, failover)]),
    ],
    clusters: [cluster("chat", own, again), cluster("embed", own)],
  });
});
afterAll(() => {
  envoy.stop();
  model.close();
});
beforeEach(() => {
  asked = [];
  answer = (response, name) => whole(response, { model: name, usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } });
});

const whole = (response: ServerResponse, body: object, status = 200) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const streamed = (response: ServerResponse, ...parts: string[]) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const next = () => {
    const part = parts.shift();
    if (part === undefined) return response.end();
    response.write(part);
    setTimeout(next, 20);
  };
  next();
};
let requests = 0;
async function ask(body: object | string, consumer = "app", url = "/v1/chat/completions") {
  const id = `${"0".repeat(8)}-0000-4000-8000-${String(++requests).padStart(12, "0")}`;
  const response = await fetch(`http://127.0.0.1:${door}${url}`, {
    method: "POST",
    headers: { authorization: `Bearer ${consumer}`, "x-request-id": id },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const content = await response.text();
  const tokens = await vi.waitFor(() => new RegExp(`keyed .*${id.slice(-12)} (\\S+)`).exec(envoy.requests())![1], { timeout: 5000 });
  return { status: response.status, served: response.headers.get("x-slm-served"), content, tokens };
}
const chunk = (content: string) => `data: {"choices":[{"delta":{"content":${JSON.stringify(content)}}}]}\n\n`;
const usage = 'data: {"choices":[],"usage":{"prompt_tokens":5,"total_tokens":12}}\n\n';
const done = "data: [DONE]\n\n";

describe("an answer", () => {
  it("tells the model that gave it, and its tokens are counted", async () => {
    const { content, ...reported } = await ask({ model: "chat" });
    expect(reported).toEqual({ status: 200, served: "chat", tokens: "7" });
    expect(JSON.parse(content).model).toBe("chat");
  });
  it("of a version comes from its server, under the name that the server knows", async () => {
    const reported = await ask('{"messages":[{"role":"user","content":"\\"model\\":\\"both\\""}], "model" : "both"}');
    expect(reported).toMatchObject({ status: 200, served: "embed" });
    expect(asked[0]!.body).toEqual({ messages: [{ role: "user", content: '"model":"both"' }], model: "embed" });
    expect(asked[0]!.headers["x-slm-model"]).toBe("both");
  });
  it("counts what its engine says, whatever the words of the model say", async () => {
    answer = (response) => whole(response, { choices: [{ content: '"total_tokens": 900' }], usage: { total_tokens: 8 } });
    expect((await ask({ model: "chat" })).tokens).toBe("8");
    answer = (response) => whole(response, { usage: { total_tokens: 8 }, choices: [{ content: '"total_tokens": 900' }] });
    expect((await ask({ model: "chat" })).tokens).toBe("8");
  });
  it("that is an error counts nothing", async () => {
    answer = (response) => whole(response, { error: { message: "no" }, usage: { total_tokens: 8 } }, 400);
    expect(await ask({ model: "chat" })).toMatchObject({ status: 400, served: null, tokens: "-" });
  });
});

describe("a stream", () => {
  it("passes as it is for whom nobody counts, and is counted by its events where it tells no usage", async () => {
    const parts = [chunk("a"), chunk("b"), chunk("c"), done];
    answer = (response) => streamed(response, ...parts);
    const reported = await ask({ model: "chat", stream: true });
    expect(reported).toMatchObject({ content: parts.join(""), tokens: "3" });
    expect(asked[0]!.body.stream_options).toBeUndefined();
  });
  it("is made to tell its usage for whom tokens are counted, and that is kept from a client that did not ask", async () => {
    const all = chunk("a") + chunk("b \n\n data: {") + usage + done;
    const parts = [all.slice(0, 30), all.slice(30, 77), all.slice(77, all.length - 50), all.slice(all.length - 50)];
    answer = (response) => streamed(response, ...parts);
    const reported = await ask({ stream: true, model: "both" }, "counted");
    expect(reported).toMatchObject({ content: chunk("a") + chunk("b \n\n data: {") + done, tokens: "12", served: "embed" });
    expect(asked[0]!.body).toEqual({ stream: true, model: "embed", stream_options: { include_usage: true } });
  });
  it("tells its usage to a client that asked for it", async () => {
    answer = (response) => streamed(response, chunk("a"), usage, done);
    const options = { stream_options: { include_usage: true } };
    expect(await ask({ model: "chat", stream: true, ...options }, "counted")).toMatchObject({
      content: chunk("a") + usage + done,
      tokens: "12",
    });
  });
  it("of a client that forbids its usage is refused where tokens are counted", async () => {
    const body = { model: "chat", stream: true, stream_options: { include_usage: false } };
    expect((await ask(body, "counted")).content).toContain("stream_options.include_usage: must be true");
    expect(await ask({ model: "chat", stream: true, stream_options: null }, "counted")).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(1);
  });
  it("of completions or embeddings without one is left alone", async () => {
    for (const url of ["/v1/completions", "/v1/embeddings"]) await ask({ model: "chat" }, "counted", url);
    expect(asked.map(({ body }) => body)).toEqual([{ model: "chat" }, { model: "chat" }]);
  });
});

describe("a model that cannot answer", () => {
  it("is tried twice, and then another answers and says so", async () => {
    answer = (response, name) =>
      name === "chat" ? whole(response, { error: {} }, 503) : whole(response, { model: name, usage: { total_tokens: 9 } });
    const { content, ...reported } = await ask({ model: "chat", n: 1 });
    expect(reported).toEqual({ status: 200, served: "embed", tokens: "9" });
    expect(JSON.parse(content).model).toBe("embed");
    expect(asked.map(({ body }) => body)).toEqual([
      { model: "chat", n: 1 },
      { model: "chat", n: 1 },
      { model: "embed", n: 1 },
    ]);
  });
  it("says itself what is wrong with a request", async () => {
    answer = (response) => whole(response, { error: { message: "too long" } }, 400);
    expect(await ask({ model: "chat" })).toMatchObject({ status: 400, content: '{"error":{"message":"too long"}}' });
    expect(asked).toHaveLength(1);
  });
});

it("the scripts never failed", () => expect(envoy.log()).toBe(""));
