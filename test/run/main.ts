import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { readBuilds } from "../../tools/build/log";
import { command, Fault } from "../../tools/lib/fault";
import { scratch } from "../../tools/lib/places";
import { spending } from "../../tools/lib/processor-time";
import { Background } from "./background";
import { busyMeter, podSeconds } from "./machine";
import { planRun, type Step } from "./plan";
import { type FileResult, failureLines, type Phase, type Run, summary, tables } from "./result";
import { broken, runServer, runVitest } from "./suites";

const folder = path.join(scratch, "test");

/** `make test`: every suite, or the files of FILES, each as soon as what it needs is built; the last line tells what came of all of them. */
command(async () => {
  const { steps, server, wanted, unknown } = planRun((process.env["FILES"] ?? "").split(/\s+/).filter(Boolean));
  if (unknown.length > 0)
    throw new Fault(`FILES: ${unknown.join(", ")}: no tests of ours`, 'name files below test/, as in FILES="test/lab/paths.test.ts"');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [spent, pods] = [spending(), podSeconds()];
  const background = new Background(wanted, folder);
  const phases: Phase[] = [];
  const files: FileResult[] = [];
  const ofServer = server ? serverTests(background, server) : Promise.resolve([]);
  for (const step of steps) {
    if (step.name === "lab-alone") files.push(...(await ofServer)); // nothing else then uses the processors
    files.push(...(await run(step, background, phases)));
  }
  if (!files.some(({ suite }) => suite === "onnx-server")) files.push(...(await ofServer));
  background.end();
  tell({ files, phases, builds: readBuilds(background.builds), podSeconds: podSeconds() - pods, ...spent() });
});

async function run(step: Step, background: Background, phases: Phase[]): Promise<FileResult[]> {
  const waited = busyMeter();
  const missing = await background.ready(step.parts, step.lab);
  phases.push({ name: `wait for what ${step.name} needs`, ...waited() });
  if (missing) return [broken(step.name, `not run: ${missing}`)];
  const measured = busyMeter();
  const results = await runVitest(step, folder);
  phases.push({ name: step.name, ...measured() });
  return results;
}

async function serverTests(background: Background, files: readonly string[]): Promise<FileResult[]> {
  const missing = await background.ready(["server"], false);
  return missing ? [broken("images/onnx-server", `not run: ${missing}`)] : runServer(files, folder);
}

function tell(result: Run): void {
  writeFileSync(path.join(scratch, "test-times.json"), JSON.stringify(result, null, 2));
  const failures = failureLines(result.files);
  for (const block of ["", tables(result), "", ...failures, ...(failures.length > 0 ? [""] : []), summary(result.files)])
    console.log(block);
  if (result.files.some(({ failed }) => failed > 0)) process.exitCode = 1;
}
