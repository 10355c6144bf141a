import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import path from "node:path";

/**
 * Holds a kernel lock on `file` while `work` runs; calls `waiting` when somebody else holds it.
 * The holder is a child that ends with us, so a killed process never leaves the lock behind.
 */
export async function locked<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  const holder = spawn("flock", ["--exclusive", file, "sh", "-c", "echo held; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
  const notice = setTimeout(waiting, 500);
  try {
    await Promise.race([once(holder.stdout, "data"), once(holder, "exit").then(() => Promise.reject(new Error(`cannot lock ${file}`)))]);
    clearTimeout(notice);
    return await work();
  } finally {
    clearTimeout(notice);
    holder.stdin.end();
  }
}
