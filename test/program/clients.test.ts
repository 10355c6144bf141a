import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterEach, describe, expect, it, vi } from "vitest";

import { repoRoot } from "../../tools/lib/paths";
import { ExampleClients } from "../support/example-clients";
import { type Behaviour, StandInModel } from "../support/stand-in-model";

/** What no small model does when it is asked to: the examples of clients against a stand-in. A real endpoint answers them in test/lab/docker.test.ts. */
let model: StandInModel;
let clients: ExampleClients;
const open = async (behaviour: Behaviour = {}, key = "the-key"): Promise<void> => {
  model = new StandInModel(behaviour);
  clients = await ExampleClients.open({ url: await model.listen(), key, model: "m" });
};
afterEach(() => {
  model.close();
  clients.remove();
});

describe.each(["curl", "python", "typescript"] as const)("%s", (client) => {
  it("runs the tool that the model calls, and tells it the result under the call's id", async () => {
    await open();
    expect(await clients.run(client, ["tools", "What is 17 times 25?"])).toMatchObject({ code: 0, out: "It is 425." });
  });
  it("says why it was refused, and ends with a code for it", async () => {
    await open({}, "another-key");
    for (const command of ["chat", "stream"]) {
      const { code, out, err } = await clients.run(client, [command, "Hi"]);
      expect([code === 0, out.trim()]).toEqual([false, ""]);
      expect(err).toContain("no such key");
      expect(err).not.toMatch(/Traceback|at \S+\.ts:/);
    }
  });
});

describe("the batch job", () => {
  const questions = (count: number) =>
    Array.from({ length: count }, (_, index) => `${JSON.stringify({ id: `q${index}`, prompt: `question ${index}` })}\n`).join("");
  const answers = () => path.join(clients.folder, "batch/answers.jsonl");
  const ids = () =>
    readFileSync(answers(), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).id)
      .sort();
  const run = () => clients.run("batch", ["questions.jsonl", "answers.jsonl", "3"]);

  it("goes on where it stopped: a line by half is asked again, and nothing else is", async () => {
    await open();
    writeFileSync(path.join(clients.folder, "batch/questions.jsonl"), questions(5));
    writeFileSync(answers(), `${JSON.stringify({ id: "q0", answer: "kept" })}\n`);
    appendFileSync(answers(), '{"id": "q1", "ans');
    expect(await run()).toMatchObject({ code: 0, err: "1 were answered before, 0 failed" });
    expect(ids()).toEqual(["q0", "q1", "q2", "q3", "q4"]);
    expect(readFileSync(answers(), "utf8")).toContain('"kept"');
    expect([...model.asked].sort()).toEqual(["question 1", "question 2", "question 3", "question 4"]);
  });
  it("comes back when a gateway says so, and names what is not answered at last", async () => {
    const tooMany = { status: 429, headers: { "retry-after": "1" } };
    await open({
      refusal: (content, times) =>
        content === "question 0" && times === 1 ? tooMany : content === "question 1" ? { status: 400 } : undefined,
    });
    writeFileSync(path.join(clients.folder, "batch/questions.jsonl"), questions(3));
    const { code, err } = await run();
    expect([code, ids()]).toEqual([1, ["q0", "q2"]]);
    expect(err).toMatch(/^q1: .*400[\s\S]*\n0 were answered before, 1 failed$/);
  });
});

describe.each([
  ["fastapi", 18_431],
  ["express", 18_432],
] as const)("the service with %s", (service, port) => {
  const at = `http://127.0.0.1:${port}`;
  const post = (body: object, query = "", signal?: AbortSignal) =>
    fetch(`${at}/summaries${query}`, {
      ...{ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
      ...(signal ? { signal } : {}),
    });
  let end: () => Promise<void>;
  const start = async (behaviour?: Behaviour) => {
    await open(behaviour);
    end = clients.start(service, port);
    await vi.waitFor(async () => expect((await fetch(`${at}/healthz`)).status).toBe(200), { timeout: 60_000, interval: 200 });
  };
  afterEach(() => end());

  it("answers, refuses what it was not made for, and says what whoever asks may do", async () => {
    const tooMany = { status: 429, headers: { "retry-after": "7", "x-should-retry": "false" } };
    await start({ refusal: (content) => (content.includes("busy") ? tooMany : content.includes("broken") ? { status: 400 } : undefined) });
    const answered = await post({ text: "A text." });
    expect([answered.status, await answered.json()]).toEqual([200, { summary: "answer to Summarise in one sentence:\n\nA text." }]);
    for (const body of [{}, { text: "" }, { text: 1 }, { text: "a".repeat(4001) }]) expect((await post(body)).status).toBe(422);
    for (const query of ["", "?stream=1"]) {
      const busy = await post({ text: "busy" }, query);
      expect([busy.status, busy.headers.get("retry-after")]).toEqual([503, "7"]);
      const broken = await post({ text: "broken" }, query);
      expect([broken.status, await broken.json()]).toEqual([502, { error: "the model did not answer" }]);
    }
  });
  it("streams, and lets the model stop when who asked is gone", async () => {
    await start();
    const gone = new AbortController();
    const streamed = await post({ text: "A text." }, "?stream=1", gone.signal);
    const { value } = await streamed.body!.getReader().read();
    expect(Buffer.from(value!).toString()).toMatch(/^word /);
    expect(model.hungUp).toBe(0);
    gone.abort();
    await vi.waitFor(() => expect(model.hungUp).toBe(1), { timeout: 30_000 });
  });
});

it.each(["typescript", "express"])("%s has the types of what it imports", async (example) => {
  await open();
  await execa(path.join(repoRoot, "node_modules/.bin/tsc"), ["-p", path.join(clients.folder, example)]);
});
