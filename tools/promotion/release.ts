import { pinnedImages } from "../../lib/environment/image-names";
import { own } from "../../lib/own";
import { artefactsOf } from "../../lib/planner/artefacts";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { type Locked, lockKey, needsLock } from "../../lib/weights/source";
import type { Environment } from "../../stacks/environment";

/** What an environment deploys, in full: what is promoted, and rolled back. Keys are sorted, so that equal releases are equal texts. */
export interface Release {
  /** References by digest, by their name in the images file. */
  readonly images: Readonly<Record<string, string>>;
  /** What the model lock says, by source; null for a source that its own digest, or the engine's image, fixes. */
  readonly weights: Readonly<Record<string, Locked | null>>;
  /** Version of the engine, by engine. */
  readonly engines: Readonly<Record<string, readonly string[]>>;
}

/** The release that an environment's files describe. Sources that the lock lacks are in none: they were never deployed. */
export function releaseOf(environment: Environment, plan: EnvironmentPlan): Release {
  const all = plan.models.flatMap(artefactsOf);
  const weights = all.map(({ source, lock }) => [lockKey(source), needsLock(source) && lock ? plain(lock) : null] as const);
  const engines = [...new Set(plan.models.map(({ engine }) => engine))].sort();
  const versions = (name: string) => [...new Set(plan.models.filter(({ engine }) => engine === name).map(({ version }) => version))].sort();
  return {
    images: pinnedImages(environment, plan),
    weights: sorted(weights),
    engines: Object.fromEntries(engines.map((engine) => [engine, versions(engine)])),
  };
}

/** A lock entry with its keys in one order, as it is written to a file. */
function plain({ revision, licence, files, sizes }: Locked): Locked {
  return {
    ...(revision === undefined ? {} : { revision }),
    ...(licence === undefined ? {} : { licence }),
    files: sorted(Object.entries(files)),
    ...(sizes ? { sizes: sorted(Object.entries(sizes)) } : {}),
  };
}

const sorted = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

/** Whether two releases deploy the same. */
export const isSameRelease = (one: Release, other: Release): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What an environment deploys that a release does not hold: it cannot be promoted by it. */
export function uncovered(needed: Release, { images, weights, engines }: Release): string[] {
  return [
    ...Object.keys(needed.images)
      .filter((name) => !Object.hasOwn(images, name))
      .map((name) => `image ${name}`),
    ...Object.keys(needed.weights)
      .filter((key) => !Object.hasOwn(weights, key))
      .map((key) => `weights ${key}`),
    ...Object.entries(needed.engines).flatMap(([engine, versions]) =>
      versions.filter((version) => !own(engines, engine)?.includes(version)).map((version) => `engine ${engine} ${version}`),
    ),
  ];
}

/** What changes when the files of one release become those of another, a line each; only what both hold is compared. */
export function releaseChanges(before: Release, after: Release): string[] {
  const images = Object.entries(before.images).flatMap(([name, old]) => changed(`image ${name}`, old, own(after.images, name)));
  const weights = Object.entries(before.weights).flatMap(([key, old]) =>
    Object.hasOwn(after.weights, key) ? changed(`weights ${key}`, shown(old), shown(after.weights[key])) : [],
  );
  return [...images, ...weights];
}

const changed = (what: string, old: string, next: string | undefined): string[] =>
  next === undefined || next === old ? [] : [`${what}: ${old} becomes ${next}`];

/** `revision, 3 files (sha256 …)`, which differs where any file does. */
function shown(locked: Locked | null | undefined): string {
  if (!locked) return "not locked";
  const sums = Object.values(locked.files).map((sum) => sum.slice(0, 12));
  return `${locked.revision ?? "no revision"}, ${sums.length} files (${sums.slice(0, 2).join(", ")}${sums.length > 2 ? ", …" : ""})`;
}
