import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";

import { repoRoot } from "../../../tools/lib/paths";
import { Stack } from "../../../tools/lib/stack";
import { destroy, prepare, reap } from "../../../tools/pull-request/environment";

vi.setConfig({ testTimeout: 60_000 });

/** Stacks of the backend with the time that each says, and what is done to them. */
const backend = vi.hoisted(() => ({ expires: {} as Record<string, string | undefined>, done: [] as string[], broken: "" }));
vi.mock("../../../tools/lib/stacks", () => ({ stackNames: async () => Object.keys(backend.expires) }));

const file = (name: string): string => path.join(repoRoot, `stacks/Pulumi.${name}.yaml`);
let printed: string[] = [];
beforeEach(() => {
  Object.assign(backend, { expires: {}, done: [], broken: "" });
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text) => void printed.push(String(text)));
  vi.spyOn(Stack, "open").mockImplementation(async ({ name }) => {
    const reported = backend.expires[name];
    return {
      tags: async () => (reported ? { "slm:expires": reported } : {}),
      setTag: async (tag: string, value: string) => void backend.done.push(`${name} ${tag} ${value} ${existsSync(file(name))}`),
      unlock: async () => void backend.done.push(`${name} unlocked`),
      destroy: async () => {
        if (name === backend.broken) throw new Error("the cluster is away");
        backend.done.push(`${name} destroyed`);
      },
    } as unknown as Stack;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const name of ["pr-8101", "pr-8102", "pr-8103"]) rmSync(file(name), { force: true });
});

const pr = (name: string) => ({ name, from: "pr", context: "ctx" });

describe("a pull request's environment", () => {
  it("has a file before its stack says until when it lives, and keeps what Pulumi wrote into it", async () => {
    writeFileSync(file("pr-8101"), "encryptionsalt: v1:salt\nconfig:\n  slm:models: {}\n");
    await prepare({ ...pr("pr-8101"), hours: "2" });
    expect(backend.done).toEqual([expect.stringMatching(/^pr-8101 slm:expires \d{4}-\d\d-\d\dT[\d:.]+Z true$/)]);
    const written = parse(readFileSync(file("pr-8101"), "utf8"));
    expect(written.encryptionsalt).toBe("v1:salt");
    expect(written.config["slm:kubernetes"]).toEqual({ context: "ctx", namespace: "slm-pr-8101" });
  });

  it("goes with the lock and the file that it had", async () => {
    writeFileSync(file("pr-8101"), "config:\n  slm:models: {}\n");
    await destroy(pr("pr-8101"));
    expect(backend.done).toEqual(["pr-8101 unlocked", "pr-8101 destroyed"]);
    expect(existsSync(file("pr-8101"))).toBe(false);
    expect(printed).toEqual(["nothing is left of pr-8101"]);
  });

  it("of a template that is none is refused", async () => {
    await expect(prepare({ ...pr("pr-8101"), from: "nope", hours: "" })).rejects.toThrow(
      /^FROM: must be one of kubernetes, pr, .*got "nope"/,
    );
    expect(existsSync(file("pr-8101"))).toBe(false);
  });
});

describe("the reaper", () => {
  const [past, future] = ["2020-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"];

  it("ends those whose time is over and those that say none, and nothing else", async () => {
    backend.expires = { prod: past, "pr-8101": past, "pr-8102": future, "pr-8103": undefined };
    await reap({ from: "pr", context: "" });
    expect(backend.done).toEqual(["pr-8101 unlocked", "pr-8101 destroyed", "pr-8103 unlocked", "pr-8103 destroyed"]);
    expect(printed).toContain(`pr-8102 lives until ${future}`);
  });

  it("goes on where one fails, and says which", async () => {
    backend.expires = { "pr-8101": past, "pr-8102": past };
    backend.broken = "pr-8101";
    await expect(reap({ from: "pr", context: "" })).rejects.toThrow("not ended:\npr-8101: the cluster is away");
    expect(backend.done).toContain("pr-8102 destroyed");
  });
});
