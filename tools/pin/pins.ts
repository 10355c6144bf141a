import type { ImagesFile } from "../../lib/environment/images-file";
import { pinned, type Reference, referenceOf } from "./reference";
import type { Tagged } from "./registry";

/** An image that an environment needs. */
export interface Wanted {
  /** Its name in the images file. */
  readonly name: string;
  /** What the file has for it. */
  readonly entry?: ImagesFile[string] | undefined;
  /** What is pinned where the file has nothing, by tag. */
  readonly official?: string | undefined;
}

/** What became of one image. */
export interface Pin {
  readonly name: string;
  readonly kind: "added" | "same" | "moved" | "drifted" | "untagged" | "unnamed" | "failed";
  readonly text: string;
  /** What the file should have. */
  readonly entry?: ImagesFile[string];
}

/** How images are pinned. */
export interface Pinning {
  readonly resolve: (reference: Reference) => Promise<Tagged>;
  /** The day, as YYYY-MM-DD. */
  readonly today: string;
  /** Take the digest that a tag has now where the file has another. */
  readonly update: boolean;
}

/** Pins one image: adds what the file lacks, and says of what it has whether the tag still names it. */
export async function pin(wanted: Wanted, { resolve, today, update }: Pinning): Promise<Pin> {
  const { name, entry, official } = wanted;
  const { image, since } = typeof entry === "object" ? { image: entry.image, since: ` on ${entry.pinned}` } : { image: entry, since: "" };
  const reference = image || official ? referenceOf(image ?? official!) : undefined;
  if (!reference)
    return { name, kind: "unnamed", text: `no project publishes it: make pin NAME=${name} IMAGE=<registry>/<repository>:<tag>` };
  if (!reference.tag) return { name, kind: "untagged", text: `${image} has no tag, so nobody can say what it should be now` };
  const now = await resolve(reference).catch((error: Error) => error);
  if (now instanceof Error) return { name, kind: "failed", text: now.message };
  const fresh = { image: pinned(reference, now.digest), pinned: today };
  const shown = `${fresh.image}${now.platforms.length > 0 ? ` (${now.platforms.join(", ")})` : ""}`;
  if (!reference.digest) return { name, kind: "added", text: shown, entry: fresh };
  if (reference.digest === now.digest) return { name, kind: "same", text: image! };
  if (update) return { name, kind: "moved", text: `${shown}, was ${reference.digest}`, entry: fresh };
  return {
    name,
    kind: "drifted",
    text: `the tag ${reference.tag} names ${now.digest} now, and ${reference.digest} was pinned${since}: make pin UPDATE=1 NAME=${name} takes it`,
  };
}

/** Whether somebody has to look at it. */
export const isOpen = ({ kind }: Pin): boolean => kind === "drifted" || kind === "unnamed" || kind === "failed";

/** The images file with what was pinned, sorted by name. */
export function withPins(file: ImagesFile, pins: readonly Pin[]): ImagesFile {
  const made = pins.flatMap(({ name, entry }) => (entry ? [[name, entry] as const] : []));
  return Object.fromEntries(Object.entries({ ...file, ...Object.fromEntries(made) }).sort(([a], [b]) => (a < b ? -1 : 1)));
}
