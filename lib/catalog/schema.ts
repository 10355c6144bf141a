import { z } from "zod";

const count = z.int().positive();
const orUnknown = <T extends z.ZodType>(type: T) => type.nullable().default(null);

/** Layers that keep keys and values of every token. */
const fullLayers = z.strictObject({ layers: count, kvHeads: count, headDim: count });

/** Layers that keep keys and values of the last `windowTokens` tokens. */
const slidingLayers = fullLayers.extend({ windowTokens: count });

/**
 * Layers that keep a state of fixed size per sequence: a convolution's last inputs and a recurrent matrix.
 * Null where the shape is not sourced; a planner that needs it must then refuse.
 */
const linearLayers = z.strictObject({
  layers: count,
  /** Elements of the convolution state, in the model's data type. */
  convolutionElements: orUnknown(count),
  /** Elements of the recurrent state, 4 bytes each (mamba_ssm_dtype float32 in Qwen3.5 configurations). */
  recurrentElements: orUnknown(count),
});

/** A mixture of experts. */
const mixture = z.strictObject({
  experts: count,
  expertsPerToken: count,
  /** Width of one expert. */
  expertIntermediateSize: orUnknown(count),
  /** Parameters used for one token. */
  activeParameters: orUnknown(count),
});

/** A folder with a `genai_config.json`, and the bytes of its files where they were published. */
const onnxFolder = z.strictObject({ path: z.string().min(1), bytes: orUnknown(count) });

/** One model: what a planner must know about it. Unknown facts are null, never a guess. */
export const modelSchema = z.strictObject({
  /** Name in this catalog, lower case. */
  id: z.string().min(1),
  /** Hugging Face repository, `org/name`. */
  huggingFace: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "must be `org/name`"),
  family: z.string(),
  /** First of `architectures` in its `config.json`: what an engine must know to run it. Null: not sourced. */
  architecture: orUnknown(z.string()),
  /** `model_type` of its `config.json`. Null: not sourced. */
  modelType: orUnknown(z.string()),
  /** Weights in the checkpoint, tied embeddings counted once; what the engine loads. */
  parameters: orUnknown(count),
  hiddenSize: count,
  /** Width of the dense feed-forward layer. */
  intermediateSize: orUnknown(count),
  vocabularySize: count,
  attentionHeads: count,
  /** Longest context, in tokens. */
  contextTokens: count,
  /** Layers with their own cache, by kind; layers that share another layer's cache are left out. Null: not sourced. */
  attention: orUnknown(
    z
      .strictObject({
        full: fullLayers.optional(),
        sliding: slidingLayers.optional(),
        linear: linearLayers.optional(),
      })
      .refine(({ full, sliding, linear }) => full || sliding || linear, "must have full, sliding or linear layers"),
  ),
  /** All hidden layers, those that share a cache included. */
  layers: count,
  tiedEmbeddings: orUnknown(z.boolean()),
  mixture: orUnknown(mixture),
  /** The checkpoint also holds a tower for images or audio, which is profiled at start: inputs of one size, of any size, or videos. */
  tower: orUnknown(z.enum(["fixed", "dynamic", "video"])),
  /** Of the parameters, those of the tower, which text alone does not load. 0: not told apart. */
  towerParameters: z.int().nonnegative().default(0),
  /** Parameters that the checkpoint holds and an engine does not load: a head for speculative decoding. */
  unloadedParameters: z.int().nonnegative().default(0),
  /** Quantization of the published checkpoint itself. */
  checkpointQuantization: orUnknown(z.enum(["fp8", "int8", "awq", "gptq", "bitsandbytes", "nvfp4", "mxfp4"])),
  /** Type in which the checkpoint wants its cache stored, where it says so. */
  cacheQuantization: orUnknown(z.enum(["fp8", "nvfp4"])),
  /** Keys of its `config.json` that may change its size and that are not understood: facts that depend on them are null. */
  notUnderstood: z.array(z.string()).default([]),
  /** Parameters of a second embedding table, one row per layer and word, which stays in 16 bits when the rest is quantized. */
  layerEmbeddingParameters: z.int().nonnegative().default(0),
  /** Bytes of the weights as published, where they were measured, in GiB. */
  publishedWeightsGib: orUnknown(z.number().positive()),
  /** SPDX identifier, or the model's own licence name. */
  licence: orUnknown(z.string()),
  /** The repository asks for a token and an accepted licence. */
  gated: orUnknown(z.boolean()),
  sources: z.strictObject({
    huggingFace: z.strictObject({ repository: z.string(), revision: orUnknown(z.string()) }),
    ollama: orUnknown(
      z.strictObject({
        tag: z.string(),
        pinnedTags: z.array(z.string()).default([]),
        /** Bytes of the default tag's model layer. */
        modelBytes: orUnknown(count),
      }),
    ),
    onnx: z
      .array(
        z.strictObject({
          repository: z.string(),
          format: z.enum(["onnxruntime-genai", "transformers.js"]),
          /** Folders of the repository by the device that their files are for. Absent: the repository itself is the folder, or nobody says. */
          variants: z.strictObject({ cpu: onnxFolder.optional(), gpu: onnxFolder.optional() }).optional(),
        }),
      )
      .default([]),
  }),
  /** Keys of the fact sources, explained in the catalog file. */
  facts: z.array(z.string()).default([]),
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
