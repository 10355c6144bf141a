import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { command, UserError } from "../../tools/lib/fault";
import { workDir } from "../../tools/lib/paths";
import { type Run, tables } from "./result";

/** Prints the tables of docs/testing.md from the last run's times. */
command(async () => {
  const file = path.join(workDir, "test-times.json");
  if (!existsSync(file)) throw new UserError(`${file}: there is none`, "make test");
  console.log(tables(JSON.parse(readFileSync(file, "utf8")) as Run));
});
