import { writeFileSync } from "node:fs";
import { type CatalogMatch, findModel } from "../lib/catalog/catalog";
import type { EnvironmentModel } from "../lib/environment/environment";
import { toSource } from "../lib/environment/plan-request";
import { own } from "../lib/own";
import { wantsGpu } from "../lib/planner/wants-gpu";
import { defaultSource, type Locked, lockKey, needsLock, type WeightsSource } from "../lib/weights/source";
import { type Environment, fromRoot } from "../stacks/environment";
import { readEnvironment } from "./lib/environment";
import { command, UserError } from "./lib/fault";
import { lockHuggingFace } from "./lock/hugging-face";
import { lockLibrary } from "./lock/ollama-library";

/** Writes what an environment's sources must hold into its model lock: revision and sha256 of each file. Entries of others are kept. */
command(async () => {
  const { environment } = readEnvironment(process.env["ENV"] || "lab");
  const lock: Record<string, Locked> = { ...environment.modelLock };
  const sources = Object.entries(environment.models).flatMap(([name, entry]) => sourcesOf(name, entry, environment));
  for (const { source, licence } of sources) {
    const key = lockKey(source);
    if (lock[key]) {
      console.log(`${key}: locked already; delete its entry to lock it anew`);
      continue;
    }
    const locked = await lockSource(source, environment);
    lock[key] = { ...locked, ...(licence ? { licence } : {}) };
    console.log(`${key}: ${Object.keys(locked.files).length} files${locked.revision ? ` at ${locked.revision}` : ""}`);
    const sorted = Object.fromEntries(Object.entries(lock).sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(fromRoot(environment.lock), `${JSON.stringify(sorted, null, 2)}\n`);
  }
  if (sources.length === 0) console.log("nothing to lock: digests and images of ours say what the weights are");
});

/** The sources of one model that need a lock: its own, its draft model's, those of further models in its server, and its adapters'. */
function sourcesOf(name: string, entry: EnvironmentModel, environment: Environment): { source: WeightsSource; licence?: string }[] {
  const entries = [entry, ...Object.values(entry.ollama?.additionalModels ?? {}).map((other) => ({ ...other, engine: entry.engine }))];
  const adapters = entry.engine === "vllm" ? Object.values(entry.vllm?.adapters ?? {}) : [];
  const adapterSources = adapters
    .map(({ source }) => ({ source: toSource(source, environment) }))
    .filter(({ source }) => needsLock(source));
  const modelSources = entries.flatMap(({ engine, model: id, weights, quantization }) => {
    const described = own(environment.userModels, id);
    const found: CatalogMatch | undefined = described ? { model: described } : findModel(id);
    if (!found) throw new UserError(`models.${name}.model: "${id}" is not a model of the catalog`, "make plan names similar ones");
    const { model, repository } = found;
    const written = weights?.[engine];
    const source = written
      ? toSource(written, environment)
      : defaultSource(engine, model, repository, { onGpu: wantsGpu(entry), quantization });
    return source && needsLock(source) ? [{ source, ...(model.licence ? { licence: model.licence } : {}) }] : [];
  });
  return [...modelSources, ...draftSources(name, entry, environment), ...adapterSources];
}

/** That of the smaller model that guesses tokens. */
function draftSources(
  name: string,
  { engine, vllm }: EnvironmentModel,
  environment: Environment,
): { source: WeightsSource; licence?: string }[] {
  const { speculative } = vllm ?? {};
  if (engine !== "vllm" || speculative?.model === undefined) return [];
  const described = own(environment.userModels, speculative.model);
  const found: CatalogMatch | undefined = described ? { model: described } : findModel(speculative.model);
  if (!found)
    throw new UserError(
      `models.${name}.vllm.speculative.model: "${speculative.model}" is not a model of the catalog`,
      "make plan names similar ones",
    );
  const source = speculative.source ? toSource(speculative.source, environment) : defaultSource("vllm", found.model, found.repository);
  return source && needsLock(source) ? [{ source, ...(found.model.licence ? { licence: found.model.licence } : {}) }] : [];
}

async function lockSource(source: WeightsSource, { hfEndpoint }: Environment): Promise<Locked> {
  if (source.kind === "huggingFace") return lockHuggingFace(source, { hubUrl: hfEndpoint, accessToken: process.env["HF_TOKEN"] });
  if (source.kind === "library") return lockLibrary(source.tag);
  throw new UserError(
    `${lockKey(source)}: files on a volume cannot be read from here`,
    "run sha256sum where they are, and write its lines as files into the lock",
  );
}
