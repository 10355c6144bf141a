import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

import { testFiles } from "./files.mts";
import type { Run } from "./result.ts";

/** The longest file first, by the last run of this checkout, else by the table: the last one to start then ends soon. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const root = this.ctx.config.root;
    const last = lastTimes(path.join(root, ".slm/test-times.json"));
    const seconds = ({ moduleId }: TestSpecification): number => {
      const file = path.relative(root, moduleId);
      return last[file] ?? testFiles[file]?.seconds ?? 1;
    };
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    return [...files].sort((a, b) => group(a) - group(b) || seconds(b) - seconds(a));
  }
}

function lastTimes(file: string): Record<string, number> {
  if (!existsSync(file)) return {};
  const { files } = JSON.parse(readFileSync(file, "utf8")) as Run;
  return Object.fromEntries(files.map(({ file: name, wallSeconds }) => [name, wallSeconds]));
}
