import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import execa from "execa";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";

import type * as recipes from "../../tools/build/recipe";

vi.setConfig({ testTimeout: 60_000 });

const home = mkdtempSync(path.join(tmpdir(), "slm-cache-"));
vi.stubEnv("XDG_CACHE_HOME", home); // read when the module is loaded
let build: typeof recipes.build;
let folderOf: typeof recipes.folderOf;
beforeAll(async () => {
  ({ build, folderOf } = await vi.importActual<typeof recipes>("../../tools/build/recipe"));
});

afterAll(() => rmSync(home, { recursive: true }));

let built: string[] = [];
beforeEach(() => {
  built = [];
});

const recipe = (name: string, work: (into: string) => Promise<void> = async () => undefined) => ({
  name,
  version: "1",
  inputs: "abc",
  diskMib: 1,
  expectedSeconds: 1,
  async build(into: string) {
    built.push(name);
    await work(into);
    writeFileSync(path.join(into, "made"), "");
  },
});

it("builds what is missing, in order, and a second run does nothing", async () => {
  expect(await build([recipe("a"), recipe("b")])).toEqual([folderOf(recipe("a")), folderOf(recipe("b"))]);
  await build([recipe("a"), recipe("b")]);
  expect(built).toEqual(["a", "b"]);
  expect(existsSync(path.join(folderOf(recipe("a")), "made"))).toBe(true);
});

it("builds what a missing recipe needs before it, once, and nothing for one that is there", async () => {
  const shared = recipe("base");
  const [left, right] = ["left", "right"].map((name) => ({ ...recipe(name), needs: [shared] }));
  await build([left!, right!]);
  expect(built).toEqual(["base", "left", "right"]);
  rmSync(folderOf(shared), { recursive: true });
  await build([left!]);
  expect(built).toEqual(["base", "left", "right"]);
});

it("builds once when two runs want the same thing", async () => {
  const slow = recipe("shared", () => sleep(700));
  await Promise.all([build([slow]), build([slow])]);
  expect(built).toEqual(["shared"]);
});

it("leaves nothing half-written when a build fails, and builds anew the next time", async () => {
  const broken = recipe("broken", async (into) => {
    writeFileSync(path.join(into, "half"), "");
    throw new Error("no");
  });
  await expect(build([broken])).rejects.toThrow("no");
  expect(readdirSync(path.join(home, "slm-stack")).filter((name) => name.startsWith("broken-"))).toEqual([]);
  await build([recipe("broken")]);
  expect(existsSync(path.join(folderOf(broken), "made"))).toBe(true);
});

it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
  "leaves nothing that a later run would take for built when %s ends it",
  async (signal) => {
    const child = execa(process.execPath, ["--import", "tsx", "test/support/build.ts", "slow"], {
      env: { XDG_CACHE_HOME: home },
      reject: false,
    });
    await once(child.stdout!, "data"); // it has written half
    child.kill(signal);
    await child;
    expect(existsSync(folderOf(recipe("slow")))).toBe(false);
    if (signal !== "SIGKILL") expect(readdirSync(path.join(home, "slm-stack")).filter((name) => name.endsWith(".partial"))).toEqual([]);
    await build([recipe("slow")]); // nobody holds its lock any more
    expect(readdirSync(folderOf(recipe("slow")))).toEqual(["made"]);
    rmSync(folderOf(recipe("slow")), { recursive: true });
  },
);

it("says how much disk is needed, before anything is built", async () => {
  const huge = { ...recipe("huge"), diskMib: 10 ** 9 };
  await expect(build([huge])).rejects.toThrow(
    /MiB free, but building huge takes 1000000000 MiB\n {2}fix: free \d+ MiB there, or point XDG_CACHE_HOME at a larger disk$/,
  );
  expect(built).toEqual([]);
});
