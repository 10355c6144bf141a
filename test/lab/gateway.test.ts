import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { selfSignedSecret } from "../../components/environment/gateway";
import { labImage } from "../../lab/images-on-demand";
import { envoyGateway } from "../../tools/build/recipes";
import { inCluster } from "../../tools/lib/cluster";
import { enter } from "../../tools/lib/enter";
import { fetchAt } from "../../tools/lib/front-door";
import { Keys } from "../../tools/lib/keys";
import { SecretKeys } from "../../tools/lib/secret-keys";
import { renew } from "../../tools/lib/self-signed";
import { type Outputs, Stack } from "../../tools/lib/stack";
import { askingPod } from "../support/gateway-lab";
import { installKinds } from "../support/install-kinds";
import { apply, kubectl, labEnvironment, steps } from "../support/lab";

const name = "gateway-test";
const door = `${name}-door`;
const host = "models.example.test";

const environment = () =>
  labEnvironment(name, (settings) => {
    const smollm2 = settings["slm:models"]["smollm2"]!;
    Object.assign(settings, {
      "slm:models": { smollm2, other: { ...smollm2 } },
      "slm:gateway": { host, namespace: door, tls: "selfSigned", limits: { bodyMib: 1 } },
      "slm:consumers": { app: { models: ["smollm2"] }, slow: { models: ["smollm2"], requestsPerMinute: 3 } },
    });
  });

let outputs: Outputs;
let ask: typeof fetch;
let keys: Keys;
const keyOf: Record<string, string> = {};

beforeAll(async () => {
  for (const image of ["envoy", "envoy-gateway", "ratelimit", "redis"] as const) await labImage(image);
  await installKinds(envoyGateway);
  await (await Stack.open(environment())).destroy(); // what a failed run of these tests left
  const stack = await Stack.open(environment());
  await stack.up();
  outputs = await stack.outputs();
  const through = await enter(stack, outputs);
  keyOf["verifier"] = through.apiKey!;
  ask = through.fetch!;
  await inCluster(stack, outputs, async (run) => {
    keys = new Keys(new SecretKeys(run, door));
    for (const consumer of ["app", "slow"]) keyOf[consumer] = await keys.rotate(consumer);
  });
  for (const consumer of ["app", "slow"]) await opened(consumer);
});
afterAll(async () => {
  await (await Stack.open(environment())).destroy();
});

/** Until a new key opens the door. */
const opened = (consumer: string) => vi.waitFor(() => client(consumer).models.list(), { timeout: 60_000, interval: 200 });

const client = (consumer: string, apiKey = keyOf[consumer]!) =>
  new OpenAI({ baseURL: outputs.frontDoor!.url, apiKey, fetch: ask, maxRetries: 0, timeout: 120_000 });
const question = { messages: [{ role: "user" as const, content: "What is the capital of France?" }], temperature: 0, max_tokens: 8 };
const chat = (consumer: string, model: string, apiKey?: string) => client(consumer, apiKey).chat.completions.create({ model, ...question });
const refusal = (asked: Promise<unknown>) =>
  asked.then(
    () => "answered",
    ({ status, code, type }: InstanceType<typeof OpenAI.APIError>) => ({ status, code, type }),
  );

describe("a consumer", () => {
  it("is answered with its key", async () => expect((await chat("app", "smollm2")).choices[0]!.message.content).toContain("Paris"));
  it("is refused without one", async () =>
    expect(await refusal(chat("app", "smollm2", "slm-no-key"))).toEqual({
      status: 401,
      code: "invalid_api_key",
      type: "invalid_request_error",
    }));
  it("is refused a model that it may not use", async () =>
    expect(await refusal(chat("app", "other"))).toEqual({ status: 403, code: "model_not_allowed", type: "invalid_request_error" }));
  it("is answered with an error for a model that there is not", async () =>
    expect(await refusal(chat("app", "none"))).toEqual({ status: 404, code: "model_not_found", type: "invalid_request_error" }));
});

describe("the front door lists", () => {
  it("what its caller may use", async () => {
    const ids = async (consumer: string) => (await client(consumer).models.list()).data.map(({ id }) => id);
    expect(await ids("app")).toEqual(["smollm2"]);
    expect(await ids("verifier")).toEqual(["other", "smollm2"]);
  });
});

const raw = (url: string, init: RequestInit = {}, key = keyOf["app"]) =>
  ask(`https://${host}${url}`, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } });
const error = async (asked: Promise<Response>) => {
  const response = await asked;
  const { error: said } = (await response.json()) as { error: { type: string; code: string; message: string } };
  return { status: response.status, ...said };
};
const body = (more: object = {}) => JSON.stringify({ model: "smollm2", ...question, ...more });
const post = (text: string, key?: string) => raw("/v1/chat/completions", { method: "POST", body: text }, key);

describe("refused, in OpenAI's form", () => {
  it("is a body that is too long", async () => {
    const content = "a".repeat(2 << 20);
    expect(await error(post(body({ messages: [{ role: "user", content }] })))).toMatchObject({ status: 413, code: "request_too_large" });
  });
  it("is the management of an engine", async () => {
    expect(await error(raw("/api/delete", { method: "DELETE", body: body() }))).toMatchObject({ status: 404, code: "unknown_url" });
    expect(await error(raw("/metrics"))).toMatchObject({ status: 404, code: "unknown_url" });
  });
  it("is a model named by a header, whatever the body says", async () => {
    const init = { method: "POST", body: body({ model: "other" }), headers: { "x-slm-model": "smollm2", "x-slm-consumer": "verifier" } };
    expect(await error(raw("/v1/chat/completions", init))).toMatchObject({ status: 403, code: "model_not_allowed" });
  });
  it("is more than a consumer's requests of a minute, and the answer says when to come back", async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => post(body({ max_tokens: 1 }), keyOf["slow"])));
    const late = all.find(({ status }) => status === 429)!;
    expect(late.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await late.json()).toMatchObject({ error: { type: "rate_limit_error", code: "rate_limit_exceeded" } });
    // Six, where a minute of the clock ends meanwhile.
    expect([3, 6]).toContain(all.filter(({ status }) => status === 200).length);
  });
});

describe("a stream", () => {
  const stream = {
    model: "smollm2",
    messages: [{ role: "user" as const, content: "Count from one to one hundred." }],
    max_tokens: 400,
    stream: true as const,
  };
  it("arrives token by token", async () => {
    const times: number[] = [];
    for await (const { choices } of await client("app").chat.completions.create({ ...stream, max_tokens: 40 }))
      if (choices[0]?.delta.content) times.push(performance.now());
    expect(times.length).toBeGreaterThan(10);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(100);
  });
  it("that its client leaves ends in the engine", async () => {
    const before = await generations();
    const answer = await client("app").chat.completions.create(stream);
    for await (const { choices } of answer) if (choices[0]?.delta.content) break;
    answer.controller.abort();
    // The engine logs a generation when it ends: one of 400 tokens would take far longer than this.
    await vi.waitFor(async () => expect(await generations()).toBe(before + 1), { timeout: 10_000, interval: 500 });
  });
});

async function generations(): Promise<number> {
  const log = await kubectl("logs", "--namespace", name, "deployment/smollm2-ollama", "--container=ollama");
  return log.split("\n").filter((line) => line.includes('POST     "/v1/chat/completions"')).length;
}

/** Lists models, eight at a time, with the key that holds now, while `change` happens and until there were enough; tells how many failed. */
async function underLoad(change: () => Promise<unknown>, least: number, maxRetries = 0): Promise<{ asked: number; failed: string[] }> {
  let over = false;
  const reported = { asked: 0, failed: [] as string[] };
  const worker = async () => {
    while (!over || reported.asked < least) {
      const asking = client("app", keyOf["app"]!).withOptions({ maxRetries });
      reported.asked++;
      await asking.models.list().catch((failure: Error) => reported.failed.push(failure.message));
    }
  };
  const workers = Array.from({ length: 8 }, worker);
  await change().finally(() => {
    over = true;
  });
  await Promise.all(workers);
  return reported;
}

describe("while 2000 requests are made, none fails", () => {
  it("when a key is changed: the old one holds until its consumer has the new one, and is then ended", async () => {
    const old = keyOf["app"]!;
    const { asked, failed } = await underLoad(async () => {
      const taken = await keys.list("app");
      const next = await keys.rotate("app");
      await vi.waitFor(() => client("app", next).models.list(), { timeout: 60_000, interval: 200 });
      keyOf["app"] = next;
      const slot = taken.at(-1)!.slot;
      await keys.revoke("app", slot);
      await vi.waitFor(async () => expect((await raw("/v1/models", {}, old)).status).toBe(401), { timeout: 60_000, interval: 200 });
    }, 2000);
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThanOrEqual(2000);
    expect(await keys.list("app")).toHaveLength(1);
  });

  it("when the gateway's pods are changed", async () => {
    const deployment = await proxyDeployment();
    const { failed } = await underLoad(async () => {
      await kubectl("rollout", "restart", deployment, "--namespace", door);
      await kubectl("rollout", "status", deployment, "--namespace", door, "--timeout=240s");
    }, 2000);
    expect(failed).toEqual([]);
  });

  it("but what a killed pod carried, and that passes when it is tried again", async () => {
    const { items } = JSON.parse(await kubectl("get", "pods", "--namespace", door, "--selector", proxies, "--output=json"));
    const { metadata } = items.find((pod: { metadata: { deletionTimestamp?: string } }) => !pod.metadata.deletionTimestamp);
    const { failed } = await underLoad(
      async () => {
        await kubectl("delete", "pod", metadata.name, "--namespace", door, "--grace-period=0", "--force");
        await kubectl("rollout", "status", await proxyDeployment(), "--namespace", door, "--timeout=240s");
      },
      2000,
      2,
    );
    expect(failed).toEqual([]);
  });
});
const proxies = "gateway.envoyproxy.io/owning-gateway-name=front-door";
const proxyDeployment = async () =>
  (await kubectl("get", "deployments", "--namespace", door, "--selector", proxies, "--output=name")).trim();

describe("around the front door", () => {
  it("no model answers this machine, which may ask the front door", async () => {
    await expect(fetch(`${outputs.addresses["smollm2"]}/models`, { signal: AbortSignal.timeout(4000) })).rejects.toThrow();
  });
  it("no model answers another pod", async () => {
    await apply(askingPod(door));
    await kubectl("wait", "pod/asking", "--namespace", door, "--for=condition=Ready", "--timeout=120s");
    const get = (url: string) => `import urllib.request as u; print(u.urlopen("${url}", timeout=4).status)`;
    const python = (code: string) =>
      kubectl("exec", "--namespace", door, "asking", "--", "python3", "-c", code).catch(({ message }: Error) => message);
    expect(await python(get("http://127.0.0.1:8000"))).toBe("200");
    expect(await python(get(`http://smollm2.${name}/v1/models`))).toMatch(/refused|timed out/);
  });
});

it("a certificate that is renewed is taken up, and nothing of it is in the state", async () => {
  const stack = await Stack.open(environment());
  const ca = await inCluster(stack, outputs, (run) => renew(run, door, selfSignedSecret, host));
  const address = await kubectl("get", "service", "front-door", "--namespace", door, "--output=jsonpath={.spec.clusterIP}");
  const renewed = fetchAt({ address, host, ca });
  await vi.waitFor(() => renewed(`https://${host}/v1/models`), { timeout: 60_000, interval: 500 });
  const state = JSON.stringify(await stack.export());
  for (const secret of [keyOf["app"]!, keyOf["verifier"]!, "PRIVATE KEY"]) {
    expect(state).not.toContain(secret);
    expect(state).not.toContain(Buffer.from(secret).toString("base64"));
  }
  expect(await steps(stack)).toEqual({});
});
