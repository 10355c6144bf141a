import { bytesPerGib, gib } from "../units";
import { needsDownload, type Weights } from "../weights/source";
import type { MemoryRequirement } from "./memory-requirement";
import { adapterGib } from "./overhead";
import type { Resolved } from "./resolve";
import type { Draft } from "./resolve-draft";
import type { DownloadPlan } from "./types";
import { weightBytes } from "./weights";

/** Room that a volume keeps beside the weights: a fifth, and 1 GiB for tokenizer, index and what is on its way. */
const roomShare = 1.2;
const roomGib = 1;

/** What is downloaded to the server's volume; undefined where nothing is: an image, a claim of the user's, or the engine's own image holds it. */
export function downloadPlan(resolved: Resolved, requirement: MemoryRequirement): DownloadPlan | undefined {
  const models = [resolved, ...resolved.additionalModels].filter(({ weights }) => needsDownload(weights.source));
  const adapters = Object.values(resolved.adapters).filter(({ source }) => needsDownload(source));
  const drafts = resolved.draft && needsDownload(resolved.draft.weights.source) ? [resolved.draft] : [];
  const downloads = [...models.map(({ weights }) => weights), ...drafts.map(({ weights }) => weights), ...adapters];
  const [first] = downloads;
  if (first === undefined) return undefined;
  const { rank = 0 } = resolved.request.adapters ?? {};
  const adapterBytes = bytesPerGib * adapterGib(resolved.model, { count: 1, rank, tensorParallel: 1 });
  const bytes = [
    ...models.map((part) => storedBytes(part, requirement)),
    ...drafts.map(draftBytes),
    ...adapters.map((adapter) => lockedBytes(adapter) ?? adapterBytes),
  ];
  const downloadGib = gib(bytes.reduce((sum, part) => sum + part, 0));
  const { source } = first;
  return {
    ...(source.kind === "huggingFace" ? { repository: source.repository, revision: source.revision ?? null } : {}),
    downloadGib,
    claimGib: resolved.request.volumeGib ?? Math.ceil(roomShare * downloadGib + roomGib),
    from: downloads.every((weights) => lockedBytes(weights) !== undefined) ? "lock" : "estimated",
  };
}

/** Bytes of a model's files: as the lock says, as they are published, or as they lie in memory. */
export const storedBytes = (part: Resolved, requirement: MemoryRequirement): number =>
  lockedBytes(part.weights) ?? publishedBytes(part) ?? bytesPerGib * requirement.on(requirement.usableGib).weightsGib;

/** The same of a draft model, whose size is known where it is planned. */
export const draftBytes = ({ model, quantization, weights }: Draft): number =>
  lockedBytes(weights) ?? weightBytes(model, { dtype: "bfloat16", ...(quantization ? { quantization } : {}), tensorParallel: 1 }) ?? 0;

/** Bytes of the files that the lock lists; undefined: it has no sizes. */
const lockedBytes = ({ lock }: Weights): number | undefined => {
  const sizes = Object.values(lock?.sizes ?? {});
  return sizes.length > 0 ? sizes.reduce((sum, bytes) => sum + bytes, 0) : undefined;
};

/** The files as they are published: in 16 bits where the engine quantizes them only while it loads them. */
const publishedBytes = ({ engine, model, deployment }: Resolved): number | undefined =>
  engine === "onnx"
    ? undefined
    : weightBytes(model, { dtype: "bfloat16", ...(deployment.stored ? { quantization: deployment.stored } : {}), tensorParallel: 1 });
