import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { command, Failure, UserError } from "../lib/fault";
import { fingerprint, repoRoot, workDir } from "../lib/paths";
import { type Measured, measure, type Result } from "./measure";
import { Memory } from "./memory";
import { scoreOf, scoreText, survivorText } from "./report";
import { filesOf, rooms } from "./rooms";

const options = {
  files: { type: "string" },
  room: { type: "string" },
  sample: { type: "string" },
  seed: { type: "string", default: "1" },
  min: { type: "string" },
  workers: { type: "string", default: "1" },
  fresh: { type: "boolean", default: false },
} as const;

function numberOf(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new UserError(`${name}: must be a whole number, got "${text}"`, `say for example ${name}=100`);
  return Number(text);
}

/** Source files of each room that are to be mutated; rooms without any are left out. */
function chosenFiles(room: string | undefined, patterns: string | undefined): Map<string, string[]> {
  if (room !== undefined && !Object.hasOwn(rooms, room))
    throw new UserError(`ROOM: there is no ${room}`, `choose one of ${Object.keys(rooms).join(", ")}`);
  const wanted = patterns === undefined ? undefined : new Set(filesOf(patterns.split(/[\s,]+/)));
  const names = room === undefined ? Object.keys(rooms) : [room];
  const found = names.map((name) => [name, filesOf(rooms[name]!.sources).filter((file) => wanted?.has(file) ?? true)] as const);
  const files = new Map(found.filter(([, sources]) => sources.length > 0).map(([name, sources]) => [name, [...sources]]));
  if (files.size === 0)
    throw new UserError(`FILES: no room has a file that matches "${patterns}"`, "quote the globs, as in FILES='lib/planner/**'");
  return files;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const watcher = {
  baseline(files: number, failing: readonly string[]) {
    say(`  ${files} test files run before each change of what they reach`);
    for (const name of failing) say(`  left out, because it fails with all changes switched off: ${name}`);
  },
  result(result: Result, done: number, all: number) {
    if (result.outcome === "survived" || result.outcome === "unreached") say(survivorText(result));
    if (done % 50 === 0 && done < all) say(`  … ${done} of ${all}`);
  },
};

/** What tests read without importing it: environments, scripts, fixtures, facts. */
const unimported = ["{components,lib,stacks,test,images,tools}/**/*.{json,yaml,yml,py,txt,log}", "package-lock.json"];

function openMemory(fresh: boolean): Memory {
  const read = (file: string): string => readFileSync(path.join(repoRoot, file), "utf8");
  const file = path.join(workDir, "mutate", "outcomes.json");
  if (fresh) rmSync(file, { force: true });
  return Memory.open(file, fingerprint(...filesOf(unimported).flatMap((name) => [name, read(name)])), read);
}

/** Measures how many small wrong changes the unit tests notice. See docs/mutation.md. */
command(async () => {
  const { values } = parseArgs({ options });
  const size = values.sample === undefined ? Number.POSITIVE_INFINITY : numberOf("SAMPLE", values.sample);
  const how = { size, seed: numberOf("SEED", values.seed), workers: numberOf("WORKERS", values.workers) };
  const memory = openMemory(values.fresh);
  const measured = new Map<string, Measured>();
  for (const [name, files] of chosenFiles(values.room, values.files)) {
    say(`${name}: ${files.length} files`);
    measured.set(name, await measure({ files, room: rooms[name]!, ...how }, memory, watcher).finally(() => memory.save()));
  }
  process.exitCode = 0; // Vitest set it to 1 with the first test that noticed a change
  for (const [name, result] of measured) say(scoreText(name, result));
  if (values.min !== undefined) refuseBelow(numberOf("MIN", values.min), measured);
});

function refuseBelow(minimum: number, measured: ReadonlyMap<string, Measured>): void {
  const below = [...measured].filter(([, result]) => 100 * scoreOf(result) < minimum).map(([name]) => name);
  if (below.length > 0) throw new Failure(`fewer than ${minimum} % of the changes were noticed in ${below.join(", ")}`);
}
