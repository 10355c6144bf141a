import { existsSync } from "node:fs";
import path from "node:path";

import { type OnDemand, onDemand } from "../../lab/images-on-demand";
import { repoRoot } from "../../tools/lib/paths";
import type { Part, Wanted } from "./ahead";
import { aloneFiles, longFiles, type RecipeName, testFiles } from "./files.mts";

/** Suites that run together, and what they wait for. */
export interface Step {
  name: string;
  projects: readonly string[];
  /** Files of it that were asked for; none: all. */
  files: readonly string[];
  parts: readonly Part[];
  lab: boolean;
}

const steps: readonly (Omit<Step, "files"> & { owns(file: string): boolean; asked?: true })[] = [
  {
    name: "unit",
    projects: ["unit", "unit-own-modules", "commands"],
    parts: [],
    lab: false,
    owns: (file) => /^test\/(unit|commands)\//.test(file),
  },
  { name: "program", projects: ["program"], parts: ["program"], lab: true, owns: (file) => file.startsWith("test/program/") },
  {
    ...{ name: "lab", projects: ["lab"], parts: ["program", "lab tests"], lab: true },
    owns: (file) => file.startsWith("test/lab/") && ![...aloneFiles, ...longFiles].includes(file),
  },
  { name: "lab-alone", projects: ["lab-alone"], parts: ["program", "lab tests"], lab: true, owns: (file) => aloneFiles.includes(file) },
  {
    ...{ name: "lab-long", projects: ["lab-long"], parts: ["program", "lab tests"], lab: true, asked: true },
    owns: (file) => longFiles.includes(file),
  },
];

/** Files of pytest's, which `images/onnx-server/test.sh` runs. */
const ofServer = (file: string): boolean => file.startsWith("images/onnx-server/");

/** What runs, and what is built for it: everything, or what the chosen files need. */
export interface Plan {
  steps: Step[];
  /** Whether the ONNX server's own tests run, and which: none means all. */
  server: readonly string[] | null;
  wanted: Wanted;
}

/** Plans a run of all tests but the long ones, or of chosen files. Files that are no tests are reported in `unknown`. */
export function planRun(chosen: readonly string[]): Plan & { unknown: string[] } {
  const all = chosen.length === 0;
  const run = steps
    .map(({ owns, asked, ...step }) => ({ ...step, asked, files: chosen.filter(owns) }))
    .filter(({ files, asked }) => (all && !asked) || files.length > 0)
    .map(({ asked: _asked, ...step }) => step);
  const server = chosen.filter(ofServer);
  const wants = (prefix: string) =>
    Object.entries(testFiles).filter(([file, { long }]) => file.startsWith(prefix) && ((all && !long) || chosen.includes(file)));
  const recipesOf = (prefix: string): RecipeName[] => [...new Set(wants(prefix).flatMap(([, { recipes = [] }]) => recipes))];
  const images = new Set<OnDemand>(wants("test/lab/").flatMap(([, { images: own = [] }]) => own));
  const lab = run.some((step) => step.lab);
  return {
    steps: run,
    server: all || server.length > 0 ? server : null,
    wanted: {
      ...{ engine: lab, lab, program: recipesOf("test/program/"), server: all || server.length > 0 ? ["smollm2Onnx"] : [] },
      ...{ labTests: recipesOf("test/lab/"), images: all ? [...new Set([...onDemand, ...images])] : [...images] },
    },
    unknown: chosen.filter((file) => !existsSync(path.join(repoRoot, file)) || !(ofServer(file) || steps.some(({ owns }) => owns(file)))),
  };
}
