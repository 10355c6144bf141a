import { appendFileSync, existsSync, readFileSync } from "node:fs";

import type { Spent } from "../lib/processor-time";

/** Names the file to which each build adds a line of JSON. */
export const buildLogVariable = "SLM_BUILD_LOG";

/** One thing that was built, or pushed to the lab's registry, and what that took. */
export interface Built extends Spent {
  name: string;
}

/** Notes a build where somebody asked for notes. */
export function logBuild(built: Built): void {
  const file = process.env[buildLogVariable];
  if (file) appendFileSync(file, `${JSON.stringify(built)}\n`);
}

/** What a file of such notes tells. */
export const readBuilds = (file: string): Built[] =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Built)
    : [];
