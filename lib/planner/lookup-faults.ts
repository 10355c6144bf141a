import { similarGpus } from "../accelerators/gpu";
import { findModel, similarModels, variantOf } from "../catalog/catalog";
import { foreignFormat } from "../catalog/model-name";
import type { Model } from "../catalog/schema";
import { divides } from "../compatibility/parallel";
import type { Fault } from "./fault";

/** Names that no table has, and facts that no source gives: the same words for a plan and a question. */

/** A fact that is unknown stays unknown: the answer is a refusal that names it. */
export const missingFact = (path: string, { id, notUnderstood }: Model, fact: string): Fault => ({
  path,
  value: id,
  bound: `its ${fact} must be known, and ${notUnderstood.length > 0 ? `its config.json says ${notUnderstood.join(", ")}, which is not understood` : "no source gives it"}`,
  fix: "add the model with that fact, or from its config.json",
});

export const unknownModel = (path: string, value: string): Fault => {
  const format = foreignFormat(value);
  const of = similarModels(value)[0];
  if (format)
    return {
      ...{ path, value, bound: `holds ${format} files, which neither vLLM nor Ollama nor the ONNX server reads` },
      fix: of ? `name a repository of safetensors, such as ${findModel(of)?.model.huggingFace}` : "name a repository of safetensors",
    };
  if (/\/.*[-_]onnx$/i.test(value))
    return {
      ...{ path, value, bound: "holds ONNX files, which are named as weights and not as a model" },
      fix: `write model ${of ?? "by its catalog name"} and weights { onnx: { kind: huggingFace, repository: ${value}, path: … } }`,
    };
  const variant = variantOf(value);
  if (variant)
    return {
      path,
      value,
      bound: `is not ${variant.huggingFace}, and which repository holds it is not known`,
      fix: `name the repository with its publisher, such as ${variant.huggingFace.split("/")[0]}/${value}`,
    };
  const near = similarModels(value);
  return {
    path,
    value,
    bound: "must be a model of the catalog",
    fix: near.length > 0 ? `did you mean ${near.join(", ")}?` : "add it with its config.json",
  };
};

/** Files of llama.cpp, which no release with a table reads as a repository. */
export const ofGguf = (path: string, repository: string): Fault => ({
  path,
  value: repository,
  bound: "holds GGUF files, which vllm does not serve",
  fix: `use engine ollama with the tag hf.co/${repository}, or a repository of safetensors`,
});

export const unknownGpu = (value: string): Fault => {
  const near = similarGpus(value);
  return {
    path: "gpu",
    value,
    bound: "must be a known GPU",
    fix: near.length > 0 ? `did you mean ${near.join(", ")}? or give gpuMemoryGib` : "give gpuMemoryGib",
  };
};

export const unknownQuantization = (value: string): Fault => ({
  path: "quantization",
  value,
  bound: "must be fp8, int8, awq, gptq, bitsandbytes, nvfp4, mxfp4 or a GGUF type",
  fix: "use one of these, or leave it out for unquantized weights",
});

/** A method that holds several formats says nothing of a checkpoint whose name says nothing. */
export const unknownFormat = (value: string, model: string): Fault => ({
  path: "quantization",
  value,
  bound: `holds several formats, and neither ${model} nor its name says which`,
  fix: "write the format too, such as compressed-tensors w4a16, or name the repository that is stored so",
});

export const unknownCacheType = (value: string | undefined): Fault => ({
  path: "kvCacheDtype",
  value,
  bound: "must be auto, bfloat16, float16 or an 8-bit or 4-bit type",
  fix: "use auto or fp8",
});

export const unevenSplit = (value: number | undefined, reason: string, model: Model): Fault => ({
  path: "tensorParallel",
  value,
  bound: reason,
  fix: `use ${[1, 2, 4, 8].filter((n) => divides(model, n) === undefined).join(", ")}`,
});

/** vLLM refuses a context beyond the model's (config/model.py, _get_and_verify_max_len). */
export const tooLong = (value: number, { id, contextTokens }: Model): Fault => ({
  path: "maxModelLen",
  value,
  bound: `must be at most the context of ${id}, ${contextTokens} tokens`,
  fix: "lower it",
});
