import { storeFolder } from "../../components/serving/ollama-server";
import { loadPath, modelPart } from "../../components/serving/weights";
import { isUp } from "../../lab/lab";
import { stagesSeconds } from "../../lib/cold-start";
import { planOf } from "../../lib/environment/plan-request";
import type { ModelPlan } from "../../lib/planner/types";
import { lockKey } from "../../lib/weights/source";
import type { Through } from "../ask";
import { requireEngine } from "../docker/client";
import { enterDocker, isOnDocker } from "../docker/environment";
import { inCluster, type Kubectl } from "../lib/cluster";
import { enter } from "../lib/enter";
import { type EnvironmentFile, readEnvironment } from "../lib/environment";
import { UserError } from "../lib/fault";
import { type Outputs, Stack } from "../lib/stack";
import { livesInLab } from "../lib/state";
import { withEndpoint } from "../lib/with-endpoint";
import type { Figure } from "./figures";
import { clusterServer } from "./in-cluster";
import { answers, answersOf, type Endpoint, levelsOf } from "./measure";
import { dockerServer } from "./on-docker";
import type { Row } from "./report";
import { known, type Server, withMemory } from "./server";
import type { Settings } from "./settings";

const isOfText = ({ name, embeds = [] }: ModelPlan): boolean => !embeds.includes(name);

/** Environments with their models, all there before the first is asked anything; each mistake in one line. Models that embed are left out, which is said. */
export function chosen(names: readonly string[], { models: wanted }: Settings): { file: EnvironmentFile; models: ModelPlan[] }[] {
  const all = names.map((name) => {
    const file = readEnvironment(name);
    return { file, models: planOf(file.environment).models.filter(({ name }) => wanted?.includes(name) ?? true) };
  });
  const found = new Set(all.flatMap(({ models }) => models.map(({ name }) => name)));
  const missing = (wanted ?? []).filter((name) => !found.has(name));
  if (missing.length > 0)
    throw new UserError(
      missing.map((name) => `MODELS: "${name}" is no model of ${names.join(" or ")}`).join("\n"),
      `use those of the environments: ${names.flatMap((name) => Object.keys(readEnvironment(name).environment.models)).join(", ")}`,
    );
  const vectors = all.flatMap(({ file, models }) => models.filter((model) => !isOfText(model)).map(({ name }) => `${file.name}/${name}`));
  if (vectors.length > 0) console.error(`not compared, as they answer with vectors and not with text: ${vectors.join(", ")}`);
  return all.map(({ file, models }) => ({ file, models: models.filter(isOfText) })).filter(({ models }) => models.length > 0);
}

/** Measures models of an environment that is up, one after the other. */
export async function compareModels(file: EnvironmentFile, models: readonly ModelPlan[], run: string, settings: Settings): Promise<Row[]> {
  const onDocker = isOnDocker(file);
  if (onDocker) await requireEngine();
  if (livesInLab(file) && !(await isUp())) throw new UserError(`ENV="${file.name}": the lab is down`, `make up ENV=${file.name}`);
  const stack = await Stack.open(file);
  const outputs = await stack.outputs();
  if (!outputs.endpoints) throw new UserError(`ENV="${file.name}": nothing is deployed`, `make up ENV=${file.name}`);
  if (onDocker) {
    const { through } = await enterDocker(file, outputs.frontDoor!.url);
    return measureAll(file, models, run, settings, { use: atDoor(outputs, through), serverOf: (plan) => onThisMachine(file, plan) });
  }
  const through = outputs.frontDoor ? await enter(stack, outputs) : undefined;
  const use: Use = through
    ? atDoor(outputs, through)
    : (model, ask) => withEndpoint(stack, outputs, model, (url) => ask({ url, model, through: {} }));
  return inCluster(stack, outputs, (kubectl) =>
    measureAll(file, models, run, settings, { use, serverOf: (plan) => inItsCluster(kubectl, outputs, plan) }),
  );
}

/** Reaches a model as long as something is asked of it. */
type Use = <T>(model: string, ask: (endpoint: Endpoint) => Promise<T>) => Promise<T>;

const atDoor =
  ({ frontDoor }: Outputs, through: Through): Use =>
  (model, ask) =>
    ask({ url: frontDoor!.url, model, through });

/** Half as long again as the plan takes for the whole start. */
const restartSeconds = ({ coldStart }: ModelPlan): number => Math.ceil(stagesSeconds(coldStart) * 1.5);

const onThisMachine = ({ name }: EnvironmentFile, plan: ModelPlan): Server => dockerServer(name, plan.name, restartSeconds(plan));
const inItsCluster = (kubectl: Kubectl, { namespaceName }: Outputs, plan: ModelPlan): Server =>
  clusterServer(kubectl, namespaceName, plan, restartSeconds(plan));

interface Way {
  readonly use: Use;
  readonly serverOf: (plan: ModelPlan) => Server;
}

async function measureAll(
  { name: environment }: EnvironmentFile,
  models: readonly ModelPlan[],
  run: string,
  settings: Settings,
  { use, serverOf }: Way,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const plan of models) {
    console.error(`${environment}/${plan.name}: ${settings.restart ? "starting it again, then " : ""}asking`);
    const server = serverOf(plan);
    const loadSeconds = await loadOf(plan, server, use, settings);
    const measured = await use(plan.name, (endpoint) =>
      withMemory(server, async () => ({ answers: await answersOf(endpoint, settings), levels: await levelsOf(endpoint, run, settings) })),
    );
    const diskMib = await known(() => server.diskMib(diskPath(plan)));
    rows.push({ environment, ...described(plan), memoryMib: measured.memoryMib, diskMib, loadSeconds, ...measured.result });
  }
  return rows;
}

async function loadOf({ name }: ModelPlan, server: Server, use: Use, { restart }: Settings): Promise<Figure> {
  if (!restart) return { unknown: "RESTART=1 starts the server again to measure it" };
  return known(() => server.restart(() => use(name, answers).catch(() => false)));
}

/** Where a server sees its weights. */
const diskPath = ({ engine, weights }: ModelPlan): string => (engine === "ollama" ? storeFolder : loadPath(modelPart(weights)));

const described = ({ name, model, weights, engine, version, placement: { gpu, gpuCount }, replicas }: ModelPlan) => ({
  ...{ model: name, catalog: model, weights: lockKey(weights.source), engine, version, replicas },
  device: gpu ? `${gpuCount} x ${gpu}` : "CPU",
});
