import { readFileSync } from "node:fs";

/**
 * Processor time of this process, in seconds, and of its children that have ended, with theirs: what the kernel adds up when a child is waited
 * for. A child that still runs is not in it, nor one that somebody else adopted.
 */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + childrenSeconds();
}

function childrenSeconds(): number {
  if (process.platform !== "linux") return 0;
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100; // cutime and cstime; the kernel counts in hundredths
}

/** How long something took, and the processor time that it and its children used. */
export interface Spent {
  wallSeconds: number;
  processorSeconds: number;
}

/** Starts to measure; the function that it returns tells what was spent since. */
export function spending(): () => Spent {
  const [wall, processor] = [Date.now(), processorSeconds()];
  return () => ({ wallSeconds: (Date.now() - wall) / 1000, processorSeconds: processorSeconds() - processor });
}
