import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Through } from "../../../tools/ask";
import { chosen } from "../../../tools/compare/environment";
import { settingsOf } from "../../../tools/compare/settings";
import { Failure, UserError } from "../../../tools/lib/fault";
import { repoRoot } from "../../../tools/lib/paths";
import type { Outputs } from "../../../tools/lib/stack";
import { runCommand } from "../../support/commands";
import { environmentFile } from "../../support/environments";

vi.setConfig({ testTimeout: 60_000 });

const onnx = { kind: "baked", path: "/models/x" };
const models = {
  chat: { engine: "ollama", model: "qwen3-0.6b", cpu: true },
  edge: { engine: "onnx", model: "smollm2-135m-instruct", cpu: true, weights: { onnx } },
};
const search = { engine: "ollama", model: "qwen3-embedding-0.6b", cpu: true };
const docker = {
  ...{ target: "docker", models, gateway: { host: "localhost", tls: "selfSigned" }, consumers: { app: { models: ["chat"] } } },
};
const { world } = vi.hoisted(() => ({
  world: { inLab: false, labIsUp: true, deployed: true, answers: true, steps: [] as string[] },
}));

vi.mock("../../../lab/lab", () => ({ isUp: async () => world.labIsUp }));
vi.mock("../../../tools/lib/environment", () => ({
  readEnvironment: (name: string) =>
    environmentFile(name, name === "laptop" ? docker : { models: name === "vectors" ? { ...models, search } : models }),
}));
vi.mock("../../../tools/lib/state", () => ({ livesInLab: () => world.inLab }));
vi.mock("../../../tools/docker/client", () => ({ requireEngine: async () => world.steps.push("docker is there") }));
vi.mock("../../../tools/docker/environment", () => ({
  isOnDocker: ({ environment }: { environment: { target: string } }) => environment.target === "docker",
  enterDocker: async () => ({ through: { apiKey: "verifier's" } }),
}));
vi.mock("../../../tools/lib/cluster", () => ({ inCluster: async (_: object, __: object, use: (kubectl: object) => unknown) => use({}) }));
vi.mock("../../../tools/lib/with-endpoint", () => ({
  withEndpoint: async (_: object, __: object, model: string, use: (url: string) => unknown) => use(`reached/${model}`),
}));
vi.mock("../../../tools/lib/stack", () => ({
  Stack: {
    open: async () => ({
      outputs: async (): Promise<Partial<Outputs>> =>
        world.deployed ? { endpoints: { chat: "", edge: "" }, namespaceName: "models", frontDoor: doorOf() } : {},
    }),
  },
}));
const doorOf = () => (process.env["ENV"] === "laptop" ? { url: "https://door" } : undefined) as Outputs["frontDoor"] & object;
const server = (of: string) => ({
  memoryMib: async () => 10,
  diskMib: async (at: string) => {
    world.steps.push(`${of}: size of ${at}`);
    return 20;
  },
  restart: async (answers: () => Promise<boolean>) => ((await answers()) ? 3 : 4),
});
vi.mock("../../../tools/compare/on-docker", () => ({
  dockerServer: (environment: string, model: string) => server(`${environment} ${model}`),
}));
vi.mock("../../../tools/compare/in-cluster", () => ({
  clusterServer: (_: object, namespace: string, { name }: { name: string }) => server(`${namespace} ${name}`),
}));
vi.mock("../../../tools/ask", () => ({
  stream: async (url: string, model: string, _question: string, _write: unknown, { apiKey }: Through) => {
    world.steps.push(`ask ${model} at ${url}${apiKey ? ` as the ${apiKey}` : ""}`);
    if (!world.answers) throw new Error("503 no backend");
    return { text: "Paris", ttftSeconds: 0.1, seconds: 1, tokens: 10, tokensPerSecond: 10 };
  },
}));

let printed = "";
let reported: string[] = [];
beforeEach(() => {
  Object.assign(world, { inLab: false, labIsUp: true, deployed: true, answers: true, steps: [] });
  [printed, reported] = ["", []];
  vi.stubEnv("ENV", "mine").stubEnv("REQUESTS", "2").stubEnv("CONCURRENCY", "2");
  vi.spyOn(console, "log").mockImplementation((text) => {
    printed = String(text);
  });
  vi.spyOn(console, "error").mockImplementation((text) => void reported.push(String(text)));
});
afterEach(() => {
  for (const file of written()) rmSync(path.join(repoRoot, file), { force: true });
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const written = () => reported.flatMap((text) => text.split("\n")).filter((line) => /^\.slm\/compare\/.*\.(json|html)$/.test(line));
const rowsOf = () => {
  const [json] = written();
  return JSON.parse(readFileSync(path.join(repoRoot, json!), "utf8")).rows as { model: string; loadSeconds: unknown }[];
};

it("asks each model by its own address, and writes what it measured as a table, as JSON and as a page", async () => {
  await runCommand("compare");
  expect(new Set(world.steps)).toEqual(
    new Set([
      ...["ask chat at reached/chat", "models chat: size of /var/lib/ollama"],
      ...["ask edge at reached/edge", "models edge: size of /models/x"],
    ]),
  );
  expect(world.steps.filter((step) => step.startsWith("ask"))).toHaveLength(2 * (3 + 2 + 2));
  expect(rowsOf()).toMatchObject(
    ["chat", "edge"].map((model) => ({
      model,
      memoryMib: 10,
      diskMib: 20,
      loadSeconds: { unknown: expect.stringContaining("RESTART=1") },
    })),
  );
  expect(printed).toContain("mine/chat");
  expect(readFileSync(path.join(repoRoot, written()[1]!), "utf8")).toContain("mine/edge");
});

it("asks through the door where there is one, and starts servers again only where it is reported to", async () => {
  vi.stubEnv("ENV", "laptop").stubEnv("MODELS", "edge").stubEnv("RESTART", "1").stubEnv("JSON", "1");
  await runCommand("compare");
  expect(new Set(world.steps)).toEqual(
    new Set(["docker is there", "ask edge at https://door as the verifier's", "laptop edge: size of /models/x"]),
  );
  expect(JSON.parse(printed).rows).toMatchObject([{ environment: "laptop", model: "edge", loadSeconds: 3 }]);
});

it("ends with a failure that names what failed, after what was measured is written", async () => {
  world.answers = false;
  vi.stubEnv("MODELS", "chat");
  await expect(runCommand("compare")).rejects.toThrow(/mine\/chat: 2 of 2 requests failed with 2 at once: 503 no backend/);
  await expect(runCommand("compare")).rejects.toBeInstanceOf(Failure);
  expect(rowsOf()).toHaveLength(1);
});

it.each<[string, () => void, string]>([
  [
    "a model that no environment has",
    () => vi.stubEnv("MODELS", "chat,none,nor"),
    'MODELS: "none" is no model of mine\nMODELS: "nor" is no model of mine',
  ],
  ["an environment that is not up", () => Object.assign(world, { deployed: false }), 'ENV="mine": nothing is deployed'],
  ["a lab that is down", () => Object.assign(world, { inLab: true, labIsUp: false }), 'ENV="mine": the lab is down'],
  ["a number that is none", () => vi.stubEnv("TOKENS", "many"), 'TOKENS: must be a whole number from 1 to 4096, got "many"'],
])("refuses %s, before anything is asked", async (_, change, message) => {
  change();
  const refused = await runCommand("compare").catch((error: Error) => error);
  expect(refused).toBeInstanceOf(UserError);
  expect((refused as Error).message).toContain(message);
  expect(world.steps).toEqual([]);
});

it("leaves out a model that embeds, and says so", () => {
  const [environment] = chosen(["vectors"], settingsOf({}));
  expect(environment!.models.map(({ name }) => name)).toEqual(["chat", "edge"]);
  expect(reported).toEqual(["not compared, as they answer with vectors and not with text: vectors/search"]);
  expect(chosen(["vectors"], settingsOf({ MODELS: "search" }))).toEqual([]);
});
