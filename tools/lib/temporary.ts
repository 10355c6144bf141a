import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import { workDir } from "./paths";

/** Folders of runs, each named by the process that made it. */
const folder = path.join(workDir, "tmp");

/** A folder for one run. What runs left that were killed is taken away first: the Kubernetes provider keeps credentials there. */
export function temporaryFolder(): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const left of readdirSync(folder))
    if (!isRunning(Number.parseInt(left, 10))) rmSync(path.join(folder, left), { recursive: true, force: true });
  return mkdtempSync(path.join(folder, `${process.pid}-`));
}

/** Whether a process runs, whoever's it is: one that ended and is not yet reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
