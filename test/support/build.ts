import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { build, type Recipe } from "../../tools/build/recipe";
import { pulumi } from "../../tools/build/recipes";
import { command } from "../../tools/lib/fault";

/** Writes half of what it would, and then takes its time: to be interrupted. */
const slow: Recipe = {
  name: "slow",
  version: "1",
  inputs: "abc",
  diskMib: 1,
  expectedSeconds: 60,
  async build(into) {
    writeFileSync(path.join(into, "half"), "");
    console.log("half");
    await sleep(60_000);
  },
};

/** `build.ts pulumi|slow`: builds as a process of its own. */
command(async () => void (await build([process.argv[2] === "slow" ? slow : pulumi])));
