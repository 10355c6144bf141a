import path from "node:path";

import execa from "execa";

import { repoRoot } from "../../lib/paths";
import { type GoModule, goBuild, goFetch, goInputs } from "../go";
import type { Recipe } from "../recipe";

/** A recipe that only compiles a Go module. */
export const compiled = (recipe: Pick<Recipe, "name" | "version" | "diskMib" | "expectedSeconds">, module: GoModule): Recipe => ({
  ...recipe,
  inputs: goInputs(module),
  fetch: () => goFetch(module),
  build: (into, report) => goBuild(module, into, report),
});

/** Folder of a module that a Go module of ours requires. */
export async function moduleFolder(ours: string, required: string): Promise<string> {
  const { stdout } = await execa("go", ["list", "-m", "-f", "{{.Dir}}", required], { cwd: path.join(repoRoot, "tools/go", ours) });
  return stdout;
}
