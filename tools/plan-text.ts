import type { EnvironmentPlan, ModelPlan } from "../lib/planner/types";
import { formatCount, formatGib, formatUsd } from "../lib/units";
import { draftFolder, modelPath, type Weights } from "../lib/weights/source";

/** How many sizes that were not chosen are shown, nearest in price first. */
const shownRejections = 6;

/** A plan as people read it: totals, each model, then warnings. */
export function planText(plan: EnvironmentPlan): string {
  const count = `${plan.models.length} model${plan.models.length === 1 ? "" : "s"}`;
  const priced = plan.usdPerHour > 0;
  const [perHour, perMonth] = leastUsd(plan);
  const price = priced
    ? `${range(perHour, plan.usdPerHour, 3)} per hour, ${range(perMonth, plan.usdPerMonth)} per month of 730 h (${dates(plan)})`
    : "not priced";
  const lines = [
    `${plan.name}${priced ? ` in ${plan.region}` : ""}: ${count}, ${price}`,
    "",
    ...aligned(planRows(plan.models)),
    ...plan.models.flatMap(details),
  ];
  const warnings = plan.warnings.map((warning) => `  ! ${warning}`);
  return `${[...lines, ...(warnings.length > 0 ? ["", "Warnings", ...warnings] : [])].join("\n")}\n`;
}

/** What is left of the costs when every model that is scaled has its fewest pods, and the nodes of the others went. */
const leastUsd = ({ models, usdPerHour, usdPerMonth }: EnvironmentPlan): [number, number] => [
  models.reduce((sum, { least, placement }) => sum - (least ? placement.usdPerHour - least.usdPerHour : 0), usdPerHour),
  models.reduce((sum, { least, placement }) => sum - (least ? placement.usdPerMonth - least.usdPerMonth : 0), usdPerMonth),
];

const range = (least: number, most: number, digits?: number): string =>
  least < most ? `${formatUsd(least, digits)} to ${formatUsd(most, digits)}` : formatUsd(most, digits);

const dates = ({ models }: EnvironmentPlan): string =>
  `pay as you go, prices of ${[...new Set(models.map(({ placement }) => placement.priceDate))].sort().join(", ")}`;

const columns = ["model", "runs", "engine", "on", "weights", "cache", "tokens", "requests", "USD/h", "USD/month"] as const;

/** The models of a plan with the names of the columns, a row each; none where there is no model. */
export const planRows = (models: readonly ModelPlan[]): (readonly string[])[] => (models.length === 0 ? [] : [columns, ...models.map(row)]);

/** Rows with their columns below each other. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((cells) => cells[index]!.length)));
  return rows.map((cells) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join("  ")
      .trimEnd(),
  );
}

function row({ name, model, quantization, engine, version, memory, placement: p, replicas, least }: ModelPlan): string[] {
  const device = p.gpu ? `${p.gpuCount} x ${p.gpu}${p.migProfile ? ` ${p.migProfile}` : ""}` : "CPU";
  return [
    name,
    `${least ? `${least.replicas}-` : ""}${replicas} x ${model} ${quantization}`,
    `${engine} ${version}`,
    Object.keys(p.nodeLabels).length > 0 ? `${p.nodes} x ${p.size} (${device})` : `any node with ${device === "CPU" ? "room" : device}`,
    formatGib(memory.weightsGib),
    formatGib(memory.kvGib),
    formatCount(memory.kvTokens),
    memory.maxConcurrency.toFixed(1),
    p.usdPerHour > 0 ? p.usdPerHour.toFixed(3) : "-",
    p.usdPerMonth > 0 ? formatCount(p.usdPerMonth) : "-",
  ];
}

/** What is downloaded, at which revision, and how large that is. */
function downloadText({ repository, revision, downloadGib, claimGib, from }: NonNullable<ModelPlan["download"]>): string {
  const what = repository ? `${repository} at ${revision ?? "no revision yet"}, ` : "";
  return `${what}${formatGib(downloadGib)}${from === "estimated" ? " (estimated)" : ""}, to a volume of ${claimGib} GiB`;
}

const weightsText = ({ source, lock }: Weights, folder?: string): string =>
  `${source.kind}, ${lock ? "as locked" : "not locked"}: ${modelPath(source, folder)}`;

/** What a model that is scaled takes at its fewest and at its most pods. */
function scalingText({ least, replicas, placement }: ModelPlan): string[] {
  if (!least) return [];
  const nodes = (count: number): string =>
    Object.keys(placement.nodeLabels).length > 0 ? ` on ${count} node${count === 1 ? "" : "s"}` : "";
  const cost = ({ usdPerHour }: { usdPerHour: number }): string =>
    placement.usdPerHour > 0 ? ` for ${formatUsd(usdPerHour, 3)} per hour` : "";
  const from = `${least.replicas}${nodes(least.nodes)}${cost(least)}`;
  return [`  scales      from ${from} to ${replicas}${nodes(placement.nodes)}${cost(placement)}`];
}

function details(model: ModelPlan): string[] {
  const { pod, coldStart: c, rollout } = model;
  const known = Object.keys(model.placement.nodeLabels).length > 0; // elsewhere the nodes have no sizes that could be reported
  const others = model.rejected.slice(0, known ? shownRejections : 0).map(({ size, reason }) => `    ${size}: ${reason}`);
  const hidden = known ? model.rejected.length - others.length : 0;
  return [
    "",
    `${model.name}: holds ${model.concurrency} of ${formatCount(model.contextTokens)} tokens`,
    `  pod         ${pod.cpuCores} cores, ${pod.memoryMib} MiB of memory (/dev/shm ${pod.shmGib}), ${pod.ephemeralStorageGib} GiB of disk, ${pod.gpuCount} GPU`,
    ...scalingText(model),
    `  cold start  ${c.totalSeconds} s: node ${c.nodeSeconds}, image ${c.imageSeconds}, weights ${c.weightsSeconds}, load ${c.loadSeconds} (of which compile ${c.compileSeconds})`,
    `  rollout     ${rollout.strategy}: ${rollout.reason}`,
    ...(model.args.length > 0 ? [`  arguments   ${model.args.join(" ")}`] : []),
    ...(Object.keys(model.environment).length > 0
      ? [
          `  environment ${Object.entries(model.environment)
            .map(([key, value]) => `${key}=${value}`)
            .join(" ")}`,
        ]
      : []),
    `  weights     ${weightsText(model.weights)}`,
    ...(model.draft ? [`  draft model ${weightsText(model.draft, draftFolder)}`] : []),
    ...(model.download ? [`  download    ${downloadText(model.download)}`] : []),
    ...(others.length > 0 ? ["  not chosen"] : []),
    ...others,
    ...(hidden > 0 ? [`    and ${hidden} more sizes (--json lists them all)`] : []),
  ];
}
