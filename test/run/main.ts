import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { readBuilds } from "../../tools/build/log";
import { command, UserError } from "../../tools/lib/fault";
import { workDir } from "../../tools/lib/paths";
import { spending } from "../../tools/lib/processor-time";
import { Background } from "./background";
import { longFiles } from "./files.mts";
import { busyMeter, podSeconds } from "./machine";
import { planRun, type Step } from "./plan";
import { type FileResult, failureLines, type Phase, type Run, summary, tables } from "./result";
import { broken, runServer, runVitest } from "./suites";

const folder = path.join(workDir, "test");

/** `make test`: every suite, the files of FILES, or with LONG=1 the long ones, each as soon as what it needs is built; the last line tells what came of all of them. */
command(async () => {
  const { steps, server, wanted, unknown } = planRun(
    process.env["LONG"] ? longFiles : (process.env["FILES"] ?? "").split(/\s+/).filter(Boolean),
  );
  if (unknown.length > 0)
    throw new UserError(`FILES: ${unknown.join(", ")}: no tests of ours`, 'name files below test/, as in FILES="test/lab/paths.test.ts"');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [spent, pods] = [spending(), podSeconds()];
  const background = new Background(wanted, folder);
  const phases: Phase[] = [];
  const files: FileResult[] = [];
  const late = steps.filter(({ name }) => name.startsWith("lab"));
  for (const step of steps.filter((one) => !late.includes(one))) files.push(...(await run(step, background, phases)));
  if (server) files.push(...(await serverTests(server, background, phases)));
  for (const step of late) files.push(...(await run(step, background, phases)));
  background.end();
  report({ files, phases, builds: readBuilds(background.builds), podSeconds: podSeconds() - pods, ...spent() });
});

function run(step: Step, background: Background, phases: Phase[]): Promise<FileResult[]> {
  return runWhenReady(step, background, phases, () => runVitest(step, folder));
}

function serverTests(files: readonly string[], background: Background, phases: Phase[]): Promise<FileResult[]> {
  return runWhenReady({ name: "onnx-server", parts: ["server"], lab: false }, background, phases, () => runServer(files, folder));
}

async function runWhenReady(
  { name, parts, lab }: Pick<Step, "name" | "parts" | "lab">,
  background: Background,
  phases: Phase[],
  tests: () => Promise<FileResult[]>,
): Promise<FileResult[]> {
  const waited = busyMeter();
  const missing = await background.ready(parts, lab);
  phases.push({ name: `wait for what ${name} needs`, ...waited() });
  if (missing) return [broken(name, `not run: ${missing}`)];
  const measured = busyMeter();
  const results = await tests();
  phases.push({ name, ...measured() });
  return results;
}

function report(result: Run): void {
  writeFileSync(path.join(workDir, "test-times.json"), JSON.stringify(result, null, 2));
  const failures = failureLines(result.files);
  for (const block of ["", tables(result), "", ...failures, ...(failures.length > 0 ? [""] : []), summary(result.files)])
    console.log(block);
  if (result.files.some(({ failed }) => failed > 0)) process.exitCode = 1;
}
