import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { built } from "../../lab/built";
import { fromRoot } from "../../stacks/environment";
import { Failure, Fault } from "./fault";
import type { Outputs, Stack } from "./stack";
import { temporaryFolder } from "./temporary";

/** Runs kubectl on a cluster, with what it is to read; returns what it prints. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

/** kubectl for the cluster of a stack, as long as `use` runs: one that the stack made is entered with its own credentials. */
export async function inCluster<T>(stack: Stack, outputs: Outputs, use: (kubectl: Kubectl) => Promise<T>): Promise<T> {
  const folder = temporaryFolder();
  try {
    const command = stack.inLab ? path.join((await built()).kubernetes, "kubectl") : "kubectl";
    if (!stack.inLab) await requireKubectl("keys are kept in the cluster, and reached with it");
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

/** Refuses to go on without kubectl; `why` says what it is for. */
export async function requireKubectl(why: string): Promise<void> {
  if ((await execa("which", ["kubectl"], { reject: false })).failed)
    throw new Fault(`kubectl: not found on PATH; ${why}`, "install kubectl");
}

/** Which cluster kubectl is to ask. */
export async function clusterArgs(stack: Stack, outputs: Outputs, folder: string): Promise<string[]> {
  if (outputs.kubeconfig !== undefined) {
    const file = path.join(folder, "kubeconfig");
    writeFileSync(file, await stack.kubeconfig(), { mode: 0o600 });
    return ["--kubeconfig", file];
  }
  const { kubeconfig, context } = stack.environment.environment.kubernetes;
  return [...(kubeconfig ? ["--kubeconfig", fromRoot(kubeconfig)] : []), ...(context ? ["--context", context] : [])];
}
