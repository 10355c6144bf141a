import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { policyObjects } from "../../components/gateway/policies";
import { freePort, listener, routeTo, type Script, startEnvoy } from "../support/envoy";
import { gatewaySettings } from "../support/gateway";

/** The router's script in Envoy itself, with keys as Envoy Gateway configures them: what it makes of a request, shown by the route that is taken. */
const consumers = [
  { name: "app", models: ["chat", "chat-fr", "both"] },
  { name: "nobody.1", models: [] },
];
const split = { both: { "chat-fr": 30, embed: 70 } };
const { spec } = policyObjects(gatewaySettings({ consumers, split })).find(({ kind }) => kind === "EnvoyExtensionPolicy")!;
const [script] = (spec as { lua: [Script] }).lua;

const credentials = [
  { key: "first", client: "app.1" },
  { key: "second", client: "app.2" },
  { key: "odd", client: "nobody.1.2" },
  { key: "bare", client: "bare" },
];
const answer = (status: number, body: string) => ({ direct_response: { status, body: { inline_string: body } } });
const routes = [
  ...["chat", "chat-fr", "embed"].map((model) =>
    routeTo({ prefix: "/", headers: [{ name: "x-slm-served", string_match: { exact: model } }] }, answer(200, model), script),
  ),
  routeTo({ prefix: "/" }, answer(404, "no route"), script),
];

let port: number;
let envoy: Awaited<ReturnType<typeof startEnvoy>>;
beforeAll(async () => {
  port = await freePort();
  envoy = await startEnvoy(port, { listeners: [listener(port, script, credentials, routes)] });
});
afterAll(() => envoy.stop());

async function ask(url: string, body?: string, headers: Record<string, string> = {}): Promise<string> {
  const method = body === undefined ? "GET" : "POST";
  const all = { authorization: "Bearer first", ...headers };
  const response = await fetch(`http://127.0.0.1:${port}${url}`, { method, headers: all, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  if (!text.startsWith('{"error"')) return `${response.status} ${text}`;
  const { code, message } = JSON.parse(text).error;
  return `${response.status} ${code}: ${message}`;
}
const post = (body: string, headers?: Record<string, string>) => ask("/v1/chat/completions", body, headers);

describe("the model of a request", () => {
  it.each([
    ["first", '{"model":"chat","messages":[]}'],
    [
      "last, after all that a body may hold",
      '{"a":1.5e-3,"b":[{"c":"}"},[]],"d":null,"e":true,"f":"\\"model\\":\\"embed\\"","model":"chat"}',
    ],
    ["with space around everything", ' \n{ "model" :\t"chat" , "n" : 1 } \r\n'],
    ["whatever an object inside calls a model", '{"metadata":{"model":"embed"},"model":"chat"}'],
  ])("is found %s", async (_where, body) => expect(await post(body)).toBe("200 chat"));

  it("is any name that a server answers to", async () => expect(await post('{"model":"chat-fr"}')).toBe("200 chat-fr"));

  it("is found after a long prompt full of quotes", async () => {
    const content = 'say "\\" '.repeat(70_000);
    expect(await post(JSON.stringify({ messages: [{ role: "user", content }], model: "chat" }))).toBe("200 chat");
  });

  it("that versions answer together is each of them by its share", async () => {
    const counts = { "200 chat-fr": 0, "200 embed": 0 };
    for (let asked = 0; asked < 600; asked++) counts[(await post('{"model":"both"}')) as keyof typeof counts]++;
    expect(counts["200 chat-fr"] + counts["200 embed"]).toBe(600);
    expect(counts["200 chat-fr"]).toBeGreaterThan(130); // 180, with a deviation of 11
    expect(counts["200 chat-fr"]).toBeLessThan(230);
  });

  it("is reported as not there when no server has it", async () => {
    expect(await post('{"model":"gpt-4"}')).toBe("404 model_not_found: The model gpt-4 does not exist.");
    expect(await post('{"model":"a\\"b"}')).toBe('404 model_not_found: The model a\\"b does not exist.');
  });

  it.each([
    ["twice", '{"model":"chat","model":"embed"}', "model: must be given once"],
    ["under a name that Go takes for it", '{"model":"chat","MODEL":"embed"}', "model: must be given once"],
    ["only under such a name", '{"Model":"chat"}', "model: must be spelt so"],
    ["with another field twice", '{"model":"chat","stream":true,"Stream":false}', "stream: must be given once"],
    [
      "under a name with escapes",
      '{"mod\\u0065l":"embed","model":"chat"}',
      "the body must be a JSON object, with names that need no escapes",
    ],
    ["as no string", '{"model":["chat"]}', "model: must be a string"],
    ["nowhere", "{}", "model: must be given"],
    ["in no object", '["chat"]', "the body must be a JSON object"],
    ["in nothing", "", "the body must be a JSON object"],
    ["in an object that does not end", '{"model":"chat"', "the body must be a JSON object"],
    ["in a string that does not end", '{"model":"chat', "the body must be a JSON object, with names that need no escapes"],
    ["before a comma too many", '{"model":"chat",}', "the body must be a JSON object"],
    ["before more than an object", '{"model":"chat"}{"model":"embed"}', "the body must be one JSON object, and nothing after it"],
  ])("is refused when it is given %s", async (_how, body, message) => expect(await post(body)).toBe(`400 invalid_body: ${message}`));

  it("is never what a client says under the gateway's own header", async () => {
    expect(await post('{"model":"gpt-4"}', { "x-slm-model": "chat", "x-slm-served": "chat" })).toMatch(/^404 model_not_found/);
    expect(await ask("/api/tags", undefined, { "x-slm-model": "chat", "x-slm-served": "chat" })).toMatch(/^404 unknown_url/);
  });
});

describe("a list of models", () => {
  const entry = (id: string) => ({ id, object: "model", created: 0, owned_by: "slm-stack" });
  it("holds what its caller may use, in order, with either key", async () => {
    for (const key of ["first", "second"]) {
      const [status, text] = (await ask("/v1/models?x=1", undefined, { authorization: `Bearer ${key}` })).split(/ (.*)/s);
      expect([status, JSON.parse(text!)]).toEqual(["200", { object: "list", data: [entry("both"), entry("chat"), entry("chat-fr")] }]);
    }
  });
  it("is empty for who may use none", async () =>
    expect(await ask("/v1/models", undefined, { authorization: "Bearer odd" })).toBe('200 {"object":"list","data":[]}'));
  it("has one entry by its name, and none that its caller may not use", async () => {
    expect(await ask("/v1/models/chat")).toBe(`200 ${JSON.stringify(entry("chat"))}`);
    expect(await ask("/v1/models/embed")).toBe("404 model_not_found: The model embed does not exist, or this key may not use it.");
  });
});

describe("nothing else is there", () => {
  it.each(["/", "/metrics", "/api/tags", "/v1/models/a/b", "/v1/chat/completions"])("at %s", async (url) =>
    expect(await ask(url)).toBe(`404 unknown_url: Unknown request URL: GET ${url}`),
  );
  it("for a model's load or removal", async () =>
    expect(await ask("/api/delete", '{"model":"chat"}')).toBe("404 unknown_url: Unknown request URL: POST /api/delete"));
});

it("a key that is of no consumer's slot opens nothing", async () =>
  expect(await post('{"model":"chat"}', { authorization: "Bearer bare" })).toBe("401 invalid_api_key: A valid key or token is needed."));

it("the script never failed", () => expect(envoy.log()).toBe(""));
