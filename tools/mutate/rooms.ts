import { globSync } from "tinyglobby";

import { repoRoot } from "../lib/paths";

/** A part of the product, and the unit tests that have to notice a wrong change in it. Globs, relative to the checkout. */
export interface Room {
  sources: readonly string[];
  tests: readonly string[];
}

const unit = (...names: string[]): string[] => names.map((name) => `test/unit/${name.includes(".") ? name : `${name}/**/*.test.ts`}`);
const room = (folder: string, ...tests: string[]): Room => ({ sources: [`${folder}/**/*.ts`], tests: unit(...tests) });

export const rooms: Readonly<Record<string, Room>> = {
  lib: { sources: ["lib/*.ts"], tests: unit("*.test.ts", "lib", "planner", "policies", "serving") },
  "lib/accelerators": room("lib/accelerators", "accelerators", "planner", "azure/lib*.test.ts"),
  "lib/azure": room("lib/azure", "azure"),
  "lib/catalog": room("lib/catalog", "catalog", "planner", "lock"),
  "lib/compatibility": room("lib/compatibility", "compatibility", "planner"),
  "lib/engines": room("lib/engines", "engines", "planner", "serving", "monitoring/queries*.test.ts"),
  "lib/monitoring": room("lib/monitoring", "monitoring"),
  "lib/package-schema": room("lib/package-schema", "plugin"),
  "lib/planner": room("lib/planner", "planner", "fuzz.test.ts"),
  "lib/environment": room(
    "lib/environment",
    "*.test.ts",
    "environment",
    "gateway",
    "settings",
    "stacks",
    "azure",
    "monitoring/environment*.test.ts",
    "planner",
  ),
  "lib/gateway": room("lib/gateway", "gateway"),
  "lib/scaling": room("lib/scaling", "scaling"),
  "lib/weights": room("lib/weights", "weights", "lock", "planner", "serving"),
  components: {
    sources: ["components/*.ts", "components/kubernetes/**/*.ts"],
    tests: unit("check.test.ts", "namespace", "serving", "monitoring", "cluster", "azure"),
  },
  "components/environment": room("components/environment", "environment", "stacks", "azure", "monitoring/environment*.test.ts"),
  "components/cluster": room("components/cluster", "cluster", "azure"),
  "components/monitoring": {
    sources: ["components/monitoring/**/*.ts", "components/observability/**/*.ts"],
    tests: unit("monitoring", "azure/observability*.test.ts"),
  },
  "components/gateway": room("components/gateway", "gateway"),
  "components/local": room("components/local", "local", "environment/docker*.test.ts"),
  "components/namespace": room("components/namespace", "namespace"),
  "components/plugin": room("components/plugin", "plugin"),
  "components/registry": room("components/registry", "registry", "azure"),
  "components/scaling": room("components/scaling", "scaling"),
  "components/secrets": room("components/secrets", "secrets", "secrets*.test.ts", "azure"),
  "components/serving": room("components/serving", "serving"),
  policies: room("policies", "policies"),
  stacks: room("stacks", "*.test.ts", "stacks", "azure", "monitoring/environment*.test.ts", "planner"),
  "tools/lib": room("tools/lib", "*.test.ts", "tools"),
};

/** Facts made by a program, and types: nothing that a wrong change could be hidden in. */
const leftOut = ["**/data/**", "**/*.d.ts", "**/node_modules/**"];

/** Files that globs match, relative to the checkout, in order of their names. */
export const filesOf = (patterns: readonly string[]): string[] => globSync([...patterns], { cwd: repoRoot, ignore: leftOut }).sort();

/** What a test file holds that starts other processes: these load the code as it is written, and take too long to run for each change. */
export const startsProcesses = (source: string): boolean => /from "(execa|node:child_process)"/.test(source);

/** A test that bounds time fails by chance on instrumented code, which is slower: it says nothing about a change. */
export const boundsTime = (name: string): boolean => /processor time/.test(name);
