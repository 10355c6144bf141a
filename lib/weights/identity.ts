import { createHash } from "node:crypto";

import type { Weights } from "./source";

/** A volume that weights are downloaded to. */
export interface Volume {
  /** Size, in GiB; 1 to 4096. @default 20; of a claim of the user's, it is the user's */
  readonly gib?: number | undefined;
  /** StorageClass. @default the cluster's */
  readonly class?: string | undefined;
  /** The class offers ReadWriteMany, so that several nodes share what is downloaded once. @default false */
  readonly shared?: boolean | undefined;
}

/**
 * What weights are, as ten hexadecimal digits: source, revision and files of each, and the volume that holds them. Where any of it differs,
 * so does this; what does not change the bytes or the volume, such as an engine's version, does not change it.
 */
export function weightsHash(weights: readonly Weights[], volume?: Volume): string {
  const sources = weights.map(({ source, lock }) => [sorted(source), lock?.revision ?? null, sorted(lock?.files ?? {})]);
  return digest(JSON.stringify([sources, volume ? sorted(volume) : null]));
}

/** Label key by which pods that mount one claim find each other; a claim's name may be longer than a key. */
export const claimLabel = (claim: string): string => `slm-stack/claim-${digest(claim)}`;

/** Longest name of an object whose name becomes the value of a label, such as a Job's. */
const longestName = 63;

/** A name as it is, or its beginning with ten digits that tell it from others with the same beginning. */
export const shortName = (name: string): string =>
  name.length <= longestName ? name : `${name.slice(0, longestName - 11)}-${digest(name)}`;

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 10);

/** Entries in the order of their keys, without those that say nothing: the order of a file is no identity. */
const sorted = (value: object): [string, unknown][] =>
  Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
