import { vmSizes } from "../accelerators/vm-size";
import { embeds } from "../compatibility/pooling";
import { round } from "../units";
import type { Volume } from "../weights/identity";
import { liesOnClaim, needsDownload, needsLock } from "../weights/source";
import { artefactsOf } from "./artefacts";
import { coldStartFaults, coldStartPlan, coldStartWarnings, volumeSecondsPerGib } from "./cold-start-plan";
import { downloadPlan } from "./download";
import { engineSettings } from "./engine-args";
import type { Fault } from "./fault";
import { missingFact } from "./lookup-faults";
import { nodeDiskFaults } from "./node-disk";
import { type Choice, deviceGib, isWanted, place, placementOf, type Site, siteOf } from "./place";
import { podOf } from "./pod";
import { type Resolved, regionFaults, resolve } from "./resolve";
import { type RolloutInput, rolloutOf } from "./rollout";
import { suggest } from "./suggest";
import type { DownloadPlan, EnvironmentPlan, ModelPlan, ModelRequest, PlanRequest, Rejection } from "./types";
import { volumeSizeFaults } from "./volume-faults";

/** Plans an environment: what fits where, why, and what it costs. Pure; every mistake is in `faults`, none is thrown. */
export function plan(environment: PlanRequest): EnvironmentPlan {
  const region = regionFaults(environment);
  const results =
    region.length > 0 ? [] : Object.entries(environment.models).map(([name, request]) => planModel(name, request, environment));
  const planned = results.flatMap((result) => (Array.isArray(result) ? [] : [result]));
  const models = planned.map(({ model, rollout }) => ({
    ...model,
    rollout: rolloutOf({ ...rollout, neighbours: neighboursOf(model, planned) }),
  }));
  const faults = [...region, ...results.flatMap((result) => (Array.isArray(result) ? result : [])), ...diskFaults(models, environment)];
  const sum = (of: (model: ModelPlan) => number): number => models.reduce((total, model) => total + of(model), 0);
  return {
    name: environment.name,
    region: environment.region,
    models,
    usdPerHour: round(
      sum(({ placement }) => placement.usdPerHour),
      4,
    ),
    usdPerMonth: round(
      sum(({ placement }) => placement.usdPerMonth),
      2,
    ),
    warnings: models.flatMap(({ name, warnings }) => warnings.map((warning) => `${name}: ${warning}`)),
    faults,
  };
}

/** A model's plan but for its rollout, which depends on the models that share its nodes. */
interface Planned {
  readonly model: Omit<ModelPlan, "rollout">;
  readonly rollout: Omit<RolloutInput, "neighbours">;
}

/** Pods of the other models that are planned on nodes of the same size, partitioned in the same way. */
const neighboursOf = ({ name, placement }: Planned["model"], planned: readonly Planned[]): number =>
  planned
    .map(({ model }) => model)
    .filter(
      (other) => other.name !== name && other.placement.size === placement.size && other.placement.migProfile === placement.migProfile,
    )
    .reduce((sum, { replicas }) => sum + replicas, 0);

/** Pools whose nodes are known to have too small a disk. */
const diskFaults = (models: readonly ModelPlan[], { pools = [] }: PlanRequest): Fault[] =>
  pools.flatMap(({ size, migProfile = null, diskGib, maxNodes }, index) =>
    diskGib === undefined
      ? []
      : nodeDiskFaults(
          models.filter(({ placement }) => placement.size === size && placement.migProfile === migProfile),
          { path: `pools[${index}].diskGib`, gib: diskGib, largestGib: diskGib, nodes: maxNodes },
        ),
  );

function planModel(name: string, request: ModelRequest, environment: PlanRequest): Planned | Fault[] {
  const resolved = resolve(name, request, environment);
  if (Array.isArray(resolved)) return resolved;
  const choice = place(resolved, siteOf(environment));
  if (typeof choice === "string") return [missingFact(`models.${name}.model`, resolved.model, choice)];
  if (Array.isArray(choice)) return [nothingFits(resolved, choice, siteOf(environment))];
  return planOf(resolved, choice, environment);
}

function planOf(resolved: Resolved, choice: Choice, environment: PlanRequest): Planned | Fault[] {
  const { target, pools = [], scales = [], lock } = environment;
  const { name, model, engine, version, contextTokens, concurrency, replicas, exclusiveVolume } = resolved;
  const { device, requirement: need, placement, rejected } = choice;
  const download = downloadPlan(resolved, need);
  const faults = [...volumeSizeFaults(`models.${name}`, resolved.request, download), ...coldStartFaults(resolved, choice, download)];
  if (faults.length > 0) return faults;
  const memory = need.on(device.gpu ? deviceGib(device) : need.usableGib); // of a CPU node a pod takes what it needs
  const held = {
    weights: resolved.weights,
    ...(resolved.draft ? { draft: resolved.draft.weights } : {}),
    adapters: resolved.adapters,
    additionalModels: Object.fromEntries(resolved.additionalModels.map((other) => [other.name.split(".").at(-1)!, other.weights])),
  };
  const planned = {
    name,
    model: model.id,
    engine,
    version,
    quantization:
      resolved.quantization ?? model.checkpointQuantization ?? resolved.dtype ?? (device.gpu?.bf16 === false ? "float16" : "bfloat16"),
    contextTokens,
    concurrency,
    replicas,
    memory,
    ...leastOf(resolved, choice, environment),
    placement,
    rejected,
    ...held,
    ...embeddingNames(resolved),
    ...engineSettings(resolved, device.gpuCount, memory),
    pod: podOf(resolved, choice),
    ...(download ? { download } : {}),
    ...volumePlan(resolved, download),
    coldStart: coldStartPlan(resolved, choice, target, download),
    warnings: [...warningsOf(resolved, choice, environment), ...coldStartWarnings(resolved, choice, download), ...unlocked(held, lock)],
  };
  const rollout = {
    ...{
      size: placement.size,
      migProfile: placement.migProfile,
      cpu: device.gpu === null,
      replicas,
      replicasPerNode: device.replicasPerNode,
      exclusiveVolume,
    },
    // on Azure the settings of a size are those of each of its pools, however their GPUs are partitioned
    pools: [
      ...pools,
      ...scales
        .filter(({ size }) => size === placement.size)
        .map((pool) => ({ ...pool, ...(placement.migProfile ? { migProfile: placement.migProfile } : {}) })),
    ],
  };
  return { model: planned, rollout };
}

/** Names of a server that answer with a vector. */
function embeddingNames(resolved: Resolved): Pick<ModelPlan, "embeds"> {
  const names = [resolved, ...resolved.additionalModels]
    .filter(({ model, engine, version }) => embeds(model, engine, version))
    .map(({ name }) => name.split(".").at(-1)!);
  return names.length > 0 ? { embeds: names } : {};
}

/** What a model that is scaled takes at its fewest pods. */
function leastOf({ request: { scaling } }: Resolved, { device }: Choice, { target, region }: PlanRequest): Pick<ModelPlan, "least"> {
  if (!scaling) return {};
  const { nodes, usdPerHour, usdPerMonth } = placementOf(device, scaling.min, target === "azure" ? region : undefined);
  return { least: { replicas: scaling.min, nodes, usdPerHour, usdPerMonth } };
}

/** The volume of a download; of a claim of the user's own only how it is shared counts. */
function volumePlan({ request, exclusiveVolume }: Resolved, download: DownloadPlan | undefined): { volume?: Volume } {
  const { volumeClass, sharedVolume } = request;
  if (!download && (exclusiveVolume || !sharedVolume)) return {};
  return {
    volume: {
      ...(download ? { gib: download.claimGib } : {}),
      ...(volumeClass ? { class: volumeClass } : {}),
      ...(sharedVolume ? { shared: true } : {}),
    },
  };
}

/** Sizes are those of Azure, wherever the nodes stand: of a GPU that none has, or not so many of, nothing is known but its memory. */
function unlisted({ gpu, request: { size: name, gpu: asked, tensorParallel: count = 1 } }: Resolved): string {
  const having = vmSizes.filter((size) => (name ? size.name === name : gpu && isWanted(asked!, gpu, size.gpu)));
  const most = Math.max(0, ...having.map(({ gpuCount }) => gpuCount));
  if (having.length === 0) return gpu ? `; no VM size that is known has ${gpu.name}` : "";
  if (count <= most) return "";
  return `; ${name ?? `a size with ${gpu!.name}`} has ${most === 1 ? "one GPU" : `at most ${most} GPUs`}, and tensorParallel asks for ${count}`;
}

/** The closest sizes by price that could not, and the smallest changes that would. */
function nothingFits(resolved: Resolved, rejected: Rejection[], site: Site): Fault {
  const { name, model, request } = resolved;
  const wished = request.size ?? request.gpu ?? (request.cpu ? "a CPU" : undefined);
  const short = rejected.filter(({ kind }) => kind === "too small");
  const last =
    (request.size ? rejected.find(({ size }) => size === request.size) : short.at(-1)) ??
    rejected.find(({ kind }) => kind === "incompatible") ??
    rejected.find(({ kind }) => kind === "not available");
  const changes = suggest(resolved, site);
  return {
    path: `models.${name}`,
    value: model.id,
    bound: `must fit ${wished ?? (site.pools ? "a size of the pools" : `a size in ${site.region}`)}${unlisted(resolved) || (last ? `; ${last.size}: ${last.reason}` : "")}`,
    fix: changes.length > 0 ? `change one: ${changes.join(", or ")}` : "choose a smaller model",
  };
}

/** What a deployment would refuse. */
const unlocked = (held: Parameters<typeof artefactsOf>[0], lock: PlanRequest["lock"]): string[] =>
  lock && artefactsOf(held).some(({ lock: entry, source }) => !entry && needsLock(source))
    ? [`its weights are not in the model lock: run make lock before you deploy`]
    : [];

function warningsOf(resolved: Resolved, { device, placement }: Choice, { target, pools }: PlanRequest): string[] {
  const { model, engine, request } = resolved;
  return [
    ...(model.gated === null ? [`whether ${model.huggingFace} is gated is not sourced`] : []),
    ...(engine === "vllm" && model.architecture === null
      ? [`the architecture of ${model.huggingFace} is not sourced: whether vLLM runs it was not checked`]
      : []),
    ...(target === "azure" && placement.priceDate === "undated" ? [`the price of ${placement.size} is undated`] : []),
    ...(target !== "azure" && pools === undefined && device.gpu && !request.nodeLabels
      ? [`is sized for ${device.gpu.name}, and nothing says which nodes have it: name pools, or nodeLabels such as nvidia.com/gpu.product`]
      : []),
    ...(device.size.gpuFraction < 1 && (target === "azure" || pools !== undefined)
      ? ["a share of a GPU: how the device plugin counts it is not documented; try it before you rely on it"]
      : []),
    ...(device.migProfile
      ? [`partitions the GPUs into ${device.migProfile} instances: fixed when the pool is created, and no autoscaler`]
      : []),
    ...(request.volumeClass &&
    liesOnClaim(resolved.weights.source) &&
    !request.coldStart?.loadSeconds &&
    (volumeSecondsPerGib(request.volumeClass, 100) === 0 || (request.volumeGib === undefined && !needsDownload(resolved.weights.source)))
      ? [
          `the throughput of the storage class ${request.volumeClass} is not known: set coldStart.loadSeconds if a start takes longer than planned`,
        ]
      : []),
    ...(engine === "vllm" && !request.enforceEager ? ["the first start compiles and has up to 0.5 GiB less cache than the next"] : []),
  ];
}
