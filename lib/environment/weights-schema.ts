import { z } from "zod";

import type { EngineName } from "../engines/tables";
import * as limits from "../limits";
import { notOneOf } from "../schema-messages";

const inImage = z.string().startsWith("/", "must be an absolute path in the image");
const relative = z.string().regex(/^(?!\/)(?!.*\.\.)[^\0]+$/s, "must be a path inside the source, without a leading / or ..");

/** `image`: a reference by digest, or a name in the images file. */
const image = z.strictObject({
  kind: z.literal("image"),
  image: z.string().min(1).describe("Image that holds the weights: a reference by digest, or a name in the images file."),
  path: relative.optional().describe("File or folder in the image. Default: all of it."),
});
const volume = z.strictObject({
  kind: z.literal("volume"),
  claim: limits.dnsLabel.describe("PersistentVolumeClaim in the namespace of the models that holds the weights."),
  path: relative.optional().describe("File or folder on the volume. Default: all of it."),
});
const baked = z.strictObject({ kind: z.literal("baked"), path: inImage.describe("Absolute path in the server's own image.") });

const huggingFace = z.strictObject({
  kind: z.literal("huggingFace"),
  repository: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, "must be `org/name`")
    .describe("Repository on Hugging Face, as org/name."),
  revision: z.string().min(7, "must be a commit").optional().describe("Commit of the repository. Default: what the model lock says."),
  path: relative.optional().describe("Folder in the repository. Default: all of it."),
});

/** Where weights come from: a source of lib/weights/source.ts, as people write it. */
const source = z.discriminatedUnion(
  "kind",
  [
    huggingFace,
    z.strictObject({
      kind: z.literal("library"),
      tag: z
        .string()
        .regex(/^[\w./:-]+$/, "must be a tag such as qwen3:0.6b")
        .describe("Tag of Ollama's library, such as qwen3:0.6b."),
    }),
    image,
    volume,
    baked,
  ],
  { error: (issue) => sourceMessage(issue, ["huggingFace", "library", "image", "volume", "baked"]) },
);

/** Kinds that people write for one of ours, or for a store that nothing here reads. */
const instead: readonly (readonly [RegExp, string])[] = [
  [/blob|s3|gcs|bucket|minio|object/i, "object stores are not read: use volume, with a claim whose driver mounts it, or image"],
  [/nfs|file|pvc|claim|disk/i, "use volume, with a claim that holds the files"],
  [/^(oci|container|registry|modelcar)$/i, "use image"],
  [/^(hf|hub|repo|repository)$/i, "use huggingFace"],
  [/ollama|^tag$/i, "use library"],
  [/local|path|embedded|host/i, "use baked for files of the engine's image, or volume for those of a claim"],
];

/** What is said of a source that is none, or whose kind is none of ours. */
function sourceMessage({ input, code }: z.core.$ZodRawIssue, kinds: readonly string[]): string {
  const kind = code === "invalid_union" ? (input as { kind?: unknown }).kind : undefined;
  const use = typeof kind === "string" && !kinds.includes(kind) && instead.find(([pattern]) => pattern.test(kind))?.[1];
  const near = notOneOf(kind, kinds, "of kind ");
  return use && !near.includes("did you mean") ? `${near}; ${use}` : near;
}

/** Sources by engine, so that the engine can be switched by one word. */
export const weights = z
  .strictObject({
    vllm: source.describe("Where weights come from when the engine is vLLM. Replaces the volume that they were downloaded to."),
    ollama: source.describe("Where weights come from when the engine is Ollama. Replaces the volume that they were downloaded to."),
    onnx: source.describe("Where weights come from when the engine is the ONNX server. Replaces the volume that they were downloaded to."),
  } satisfies Record<EngineName, typeof source>)
  .partial();

/** Weights beside the model's, as a folder: an adapter, or a draft model. */
export const folderSource = z.discriminatedUnion("kind", [huggingFace, image, volume, baked], {
  error: (issue) => sourceMessage(issue, ["huggingFace", "image", "volume", "baked"]),
});
