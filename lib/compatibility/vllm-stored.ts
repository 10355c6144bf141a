import type { Model } from "../catalog/schema";
import type { Quantization } from "../planner/quantization";
import type { Deployment, Refusal } from "./deployment";

/** What vLLM asks of weights that a checkpoint stores in fewer bits, beside the lowest compute capability of each kind. */

/** Publishers whose checkpoints are made by llm-compressor, and endings that it gives (docs/features/quantization). */
const compressedTensors = /^(RedHatAI|neuralmagic|nm-testing)\/|w[48]a(16|8)|fp8[-_](dynamic|block)/i;

/** The method that reads a repository's weights, where that asks for more than their kind does: a name of the release's table. */
export function containerOf({ model: { huggingFace }, stored }: Deployment): string | undefined {
  if (stored === "gptq" && /w4a16/i.test(huggingFace)) return "compressed-tensors wna16";
  return stored === "fp8" && /^nvidia\//i.test(huggingFace) ? "modelopt" : undefined;
}

/** Data types that a method computes in (get_supported_act_dtypes of 0.10.2 and 0.33.0); a method that is not listed takes all three. */
const computesIn: Partial<Record<Quantization, readonly string[]>> = {
  mxfp4: ["bfloat16"],
  awq: ["float16", "bfloat16"],
  gptq: ["float16", "bfloat16"],
  fp8: ["float16", "bfloat16"],
  nvfp4: ["float16", "bfloat16"],
};

/** config/vllm.py, _get_quantization_config: a data type that the stored weights are not computed in is an error. */
export function storedDtype({ stored, online, dtype, model }: Deployment): Refusal[] {
  const kind = stored ?? online;
  const types = kind && computesIn[kind];
  if (!types || dtype === undefined || types.includes(dtype) || compressedTensors.test(model.huggingFace)) return [];
  return [
    { field: "dtype", bound: `vLLM does not compute ${kind} weights in ${dtype}`, fix: `use ${types.join(" or ")}, or leave it out` },
  ];
}

/** Parts of a model that a release lacks, although it knows the architecture: the files of its models, read. */
const lacking: readonly { readonly release: RegExp; readonly part: string; readonly has: (model: Model) => boolean }[] = [
  {
    release: /^0\.10\./,
    part: "layers of experts beside Mamba's (models/nemotron_h.py)",
    has: ({ architecture, mixture }) => architecture === "NemotronHForCausalLM" && mixture !== null,
  },
  { release: /^0\.10\./, part: "the text model ministral3", has: ({ family }) => family === "ministral3" },
];

export const lackingParts = ({ model, version }: Deployment): Refusal[] =>
  lacking
    .filter(({ release, has }) => release.test(version) && has(model))
    .map(({ part }) => ({
      field: "model",
      bound: `vLLM ${version} knows the architecture ${model.architecture} of ${model.huggingFace}, and lacks ${part}`,
      fix: "choose a newer engineVersion that has it, or another model or engine",
    }));

/** Weights that share a scale: along a row in AWQ and GPTQ, in a square in Qwen's FP8 (`weight_block_size` of its config.json). */
const groupSize = 128;

/** Whether a checkpoint stores its weights in groups of 128: a name that says another size, or the 4 bits of a publisher that uses 32, does not. */
function inGroups({ stored, model: { huggingFace } }: Deployment): boolean {
  if (stored === "awq" || stored === "gptq") return !/g(32|64)\b|awq[-_]4bit|autoround/i.test(huggingFace);
  return stored === "fp8" && /^Qwen\/|fp8[-_]block/i.test(huggingFace);
}

/**
 * Why groups of weights do not come out even over so many GPUs; undefined: they do. A row that is split has to hold whole groups
 * (quantization/auto_awq.py, utils/fp8_utils.py, validate_fp8_block_shape). Experts in FP8 are refined to smaller blocks by later releases.
 */
export function groupReason(deployment: Deployment, count: number): string | undefined {
  if (count <= 1 || !inGroups(deployment)) return undefined;
  const { model, stored, version } = deployment;
  const { mixture, intermediateSize, attentionHeads, attention } = model;
  const experts = stored === "fp8" && version.startsWith("0.10.") ? mixture?.expertIntermediateSize : undefined;
  const rows = [mixture ? experts : intermediateSize, attention?.full ? attentionHeads * attention.full.headDim : undefined];
  const uneven = rows.find((row) => typeof row === "number" && row % count === 0 && (row / count) % groupSize !== 0);
  return uneven ? `${stored} weights in groups of ${groupSize} do not divide: a row of ${uneven} is split over ${count} GPUs` : undefined;
}
