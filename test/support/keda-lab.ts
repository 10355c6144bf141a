import { readdirSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { built } from "../../lab/built";
import { files } from "../../lab/layout";
import { build } from "../../tools/build/recipe";
import { keda } from "../../tools/build/recipes";

/** KEDA's kinds are the whole cluster's, and no part of a stack. */
export async function installKedaKinds(): Promise<void> {
  const [folder] = await build([keda]);
  const crds = path.join(folder!, "crds");
  const command = path.join((await built()).kubernetes, "kubectl");
  for (const file of readdirSync(crds))
    await execa(command, ["--kubeconfig", files.kubeconfig, "apply", "--server-side", "--force-conflicts", "-f", path.join(crds, file)]);
}
