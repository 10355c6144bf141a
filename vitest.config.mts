import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

import { aloneFiles, longFiles, workers } from "./test/run/files.mts";
import LongestFirst from "./test/run/longest-first.mts";

const availableMib = (): number => Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) / 1024;
const setupFiles = ["test/run/setup.ts"];
const minutes = (count: number) => ({ testTimeout: count * 60_000, hookTimeout: count * 60_000 });

/** Unit tests that put others in the place of modules, or run the program by importing it: they share no module with other files. */
const ownModules = readdirSync("test/unit", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => `test/unit/${file}`)
  .filter((file) => /vi\.(mock|doMock|resetModules)\(|await import\(|support\/(program|loaded-sdks)"/.test(readFileSync(file, "utf8")));

const project = (name: string, groupOrder: number, maxWorkers: number, more: object): TestProjectConfiguration => ({
  test: { name, setupFiles, maxWorkers, sequence: { groupOrder }, ...more },
});

/**
 * Suites by what they need, in this order: `unit` and `unit-own-modules` nothing, `commands` processes of their own, `program` the engine and the lab's API server,
 * `lab` the whole lab, several files at once, `lab-alone` the same, one after another; `lab-long` too, when they are asked for.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./test/run/reporter.ts"],
    sequence: { sequencer: LongestFirst },
    projects: [
      project("unit", 0, availableParallelism(), { include: ["test/unit/**/*.test.ts"], exclude: ownModules, isolate: false }),
      project("unit-own-modules", 0, availableParallelism(), { include: ownModules }),
      project("commands", 0, availableParallelism(), { include: ["test/commands/**/*.test.ts"], ...minutes(2) }),
      project("program", 1, availableParallelism(), { include: ["test/program/**/*.test.ts"], ...minutes(5) }),
      project("lab", 2, process.platform === "linux" ? workers(availableMib(), availableParallelism()) : 1, {
        ...{ include: ["test/lab/**/*.test.ts"], exclude: [...aloneFiles, ...longFiles], ...minutes(15) },
      }),
      project("lab-alone", 3, 1, { include: aloneFiles, ...minutes(15) }),
      project("lab-long", 4, 1, { include: longFiles, ...minutes(60) }),
    ],
  },
});
