import { defineConfig } from "vitest/config";

/** Suites by what they need, in this order: `unit` nothing, `program` the engine and the lab's API server, `lab` the whole lab. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], maxWorkers: "100%", sequence: { groupOrder: 0 } } },
      {
        test: {
          name: "program",
          include: ["test/program/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
