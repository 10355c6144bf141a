import { expect, it } from "vitest";

import { boundsTime, filesOf, rooms, startsProcesses } from "../../../tools/mutate/rooms";

it("every file of the product is in one room, generated ones in none", () => {
  const all = filesOf(["{lib,components,stacks,policies,tools/lib}/**/*.ts"]);
  const placed = Object.values(rooms).flatMap(({ sources }) => filesOf(sources));
  expect(placed.sort()).toEqual(all);
  expect(all.filter((file) => file.includes("/data/") || file.endsWith(".d.ts"))).toEqual([]);
  expect(all).toContain("lib/engines/tables.ts");
});

it.each(Object.entries(rooms))("%s has files and tests", (_name, { sources, tests }) => {
  expect(filesOf(sources)).not.toEqual([]);
  expect(filesOf(tests)).not.toEqual([]);
  expect(filesOf(tests).filter((file) => !/^test\/unit\/.*\.test\.ts$/.test(file))).toEqual([]);
});

it.each([
  ['import execa from "execa";', true],
  ['import { spawn } from "node:child_process";', true],
  ['import { readFileSync } from "node:fs";', false],
])("a test file with %s starts processes: %s", (source, starts) => {
  expect(startsProcesses(source)).toBe(starts);
});

it("a test bounds time where its name says so", () => {
  expect(boundsTime("plans 500 models in less than 200 ms of processor time")).toBe(true);
  expect(boundsTime("plans 500 models")).toBe(false);
});
