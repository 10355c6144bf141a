/** Mutation tests: small wrong changes, one at a time, each of which the unit tests of its room have to notice. `make mutate FILES=…` runs them. */
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "tools/mutate/vitest.config.mts", related: true },
  coverageAnalysis: "perTest",
  concurrency: 1,
  incremental: true,
  incrementalFile: ".slm/mutate/incremental.json",
  tempDirName: ".slm/mutate/sandbox",
  ignorePatterns: [".slm", ".git", "docs", "images", "tools/go", "tools/python"],
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, allowEmojis: false },
  jsonReporter: { fileName: ".slm/mutate/report.json" },
  allowEmpty: true,
};
