import { readFileSync, rmSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";

import { fileOf } from "../../tools/lib/environment";
import { repoRoot } from "../../tools/lib/paths";

const page = "docs/first-steps.md";
/** What the page has another test for, and says so. */
const elsewhere = /^make screenshots$/m;

interface Step {
  readonly title: string;
  readonly commands: string;
  /** Each in a line of what the commands print, in this order. */
  readonly shown: readonly string[];
}

/** Commands of the page, and what it says that they print. */
function steps(): Step[] {
  const text = readFileSync(path.join(repoRoot, page), "utf8");
  return text.split(/^## /m).flatMap((section) => {
    const title = section.split("\n")[0]!;
    return [...section.matchAll(/^```sh\n([\s\S]*?)^```(?:\n\n```text\n([\s\S]*?)^```)?/gm)].map(([, commands, shown = ""]) => ({
      title,
      commands: commands!,
      shown: shown.split("\n").filter(Boolean),
    }));
  });
}

async function forget(): Promise<void> {
  const file = path.join(repoRoot, fileOf("first"));
  await execa("make", ["down", "ENV=first"], { cwd: repoRoot, reject: false }); // what a failed run left
  rmSync(file, { force: true });
}
beforeAll(forget);
afterAll(forget);

const run = steps().filter(({ commands }) => !elsewhere.test(commands));
it("the page has a step in each of its sections", () => {
  expect(new Set(steps().map(({ title }) => title)).size).toBe(6);
  expect(run.flatMap(({ shown }) => shown).length).toBeGreaterThan(10);
});

it.each(run.map((step, index) => ({ ...step, step: index + 1 })))("step $step: $title", async ({ commands, shown }) => {
  const { all = "" } = await execa("bash", ["-euo", "pipefail", "-c", commands], { cwd: repoRoot, all: true });
  let from = 0;
  for (const line of shown) {
    const at = all.indexOf(line, from);
    expect(at, `${line}\n\nis not in, or not after the line before:\n\n${all}`).toBeGreaterThanOrEqual(0);
    from = at + line.length;
  }
});
