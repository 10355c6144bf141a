import { readFileSync } from "node:fs";
import path from "node:path";

import { repoRoot } from "../lib/paths";
import { type Baseline, type Covering, coveringTests } from "./covering";
import type { Memory } from "./memory";
import { instrument, type Mutant, type Outcome, withMutant } from "./mutants";
import { boundsTime, filesOf, type Room, startsProcesses } from "./rooms";
import { sampleOf } from "./sample";
import { TypeChecker } from "./type-checker";
import { WarmVitest } from "./warm-vitest";

export interface Result {
  mutant: Mutant;
  outcome: Outcome;
  covering: readonly Covering[];
}

export interface Measured {
  /** All mutants but the accepted ones. */
  population: number;
  accepted: number;
  results: Result[];
}

export interface Choice {
  /** Source files, relative to the checkout. */
  files: readonly string[];
  room: Room;
  /** How many mutants to try, chosen by chance from all of these files. */
  size: number;
  seed: number;
  /** Processes that run tests at the same time. */
  workers: number;
}

/** What happens meanwhile. */
export interface Watcher {
  baseline(files: number, failing: readonly string[]): void;
  result(result: Result, done: number, all: number): void;
}

const absolute = (file: string): string => path.join(repoRoot, file);
const read = (file: string): string => readFileSync(absolute(file), "utf8");

/** Switches on one mutant after the other and runs the tests that reach it, until one fails. */
export async function measure(choice: Choice, memory: Memory, watcher: Watcher): Promise<Measured> {
  const { sources, mutants } = await instrument(new Map(choice.files.map((file) => [file, read(file)])));
  const counted = mutants.filter(({ accepted }) => accepted === undefined);
  const chosen = sampleOf(counted, choice.size, choice.seed);
  const instrumented = new Map([...sources].map(([file, code]) => [absolute(file), code]));
  const lanes = await Promise.all(Array.from({ length: choice.workers }, () => WarmVitest.open(instrumented)));
  const types = new TypeChecker(choice.files.map(absolute));
  const results: Result[] = [];
  try {
    const baselines = await runUnchanged(lanes[0]!, choice, watcher);
    memory.know(lanes[0]!, baselines);
    const queue = [...chosen];
    const work = async (vitest: WarmVitest): Promise<void> => {
      for (let mutant = queue.shift(), last = mutant; mutant; last = mutant, mutant = queue.shift()) {
        const covering = coveringTests(mutant.id, baselines);
        const outcome = memory.recall(mutant, covering) ?? compiling(await tryMutant(vitest, mutant, covering, last!), mutant, types);
        memory.keep(mutant, covering, outcome);
        results.push({ mutant, outcome, covering });
        watcher.result(results.at(-1)!, results.length, chosen.length);
      }
    };
    await Promise.all(lanes.map(work));
  } finally {
    await Promise.all(lanes.map((vitest) => vitest.close()));
  }
  return { population: counted.length, accepted: mutants.length - counted.length, results };
}

/** Which mutants each test reaches. Tests that fail with all mutants switched off are left out. */
async function runUnchanged(vitest: WarmVitest, { files, room }: Choice, watcher: Watcher): Promise<Baseline[]> {
  const baselines: Baseline[] = [];
  const failing: string[] = [];
  for (const file of filesOf(room.tests).filter((test) => !startsProcesses(read(test)))) {
    const settings = { hitLimit: Number.MAX_SAFE_INTEGER };
    const run = await vitest.run(absolute(file), settings, vitest.importersOf(files.map(absolute)), 300_000);
    const failures = new Set(run.failures);
    failing.push(...run.failures.map((name) => `${file}: ${name}`));
    baselines.push({ file, coverage: run.coverage, tests: run.tests.filter(({ name }) => !failures.has(name) && !boundsTime(name)) });
  }
  watcher.baseline(baselines.length, failing);
  return baselines;
}

async function tryMutant(vitest: WarmVitest, mutant: Mutant, covering: readonly Covering[], last: Mutant): Promise<Outcome> {
  // What the mutant before may have left in a module's state goes with that module.
  const stale = [absolute(mutant.file), absolute(last.file)];
  for (const { file, tests, milliseconds, hits } of covering) {
    const settings = { activeMutant: mutant.id, hitLimit: 1000 + 100 * hits };
    const limitMs = 15_000 + 20 * milliseconds;
    const ids = tests.map(({ id }) => id);
    const run = await vitest.run(absolute(file), settings, vitest.importersOf(stale), limitMs, ids);
    if (run.timedOut) return "endless";
    if (run.failures.length > 0) return "noticed";
  }
  return covering.length === 0 ? "unreached" : "survived";
}

function compiling(outcome: Outcome, mutant: Mutant, types: TypeChecker): Outcome {
  const isMissed = outcome === "survived" || outcome === "unreached";
  return isMissed && types.refuses(absolute(mutant.file), withMutant(read(mutant.file), mutant)) ? "refused" : outcome;
}
