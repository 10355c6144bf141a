import { writeFileSync } from "node:fs";

import { fromRoot } from "../stacks/environment";
import { command } from "./lib/fault";
import { fileSchema, schemaFile } from "./settings/json-schema";

/** Writes the JSON Schema of environment files, which editors read by the first line of each. */
command(async () => {
  writeFileSync(fromRoot(schemaFile), `${JSON.stringify(fileSchema(), null, 2)}\n`);
  console.log(schemaFile);
});
