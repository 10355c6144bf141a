import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { Stack } from "../../tools/lib/stack";
import { type OpenDoor, openDoor, underLoad } from "../support/front-door";
import { kubectl, labEnvironment } from "../support/lab";

const name = "gateway-routing-test";
const door = `${name}-door`;

/** Two versions of a model that answer one name together; the newer has the older for a fallback. */
const environment = (share: number) =>
  labEnvironment(name, (settings) => {
    // Three pods of the door start beside the models, on few processors.
    const smollm2: Record<string, unknown> = { ...settings["slm:models"]["smollm2"], coldStart: { loadSeconds: 300 } };
    const models = ["both", "smollm2", "next"];
    Object.assign(settings, {
      "slm:models": { smollm2, next: { ...smollm2 } },
      "slm:gateway": {
        ...{ host: "models.example.test", namespace: door, tls: "selfSigned" },
        split: { both: { smollm2: 100 - share, next: share } },
        fallback: { next: "smollm2" },
      },
      "slm:consumers": {
        app: { models },
        slow: { models, requestsPerMinute: 3 },
        counted: { models, tokensPerMinute: 60 },
        steady: { models, requestsPerMinute: 5 },
      },
    });
  });

let opened: OpenDoor;
beforeAll(async () => {
  opened = await openDoor(environment(10), door, ["app", "slow", "counted", "steady"]);
});
afterAll(async () => {
  await (await Stack.open(environment(10))).destroy();
});

const question = { messages: [{ role: "user" as const, content: "What is the capital of France?" }], temperature: 0 };
const chat = (consumer: string, model: string, max_tokens = 1) =>
  opened
    .client(consumer)
    .chat.completions.create({ model, max_tokens, ...question })
    .withResponse();
/** The model that answered, as header and body say. */
const answering = async (model: string) => {
  const { data, response } = await chat("app", model);
  return [response.headers.get("x-slm-served"), data.model];
};
const outcome = (asked: Promise<unknown>) =>
  asked.then(
    () => "answered",
    ({ status, code }: { status: number; code: string }) => `${status} ${code}`,
  );
/** Just after a minute of the clock has begun: counts begin with it. */
const freshMinute = () => vi.waitFor(() => expect(new Date().getSeconds()).toBeLessThan(20), { timeout: 60_000, interval: 500 });

/** Twelve requests at once in a minute of their own, of which as many are answered: from when Envoy's pods reach who counts. */
const counted = (consumer: string, answered: number) =>
  vi.waitFor(
    async () => {
      await freshMinute();
      const all = await Promise.all(Array.from({ length: 12 }, () => outcome(chat(consumer, "smollm2"))));
      expect(all.filter((reported) => reported === "answered")).toHaveLength(answered);
      expect(new Set(all)).toEqual(new Set(["answered", "429 rate_limit_exceeded"]));
    },
    { timeout: 200_000, interval: 1000 },
  );

describe("limits hold over all pods of Envoy", () => {
  it("for requests: no more than a consumer's are answered in a minute", async () => {
    await counted("slow", 3);
    expect(await outcome(chat("slow", "next"))).toBe("answered"); // another model has a count of its own
  });

  it("for tokens, of whole answers and of streams whose client does not ask for their usage", async () => {
    await freshMinute();
    const { usage } = (await chat("counted", "smollm2", 8)).data;
    expect(usage!.total_tokens).toBeGreaterThan(0);
    const stream = await opened.client("counted").chat.completions.create({ model: "smollm2", max_tokens: 60, stream: true, ...question });
    let [parts, reported] = [0, 0];
    for await (const { choices, usage: of } of stream) {
      parts += choices.length;
      reported += of ? 1 : 0;
    }
    expect(parts).toBeGreaterThan(5);
    expect(reported).toBe(0);
    await vi.waitFor(async () => expect(await outcome(chat("counted", "smollm2"))).toBe("429 rate_limit_exceeded"), { timeout: 10_000 });
    expect(await outcome(chat("app", "smollm2"))).toBe("answered");
  });

  it("and requests pass while nobody can count, as the environment says; the count begins anew", async () => {
    const store = async (replicas: number) => {
      await kubectl("scale", "deployment/envoy-ratelimit-store", "--namespace", door, `--replicas=${replicas}`);
      if (replicas === 0)
        return kubectl("wait", "pod", "--for=delete", "--selector=app.kubernetes.io/component=ratelimit-store", "--namespace", door);
      return kubectl("rollout", "status", "deployment/envoy-ratelimit-store", "--namespace", door, "--timeout=120s");
    };
    await store(0);
    const all = await Promise.all(Array.from({ length: 12 }, () => outcome(chat("steady", "smollm2"))));
    expect(new Set(all)).toEqual(new Set(["answered"]));
    await store(1);
    await counted("steady", 5);
  });
});

describe("versions of a model", () => {
  it("answer one name together, and an answer tells which it was", async () => {
    const reported = new Set<string>();
    for (let asked = 0; asked < 80; asked++) reported.add((await answering("both")).join());
    expect([...reported].sort()).toEqual(["next,next", "smollm2,smollm2"]);
  });

  it("take over from each other while 2000 requests are made, of which none fails", async () => {
    const stack = await Stack.open(environment(100));
    const { asked, failed } = await underLoad(
      () => answering("both"),
      () => stack.up(),
      2000,
    );
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThanOrEqual(2000);
    await vi.waitFor(async () => expect(await answering("both")).toEqual(["next", "next"]), { timeout: 10_000, interval: 100 });
    for (let more = 0; more < 40; more++) expect(await answering("both")).toEqual(["next", "next"]);
  });
});

it("a model that is away is answered for by another, which says so, in streams too", async () => {
  await kubectl("scale", "deployment/next-ollama", "--namespace", name, "--replicas=0");
  await kubectl(
    "wait",
    "pod",
    "--for=delete",
    "--selector=app.kubernetes.io/instance=next,pod-template-hash",
    "--namespace",
    name,
    "--timeout=120s",
  );
  await vi.waitFor(async () => expect(await answering("next")).toEqual(["smollm2", "smollm2"]), { timeout: 60_000, interval: 500 });
  const stream = await opened.client("app").chat.completions.create({ model: "next", max_tokens: 40, stream: true, ...question });
  const [times, models] = [[] as number[], new Set<string>()];
  for await (const { choices, model } of stream) {
    if (choices[0]?.delta.content) times.push(performance.now());
    models.add(model);
  }
  expect([...models]).toEqual(["smollm2"]);
  expect(times.at(-1)! - times[0]!).toBeGreaterThan(100);
});
