import { costNotes } from "../azure/costs";
import { azureFaults, networkFaults } from "../azure/faults";
import { driverResult } from "../azure/gpu-driver";
import { releaseOf } from "../engines/metric-roles";
import { own } from "../own";
import { artefactsOf } from "../planner/artefacts";
import { type Fault, faultMessage } from "../planner/fault";
import { plan } from "../planner/plan";
import type { EnvironmentPlan, ModelRequest, PlanRequest, Pool } from "../planner/types";
import type { WeightsSource } from "../weights/source";
import type { Environment, EnvironmentModel } from "./environment";
import { imageFaults, imageName, imageWarnings } from "./image-names";
import { monitoringFaults } from "./monitoring-config";

/** The plan of an environment; it needs no images, and no cluster. `today` is a date such as 2026-11-27. */
export function planOf(environment: Environment, today = new Date().toISOString().slice(0, 10)): EnvironmentPlan {
  const planned = plan(toPlanRequest(environment));
  const { faults, warnings } = azureResult(environment, planned, today);
  return {
    ...planned,
    warnings: [...planned.warnings, ...imageWarnings(environment, planned), ...hubWarnings(environment, planned), ...warnings],
    faults: [...planned.faults, ...objectiveFaults(environment, planned), ...faults],
  };
}

/** Hosts that are named, of which none is where the Hub keeps its files: two and three labels below hf.co (huggingface/hub-docs PR 2628 and 2647). */
function hubWarnings({ weightsFrom, hfEndpoint }: Environment, { models }: EnvironmentPlan): string[] {
  const names = weightsFrom.flatMap((from) => (typeof from === "string" ? [] : [from.name]));
  const asksHub = models.flatMap(artefactsOf).some(({ source }) => source.kind === "huggingFace");
  if (hfEndpoint || !asksHub || names.length < weightsFrom.length || names.includes("*.hf.co")) return [];
  return [
    `weightsFrom: files of Hugging Face come from hosts below hf.co, and ${names.join(", ")} does not name them: add { name: "*.hf.co" }`,
  ];
}

/** What is wrong with the section azure, what Azure's nodes run, and what Azure bills beside them. */
function azureResult({ azure, imageDigests }: Environment, planned: EnvironmentPlan, today: string): PlanCheck {
  if (!azure) return { faults: [], warnings: [] };
  const drivers = planned.models.map((model) => driverResult(model, own(imageDigests, imageName(model))));
  return {
    faults: [...azureFaults(planned, azure, today), ...drivers.flatMap(({ faults }) => faults)],
    warnings: [...drivers.flatMap(({ warnings }) => warnings), ...(planned.models.length > 0 ? costNotes(planned, azure) : [])],
  };
}

interface PlanCheck {
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
}

/** What the monitoring promises that its models cannot keep; a model without a plan is reported by the planner alone. */
function objectiveFaults({ monitoring, models: named }: Environment, { models }: EnvironmentPlan): Fault[] {
  if (!monitoring) return [];
  const releases = Object.fromEntries(models.map((model) => [model.name, releaseOf(model)]));
  return monitoringFaults(monitoring, releases)
    .filter(({ path }) => Object.hasOwn(releases, path[2]!) || !Object.hasOwn(named, path[2]!))
    .map(({ path, message }) => ({
      path: path.join("."),
      value: own(monitoring.objectives, path[2]!),
      bound: message,
      fix: "correct it, or leave it out",
    }));
}

/**
 * The same for one that is to be deployed: what its images file and its model lock lack is among the faults. A model that is not locked is not
 * placed, so what is wrong with its place is known from the plan that does not ask for a lock.
 */
export function deployablePlan(environment: Environment, unlocked = planOf(environment)): EnvironmentPlan {
  const planned = plan({ ...toPlanRequest(environment), locked: true });
  const { azure } = environment;
  const reported = new Set(planned.faults.map(faultMessage));
  const rest = [
    ...unlocked.faults.filter((fault) => !reported.has(faultMessage(fault))),
    ...imageFaults(environment, unlocked),
    ...(azure ? networkFaults(azure) : []),
  ];
  return { ...planned, faults: [...planned.faults, ...rest] };
}

/** The same for one that is only looked at: what an update alone needs is no fault, but reported as `missing`. */
export function previewPlan(environment: Environment): { plan: EnvironmentPlan; missing: readonly Fault[] } {
  const unlocked = planOf(environment);
  const all = deployablePlan(environment, unlocked).faults;
  const missing = all.filter(({ neededBy }) => neededBy === "update");
  return { plan: { ...unlocked, faults: all.filter((fault) => !missing.includes(fault)) }, missing };
}

/** What the planner is asked about an environment. */
export function toPlanRequest(environment: Environment): PlanRequest {
  const { name, region, target, azure, models, allowedLicences, hfToken, pools, modelLock } = environment;
  return {
    name,
    region,
    target: target === "docker" ? "kubernetes" : target, // nothing of it is priced
    models: Object.fromEntries(Object.entries(models).map(([key, model]) => [key, toModelRequest(model, environment)])),
    ...(allowedLicences ? { allowedLicences } : {}),
    hfToken: hfToken !== undefined,
    ...(pools ? { pools: pools.map(compact) as Pool[] } : {}),
    ...(azure ? { kubernetesVersion: azure.kubernetesVersion, scales: scalesOf(azure) } : {}),
    lock: modelLock,
  };
}

/** Node pools on Azure whose number of nodes the environment sets. */
const scalesOf = ({ pools }: NonNullable<Environment["azure"]>): Pool[] =>
  Object.entries(pools).flatMap(([size, { scale }]) =>
    scale ? [{ size, maxNodes: scale.kind === "fixed" ? scale.nodes : scale.maxNodes }] : [],
  );

function toModelRequest(entry: EnvironmentModel, environment: Environment): ModelRequest {
  const { model, weights, storage, vllm, ollama, ...rest } = entry;
  const { adapters = {}, speculative, ...features } = vllm ?? {};
  const ranks = Object.values(adapters).map(({ rank }) => rank);
  const adapterSources = Object.entries(adapters).map(([name, { source }]) => [name, toSource(source, environment)]);
  return compact({
    ...rest,
    model: own(environment.userModels, model) ?? model,
    weights: weights && sources(weights, environment),
    adapters:
      ranks.length > 0 && entry.engine === "vllm"
        ? { count: ranks.length, rank: Math.max(...ranks), sources: Object.fromEntries(adapterSources) }
        : undefined,
    vllm: vllm && compact({ ...features, speculative: speculative && toSpeculative(speculative, environment) }),
    sharedVolume: storage?.shared,
    volumeClass: storage?.class,
    volumeGib: storage?.gib,
    additionalModels:
      ollama?.additionalModels &&
      Object.fromEntries(Object.entries(ollama.additionalModels).map(([name, other]) => [name, toAdditionalModel(other, environment)])),
  }) as ModelRequest;
}

type Speculative = NonNullable<NonNullable<EnvironmentModel["vllm"]>["speculative"]>;

const toSpeculative = ({ model, source, ...rest }: Speculative, environment: Environment) =>
  compact({
    ...rest,
    model: model === undefined ? undefined : (own(environment.userModels, model) ?? model),
    source: source && toSource(source, environment),
  });

type AdditionalModel = NonNullable<NonNullable<EnvironmentModel["ollama"]>["additionalModels"]>[string];

const toAdditionalModel = ({ model, weights, ...rest }: AdditionalModel, environment: Environment) =>
  compact({ ...rest, model: own(environment.userModels, model) ?? model, weights: weights && sources(weights, environment) });

type WeightsSetting = NonNullable<NonNullable<EnvironmentModel["weights"]>["vllm"]>;

const sources = (weights: NonNullable<EnvironmentModel["weights"]>, environment: Environment) =>
  Object.fromEntries(Object.entries(weights).map(([engine, written]) => [engine, toSource(written, environment)]));

/** A source as the planner takes it: an image that is named in the images file becomes its reference by digest. */
export function toSource(written: WeightsSetting, { imageDigests }: Environment): WeightsSource {
  if (written.kind !== "image") return compact(written) as WeightsSource;
  const { image, ...rest } = written;
  return compact({ ...rest, reference: own(imageDigests, image) ?? image }) as WeightsSource;
}

/** An object without its undefined values. */
const compact = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
