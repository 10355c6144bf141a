import { gib } from "../units";
import { isBrought } from "../weights/source";
import type { Need } from "./need";
import type { Resolved } from "./resolve";
import type { DownloadPlan } from "./types";
import { weightBytes } from "./weights";

/** Room that a volume keeps beside the weights: a fifth, and 1 GiB for tokenizer, index and what is on its way. */
const roomShare = 1.2;
const roomGib = 1;

/** What is downloaded to the server's volume; undefined where nothing is: an image, a claim of the user's, or the engine's own image holds it. */
export function downloadPlan(resolved: Resolved, need: Need): DownloadPlan | undefined {
  const parts = [resolved, ...resolved.more].filter(({ weights }) => isBrought(weights.source));
  if (parts.length === 0) return undefined;
  const files = parts.map((part) => lockedBytes(part) ?? publishedBytes(part));
  const [first] = parts;
  const estimated = parts.some((part) => lockedBytes(part) === undefined);
  const downloadGib = files.some((bytes) => bytes === undefined)
    ? need.on(need.usableGib).weightsGib
    : gib(files.reduce<number>((sum, bytes) => sum + bytes!, 0));
  const { source } = first!.weights;
  return {
    ...(source.kind === "huggingFace" ? { repository: source.repository, revision: source.revision ?? null } : {}),
    downloadGib,
    claimGib: Math.ceil(roomShare * downloadGib + roomGib),
    from: estimated ? "estimated" : "lock",
  };
}

const lockedBytes = ({ weights }: Resolved): number | undefined => {
  const sizes = Object.values(weights.lock?.sizes ?? {});
  return sizes.length > 0 ? sizes.reduce((sum, bytes) => sum + bytes, 0) : undefined;
};

/** The files as they are published: in 16 bits where the engine quantizes them only while it loads them. */
const publishedBytes = ({ engine, model, deployment }: Resolved): number | undefined =>
  engine === "onnx"
    ? undefined
    : weightBytes(model, { dtype: "bfloat16", ...(deployment.stored ? { quantization: deployment.stored } : {}), tensorParallel: 1 });
