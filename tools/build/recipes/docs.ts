import { cpSync, readFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { fingerprint, repoRoot } from "../../lib/paths";
import type { Recipe } from "../recipe";

const source = path.join(repoRoot, "tools/docs/site");
const pins = ["package.json", "package-lock.json"];

/** TypeDoc and VitePress (its `node_modules`), which only `make docs` needs. */
export const docsPackages: Recipe = {
  name: "docs-packages",
  version: "1.6.4",
  inputs: fingerprint(...pins.flatMap((file) => [file, readFileSync(path.join(source, file))])),
  diskMib: 250,
  expectedSeconds: 20,
  async build(into, report) {
    for (const file of pins) cpSync(path.join(source, file), path.join(into, file));
    report("fetching packages");
    await execa("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: into });
  },
};
