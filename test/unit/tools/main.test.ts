import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Answer } from "../../../tools/ask";
import { Fault } from "../../../tools/lib/fault";
import type { Outputs } from "../../../tools/lib/stack";
import { runCommand } from "../../support/commands";
import { environmentFile } from "../../support/environments";
import { jsonFiles, pinned } from "../../support/program";

vi.setConfig({ testTimeout: 60_000 });

const files = jsonFiles({
  images: { ollama: pinned("ollama"), python: pinned("python") },
  lock: { "library:qwen3:0.6b": { files: { blob: "a".repeat(64) } } },
  empty: {},
});
/** Each step of a command, in order. */
const { steps, world } = vi.hoisted(() => ({
  steps: [] as string[],
  world: { settings: {} as object, inLab: false, labIsUp: true, door: false },
}));
const step = (text: string): void => void steps.push(text);

vi.mock("../../../lab/lab", () => ({ isUp: async () => world.labIsUp, up: async () => void steps.push("lab up") }));
vi.mock("../../../tools/lib/environment", () => ({
  readEnvironment: (name: string) => {
    steps.push(`read ${name}`);
    return environmentFile(name, world.settings);
  },
}));
vi.mock("../../../tools/lib/state", () => ({ livesInLab: () => world.inLab }));
vi.mock("../../../tools/lib/stack", () => ({
  Stack: {
    open: async (environment: object) => ({
      environment,
      inLab: world.inLab,
      up: async () => step("stack up"),
      preview: async () => step("stack preview"),
      destroy: async () => step("stack destroy"),
      outputs: async (): Promise<Outputs> => ({
        endpoints: { chat: "http://chat.slm/v1", other: "http://other.slm/v1" },
        addresses: { chat: "http://10.0.0.7/v1", other: "http://10.0.0.8/v1" },
        verified: {},
        namespaceName: "slm",
        ...(world.door ? { frontDoor: { url: "https://models.example.com/v1", namespace: "door", service: "front-door" } } : {}),
      }),
    }),
  },
}));
vi.mock("../../../tools/lib/reach", () => ({
  reach: async (_: object, __: object, model: string, use: (url: string) => Promise<Answer>) => use(`reached/${model}`),
}));
vi.mock("../../../tools/lib/enter", () => ({
  enter: async () => {
    steps.push("enter");
    return { apiKey: "the verifier's" };
  },
}));
vi.mock("../../../tools/ask", () => ({
  ask: async (url: string, model: string, question: string, _write: unknown, through?: { apiKey: string }): Promise<Answer> => {
    steps.push(`ask ${model} at ${url}: ${question}${through ? ` with ${through.apiKey} key` : ""}`);
    return { text: "Paris", ttftSeconds: 0.256, tokensPerSecond: 31.26 };
  },
}));

let printed: string[] = [];
beforeEach(() => {
  steps.splice(0);
  printed = [];
  Object.assign(world, { settings: { images: files.images, lock: files.lock }, inLab: false, labIsUp: true, door: false });
  vi.stubEnv("ENV", "mine");
  vi.spyOn(console, "log").mockImplementation((text) => void printed.push(String(text)));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("make up", () => {
  it("updates the stack, and asks each of its models a question", async () => {
    await runCommand("main", "up");
    const question = "What is the capital of France?";
    expect(steps).toEqual(["read mine", "stack up", `ask chat at reached/chat: ${question}`, `ask other at reached/other: ${question}`]);
    expect(printed).toEqual(
      ["chat", "other"].flatMap((model) => [
        `\n${model}\n  in the cluster:     http://${model}.slm/v1\n\n> ${question}`,
        "\n\n  first token after 0.26 s, then 31.3 tokens/s",
      ]),
    );
  });

  it("asks at the front door alone, where there is one, once that is open", async () => {
    world.door = true;
    await runCommand("main", "up");
    const at = "at https://models.example.com/v1: What is the capital of France? with the verifier's key";
    expect(steps).toEqual(["read mine", "stack up", "enter", `ask chat ${at}`, `ask other ${at}`]);
    expect(printed).toEqual([
      ...["chat", "other"].flatMap((model) => [
        `\n${model}\n  at the front door:  https://models.example.com/v1\n\n> What is the capital of France?`,
        "\n\n  first token after 0.26 s, then 31.3 tokens/s",
      ]),
      "\nkeys for consumers: make keys ENV=mine",
    ]);
  });

  it("brings the lab up first where the environment lives there, reads what the lab wrote, and tells of the address on this machine", async () => {
    world.inLab = true;
    vi.stubEnv("ENV", "");
    await runCommand("main", "up");
    expect(steps.slice(0, 4)).toEqual(["read lab", "lab up", "read lab", "stack up"]);
    expect(printed[0]).toContain("\n  in the cluster:     http://chat.slm/v1\n  from this machine:  http://10.0.0.7/v1\n");
  });

  it("refuses what has no plan before the lab starts, and what an update lacks before the engine does", async () => {
    world.inLab = true;
    world.settings = { models: { chat: { engine: "ollama", model: "qwen3-0.7b" } } };
    const refused = await runCommand("main", "up").catch((error: Fault) => error);
    expect(refused).toBeInstanceOf(Fault);
    expect((refused as Fault).message).toMatch(
      /^stacks\/Pulumi\.mine\.yaml has no plan:\n✖ models\.chat\.model: .*\n {2}fix: each line says what to change$/,
    );
    expect(steps).toEqual(["read mine"]);
    steps.splice(0);
    world.settings = { images: files.images, lock: files.empty };
    await expect(runCommand("main", "up")).rejects.toThrow("✖ models.chat.weights.ollama: must be in the model lock");
    expect(steps).toEqual(["read mine", "lab up", "read mine"]);
  });
});

describe("make preview", () => {
  it("goes on without what only an update needs", async () => {
    world.settings = { images: files.images, lock: files.empty };
    await runCommand("main", "preview");
    expect(steps).toEqual(["read mine", "stack preview"]);
  });

  it("refuses what a preview cannot do without", async () => {
    world.settings = { images: files.empty, lock: files.lock };
    await expect(runCommand("main", "preview")).rejects.toThrow("✖ images: must be in");
    expect(steps).toEqual(["read mine"]);
  });
});

describe("make down", () => {
  it("destroys the stack, whether its environment has a plan or not", async () => {
    world.settings = { models: { chat: { engine: "ollama", model: "qwen3-0.7b" } } };
    await runCommand("main", "down");
    expect([steps, printed]).toEqual([["read mine", "stack destroy"], ["nothing is left of mine"]]);
  });

  it("has nothing to do where the lab is down, which took its stacks along", async () => {
    Object.assign(world, { inLab: true, labIsUp: false });
    await runCommand("main", "down");
    expect([steps, printed]).toEqual([["read mine"], ["the lab is down, so nothing of it runs"]]);
    world.labIsUp = true;
    steps.splice(0);
    await runCommand("main", "down");
    expect(steps).toEqual(["read mine", "stack destroy"]);
  });
});

it.each([
  [["upp"], "upp"],
  [[], ""],
])("%j is no command, and those that there are are named", async (args, shown) => {
  await expect(runCommand("main", ...args)).rejects.toThrow(new Fault(`unknown command "${shown}"`, "use one of up, down, preview"));
});
