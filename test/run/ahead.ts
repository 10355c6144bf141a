import { once } from "node:events";
import { setPriority } from "node:os";

import { built } from "../../lab/built";
import { labImage, type OnDemand } from "../../lab/images-on-demand";
import * as monitoring from "../../tools/build/monitoring";
import { build } from "../../tools/build/recipe";
import * as recipes from "../../tools/build/recipes";
import { engine } from "../../tools/lib/engine";
import type { RecipeName } from "./files.mts";

/** What a run is given of what it needs; the answers say what is there, or why it is not. */
export interface Wanted {
  engine: boolean;
  lab: boolean;
  /** Recipes by what they are for: the first are built first. */
  program: RecipeName[];
  server: RecipeName[];
  labTests: RecipeName[];
  images: OnDemand[];
}

/** Parts of what is wanted that suites wait for. */
export type Part = "lab parts" | "program" | "server" | "lab tests";
export type Said = { part: Part; failed?: string };

const known = { ...recipes, ...monitoring };

/** Builds what suites need while others run, at a lower priority than theirs, in the order in which it is needed. A process of its own. */
async function main({ lab, engine: wantsEngine, program, server, labTests, images }: Wanted): Promise<void> {
  const labHasAnswered = once(process, "message");
  const named = (names: readonly RecipeName[]) => build(names.map((name) => known[name]));
  if (lab) await part("lab parts", built);
  await part("program", async () => {
    if (wantsEngine) await engine();
    await named(program);
  });
  await part("server", () => named(server));
  await part("lab tests", async () => {
    await named(labTests);
    if (images.length > 0 && (await labHasAnswered)[0] !== "the lab is up") throw new Error("no images without the lab");
    for (const image of images) await labImage(image);
  });
  process.disconnect();
}

async function part(name: Part, make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
    say({ part: name });
  } catch (error) {
    say({ part: name, failed: error instanceof Error ? error.message : String(error) });
  }
}

const say = (said: Said): void => void process.send!(said);

setPriority(10); // what it starts inherits this
void main(JSON.parse(process.argv[2]!));
