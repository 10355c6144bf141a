import { cpSync, readFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { fingerprint, repoRoot } from "../../lib/paths";
import type { Recipe } from "../recipe";

const source = path.join(repoRoot, "examples/clients/express");
const pins = ["package.json", "package-lock.json"];

/** What the example of a service in TypeScript imports (its `node_modules`), with which tests run it and the client. */
export const expressPackages: Recipe = {
  name: "express-packages",
  version: "5.3.0",
  inputs: fingerprint(...pins.flatMap((file) => [file, readFileSync(path.join(source, file))])),
  diskMib: 60,
  expectedSeconds: 15,
  async build(into, report) {
    for (const file of pins) cpSync(path.join(source, file), path.join(into, file));
    report("fetching packages");
    // tsx's esbuild is in a package of its own for each kind of machine, and needs no script
    await execa("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: into });
  },
};
