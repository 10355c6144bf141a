import { rmSync } from "node:fs";

import execa from "execa";

import { Failure } from "./fault";
import { givenCluster, namedCluster, requireKubectl } from "./kubectl";
import type { Outputs, Stack } from "./stack";
import { temporaryFolder } from "./temporary";

/** Runs kubectl on a cluster, with what it is to read; returns what it prints. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

/** kubectl for the cluster of a stack, as long as `use` runs: one that the stack made is entered with its own credentials. */
export async function inCluster<T>(stack: Stack, outputs: Outputs, use: (kubectl: Kubectl) => Promise<T>): Promise<T> {
  const folder = temporaryFolder();
  try {
    const command = await requireKubectl(stack.inLab, "keys are kept in the cluster, and reached with it");
    const where = await clusterArgs(stack, outputs, folder);
    return await use(async (args, input) => {
      const { failed, stdout, stderr } = await execa(command, [...where, ...args], {
        reject: false,
        ...(input === undefined ? {} : { input }),
      });
      if (failed) throw new Failure(`kubectl ${args[0]}: ${stderr}`);
      return stdout;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Which cluster kubectl is to ask. */
export async function clusterArgs(stack: Stack, outputs: Outputs, folder: string): Promise<string[]> {
  return outputs.kubeconfig !== undefined ? givenCluster(await stack.kubeconfig(), folder) : namedCluster(stack.environment.environment);
}
