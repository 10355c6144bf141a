import { z } from "zod";

import { cpuCores, memoryMib, pinnedImage, stageSeconds, storageGib } from "../limits";
import { scaling } from "../scaling/settings";
import { lockSchema } from "../weights/lock";

/**
 * Arguments of the component `Model`, as other languages write them: the shape alone. What a model, an engine or a pool can do is the plan's to decide.
 * Each description becomes the doc comment of the generated SDKs.
 */

const folder = z.string().optional().describe("File or folder in the source. Default: all of it.");
const object = <T extends z.ZodRawShape>(id: string, shape: T) => z.strictObject(shape).meta({ id });

const huggingFace = object("HuggingFaceSource", {
  kind: z.literal("huggingFace"),
  repository: z.string().describe("As `org/name`; downloaded once, to a volume of the server."),
  revision: z.string().optional().describe("Commit. Default: what the lock says."),
  path: folder,
});

const library = object("LibrarySource", {
  kind: z.literal("library"),
  tag: z.string().describe("Tag of Ollama's library, such as `qwen3:0.6b`."),
});

/** Sources that any engine reads. */
const files = [
  object("ImageSource", {
    kind: z.literal("image"),
    reference: pinnedImage.describe("OCI image that holds only files, by digest; mounted read-only."),
    path: folder,
  }),
  object("VolumeSource", {
    kind: z.literal("volume"),
    claim: z.string().describe("PersistentVolumeClaim of the namespace; mounted read-only."),
    path: folder,
  }),
  object("BakedSource", { kind: z.literal("baked"), path: z.string().describe("Absolute path in the engine's own image.") }),
] as const;

const source = z.discriminatedUnion("kind", [huggingFace, ...files]);

const weights = object("Weights", { vllm: source, ollama: z.discriminatedUnion("kind", [library, ...files]), onnx: source })
  .partial()
  .meta({ id: "WeightsByEngine" });

const modelfile = {
  system: z.string().optional().describe("System prompt. Default: the model's own."),
  template: z.string().optional().describe("Prompt template, in Go's template language. Default: the model's own."),
  parameters: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .optional()
    .describe("Parameters by Ollama's own names, such as `temperature`."),
};

const ollama = object("OllamaSettings", {
  ...modelfile,
  variants: z
    .record(z.string(), object("Modelfile", modelfile))
    .optional()
    .describe("The same weights under further names, each customised."),
  keepAlive: z.string().optional().describe("How long an idle model stays loaded: a duration, or -1 for ever. Default: -1."),
});

const vllm = object("VllmFeatures", {
  prefixCaching: z.boolean(),
  chunkedPrefill: z.boolean(),
  speculative: object("SpeculativeDecoding", {
    method: z.enum(["ngram", "draft_model", "eagle", "eagle3", "mtp"]),
    tokens: z.int(),
    model: z.string().optional(),
  }),
  toolParser: z.string(),
  reasoningParser: z.string(),
  structuredOutputs: z.enum(["xgrammar", "guidance", "outlines", "lm-format-enforcer", "auto"]),
})
  .partial()
  .meta({ id: "VllmOptions" });

const adapters = object("Adapters", {
  count: z.int().describe("Adapters held at once."),
  rank: z.int().describe("The largest of their ranks."),
  sources: z.record(z.string(), source).optional().describe("Where each lies, by the name that clients ask for."),
});

const additionalModels = object("FurtherModel", {
  model: z.string(),
  weights: weights.optional(),
  quantization: z.string().optional(),
  contextTokens: z.int().optional(),
});

/** Arguments that a program may learn only while it runs; all others are planned from. */
export const modelInputs = ["namespace", "image", "verifierImage"] as const;

/** Arguments of `Model`. */
export const modelArguments = z.strictObject({
  engine: z.enum(["vllm", "ollama", "onnx"], "must be vllm, ollama or onnx"),
  model: z.string().describe("Catalog name or Hugging Face id."),
  namespace: z.string().describe("Namespace of every resource. Replaces them all when it changes."),
  image: pinnedImage.describe("Image of the engine, pinned by digest."),
  verifierImage: pinnedImage.describe("Image with Python 3, pinned by digest, that asks the model until it answers."),
  weights: weights.optional().describe("Where each engine gets the weights. Default: what the catalog knows."),
  engineVersion: z.string().optional().describe("Version of the engine, one with a table. Default: the pinned one."),
  quantization: z.string().optional().describe("How the weights are stored. Default: the checkpoint's own."),
  dtype: z.string().optional().describe("Data type of unquantized weights. Default: bfloat16, or float16 where the GPU lacks it."),
  kvCacheDtype: z.string().optional().describe("Data type of the cache. Default: auto."),
  contextTokens: z.int().optional().describe("Longest request, in tokens, prompt and answer. Default: 8192, or the model's own limit."),
  concurrency: z.int().optional().describe("Requests of full context to hold at once. Default: 1."),
  replicas: z.int().optional().describe("Pods; 0 stops the model and keeps its weights. Default: 1."),
  scaling: scaling
    .optional()
    .describe(
      "Pods by load, in place of replicas: nodes are planned for the most. A component Autoscaler sets their number. Default: none.",
    ),
  tensorParallel: z.int().optional().describe("GPUs that one replica is split over. Default: the fewest that fit."),
  gpu: z.string().optional().describe("Only sizes with this GPU."),
  size: z.string().optional().describe("Only this VM size."),
  cpu: z.boolean().optional().describe("Only the CPU (true) or only GPUs (false)."),
  gpuMemoryUtilization: z.number().optional().describe("vLLM's share of a GPU's memory. Default: the version's."),
  maxNumBatchedTokens: z.int().optional().describe("Default: 2048."),
  enforceEager: z.boolean().optional(),
  extraArgs: z.array(z.string()).optional().describe("Further engine arguments, checked against the version's table."),
  memoryMib: memoryMib.optional().describe("Memory request and limit of a replica, in MiB. Default: what the plan computes."),
  cpuCores: cpuCores.optional().describe("Processor request of a replica, in cores. Default: what the plan computes."),
  coldStart: object("ColdStart", { imageSeconds: stageSeconds, weightsSeconds: stageSeconds, loadSeconds: stageSeconds })
    .partial()
    .meta({ id: "ColdStartSeconds" })
    .optional()
    .describe("Stages of the cold start that were measured, in seconds. Default: what the plan computes."),
  volumeClass: z.string().optional().describe("StorageClass of the volume for weights. Default: the cluster's."),
  volumeGib: storageGib.optional().describe("Size of that volume, in GiB. Default: what the plan computes."),
  sharedVolume: z.boolean().optional().describe("That class offers ReadWriteMany. Default: false."),
  nodeLabels: z.record(z.string(), z.string()).optional().describe("Further labels that nodes must have."),
  vllm: vllm.optional().describe("Features of vLLM; of no meaning to other engines."),
  ollama: ollama.optional().describe("How Ollama customises the model; of no meaning to other engines."),
  adapters: adapters.optional().describe("Adapters (LoRA). vLLM only."),
  additionalModels: z.record(z.string(), additionalModels).optional().describe("Further models of the same Ollama server, by name."),
  pod: z.record(z.string(), z.any()).optional().describe("What pods hold beside what the engine needs, in Kubernetes' own terms."),
  hfEndpoint: z.string().optional().describe("Base URL of a mirror of Hugging Face."),
  region: z.string().optional().describe("Azure region. Default: eastus."),
  target: z.enum(["kubernetes", "azure"]).optional().describe("Where it runs; only azure is priced. Default: kubernetes."),
  pools: z
    .array(object("NodePool", { size: z.string(), maxNodes: z.int(), migProfile: z.string().optional() }))
    .optional()
    .describe("Node pools by VM size. Default: not known."),
  kubernetesVersion: z.string().optional().describe("Version of the cluster, such as `1.36`. Default: not known."),
  lock: lockSchema.optional().describe("Revision and sha256 of the weights, as `make lock` writes them. Default: not compared."),
  allowedLicences: z.array(z.string()).optional().describe("Licences that may be served. Default: any."),
});
