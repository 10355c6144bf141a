import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from "vitest/node";

import { type Failed, type FileResult, failureLines, firstLine } from "./result";
import { unexplained } from "./skips";

/** Names the file into which the results go; without it, failures are reported at the end. */
export const resultsVariable = "SLM_TEST_RESULTS";

const failure = (name: string, errors: readonly { message: string }[]): Failed[] =>
  errors.length === 0 ? [] : [{ name, why: firstLine(errors[0]!.message) }];

/** Skipped by its own words. A test that did not run because a hook before it failed is not. */
const leftOut = (test: TestCase): boolean => test.result().state === "skipped" && ["skip", "todo"].includes(test.options.mode ?? "run");
const passed = (test: TestCase): boolean => test.result().state === "passed";

/** What came of a file. A skip that nothing explains is a failure. */
function resultOf(module: TestModule, filtered: boolean): FileResult {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } = module.diagnostic();
  const tests = [...module.children.allTests()];
  const skipped = tests.filter(leftOut);
  const unexpected = filtered ? [] : unexplained(skipped.map(({ fullName }) => fullName));
  const inTests = tests.reduce((sum, test) => sum + (test.diagnostic()?.duration ?? 0), 0);
  const done = tests.filter(passed).length;
  const failures = [
    ...failure("(file)", module.errors()),
    ...[...module.children.allSuites()].flatMap((suite: TestSuite) => failure(`${suite.fullName} (hooks)`, suite.errors())),
    ...tests.flatMap((test) => failure(test.fullName, test.result().errors ?? [])),
    ...unexpected.map((name) => ({ name, why: "skipped, and test/run/skips.ts has no reason for it that holds here" })),
  ];
  const failed = tests.length - done - skipped.length + unexpected.length;
  return {
    file: module.relativeModuleId,
    suite: module.project.name,
    wallSeconds: (environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration) / 1000,
    processorSeconds: module.meta().processorSeconds ?? 0,
    testSeconds: inTests / 1000,
    hookSeconds: Math.max(0, duration - inTests) / 1000,
    ...{ passed: done, skipped: skipped.length - unexpected.length, failed: failures.length > 0 ? Math.max(failed, 1) : failed, failures },
  };
}

/** Adds up what came of each file, and makes skips without a reason fail the run. */
export default class Results implements Reporter {
  private filtered = false;

  onInit(vitest: Vitest): void {
    this.filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message: string }[]): void {
    const files = modules.map((module) => resultOf(module, this.filtered));
    const outside = failure("(outside of any test)", unhandled);
    if (outside.length > 0 && files[0])
      files[0] = { ...files[0], failed: files[0].failed + 1, failures: [...files[0].failures, ...outside] };
    if (files.some(({ failed }) => failed > 0)) process.exitCode = 1;
    const file = process.env[resultsVariable];
    if (file) writeFileSync(file, JSON.stringify(files));
    else for (const line of failureLines(files)) console.log(line);
  }
}
