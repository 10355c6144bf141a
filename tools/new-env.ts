import { createInterface } from "node:readline/promises";

import { fromRoot } from "../stacks/environment";
import { fileOf } from "./lib/environment";
import { command, UserError } from "./lib/fault";
import { writeWhole } from "./lib/whole-file";
import { newEnvironment, sources } from "./new-environment/new-environment";

/** `NAME=team-a FROM=kubernetes CONTEXT=…`: writes a new environment's file. What is missing is asked on a terminal, and a mistake elsewhere. */
command(async () => {
  const { NAME: name = "", FROM: from = "", CONTEXT: context = "" } = process.env;
  const wanted = {
    name: name || (await asked("NAME", "what shall it be called?")),
    from: from || (await asked("FROM", `one of ${sources().join(", ")}`)),
    context,
  };
  const file = fileOf(wanted.name);
  writeWhole(fromRoot(file), newEnvironment(wanted));
  console.log(`${file} is written; next: make plan ENV=${wanted.name}, make preview ENV=${wanted.name}, make up ENV=${wanted.name}`);
});

async function asked(variable: string, question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UserError(
      `${variable}: must be given, got ""`,
      `make new-env NAME=team-a FROM=kubernetes; FROM is one of ${sources().join(", ")}`,
    );
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${variable} (${question}): `)).trim();
  } finally {
    terminal.close();
  }
}
