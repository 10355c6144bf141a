import { afterAll, afterEach, beforeEach, inject } from "vitest";

import type { MutantSwitch } from "./switch";

/** Runs before each test file, in its process: switches the mutant on, counts what is reached, and skips what follows a failure. */
const global = globalThis as { __stryker__?: MutantSwitch };
global.__stryker__ ??= { mutantCoverage: { static: {}, perTest: {} } };
const stryker = global.__stryker__;
// Instrumented modules keep this object, and live longer than one test file: it is emptied, never replaced.
const coverage = Object.assign(stryker.mutantCoverage, { static: {}, perTest: {} });
Object.assign(stryker, { activeMutant: undefined, currentTestId: undefined, hitCount: 0 }, inject("mutation"));

let failed = false;

beforeEach((context) => {
  if (failed) context.skip();
  context.task.file.meta.coverage = coverage;
  stryker.currentTestId = context.task.id;
});

afterEach(({ task }) => {
  stryker.currentTestId = undefined;
  failed ||= task.result?.state === "fail";
});

// What a failed test left running ends here, not in the next mutant's run.
afterAll(async () => {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  stryker.activeMutant = undefined;
});
