import { z } from "zod";

const count = z.int().positive();
const orUnknown = <T extends z.ZodType>(type: T) => type.nullable().default(null);

/** Layers that keep keys and values of every token. */
const fullLayers = z.strictObject({
  layers: count.describe("How many layers."),
  kvHeads: count.describe("Heads of keys and values of a layer."),
  headDim: count.describe("Elements of one head."),
});

/** Layers that keep keys and values of the last `windowTokens` tokens. */
const slidingLayers = fullLayers.extend({ windowTokens: count.describe("Tokens that a layer looks back.") });

/**
 * Layers that keep a state of fixed size per sequence: a convolution's last inputs and a recurrent matrix.
 * Null where the shape is not sourced; a planner that needs it must then refuse.
 */
const linearLayers = z.strictObject({
  layers: count.describe("How many layers."),
  convolutionElements: orUnknown(count).describe("Elements of the convolution state, in the model's data type."),
  recurrentElements: orUnknown(z.int().nonnegative()).describe("Elements of the recurrent state; 0: it keeps a convolution alone."),
  recurrentBytes: z
    .union([z.literal(2), z.literal(4)])
    .optional()
    .describe("Bytes of one of them. Default: 4 (mamba_ssm_dtype float32 in Qwen3.5 and Nemotron configurations)."),
});

/** A mixture of experts. */
const mixture = z.strictObject({
  experts: count.describe("Experts of one layer."),
  expertsPerToken: count.describe("Experts that one token uses."),
  expertIntermediateSize: orUnknown(count).describe("Width of one expert."),
  activeParameters: orUnknown(count).describe("Parameters used for one token."),
});

/** A folder with a `genai_config.json`, and the bytes of its files where they were published. */
const onnxFolder = z.strictObject({
  path: z.string().min(1).describe("Folder in the repository."),
  bytes: orUnknown(count).describe("Bytes of its files. Null: not published."),
});

/** One model: what a planner must know about it. Unknown facts are null, never a guess. */
export const modelSchema = z.strictObject({
  id: z.string().min(1).describe("Name in this catalog, lower case."),
  huggingFace: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, "must be `org/name`")
    .describe("Hugging Face repository, `org/name`."),
  family: z.string().describe("Family that it belongs to, such as qwen3."),
  architecture: orUnknown(z.string()).describe(
    "First of `architectures` in its `config.json`: what an engine must know to run it. Null: not sourced.",
  ),
  modelType: orUnknown(z.string()).describe("`model_type` of its `config.json`. Null: not sourced."),
  parameters: orUnknown(count).describe("Weights in the checkpoint, tied embeddings counted once; what the engine loads."),
  hiddenSize: count.describe("Width of the residual stream."),
  intermediateSize: orUnknown(count).describe("Width of the dense feed-forward layer. Null: not sourced."),
  vocabularySize: count.describe("Tokens of the vocabulary."),
  attentionHeads: count.describe("Heads of queries of a layer."),
  contextTokens: count.describe("Longest context, in tokens."),
  attention: orUnknown(
    z
      .strictObject({
        full: fullLayers.optional().describe("Layers that keep keys and values of every token."),
        sliding: slidingLayers.optional().describe("Layers that keep those of a window."),
        linear: linearLayers.optional().describe("Layers that keep a state of fixed size."),
      })
      .refine(({ full, sliding, linear }) => full || sliding || linear, "must have full, sliding or linear layers"),
  ).describe("Layers with their own cache, by kind; layers that share another layer's cache are left out. Null: not sourced."),
  layers: count.describe("All hidden layers, those that share a cache included."),
  tiedEmbeddings: orUnknown(z.boolean()).describe("The first and the last embedding are one table. Null: not sourced."),
  mixture: orUnknown(mixture).describe("A mixture of experts. Null: none, or not sourced."),
  tower: orUnknown(z.enum(["fixed", "dynamic", "video"])).describe(
    "The checkpoint also holds a tower for images or audio, which is profiled at start: inputs of one size, of any size, or videos.",
  ),
  towerParameters: z
    .int()
    .nonnegative()
    .default(0)
    .describe("Of the parameters, those of the tower, which text alone does not load. 0: not distinguished."),
  unloadedParameters: z
    .int()
    .nonnegative()
    .default(0)
    .describe("Parameters that the checkpoint holds and an engine does not load: a head for speculative decoding."),
  checkpointQuantization: orUnknown(z.enum(["fp8", "int8", "awq", "gptq", "bitsandbytes", "nvfp4", "mxfp4"])).describe(
    "Quantization of the published checkpoint itself.",
  ),
  cacheQuantization: orUnknown(z.enum(["fp8", "nvfp4"])).describe("Type in which the checkpoint wants its cache stored, where it says so."),
  notUnderstood: z
    .array(z.string())
    .default([])
    .describe("Keys of its `config.json` that may change its size and that are not understood: facts that depend on them are null."),
  layerEmbeddingParameters: z
    .int()
    .nonnegative()
    .default(0)
    .describe("Parameters of a second embedding table, one row per layer and word, which stays in 16 bits when the rest is quantized."),
  publishedWeightsGib: orUnknown(z.number().positive()).describe("Bytes of the weights as published, where they were measured, in GiB."),
  licence: orUnknown(z.string()).describe("SPDX identifier, or the model's own licence name."),
  gated: orUnknown(z.boolean()).describe("The repository asks for a token and an accepted licence."),
  sources: z
    .strictObject({
      huggingFace: z
        .strictObject({
          repository: z.string().describe("Repository, as org/name."),
          revision: orUnknown(z.string()).describe("Commit. Null: not pinned."),
        })
        .describe("On Hugging Face."),
      ollama: orUnknown(
        z.strictObject({
          tag: z.string().describe("Its default tag."),
          pinnedTags: z.array(z.string()).default([]).describe("Tags that name a quantization."),
          modelBytes: orUnknown(count).describe("Bytes of the default tag's model layer."),
        }),
      ).describe("In Ollama's library. Null: not there."),
      onnx: z
        .array(
          z.strictObject({
            repository: z.string().describe("Repository, as org/name."),
            format: z.enum(["onnxruntime-genai", "transformers.js"]).describe("Who can read it."),
            variants: z
              .strictObject({ cpu: onnxFolder.optional().describe("For the CPU."), gpu: onnxFolder.optional().describe("For GPUs.") })
              .optional()
              .describe(
                "Folders of the repository by the device that their files are for. Absent: the repository itself is the folder, or nobody says.",
              ),
          }),
        )
        .default([])
        .describe("As ONNX."),
    })
    .describe("Where its weights are published."),
  facts: z.array(z.string()).default([]).describe("Keys of the fact sources, explained in the catalog file."),
});

/** One model of the catalog. */
export type Model = z.infer<typeof modelSchema>;

/** Classes by parameters: micro to 1.4B, small to 14B, medium to 30B. */
export type ModelClass = "micro" | "small" | "medium" | "large";

/** The class of a model; undefined when its parameters are unknown. */
export function modelClass({ parameters }: Pick<Model, "parameters">): ModelClass | undefined {
  if (parameters === null) return undefined;
  if (parameters < 1.45e9) return "micro";
  if (parameters < 13.5e9) return "small";
  return parameters < 31e9 ? "medium" : "large";
}
