import { defineConfig } from "vitest/config";

/** The unit tests alone: what mutation tests run for every change. */
export default defineConfig({ test: { include: ["test/unit/**/*.test.ts"] } });
