import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { planOf } from "../../../lib/environment/plan-request";
import type { Answer, Vector } from "../../../tools/ask";
import { eventsOf } from "../../../tools/lib/events";
import { Failure, UserError } from "../../../tools/lib/fault";
import type { Outputs } from "../../../tools/lib/stack";
import { releaseMessage } from "../../../tools/promotion/history";
import { releaseOf } from "../../../tools/promotion/release";
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
  world: {
    settings: {} as object,
    inLab: false,
    labIsUp: true,
    refused: false,
    door: false,
    args: [] as string[],
    repair: false,
  },
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
      up: async (args: string[], { repair }: { repair: boolean }) => {
        Object.assign(world, { args, repair });
        step("stack up");
      },
      previewEvents: async ({ quiet }: { quiet: boolean }) => {
        step(quiet ? "stack preview" : "stack preview with its diff");
        return { events: eventsOf(""), ...(world.refused ? { failure: new Failure("pulumi preview ended with code 255") } : {}) };
      },
      destroy: async () => step("stack destroy"),
      outputs: async (): Promise<Outputs> => ({
        endpoints: { chat: "http://chat.slm/v1", other: "http://other.slm/v1" },
        addresses: { chat: "http://10.0.0.7/v1", other: "http://10.0.0.8/v1" },
        verification: {},
        namespaceName: "slm",
        ...(world.door ? { frontDoor: { url: "https://models.example.com/v1", namespace: "door", service: "front-door" } } : {}),
      }),
    }),
  },
}));
vi.mock("../../../tools/lib/progress", () => ({
  Progress: class {
    done(): void {}
  },
}));
vi.mock("../../../tools/lib/with-endpoint", () => ({
  withEndpoint: async (_: object, __: object, model: string, use: (url: string) => Promise<Answer>) => use(`reached/${model}`),
}));
vi.mock("../../../tools/lib/enter", () => ({
  enter: async () => {
    steps.push("enter");
    return { apiKey: "the verifier's" };
  },
}));
vi.mock("../../../tools/ask", () => ({
  ask: async (url: string, model: string, question: string, _write: unknown, through?: { apiKey: string }): Promise<Answer> => {
    steps.push(`ask ${model} at ${url}: ${question}${through?.apiKey ? ` with ${through.apiKey} key` : ""}`);
    return { text: "Paris", ttftSeconds: 0.256, tokensPerSecond: 31.26, seconds: 1, tokens: 24 };
  },
  embed: async (url: string, model: string, input: string): Promise<Vector> => {
    steps.push(`embed ${model} at ${url}: ${input}`);
    return { dimensions: 1024, seconds: 0.256 };
  },
}));

let printed: string[] = [];
beforeEach(() => {
  steps.splice(0);
  printed = [];
  Object.assign(world, {
    settings: { images: files.images, lock: files.lock },
    inLab: false,
    labIsUp: true,
    refused: false,
    door: false,
  });
  vi.stubEnv("ENV", "mine");
  vi.spyOn(console, "log").mockImplementation((text) => void printed.push(String(text)));
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
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

  it("repairs what drifted where REFRESH says so, and only there", async () => {
    for (const [refresh, repair] of [
      ["1", true],
      ["", false],
    ] as const) {
      vi.stubEnv("REFRESH", refresh);
      await runCommand("main", "up");
      expect(world.repair).toBe(repair);
    }
  });

  it("asks a model that embeds for a vector", async () => {
    const models = { chat: { engine: "ollama", model: "qwen3-0.6b" }, other: { engine: "ollama", model: "qwen3-embedding-0.6b" } };
    const locked = { files: { blob: "a".repeat(64) } };
    const { lock } = jsonFiles({ lock: { "library:qwen3:0.6b": locked, "library:qwen3-embedding:0.6b": locked } });
    world.settings = { ...world.settings, models, lock };
    await runCommand("main", "up");
    expect(steps.slice(-2)).toEqual([
      "ask chat at reached/chat: What is the capital of France?",
      "embed other at reached/other: What is the capital of France?",
    ]);
    expect(printed.at(-1)).toBe("a vector of 1024 numbers\n\n  after 0.26 s");
  });

  it("tells the history of the stack what it deploys, or says that it cannot", async () => {
    await runCommand("main", "up");
    const { environment } = environmentFile("mine", world.settings);
    expect(world.args).toEqual([`--message=${releaseMessage(releaseOf(environment, planOf(environment)))}`]);
    const blobs = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`blob-${index}`, "a".repeat(64)]));
    world.settings = { images: files.images, lock: jsonFiles({ lock: { "library:qwen3:0.6b": { files: blobs } } }).lock };
    const reported = vi.spyOn(console, "error").mockReturnValue();
    await runCommand("main", "up");
    expect([world.args, reported.mock.calls]).toEqual([
      [],
      [["the release is too long to be kept with the update: make promote will not know it"]],
    ]);
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

  it("starts the lab first where the environment lives there, reads what the lab wrote, and tells of the address on this machine", async () => {
    world.inLab = true;
    vi.stubEnv("ENV", "");
    await runCommand("main", "up");
    expect(steps.slice(0, 4)).toEqual(["read lab", "lab up", "read lab", "stack up"]);
    expect(printed[0]).toContain("\n  in the cluster:     http://chat.slm/v1\n  from this machine:  http://10.0.0.7/v1\n");
  });

  it("refuses what has no plan before the lab starts, and what an update lacks before the engine does", async () => {
    world.inLab = true;
    world.settings = { models: { chat: { engine: "ollama", model: "qwen3-0.7b" } } };
    const refused = await runCommand("main", "up").catch((error: UserError) => error);
    expect(refused).toBeInstanceOf(UserError);
    expect((refused as UserError).message).toMatch(
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
  const written = (): string[] => {
    const texts: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => texts.push(String(text)) > 0);
    return texts;
  };

  it("prints what one run of the engine reported, in the format that was asked for, and Pulumi's own diff on demand", async () => {
    const texts = written();
    await runCommand("main", "preview");
    for (const [name, value] of Object.entries({ MARKDOWN: "1", JSON: "1", DIFF: "1" })) {
      vi.stubEnv(name, value);
      await runCommand("main", "preview");
      vi.stubEnv(name, "");
    }
    vi.stubEnv("FORMAT", "md");
    await runCommand("main", "preview");
    expect(texts.map((text) => text.slice(0, 15))).toEqual([
      "mine: no change",
      "## ✅ Preview of",
      '{\n  "environmen',
      "mine: no change",
      "## ✅ Preview of",
    ]);
    expect(steps.filter((each) => each.startsWith("stack"))).toEqual([
      "stack preview",
      "stack preview",
      "stack preview",
      "stack preview with its diff",
      "stack preview",
    ]);
    vi.stubEnv("FORMAT", "html");
    await expect(runCommand("main", "preview")).rejects.toThrow(
      new UserError('FORMAT: must be text, md or json, got "html"', "leave it out for text"),
    );
  });

  it("that was refused is reported in full, and fails", async () => {
    world.refused = true;
    const texts = written();
    await expect(runCommand("main", "preview")).rejects.toThrow(new Failure("the preview of mine ended: what it says above is why"));
    expect(texts[0]).toMatch(/^mine: no change; FAILED with 0 errors\n/);
  });

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
  await expect(runCommand("main", ...args)).rejects.toThrow(new UserError(`unknown command "${shown}"`, "use one of up, down, preview"));
});
