import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { controlGroups } from "../../lab/preflight";

/** Seconds that this machine's processors were busy, and seconds that they had, since it started. */
function processors(): [busy: number, all: number] {
  if (process.platform !== "linux") return [0, 0];
  const [user, nice, system, idle, wait, ...more] = readFileSync("/proc/stat", "utf8").split("\n")[0]!.split(/\s+/).slice(1).map(Number);
  const busy = user! + nice! + system! + more.slice(0, 3).reduce((sum, part) => sum + part, 0); // interrupts, and what a hypervisor took
  return [busy, busy + idle! + wait!];
}

/** Starts to look at how busy the processors are; the function that it returns tells how long and how busy. */
export function busyMeter(): () => { wallSeconds: number; busy: number } {
  const [started, [busy, all]] = [Date.now(), processors()];
  return () => {
    const [busyNow, allNow] = processors();
    return { wallSeconds: (Date.now() - started) / 1000, busy: allNow > all ? (busyNow - busy) / (allNow - all) : 0 };
  };
}

/** Processor time of the lab's pods so far, in seconds: what their control group counts, in either version. */
export function podSeconds(): number {
  for (const group of process.platform === "linux" ? controlGroups() : []) {
    const [first, second] = ["cpuacct.usage", "cpu.stat"].map((name) => path.join(group, name)) as [string, string];
    if (existsSync(first)) return Number(readFileSync(first, "utf8")) / 1e9;
    const usec = existsSync(second) ? /^usage_usec (\d+)/m.exec(readFileSync(second, "utf8")) : null;
    if (usec) return Number(usec[1]) / 1e6;
  }
  return 0;
}
