import { stripVTControlCharacters } from "node:util";

import type { Built } from "../../tools/build/log";
import type { Spent } from "../../tools/lib/processor-time";
import { duration } from "../../tools/lib/progress";

/** A test that failed, or what kept tests from running. */
export interface Failed {
  name: string;
  /** First line of what it said. */
  why: string;
}

/** What came of one file of tests. */
export interface FileResult extends Spent {
  file: string;
  /** Suite that it belongs to; the phase of a run in which it ran. */
  suite: string;
  /** In tests themselves; the rest of the wall time went into hooks and into reading the file. */
  testSeconds: number;
  hookSeconds: number;
  passed: number;
  skipped: number;
  /** How many tests failed, or could not run because something before them failed. */
  failed: number;
  failures: Failed[];
}

/** One phase of a run, and how busy all processors were meanwhile: 0 to 1. */
export interface Phase {
  name: string;
  wallSeconds: number;
  busy: number;
}

/** All that a run came to; what `.slm/test-times.json` holds. */
export interface Run extends Spent {
  files: FileResult[];
  builds: Built[];
  phases: Phase[];
  /** Processor time of the lab's pods. */
  podSeconds: number;
}

/** First line of a message, without colours. */
export const firstLine = (message: string): string => stripVTControlCharacters(message).trim().split("\n")[0]!;

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0);

/** The last line of a run: what came of every test of every suite. */
export const summary = (files: readonly FileResult[]): string =>
  `${sum(files, ({ passed }) => passed)} passed, ${sum(files, ({ failed }) => failed)} failed, ${sum(files, ({ skipped }) => skipped)} skipped`;

/** For each failure its name, the first line of why, and the command that repeats it. */
export const failureLines = (files: readonly FileResult[]): string[] =>
  files.flatMap(({ file, failures }) =>
    failures.flatMap(({ name, why }) => [`✖ ${file} > ${name}`, `    ${why}`, `    make test FILES=${file}`]),
  );

type Row = readonly [what: string, ...numbers: string[]];

/** Wall time, processor time of the file's worker and its children, and the rest: time in which it waited, for whatever it was. */
const fileRow = ({ file, wallSeconds, processorSeconds, testSeconds, hookSeconds }: FileResult): Row => [
  file,
  ...[wallSeconds, processorSeconds, Math.max(0, wallSeconds - processorSeconds), testSeconds, hookSeconds].map(duration),
];

const buildRow = ({ name, wallSeconds, processorSeconds }: Built): Row => [name, duration(wallSeconds), duration(processorSeconds)];

const longestFirst = <T extends { wallSeconds: number }>(items: readonly T[]): T[] =>
  items.toSorted((a, b) => b.wallSeconds - a.wallSeconds);

/** A Markdown table; its first column is text, the others are numbers. */
function table(head: Row, rows: readonly Row[]): string[] {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (row: Row): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)];
}

/** Where the time of a run went, as Markdown. Files of less than `fromSeconds` are one row. */
export function tables({ files, builds, phases, podSeconds, wallSeconds }: Run, fromSeconds = 3): string {
  const [shown, short] = [files.filter((file) => file.wallSeconds >= fromSeconds), files.filter((file) => file.wallSeconds < fromSeconds)];
  const total = (name: string, of: readonly FileResult[]): FileResult => ({
    ...of[0]!,
    file: name,
    ...{ wallSeconds: sum(of, (one) => one.wallSeconds), processorSeconds: sum(of, (one) => one.processorSeconds) },
    ...{ testSeconds: sum(of, (one) => one.testSeconds), hookSeconds: sum(of, (one) => one.hookSeconds) },
  });
  const rows = [...longestFirst(shown), ...(short.length > 0 ? [total(`${short.length} files of less than ${fromSeconds} s`, short)] : [])];
  const parts = [
    table(
      ["Phase", "wall", "processors busy"],
      phases.map(({ name, wallSeconds: wall, busy }) => [name, duration(wall), `${Math.round(busy * 100)} %`]),
    ),
    table(["Build", "wall", "processor"], longestFirst(builds).map(buildRow)),
    table(["File", "wall", "processor", "waiting", "tests", "hooks"], rows.map(fileRow)),
  ];
  const whole = `The whole run: ${duration(wallSeconds)}; processor time of the lab's pods: ${duration(podSeconds)}.`;
  return [...parts.map((lines) => lines.join("\n")), whole].join("\n\n");
}
