import { readEnvironment } from "./lib/environment";
import { command, UserError } from "./lib/fault";
import { Stack } from "./lib/stack";
import { applyRelease, currentRelease, previousRelease } from "./promotion/promote";

/**
 * `promote` (FROM, TO): writes what FROM last verified into TO's own images file and model lock. `rollback` (ENV): the same with what the
 * environment itself verified before. PARTIAL=1 leaves what was never verified as it is. Neither touches a cluster.
 */
command(async () => {
  const { FROM: from = "", TO: to = "", ENV: env = "", PARTIAL: partial } = process.env;
  const rollback = process.argv[2] === "rollback";
  if (!rollback) for (const [name, value] of Object.entries({ FROM: from, TO: to })) required(name, value);
  if (!rollback && from === to)
    throw new UserError(`TO: must be another environment than FROM, got "${to}"`, "make rollback goes back in the same one");
  const source = readEnvironment(rollback ? required("ENV", env) : from);
  const target = rollback ? source : readEnvironment(to);
  const history = await (await Stack.open(source)).history();
  const verified = rollback ? previousRelease(source, history) : currentRelease(source, history);
  for (const line of applyRelease(target, verified, { partial: Boolean(partial) })) console.log(line);
});

function required(name: string, value: string): string {
  if (value) return value;
  throw new UserError(`${name}: must be an environment, got ""`, "make promote FROM=staging TO=prod, or make rollback ENV=prod");
}
