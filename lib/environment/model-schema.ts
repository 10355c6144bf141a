import { z } from "zod";

import { modelSchema } from "../catalog/schema";
import { modelfileTextFault, parameterFault, parameterValueFault } from "../compatibility/ollama";
import * as limits from "../limits";
import { scaling } from "../scaling/settings";
import { folderSource, weights } from "./weights-schema";

/** Values by a name; a name that is none is reported with its bound. */
export const byName = <T extends z.ZodType>(name: z.ZodString, value: T) =>
  z.record(name, value, { error: ({ code, issues }) => (code === "invalid_key" ? issues[0]?.message : undefined) });

const adapter = z.strictObject({
  source: folderSource.describe("Where the adapter's folder lies."),
  rank: z.int().min(1, "must be at least 1").max(512, "must be at most 512").describe("Rank of its matrices."),
});

const vllm = z.strictObject({
  prefixCaching: z
    .boolean()
    .optional()
    .describe("Keep the cache of prompts' beginnings for requests that begin the same way. Default: the version's."),
  chunkedPrefill: z
    .boolean()
    .optional()
    .describe("Compute long prompts in pieces, between the tokens of other requests. Default: the version's."),
  speculative: z
    .strictObject({
      method: z
        .enum(["ngram", "draft_model", "eagle", "eagle3", "mtp"])
        .describe("Who guesses: the prompt's own n-grams, a smaller model, or a head of the model."),
      tokens: z.int().min(1, "must be at least 1").max(32, "must be at most 32").describe("Tokens that are guessed at once."),
      model: z
        .string()
        .optional()
        .describe("The smaller model or head, of the catalog or a name under catalog. Needed by draft_model, eagle and eagle3."),
      source: folderSource
        .optional()
        .describe("Where the smaller model lies. Default: what the catalog knows. Replaces the volume that weights were downloaded to."),
    })
    .refine(({ method, model }) => method === "ngram" || method === "mtp" || model !== undefined, {
      path: ["model"],
      message: "must name the smaller model for this method",
    })
    .optional()
    .describe("Guess several tokens at once, and check them together. Default: none."),
  toolParser: z
    .string()
    .optional()
    .describe("Parser of tool calls, by its name in vLLM; it also turns automatic tool choice on. Default: none."),
  reasoningParser: z.string().optional().describe("Parser of the model's reasoning, by its name in vLLM. Default: none."),
  structuredOutputs: z
    .enum(["xgrammar", "guidance", "outlines", "lm-format-enforcer", "auto"])
    .optional()
    .describe("Back end of structured output. Default: the version's."),
  adapters: byName(limits.dnsLabel, adapter).optional().describe("Adapters by the name that clients ask for."),
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
const parameterValue = z.union(
  [modelfileString, z.number(), z.boolean(), z.array(modelfileString)],
  "must be a text, a number, true or false, or a list of texts",
);
/** Parameters by name, each with a value that Ollama reads. */
const parameters = byName(parameterName, parameterValue).superRefine((values, context) => {
  for (const [name, value] of Object.entries(values)) {
    const message = parameterValueFault(name, value);
    if (message) context.addIssue({ code: "custom", path: [name], message, input: value });
  }
});
/** A model as a Modelfile customises it; Ollama's own names for parameters. */
const modelfile = z.strictObject({
  system: modelfileString
    .max(32_768, "must be at most 32768 characters")
    .optional()
    .describe("System message of every conversation. Default: the model's own."),
  template: modelfileString
    .max(32_768, "must be at most 32768 characters")
    .optional()
    .describe("Template of a prompt, in the form of a Modelfile. Default: the model's own."),
  parameters: parameters
    .optional()
    .describe("Parameters of a Modelfile by Ollama's own names, such as temperature. Default: the model's own."),
});

const ollama = modelfile.extend({
  keepAlive: z
    .string()
    .regex(/^(-1|\d+(s|m|h))$/, "must be a duration such as 5m, or -1")
    .optional()
    .describe("How long an idle model stays loaded: a duration such as 5m, or -1 for ever."),
  variants: byName(limits.dnsLabel, modelfile).optional().describe("The same weights under further names, each customised."),
  additionalModels: byName(
    limits.dnsLabel,
    z.strictObject({
      model: z.string().describe("Catalog name, Hugging Face id, or a name under `catalog`."),
      weights: weights.optional().describe("Where its weights come from, by engine. Default: what the catalog knows."),
      quantization: z.string().optional().describe("How its weights are stored. Default: Q4_K_M."),
      contextTokens: z
        .number()
        .optional()
        .describe("Its longest request, in tokens. Default: 8192, or the model's own limit when that is shorter."),
    }),
  )
    .optional()
    .describe("Other models in the same server, by name."),
});

/** One model of an environment. Bounds that depend on the model or the engine's version are the planner's. */
export const model = z.strictObject({
  engine: z
    .enum(["vllm", "ollama", "onnx"], "must be vllm, ollama or onnx")
    .describe("Server that runs it: vllm, ollama or onnx. Replaces the server; its address stays."),
  model: z
    .string("must name a model of the catalog: adapters and weights need their base")
    .min(1)
    .describe("Catalog name, Hugging Face id, or a name under `catalog`."),
  engineVersion: z.string().optional().describe("Version of the engine, one that this project has a table of. Default: the pinned one."),
  weights: weights
    .optional()
    .describe("Where weights come from, by engine, so that the engine can be switched by one word. Default: what the catalog knows."),
  quantization: z
    .string()
    .optional()
    .describe("How the weights are stored. Default: the checkpoint's own; Q4_K_M for Ollama, onnx-int4 for ONNX."),
  dtype: z
    .enum(["bfloat16", "float16", "float32"])
    .optional()
    .describe("Data type of unquantized weights. Default: bfloat16, or float16 where the GPU lacks it."),
  kvCacheDtype: z.string().optional().describe("Data type of the cache of keys and values. Default: auto, that of the model."),
  contextTokens: z
    .number()
    .optional()
    .describe("Longest request, in tokens, prompt and answer. Default: 8192, or the model's own limit when that is shorter."),
  concurrency: z.number().optional().describe("Requests of full context that one replica holds at once. Default: 1."),
  replicas: z.number().optional().describe("Pods of the model; 0 to 1000. Default: 1."),
  scaling: scaling
    .optional()
    .describe("Pods by load, between min and max, in place of `replicas`. Default: always as many as `replicas` says."),
  tensorParallel: z.number().optional().describe("GPUs that one replica is split over. Default: the fewest that fit."),
  gpu: z.string().optional().describe("Only VM sizes with this GPU, such as a10. Default: any."),
  size: z.string().optional().describe("Only this VM size. Default: the cheapest that fits. Replaces the node pool on Azure."),
  cpu: z.boolean().optional().describe("Only the CPU (true) or only GPUs (false). Default: false for vLLM, else whichever is cheapest."),
  gpuMemoryUtilization: z
    .number()
    .optional()
    .describe("Share of the GPU's memory that vLLM takes; above 0, at most 1. Default: the version's."),
  maxNumBatchedTokens: z.number().optional().describe("Most tokens that vLLM computes in one step. Default: 2048."),
  enforceEager: z
    .boolean()
    .optional()
    .describe("Run vLLM without compiling and without CUDA graphs: a faster start, slower answers. Default: false."),
  extraArgs: z
    .array(z.string())
    .optional()
    .describe("Further arguments of the engine, checked against the version's table. Default: none."),
  memoryMib: limits.memoryMib.optional().describe("Memory request and limit of a replica, in MiB. Default: what the plan computes."),
  cpuCores: limits.cpuCores
    .optional()
    .describe("Processor request of a replica, in cores; fractions are allowed. Default: what the plan computes."),
  coldStart: z
    .strictObject({
      imageSeconds: limits.stageSeconds.describe("Pulling the image, in seconds."),
      weightsSeconds: limits.stageSeconds.describe("Bringing the weights, in seconds."),
      loadSeconds: limits.stageSeconds.describe("Loading the weights until the first answer, in seconds."),
    })
    .partial()
    .optional()
    .describe("Stages of its cold start that were measured. Default: what the plan computes."),
  storage: z
    .strictObject({
      gib: limits.storageGib.optional().describe("Size of the volume, in GiB. Default: what the plan computes."),
      class: z.string().optional().describe("StorageClass. Default: the cluster's."),
      shared: z.boolean().optional().describe("The class offers ReadWriteMany, so that several nodes mount the volume. Default: false."),
    })
    .optional()
    .describe(
      "The volume that weights are downloaded to. Replaces the volume, and downloads the weights to the new one while the old server serves.",
    ),
  nodeLabels: z.record(z.string(), z.string()).optional().describe("Further labels that the node must have. Default: none."),
  vllm: vllm.optional().describe("Features of vLLM; other engines leave them aside."),
  ollama: ollama.optional().describe("What Ollama does beside serving; other engines leave it aside."),
});

/** A model that the catalog lacks: described in full, or by its config.json. */
export const userModel = z.union(
  [
    z.strictObject({
      configJson: z.string().describe("Its config.json, as a file from the project's root."),
      huggingFace: z
        .string()
        .regex(/^[\w.-]+\/[\w.-]+$/, "must be `org/name`")
        .describe("Its repository on Hugging Face, as org/name."),
      licence: z.string().describe("SPDX identifier of its licence, or the model's own licence name."),
      gated: z.boolean().optional().describe("The repository asks for a token and an accepted licence. Default: not known."),
      parameters: z.int().positive().optional().describe("Weights in the checkpoint. Default: what its config.json tells."),
    }),
    modelSchema,
  ],
  "must be { configJson, huggingFace, licence }, or a model in full as lib/catalog/schema.ts describes it",
);
