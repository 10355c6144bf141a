import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { isUp, up } from "../../lab/lab";
import { engine } from "../../tools/lib/engine";
import type { Step } from "../../tools/lib/events";
import { command } from "../../tools/lib/fault";
import { repoRoot, workDir } from "../../tools/lib/paths";
import { Stack } from "../../tools/lib/stack";
import { labEnvironment } from "../support/lab";
import { processorMeter } from "./processor-meter";
import { kubernetesObjects, rawProgram } from "./raw-program";

/** Numbers of models, and runs of each way; the median counts. The ways take turns, so that other work on the machine meets all of them alike. */
const sizes = (process.env["SIZES"] ?? "1,10,100").split(",").map(Number);
const runs = Number(process.env["RUNS"] ?? 5);
const folder = path.join(workDir, "bench-preview");

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** A stack of the lab with this many models in Ollama. It is only previewed, so they need not fit. */
const stackOf = (models: number): Promise<Stack> =>
  Stack.open(
    labEnvironment(`bench-${models}`, (settings) => {
      const model = settings["slm:models"]["smollm2"]!;
      settings["slm:models"] = Object.fromEntries(Array.from({ length: models }, (_, i) => [`chat-${i}`, model]));
    }),
  );

/** The same objects as a program that states them one by one, and how it is previewed. */
async function rawOf(models: number, steps: readonly Step[]): Promise<(defaults: boolean) => Promise<unknown>> {
  const own = path.join(folder, `raw-${models}`);
  mkdirSync(own, { recursive: true });
  writeFileSync(path.join(own, "Pulumi.yaml"), "name: raw\nruntime: nodejs\nmain: index.ts\n");
  writeFileSync(path.join(own, "index.ts"), rawProgram(steps));
  const env = { ...(await engine()), PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "bench" };
  const pulumi = (args: string[], more: object = {}) =>
    execa("pulumi", [...args, "--non-interactive"], { cwd: own, env: { ...env, ...more } });
  await pulumi(["stack", "init", `raw-${models}`]);
  return (defaults) => pulumi(["preview", `--stack=raw-${models}`], defaults ? {} : { PULUMI_SKIP_CHECKPOINTS: "true" });
}

interface Spent {
  readonly wall: number;
  readonly processor: number;
}
const meter = processorMeter();

async function spent(run: () => Promise<unknown>): Promise<Spent> {
  const [started, used] = [performance.now(), meter()];
  await run();
  return { wall: (performance.now() - started) / 1000, processor: meter() - used };
}

async function measured(models: number): Promise<string> {
  const stack = await stackOf(models);
  const { events } = await stack.previewEvents();
  const raw = await rawOf(models, events.steps);
  const ways: Record<string, () => Promise<unknown>> = {
    raw: () => raw(false),
    stack: () => stack.pulumi(["preview", "--suppress-permalink=true"], { quiet: true, env: { PULUMI_SKIP_CHECKPOINTS: "true" } }),
    "with rules": () => stack.preview([], { quiet: true }),
    "raw, engine's defaults": () => raw(true),
  };
  for (const run of Object.values(ways)) await run(); // what is compiled once is compiled now
  const all = Object.fromEntries(Object.keys(ways).map((way) => [way, [] as Spent[]]));
  for (let round = 0; round < runs; round++) for (const [way, run] of Object.entries(ways)) all[way]!.push(await spent(run));
  const cells = Object.values(all).map((way) => (["wall", "processor"] as const).map((what) => cell(what, way, all["raw"]!)).join(" | "));
  return `| ${models} | ${kubernetesObjects(events.steps).length} | ${events.steps.length} | ${cells.join(" | ")} |`;
}

function cell(what: keyof Spent, way: readonly Spent[], raw: readonly Spent[]): string {
  const [own, base] = [way, raw].map((values) => median(values.map((value) => value[what])));
  return `${own!.toFixed(1)} s × ${(own! / base!).toFixed(2)}`;
}

/** Prints what previews take, against the same Kubernetes objects in a program that states them one by one, as Markdown. */
command(async () => {
  if (!(await isUp())) await up();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const ways = ["raw", "stack", "with rules", "raw, engine's defaults"].map((way) => `${way}: wall | processor`);
  console.log(`| models | objects | resources | ${ways.join(" | ")} |\n|${" ---: |".repeat(3 + 2 * ways.length)}`);
  try {
    for (const models of sizes) console.log(await measured(models));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`medians of ${runs}, in ${path.basename(repoRoot)}`);
});
