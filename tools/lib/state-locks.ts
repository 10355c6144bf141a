import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { isRunning } from "./temporary";

/** Locks that processes of this machine hold: whether one of another machine runs, which shares the folder, cannot be seen from here. */
function ownLocks(folder: string): { file: string; pid: number }[] {
  if (!existsSync(folder)) return [];
  const locks = readdirSync(folder).filter((file) => file.endsWith(".json")); // another's is half-written beside its name first
  return locks.flatMap((lock) => {
    const file = path.join(folder, lock);
    const { pid, hostname: host } = JSON.parse(readFileSync(file, "utf8")) as { pid: number; hostname: string };
    return host === hostname() ? [{ file, pid }] : [];
  });
}

/** Takes away the locks of killed processes. One takes a moment to go: who holds a lock for longer than that is alive, and the CLI says so itself. */
export async function dropDeadLocks(folder: string): Promise<void> {
  for (let tries = 0; tries < 15; tries++) {
    const held = ownLocks(folder);
    const dead = held.filter(({ pid }) => !isRunning(pid));
    for (const { file } of dead) rmSync(file, { force: true });
    if (dead.length === held.length) return;
    await sleep(200);
  }
}
