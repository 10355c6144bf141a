import { existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { expect, it } from "vitest";

import { temporaryFolder } from "../../tools/lib/temporary";

it("a run's folder of its own takes away what a killed run left, and nothing of one that goes on", async () => {
  const first = temporaryFolder();
  const { stdout: ended } = await execa("node", ["--print", "process.pid"]);
  const left = path.join(path.dirname(first), `${ended}-left`);
  mkdirSync(path.join(left, "kubeconfig"), { recursive: true });
  const second = temporaryFolder();
  expect([first, second, left].map((folder) => existsSync(folder))).toEqual([true, true, false]);
  for (const folder of [first, second]) rmSync(folder, { recursive: true });
});
