import { readdirSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { built } from "../../lab/built";
import { files } from "../../lab/layout";
import { build, type Recipe } from "../../tools/build/recipe";

/** Installs the kinds that come with a build: they are the whole cluster's, and no part of a stack. */
export async function installKinds(recipe: Recipe): Promise<void> {
  const [folder] = await build([recipe]);
  const crds = path.join(folder!, "crds");
  const all = readdirSync(crds, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
  const command = path.join((await built()).kubernetes, "kubectl");
  for (const file of all)
    await execa(command, ["--kubeconfig", files.kubeconfig, "apply", "--server-side", "--force-conflicts", "-f", path.join(crds, file)]);
}
