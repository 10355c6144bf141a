import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

import execa from "execa";

import { fromRoot } from "../../stacks/environment";
import { Failure, Fault } from "./fault";
import type { Outputs, Stack } from "./stack";

/** Runs `use` with a base URL of the model that this machine reaches: the lab's network directly, any other cluster through a port-forward. */
export async function reach<T>(
  stack: Stack,
  { addresses, namespaceName }: Outputs,
  model: string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  if (stack.inLab) return use(addresses[model]!);
  if ((await execa("which", ["kubectl"], { reject: false })).failed) {
    throw new Fault("kubectl: not found on PATH; the model is asked through its port-forward", "install kubectl");
  }
  const { kubeconfig, context } = stack.environment.environment.kubernetes;
  const where = [
    ...(kubeconfig ? ["--kubeconfig", fromRoot(kubeconfig)] : []),
    ...(context ? ["--context", context] : []),
    "--namespace",
    namespaceName,
  ];
  const child = spawn("kubectl", [...where, "port-forward", `service/${model}`, "--address=127.0.0.1", ":http"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    return await use(`http://127.0.0.1:${await forwardedPort(child)}/v1`);
  } finally {
    child.kill();
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
