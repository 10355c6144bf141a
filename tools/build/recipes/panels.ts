import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { fingerprint, repoRoot } from "../../lib/paths";
import { debian } from "../packages";
import { folderOf, type Recipe } from "../recipe";

const packages = ["chromium", "fonts-dejavu-core"];

/** Debian's Chromium with the libraries that this system lacks, and a font: unpacked and not installed. */
export const chromium: Recipe = {
  name: "chromium",
  version: process.arch,
  inputs: fingerprint(readFileSync("/etc/os-release"), ...packages),
  diskMib: 800,
  expectedSeconds: 20,
  async build(into, report) {
    report("fetching and unpacking");
    await debian(packages, into);
  },
};

const source = path.join(repoRoot, "tools/panels");
const fingerprintOf = (files: readonly string[]): string =>
  fingerprint(...files.flatMap((file) => [file, readFileSync(path.join(source, file))]));
const pins = ["package.json", "package-lock.json"];
const sources = readdirSync(source)
  .filter((file) => !pins.includes(file))
  .sort();
const version = "13.2.3";

/** Grafana's libraries of panels, and what drives a browser. */
export const panelPackages: Recipe = {
  name: "panel-packages",
  version,
  inputs: fingerprintOf(pins),
  diskMib: 600,
  expectedSeconds: 60,
  async build(into, report) {
    for (const file of pins) cpSync(path.join(source, file), path.join(into, file));
    report("fetching packages");
    await execa("npm", ["ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: into });
  },
};

/** What Grafana's libraries import beside code. */
const loaders = ["svg", "woff2", "png", "ttf"].map((ending) => `--loader:.${ending}=dataurl`);

/** Grafana's panels as one script for a browser (`page.js`, `page.css`), checked by the compiler, and what opens it (`shoot.cjs`). */
export const panels: Recipe = {
  name: "panels",
  version,
  inputs: fingerprintOf([...pins, ...sources]),
  diskMib: 20,
  expectedSeconds: 40,
  needs: [panelPackages],
  async build(into, report) {
    const packages = path.join(folderOf(panelPackages), "node_modules");
    for (const file of sources) cpSync(path.join(source, file), path.join(into, file));
    const linked = path.join(into, "node_modules");
    symlinkSync(packages, linked);
    report("checking and bundling");
    await execa("node", [path.join(repoRoot, "node_modules/typescript/bin/tsc"), "--project", into]);
    const esbuild = (...args: string[]) =>
      execa(path.join(packages, ".bin/esbuild"), [...args, "--bundle", "--log-level=error"], { cwd: into });
    const production = '--define:process.env.NODE_ENV="production"';
    await esbuild("page.tsx", "--minify", "--outfile=page.js", "--jsx=automatic", production, ...loaders);
    await esbuild("shoot.mjs", "--platform=node", "--format=cjs", "--outfile=shoot.cjs");
    rmSync(linked);
  },
};
