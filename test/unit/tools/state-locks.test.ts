import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { dropDeadLocks } from "../../../tools/lib/state-locks";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "locks-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const nobody = 2 ** 22 + 1; // above the largest id that Linux gives
const lock = (name: string, pid: number, host = hostname()): void => {
  writeFileSync(path.join(folder, `${name}.json`), JSON.stringify({ pid, hostname: host }));
};
const left = () => readdirSync(folder).sort();

it("of processes that ended go; those of another machine stay, as nobody here sees whether they run", async () => {
  lock("dead", nobody);
  lock("elsewhere", nobody, "another-machine");
  await dropDeadLocks(folder);
  expect(left()).toEqual(["elsewhere.json"]);
});

it("of a process that runs stay, for as long as it does", async () => {
  lock("dead", nobody);
  lock("own", process.pid);
  await dropDeadLocks(folder);
  expect(left()).toEqual(["own.json"]);
});

it("that another process is about to write are none yet", async () => {
  writeFileSync(path.join(folder, "other.json.18a.tmp"), '{"pid": 1');
  lock("dead", nobody);
  await dropDeadLocks(folder);
  expect(left()).toEqual(["other.json.18a.tmp"]);
});

it("are none where there is no folder", () => expect(dropDeadLocks(path.join(folder, "missing"))).resolves.toBeUndefined());
