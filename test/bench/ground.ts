import execa from "execa";
import { memoryMib } from "../../lab/status";
import { command } from "../../tools/lib/fault";
import { repoRoot } from "../../tools/lib/paths";

/** Runs of each warm measure; the median is what counts. */
const runs = 3;

async function seconds(target: string): Promise<number> {
  const started = performance.now();
  await execa("make", [target], { cwd: repoRoot, stdio: ["ignore", "ignore", "inherit"] });
  return (performance.now() - started) / 1000;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function repeated(measure: () => Promise<number>): Promise<string> {
  const values: number[] = [];
  for (let run = 0; run < runs; run++) values.push(await measure());
  return `${median(values).toFixed(1)} s (median of ${values.map((value) => value.toFixed(1)).join(", ")})`;
}

/** Prints what `make up` takes, warm, and the memory of a lab without models. A cold cache is measured with XDG_CACHE_HOME, GOCACHE and GOMODCACHE set to empty folders. */
command(async () => {
  await execa("make", ["lab-down"], { cwd: repoRoot });
  await execa("make", ["lab-up"], { cwd: repoRoot, stdio: ["ignore", "ignore", "inherit"] });
  console.log(`lab without models: ${memoryMib()} MiB`);
  console.log(`make up, nothing running: ${await repeated(async () => seconds("lab-down").then(() => seconds("up")))}`);
  console.log(`make up, lab up, stack down: ${await repeated(async () => seconds("down").then(() => seconds("up")))}`);
  console.log(`make up, nothing to change: ${await repeated(() => seconds("up"))}`);
  console.log(`make preview: ${await repeated(() => seconds("preview"))}`);
});
