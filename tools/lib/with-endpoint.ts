import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";

import { clusterArgs } from "./cluster";
import { Failure } from "./fault";
import { requireKubectl } from "./kubectl";
import type { Outputs, Stack } from "./stack";
import { temporaryFolder } from "./temporary";

/**
 * Runs `use` with a base URL of the model that this machine reaches: the lab's network directly, any other cluster through a port-forward. A
 * cluster that the stack made is entered with its own credentials, whatever the current context is.
 */
export async function withEndpoint<T>(stack: Stack, outputs: Outputs, model: string, use: (url: string) => Promise<T>): Promise<T> {
  if (stack.inLab) return use(outputs.addresses[model]!);
  const kubectl = await requireKubectl(stack.inLab, "the model is asked through its port-forward");
  const folder = temporaryFolder();
  try {
    const where = [...(await clusterArgs(stack, outputs, folder)), "--namespace", outputs.namespaceName];
    const args = [...where, "port-forward", `service/${model}`, "--address=127.0.0.1", ":http"];
    const child = spawn(kubectl, args, { stdio: ["ignore", "pipe", "inherit"] });
    try {
      return await use(`http://127.0.0.1:${await forwardedPort(child)}/v1`);
    } finally {
      child.kill();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function forwardedPort(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Failure(`kubectl port-forward ended with code ${code}`)));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const [, port] = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (port) resolve(port);
    });
  });
}
