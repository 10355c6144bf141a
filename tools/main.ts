import { isUp, up as labUp } from "../lab/lab";
import { deployablePlan, planOf, previewPlan } from "../lib/environment/plan-request";
import { own } from "../lib/own";
import { faultMessage, type Fault as PlanFault } from "../lib/planner/fault";
import { ask, embed, type Through } from "./ask";
import { chosenEnvironment } from "./docker/choose";
import { requireEngine } from "./docker/client";
import { enterDocker, isOnDocker, prepareDoor } from "./docker/environment";
import { complaints, keptVolumes, purgeDocker } from "./docker/leftovers";
import { requireMachine } from "./docker/preflight";
import { enter } from "./lib/enter";
import { type EnvironmentFile, readEnvironment } from "./lib/environment";
import { command, UserError } from "./lib/fault";
import { purgeVault } from "./lib/purge";
import { type Outputs, Stack } from "./lib/stack";
import { livesInLab } from "./lib/state";
import { withEndpoint } from "./lib/with-endpoint";
import { preview } from "./preview/preview";
import { releaseMessage } from "./promotion/history";
import { releaseOf } from "./promotion/release";

const question = "What is the capital of France?";

/**
 * Opens the environment's stack, with the lab up when that is where it lives. What cannot be planned is refused before the engine starts;
 * a preview does without what only an update needs, and the program tells it.
 */
async function open({ update }: { update: boolean }): Promise<Stack> {
  const name = await chosenEnvironment();
  let environment = readEnvironment(name);
  refuse(environment, planOf(environment.environment).faults);
  if (livesInLab(environment)) {
    await labUp();
    environment = readEnvironment(name); // the lab has written its images file
  }
  const { faults } = update ? deployablePlan(environment.environment) : previewPlan(environment.environment).plan;
  refuse(environment, faults);
  if (update && isOnDocker(environment)) await requireMachine(environment);
  return Stack.open(environment);
}

function refuse({ file }: EnvironmentFile, faults: readonly PlanFault[]): void {
  if (faults.length === 0) return;
  throw new UserError(
    `${file} has no plan:\n${faults.map((fault) => `✖ ${faultMessage(fault)}`).join("\n")}`,
    "each line says what to change",
  );
}

async function up(): Promise<void> {
  const stack = await open({ update: true });
  const { environment } = stack.environment;
  const plan = planOf(environment);
  const embeds = new Set(plan.models.flatMap((model) => model.embeds ?? []));
  const message = releaseMessage(releaseOf(environment, plan));
  if (!message) console.error("the release is too long to be kept with the update: make promote will not know it");
  if (isOnDocker(stack.environment)) await prepareDoor(stack.environment);
  await runUp(stack, message ? [`--message=${message}`] : []);
  const outputs = await stack.outputs();
  if (outputs.frontDoor) return askAtTheDoor(stack, outputs, outputs.frontDoor.url, embeds);
  for (const [model, url] of Object.entries(outputs.endpoints)) {
    console.log(
      `\n${model}\n  in the cluster:     ${url}${stack.inLab ? `\n  from this machine:  ${outputs.addresses[model]}` : ""}\n\n> ${question}`,
    );
    await withEndpoint(stack, outputs, model, (reachable) => show(reachable, model, embeds));
  }
}

/** On Docker, an update that failed says what containers said: the provider itself does not know. */
async function runUp(stack: Stack, args: string[]): Promise<void> {
  try {
    await stack.up(args, { repair: Boolean(process.env["REFRESH"]) });
  } catch (error) {
    if (isOnDocker(stack.environment)) for (const line of await complaints(stack.environment.name)) console.error(`✖ ${line}`);
    throw error;
  }
}

/** Asks a model for what it gives, text or a vector, and tells how long that took. */
async function show(url: string, model: string, embeds: ReadonlySet<string>, through: Through = {}): Promise<void> {
  if (embeds.has(model)) {
    const { dimensions, seconds } = await embed(url, model, question, through);
    return console.log(`a vector of ${dimensions} numbers\n\n  after ${seconds.toFixed(2)} s`);
  }
  const { ttftSeconds, tokensPerSecond } = await ask(url, model, question, (text) => process.stdout.write(text), through);
  console.log(`\n\n  first token after ${ttftSeconds.toFixed(2)} s, then ${tokensPerSecond.toFixed(1)} tokens/s`);
}

/** The same through the front door, as its own consumer: no model is open to anybody else. */
async function askAtTheDoor(stack: Stack, outputs: Outputs, url: string, embeds: ReadonlySet<string>): Promise<void> {
  const local = isOnDocker(stack.environment) ? await enterDocker(stack.environment, url) : undefined;
  const through = local ? local.through : await enter(stack, outputs);
  for (const model of Object.keys(outputs.endpoints)) {
    console.log(`\n${model}\n  at the front door:  ${url}\n\n> ${question}`);
    await show(url, model, embeds, through);
  }
  if (local) console.log(`\ncertificate for clients: ${local.certificate}`);
  console.log(`\nkeys for consumers: make keys ENV=${stack.environment.name}`);
}

async function down(): Promise<void> {
  const environment = readEnvironment(await chosenEnvironment());
  if (isOnDocker(environment)) await requireEngine();
  if (livesInLab(environment) && !(await isUp())) return console.log("the lab is down, so nothing of it runs");
  const stack = await Stack.open(environment);
  await stack.destroy();
  if (isOnDocker(environment)) return leave(stack.environment.name);
  console.log(`nothing is left of ${stack.environment.name}`);
  for (const line of await purgeVault(environment)) console.log(line);
}

/** What is left on Docker: volumes of weights and keys, unless they are to go too. */
async function leave(name: string): Promise<void> {
  if (process.env["PURGE"]) await purgeDocker(name);
  const kept = await keptVolumes(name);
  if (kept.length === 0) return console.log(`nothing is left of ${name}`);
  console.log(`of ${name}, volumes are left: ${kept.join(", ")}; make down ENV=${name} PURGE=1 takes them away`);
}

const commands: Record<string, () => Promise<void>> = {
  up,
  down,
  preview: async () => preview(await open({ update: false })),
};

command(async () => {
  const run = own(commands, process.argv[2] ?? "");
  if (!run) throw new UserError(`unknown command "${process.argv[2] ?? ""}"`, `use one of ${Object.keys(commands).join(", ")}`);
  await run();
});
