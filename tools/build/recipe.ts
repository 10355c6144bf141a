import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

import { UserError } from "../lib/fault";
import { cache, freeMib } from "../lib/paths";
import { spending } from "../lib/processor-time";
import { Progress } from "../lib/progress";
import { locked } from "./lock";
import { logBuild } from "./log";

/** Something that is built once per version and kept in the cache. */
export interface Recipe {
  name: string;
  version: string;
  /** Fingerprint of everything that the artifact is made from: a change builds anew. */
  inputs: string;
  /** Disk that a cold build takes, with the compiler's own cache, in MiB. */
  diskMib: number;
  /** Wall time of a cold build on 2 cores, in seconds; only used to estimate what is left. */
  expectedSeconds: number;
  /** Recipes whose artifacts this one is made with; they are built before it. */
  needs?: Recipe[];
  /** Fetches what the build needs; run ahead of time, because it waits for the network and not for the processor. */
  fetch?(): Promise<unknown>;
  /** Builds into the empty folder `into`. */
  build(into: string, report: (state: string, share?: number) => void): Promise<void>;
}

/** The folder that holds the artifact once it is built. */
export const folderOf = ({ name, version, inputs }: Recipe): string => path.join(cache, `${name}-${version}-${inputs}`);

/** Builds what is missing, in order, and returns the folder of each recipe. A second run finds everything and does nothing. */
export async function build(recipes: Recipe[]): Promise<string[]> {
  const missing = lacking(recipes);
  requireDisk(missing);
  let ahead: Promise<unknown> = Promise.resolve();
  for (const recipe of missing) ahead = ahead.then(() => recipe.fetch?.()).catch(() => undefined); // the build itself says what failed
  for (const [index, recipe] of missing.entries())
    await buildOne(recipe, `[${index + 1}/${missing.length}] ${recipe.name} ${recipe.version}`);
  return recipes.map(folderOf);
}

/** What is not built yet, with what it needs before it. */
function lacking(recipes: Recipe[]): Recipe[] {
  const missing = recipes.filter((recipe) => !existsSync(folderOf(recipe)));
  return [...new Set(missing.flatMap((recipe) => [...lacking(recipe.needs ?? []), recipe]))];
}

async function buildOne(recipe: Recipe, title: string): Promise<void> {
  const folder = folderOf(recipe);
  const progress = new Progress(title, recipe.expectedSeconds);
  const waiting = (): void => progress.update("waiting for another build of the same version");
  await locked(path.join(cache, `${recipe.name}.lock`), waiting, async () => {
    if (existsSync(folder)) return progress.done("built by another run");
    for (const left of readdirSync(cache))
      if (left.startsWith(`${recipe.name}-`) && left.endsWith(".partial")) remove(path.join(cache, left));
    const partial = `${folder}.partial`;
    mkdirSync(partial, { recursive: true });
    const interrupted = (): never => {
      remove(partial);
      process.exit(130);
    };
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    const spent = spending();
    try {
      await recipe.build(partial, (state, share) => progress.update(state, share));
      renameSync(partial, folder);
      logBuild({ name: `${recipe.name} ${recipe.version}`, ...spent() });
      progress.done();
    } catch (error) {
      progress.fail();
      remove(partial);
      throw error;
    } finally {
      process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    }
  });
}

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

function requireDisk(missing: Recipe[]): void {
  if (missing.length === 0) return;
  mkdirSync(cache, { recursive: true });
  const needed = missing.reduce((sum, { diskMib }) => sum + diskMib, 0);
  const free = freeMib(cache);
  if (free >= needed) return;
  throw new UserError(
    `${cache}: ${free} MiB free, but building ${missing.map(({ name }) => name).join(", ")} takes ${needed} MiB`,
    `free ${needed - free} MiB there, or point XDG_CACHE_HOME at a larger disk`,
  );
}
