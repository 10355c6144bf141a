import path from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { planOf } from "../../../lib/environment/plan-request";
import { UserError } from "../../../tools/lib/fault";
import { releaseMessage, type Update } from "../../../tools/promotion/history";
import { type Release, releaseOf } from "../../../tools/promotion/release";
import { runCommand } from "../../support/commands";
import { environmentFile, tiny } from "../../support/environments";
import { jsonFiles, pinned } from "../../support/program";

vi.setConfig({ testTimeout: 60_000 });

const { world, written } = vi.hoisted(() => ({
  world: { settings: {} as Record<string, object>, history: {} as Record<string, object[]> },
  written: {} as Record<string, string>,
}));
vi.mock("../../../tools/lib/environment", () => ({ readEnvironment: (name: string) => environmentFile(name, world.settings[name]) }));
vi.mock("../../../tools/lib/stack", () => ({
  Stack: { open: async ({ name }: { name: string }) => ({ history: async () => world.history[name] ?? [] }) },
}));
vi.mock("../../../tools/lib/whole-file", () => ({
  writeWhole: (file: string, text: string) => void Object.assign(written, { [file]: text }),
}));

const sum = (letter: string): string => letter.repeat(64);
const key = "library:qwen3:0.6b";
const files = jsonFiles({
  newImages: { ollama: pinned("newer"), python: pinned("python") },
  newLock: { [key]: { files: { blob: sum("b") } } },
  oldImages: { ollama: pinned("older"), python: pinned("python"), mine: pinned("mine") },
  oldLock: { [key]: { files: { blob: sum("a") } }, "library:mine": { files: { blob: sum("c") } } },
});
const staging = { images: files.newImages, lock: files.newLock };
const prod = { images: files.oldImages, lock: files.oldLock };
const releaseFor = (settings: object): Release => {
  const { environment } = environmentFile("x", settings);
  return releaseOf(environment, planOf(environment));
};
const update = (settings: object, more: Partial<Update> = {}): Update => ({
  kind: "update",
  result: "succeeded",
  startTime: "2026-11-01T10:00:00Z",
  message: releaseMessage(releaseFor(settings))!,
  ...more,
});
const fileOf = (file: string): unknown => JSON.parse(Object.entries(written).find(([name]) => name.endsWith(`/${file}`))![1]);

let printed: string[] = [];
const promote = async (variables: Record<string, string> = {}): Promise<void> => {
  for (const [name, value] of Object.entries({ FROM: "staging", TO: "prod", ...variables })) vi.stubEnv(name, value);
  await runCommand("promote", "promote");
};
const refusal = async (run: Promise<void>): Promise<string> => {
  const error = await run.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect(written).toEqual({});
  return (error as UserError).message;
};
beforeEach(() => {
  printed = [];
  for (const name of Object.keys(written)) delete written[name];
  world.settings = { staging, prod };
  world.history = { staging: [update(staging)] };
  for (const name of ["FROM", "TO", "ENV", "PARTIAL"]) vi.stubEnv(name, undefined);
  vi.spyOn(console, "log").mockImplementation((text) => void printed.push(String(text)));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("make promote", () => {
  it("writes what was verified into files of the other environment's own, names them there, and keeps its other entries", async () => {
    await promote();
    expect(fileOf("stacks/prod.images.json")).toEqual({ mine: pinned("mine"), ollama: pinned("newer"), python: pinned("python") });
    expect(fileOf("stacks/prod.models.lock.json")).toEqual({
      "library:mine": { files: { blob: sum("c") } },
      [key]: { files: { blob: sum("b") } },
    });
    const text = Object.entries(written).find(([name]) => name.endsWith("Pulumi.prod.yaml"))![1];
    expect(text).toContain("  slm:images: stacks/prod.images.json\n");
    expect(text).toContain("  slm:lock: stacks/prod.models.lock.json\n");
    expect(Object.keys(written).map((name) => path.basename(name))).toEqual([
      "prod.images.json",
      "prod.models.lock.json",
      "Pulumi.prod.yaml",
    ]);
    expect(printed).toEqual([
      `image ollama: ${pinned("older")} becomes ${pinned("newer")}`,
      `weights ${key}: no revision, 1 files (aaaaaaaaaaaa) becomes no revision, 1 files (bbbbbbbbbbbb)`,
      "written: stacks/prod.images.json, stacks/prod.models.lock.json, stacks/Pulumi.prod.yaml",
      "next: make preview ENV=prod, commit, make up ENV=prod",
    ]);
  });

  it("says where there is nothing to change", async () => {
    world.settings["prod"] = staging;
    await promote();
    expect(printed[0]).toBe("prod deploys the release of 2026-11-01T10:00:00Z already");
  });

  it("refuses what was never updated, failed, was not run by make up, or has changed since", async () => {
    world.history["staging"] = [];
    expect(await refusal(promote())).toBe('FROM="staging": was never updated, so nothing of it is verified\n  fix: make up ENV=staging');
    world.history["staging"] = [update(staging, { result: "failed" }), update(staging)];
    expect(await refusal(promote())).toBe(
      'FROM="staging": its last update, of 2026-11-01T10:00:00Z, ended with failed\n  fix: correct it, then make up ENV=staging',
    );
    world.history["staging"] = [update(staging, { message: "by hand" }), update(staging)];
    expect(await refusal(promote())).toMatch(/^FROM="staging": its last update does not say what it deployed: it was not run by make up\n/);
    world.history["staging"] = [update({ ...staging, images: files.oldImages })];
    expect(await refusal(promote())).toBe(
      `FROM="staging": its files have changed since they were verified, on 2026-11-01T10:00:00Z:\n✖ image ollama: ${pinned("older")} becomes ${pinned("newer")}\n  fix: make up ENV=staging`,
    );
    world.history["staging"] = [
      update({ ...staging, models: { chat: tiny, more: { ...tiny, weights: { ollama: { kind: "baked", path: "/x.gguf" } } } } }),
    ];
    expect(await refusal(promote())).toContain("\n✖ models were taken away\n");
  });

  it("refuses what was not verified at the source, and with PARTIAL=1 tells it", async () => {
    const own = { ...tiny, weights: { ollama: { kind: "library", tag: "mine" } } };
    world.settings["prod"] = { ...prod, models: { chat: tiny, own } };
    expect(await refusal(promote())).toBe(
      "stacks/Pulumi.prod.yaml: deploys what the release of 2026-11-01T10:00:00Z does not hold, so nobody verified it:\n" +
        "✖ weights library:mine\n  fix: verify the same there first, or promote the rest with PARTIAL=1",
    );
    await promote({ PARTIAL: "1" });
    expect(printed).toContain("not verified, and left as it is: weights library:mine");
    expect(fileOf("stacks/prod.images.json")).toMatchObject({ ollama: pinned("newer") });
  });

  it.each([
    [{ FROM: "" }, 'FROM: must be an environment, got ""'],
    [{ TO: "" }, 'TO: must be an environment, got ""'],
    [{ TO: "staging" }, 'TO: must be another environment than FROM, got "staging"'],
  ])("%j is refused", async (variables, message) => {
    expect(await refusal(promote(variables))).toMatch(message);
  });
});

describe("make rollback", () => {
  const rollback = async (): Promise<void> => {
    vi.stubEnv("ENV", "prod");
    await runCommand("promote", "rollback");
  };
  it("writes the newest verified release that is not the present one, whatever became of later updates", async () => {
    const oldest = { ...prod, images: jsonFiles({ images: { ollama: pinned("oldest"), python: pinned("python") } }).images };
    world.history["prod"] = [update(staging, { result: "failed" }), update(prod), update(staging), update(oldest)];
    await rollback();
    expect(fileOf("stacks/prod.images.json")).toEqual({ mine: pinned("mine"), ollama: pinned("newer"), python: pinned("python") });
    expect(printed.at(-1)).toBe("next: make preview ENV=prod, commit, make up ENV=prod");
  });

  it("refuses where no other release was verified", async () => {
    world.history["prod"] = [update(staging, { result: "failed" }), update(prod)];
    expect(await refusal(rollback())).toBe(
      'ENV="prod": no other verified release is in its history\n  fix: pulumi stack history shows what there is; promote another one',
    );
  });
});
