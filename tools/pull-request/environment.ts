import { existsSync, readFileSync, rmSync } from "node:fs";

import { parse, stringify } from "yaml";

import { isUp, up as labUp } from "../../lab/lab";
import { fromRoot } from "../../stacks/environment";
import { type EnvironmentFile, fileOf, parseEnvironmentFile } from "../lib/environment";
import { Failure, UserError } from "../lib/fault";
import { Stack } from "../lib/stack";
import { stackNames } from "../lib/stacks";
import { livesInLab } from "../lib/state";
import { writeWhole } from "../lib/whole-file";
import { environmentText, sourceMistakes, type Wanted } from "../new-environment/new-environment";
import { expiryFrom, expiryTag, isOver, isPullRequest } from "./lifetime";

/** Writes the file of a pull request's environment, opens its stack, and has that say until when it lives. */
export async function prepare({ hours, ...wanted }: Wanted & { readonly hours: string }): Promise<void> {
  const expires = expiryFrom(new Date(), hours);
  const file = fileFor(wanted);
  if (livesInLab(file)) await labUp();
  writeWhole(fromRoot(file.file), file.text);
  await (await Stack.open(file)).setTag(expiryTag, expires);
  console.log(`${file.name} lives until ${expires}, unless a push makes it longer; make pr-down N=${file.name.slice(3)} ends it`);
}

/** Ends a pull request's environment, with what a run that was killed has left of it. */
export async function destroy(wanted: Wanted): Promise<void> {
  const file = fileFor(wanted);
  if (livesInLab(file) && !(await isUp())) return console.log("the lab is down, so nothing of it runs");
  const stack = await Stack.open(file);
  await stack.unlock();
  await stack.destroy();
  rmSync(fromRoot(file.file), { force: true });
  console.log(`nothing is left of ${file.name}`);
}

/** Ends every environment of a pull request whose time is over. */
export async function reap({ from, context }: Omit<Wanted, "name">): Promise<void> {
  const any = fileFor({ name: "pr-1", from, context });
  if (livesInLab(any) && !(await isUp())) return console.log("the lab is down, so nothing of it runs");
  const failed: string[] = [];
  for (const name of (await stackNames(any)).filter(isPullRequest)) {
    try {
      await reapOne({ name, from, context });
    } catch (error) {
      failed.push(`${name}: ${(error as Error).message}`);
    }
  }
  if (failed.length > 0) throw new Failure(`not ended:\n${failed.join("\n")}`);
}

async function reapOne(wanted: Wanted): Promise<void> {
  const expires = (await (await Stack.open(fileFor(wanted))).tags())[expiryTag];
  if (isOver(expires, new Date())) await destroy(wanted);
  else console.log(`${wanted.name} lives until ${expires}`);
}

/** The file of a pull request's environment as it is to be; what Pulumi has written into it stays. */
function fileFor(wanted: Wanted): EnvironmentFile {
  const mistakes = sourceMistakes(wanted.from);
  if (mistakes.length > 0) throw new UserError(mistakes.join("\n"), "leave it out for pr, or name an environment to copy");
  const there = fromRoot(fileOf(wanted.name));
  const { encryptionsalt, encryptedkey } = existsSync(there) ? parse(readFileSync(there, "utf8")) : {};
  const kept = Object.entries({ encryptionsalt, encryptedkey }).filter(([, value]) => value !== undefined);
  const text = environmentText(wanted) + (kept.length > 0 ? stringify(Object.fromEntries(kept)) : "");
  return parseEnvironmentFile(wanted.name, text);
}
