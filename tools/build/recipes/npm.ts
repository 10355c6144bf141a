import { cpSync, readFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { fingerprint, repoRoot } from "../../lib/paths";
import type { Recipe } from "../recipe";

const pins = ["package.json", "package-lock.json"];

/** The `node_modules` of a folder of this repository, by its lock. Scripts of packages do not run. The lock is read only once somebody asks. */
export const npmPackages = (of: string, own: Pick<Recipe, "name" | "version" | "diskMib" | "expectedSeconds">): Recipe => {
  const source = path.join(repoRoot, of);
  return {
    ...own,
    get inputs() {
      return fingerprint(...pins.flatMap((file) => [file, readFileSync(path.join(source, file))]));
    },
    async build(into, report) {
      for (const file of pins) cpSync(path.join(source, file), path.join(into, file));
      report("fetching packages");
      await execa("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: into });
    },
  };
};
