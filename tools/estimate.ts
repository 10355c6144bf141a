import { createInterface } from "node:readline";

import { answer, shownEstimate } from "../lib/planner/estimate";
import { type Fault, faultMessage } from "../lib/planner/fault";

/** Reads one question per line on standard input and prints one answer per line; exit code 2 when any line was wrong. */
async function main(): Promise<void> {
  let wrong = false;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    const result = respond(line);
    wrong ||= "error" in result;
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  process.exitCode = wrong ? 2 : 0;
}

function respond(line: string): object {
  const question = parse(line);
  if (question === undefined)
    return failure([{ path: "(line)", value: line.slice(0, 80), bound: "must be JSON", fix: "write one JSON object per line" }]);
  const result = answer(question);
  return "faults" in result ? failure(result.faults) : shownEstimate(result);
}

const failure = (faults: readonly Fault[]): object => ({ error: faults.map(faultMessage).join("\n"), faults });

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

void main();
