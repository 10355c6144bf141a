import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = "/sys/fs/cgroup";
/** The hierarchy that counts processor time: its own in version 1 of control groups, the only one in version 2. */
const hierarchy = existsSync(path.join(root, "cgroup.controllers")) ? root : path.join(root, "cpuacct");

/**
 * Counts the processor time of this process and of all that it starts, also of what is killed and waited for by nobody: a control group does.
 * Other work on the machine is not in it. Returns the seconds since then; the group goes when the process ends.
 */
export function processorMeter(): () => number {
  const group = path.join(hierarchy, `slm-bench-${process.pid}`);
  mkdirSync(group);
  const enter = (folder: string): void => writeFileSync(path.join(folder, "cgroup.procs"), String(process.pid));
  enter(group);
  process.once("exit", () => {
    enter(hierarchy);
    rmdirSync(group);
  });
  return () => secondsOf(group);
}

function secondsOf(group: string): number {
  const file = path.join(group, "cpuacct.usage");
  if (existsSync(file)) return Number(readFileSync(file, "utf8")) / 1e9;
  return Number(/^usage_usec (\d+)/m.exec(readFileSync(path.join(group, "cpu.stat"), "utf8"))![1]) / 1e6;
}
