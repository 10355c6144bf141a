import { readFileSync } from "node:fs";
import path from "node:path";

import { parse } from "yaml";

/** What is expected, too long to stand in a test: a file of test/fixtures/monitoring. */
export const expected = <T>(file: string): T =>
  parse(readFileSync(path.resolve(__dirname, "../fixtures/monitoring", `${file}.yaml`), "utf8")) as T;
