import { z } from "zod";

import { modelSchema } from "../catalog/schema";
import { modelfileTextFault, parameterFault } from "../compatibility/ollama";
import type { EngineName } from "../engines/tables";
import * as limits from "../limits";
import { notOneOf } from "../schema-messages";

const inImage = z.string().startsWith("/", "must be an absolute path in the image");
const relative = z.string().regex(/^(?!\/)(?!.*\.\.)[^\0]+$/s, "must be a path inside the source, without a leading / or ..");

/** Values by a name; a name that is none is reported with its bound. */
export const byName = <T extends z.ZodType>(name: z.ZodString, value: T) =>
  z.record(name, value, { error: ({ code, issues }) => (code === "invalid_key" ? issues[0]?.message : undefined) });

/** `image`: a reference by digest, or a name in the images file. */
const image = z.strictObject({ kind: z.literal("image"), image: z.string().min(1), path: relative.optional() });
const volume = z.strictObject({ kind: z.literal("volume"), claim: limits.dnsLabel, path: relative.optional() });
const baked = z.strictObject({ kind: z.literal("baked"), path: inImage });

const huggingFace = z.strictObject({
  kind: z.literal("huggingFace"),
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "must be `org/name`"),
  revision: z.string().min(7, "must be a commit").optional(),
  /** Folder in the repository. Default: all of it. */
  path: relative.optional(),
});

/** Where weights come from: a source of lib/weights/source.ts, as people write it. */
const source = z.discriminatedUnion(
  "kind",
  [
    huggingFace,
    z.strictObject({ kind: z.literal("library"), tag: z.string().regex(/^[\w./:-]+$/, "must be a tag such as qwen3:0.6b") }),
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
const weights = z.strictObject({ vllm: source, ollama: source, onnx: source } satisfies Record<EngineName, typeof source>).partial();

/** Weights beside the model's, as a folder: an adapter, or a draft model. */
const folderSource = z.discriminatedUnion("kind", [huggingFace, image, volume, baked], {
  error: (issue) => sourceMessage(issue, ["huggingFace", "image", "volume", "baked"]),
});

const adapter = z.strictObject({
  /** Where the adapter's folder lies. */
  source: folderSource,
  /** Rank of its matrices. */
  rank: z.int().min(1, "must be at least 1").max(512, "must be at most 512"),
});

const vllm = z.strictObject({
  prefixCaching: z.boolean().optional(),
  chunkedPrefill: z.boolean().optional(),
  speculative: z
    .strictObject({
      method: z.enum(["ngram", "draft_model", "eagle", "mtp"]),
      tokens: z.int().min(1, "must be at least 1").max(32, "must be at most 32"),
      /** Of the catalog, or a name under `catalog`. */
      model: z.string().optional(),
      /** Where the smaller model lies. Default: what the catalog knows. */
      source: folderSource.optional(),
    })
    .refine(({ method, model }) => method === "ngram" || method === "mtp" || model !== undefined, {
      path: ["model"],
      message: "must name the smaller model for this method",
    })
    .optional(),
  toolParser: z.string().optional(),
  reasoningParser: z.string().optional(),
  structuredOutputs: z.enum(["xgrammar", "guidance", "outlines", "lm-format-enforcer", "auto"]).optional(),
  /** Adapters by the name that clients ask for. */
  adapters: byName(limits.dnsLabel, adapter).optional(),
});

/** A parameter that Ollama knows and the plan does not set. */
const parameterName = z.string().superRefine((name, context) => {
  const fault = parameterFault(name);
  if (fault) context.addIssue({ code: "custom", message: `${fault.bound}; ${fault.fix}` });
});
/** A text as a Modelfile can hold it. */
const modelfileString = z.string().superRefine((text, context) => {
  const message = modelfileTextFault(text);
  if (message) context.addIssue({ code: "custom", message });
});
const parameterValue = z.union([modelfileString, z.number(), z.array(modelfileString)], "must be a text, a number or a list of texts");
/** A model as a Modelfile customises it; Ollama's own names for parameters. */
const modelfile = z.strictObject({
  system: modelfileString.max(32_768, "must be at most 32768 characters").optional(),
  template: modelfileString.max(32_768, "must be at most 32768 characters").optional(),
  parameters: byName(parameterName, parameterValue).optional(),
});

const ollama = modelfile.extend({
  /** How long an idle model stays loaded: a duration such as 5m, or -1 for ever. */
  keepAlive: z
    .string()
    .regex(/^(-1|\d+(s|m|h))$/, "must be a duration such as 5m, or -1")
    .optional(),
  /** The same weights under further names, each customised. */
  variants: byName(limits.dnsLabel, modelfile).optional(),
  /** Other models in the same server, by name. */
  more: byName(
    limits.dnsLabel,
    z.strictObject({
      model: z.string(),
      weights: weights.optional(),
      quantization: z.string().optional(),
      contextTokens: z.number().optional(),
    }),
  ).optional(),
});

/** One model of an environment. Bounds that depend on the model or the engine's version are the planner's. */
export const model = z.strictObject({
  engine: z.enum(["vllm", "ollama", "onnx"], "must be vllm, ollama or onnx"),
  /** Catalog name, Hugging Face id, or a name under `catalog`. */
  model: z.string("must name a model of the catalog: adapters and weights need their base").min(1),
  engineVersion: z.string().optional(),
  weights: weights.optional(),
  quantization: z.string().optional(),
  dtype: z.enum(["bfloat16", "float16", "float32"]).optional(),
  kvCacheDtype: z.string().optional(),
  contextTokens: z.number().optional(),
  concurrency: z.number().optional(),
  replicas: z.number().optional(),
  tensorParallel: z.number().optional(),
  gpu: z.string().optional(),
  size: z.string().optional(),
  cpu: z.boolean().optional(),
  gpuMemoryUtilization: z.number().optional(),
  maxNumBatchedTokens: z.number().optional(),
  enforceEager: z.boolean().optional(),
  extraArgs: z.array(z.string()).optional(),
  memoryMib: limits.memoryMib.optional(),
  cpuCores: limits.cpuCores.optional(),
  coldStart: z
    .strictObject({ imageSeconds: limits.stageSeconds, weightsSeconds: limits.stageSeconds, loadSeconds: limits.stageSeconds })
    .partial()
    .optional(),
  /** The volume that weights are downloaded to. */
  storage: z
    .strictObject({
      gib: limits.storageGib.optional(),
      /** StorageClass. Default: the cluster's. */
      class: z.string().optional(),
      /** The class offers ReadWriteMany. */
      shared: z.boolean().optional(),
    })
    .optional(),
  /** Further labels that the node must have. */
  nodeLabels: z.record(z.string(), z.string()).optional(),
  vllm: vllm.optional(),
  ollama: ollama.optional(),
});

/** A model that the catalog lacks: described in full, or by its config.json. */
export const userModel = z.union(
  [
    z.strictObject({
      /** File from the project's root. */
      configJson: z.string(),
      huggingFace: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "must be `org/name`"),
      licence: z.string(),
      gated: z.boolean().optional(),
      parameters: z.int().positive().optional(),
    }),
    modelSchema,
  ],
  "must be { configJson, huggingFace, licence }, or a model in full as lib/catalog/schema.ts describes it",
);
