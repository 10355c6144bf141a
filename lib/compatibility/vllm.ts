import type { Model } from "../catalog/schema";
import { type VllmSupport, vllmSupport } from "../engines/support";
import { nearest } from "../nearest";
import { own } from "../own";
import type { VllmFeatures } from "../planner/types";
import { capability, type Deployment, type DeviceKind, formatCapability, type Refusal } from "./deployment";
import { latentReason } from "./latent";
import { divides } from "./parallel";
import { poolingRefusals } from "./pooling";
import { cacheReason } from "./vllm-cache";
import { containerOf, groupReason, lackingParts, storedDtype } from "./vllm-stored";

/**
 * What vLLM refuses whatever the device is. Each rule is read in the code of the pinned release; a release without a table refuses nothing
 * here, because nothing is known of it.
 */
export function vllmRefusals(deployment: Deployment): Refusal[] {
  const support = vllmSupport(deployment.version);
  if (!support) return [];
  const rules = [architecture, lackingParts, dtype, stored, storedDtype, cacheType, prompts, parsers, speculation, poolingRefusals];
  return rules.flatMap((rule) => rule(deployment, support));
}

type Rule = (deployment: Deployment, support: VllmSupport) => Refusal[];

const architecture: Rule = ({ model, version }, { architectures: { generate, pooling } }) =>
  model.architecture === null || generate.includes(model.architecture) || pooling.includes(model.architecture)
    ? []
    : [
        {
          field: "model",
          bound: `vLLM ${version} does not know the architecture ${model.architecture} of ${model.huggingFace}`,
          fix: "choose a newer engineVersion that does, or another model or engine",
        },
      ];

/** vllm/config/model.py, _FLOAT16_NOT_SUPPORTED_MODELS. */
const dtype: Rule = ({ model, dtype: type }, { float16Refused }) =>
  type === "float16" && model.modelType !== null && float16Refused.includes(model.modelType)
    ? [
        {
          field: "dtype",
          bound: `vLLM does not run ${model.modelType} in float16: it is numerically unstable`,
          fix: "use bfloat16, on a GPU that has it",
        },
      ]
    : [];

/** Names under which a release lists what we call by one name; the first that it lists counts. */
export const storedNames: Readonly<Record<string, readonly string[]>> = {
  awq: ["awq", "auto_awq"],
  gptq: ["gptq", "auto_gptq"],
  fp8: ["fp8"],
  int8: ["compressed-tensors w8a8int8"],
  bitsandbytes: ["bitsandbytes"],
  nvfp4: ["modelopt_fp4", "compressed-tensors w4a4fp4"],
  mxfp4: ["mxfp4"],
};

/** Lowest compute capability for a stored quantization; undefined: the release lacks it. */
export function lowestCapability(name: string, { quantizations }: VllmSupport): number | undefined {
  const known = (own(storedNames, name) ?? [name]).flatMap((one) => own(quantizations, one) ?? []);
  return known.length > 0 ? Math.min(...known) : undefined;
}

const stored: Rule = ({ stored: how, online, version }, support) => {
  const kind = online ?? how;
  if (kind === undefined || lowestCapability(kind, support) !== undefined) return [];
  return [
    {
      field: online ? "online" : "stored",
      bound: `vLLM ${version} has no ${kind} weights`,
      fix: `use ${Object.keys(storedNames)
        .filter((name) => lowestCapability(name, support) !== undefined)
        .join(", ")}, or another engine`,
    },
  ];
};

/** vllm/config/cache.py, CacheDType. */
const cacheType: Rule = ({ cacheType: type, version }, { cacheTypes }) =>
  type === undefined || cacheTypes.includes(type)
    ? []
    : [
        {
          field: "cacheType",
          bound: `must be a cache type of vLLM ${version}`,
          fix: `use ${nearest(type, cacheTypes, 3).join(", ") || cacheTypes.join(", ")}`,
        },
      ];

/** vllm/config/scheduler.py, verify_max_model_len: without chunked prefill, a batch holds a whole prompt. */
const prompts: Rule = ({ features, batchedTokens, contextTokens, concurrency, version }) => [
  ...(batchedTokens !== undefined && batchedTokens < concurrency ? [fewerThanRun(concurrency)] : []),
  ...(features.chunkedPrefill === false && version.startsWith("0.10.") ? [alwaysChunked(version)] : []),
  ...wholePrompts(features, batchedTokens, contextTokens),
];

/** config/scheduler.py, verify_max_model_len: a step holds a token of each sequence at least. */
const fewerThanRun = (concurrency: number): Refusal => ({
  field: "batchedTokens",
  bound: `must be at least the ${concurrency} requests that run at once`,
  fix: "raise it, or lower concurrency",
});

/** Its second engine turns chunked prefill on again for every model that generates (vllm 0.10.2, engine/arg_utils.py, _set_default_args_v1). */
const alwaysChunked = (version: string): Refusal => ({
  field: "features.chunkedPrefill",
  bound: `vLLM ${version} prefills in chunks whatever it is given`,
  fix: "leave it out, or use a newer engineVersion",
});

const wholePrompts = (features: VllmFeatures, batchedTokens: number | undefined, contextTokens: number): Refusal[] =>
  features.chunkedPrefill === false && batchedTokens !== undefined && batchedTokens < contextTokens
    ? [
        {
          field: "batchedTokens",
          bound: `must be at least the context of ${contextTokens} tokens while vllm.chunkedPrefill is false`,
          fix: "raise it, shorten contextTokens, or leave chunked prefill on",
        },
      ]
    : [];

const parsers: Rule = ({ features, version }, { toolParsers, reasoningParsers }) => {
  const lists = [
    ["toolParser", toolParsers],
    ["reasoningParser", reasoningParsers],
  ] as const;
  return lists.flatMap(([field, names]) => {
    const name = features[field];
    if (name === undefined || names.includes(name)) return [];
    const close = nearest(name.replace(/[^a-z0-9]+/gi, "_"), names, 3);
    return [
      {
        field: `features.${field}` as const,
        bound: `must be a parser of vLLM ${version}`,
        fix: close.length > 0 ? `did you mean ${close.join(", ")}? It has ${names.join(", ")}` : `use one of ${names.join(", ")}`,
      },
    ];
  });
};

/** vllm/config/speculative.py; before 0.11, engine/arg_utils.py raises for a draft model. */
const speculation: Rule = ({ features, model, version, draft }, { speculation: { methods, headByTypeOrArchitecture } }) => {
  const method = features.speculative?.method;
  if (method === undefined) return [];
  const refuse = (bound: string, fix: string): Refusal[] => [{ field: "features.speculative", bound, fix }];
  if (method === "mtp") {
    const head = [model.modelType, model.architecture].flatMap((name) =>
      name === null ? [] : (own(headByTypeOrArchitecture, name) ?? []),
    )[0];
    if (head !== undefined && model.unloadedParameters > 0) return [];
    return refuse(
      `${model.huggingFace} has no head for multi-token prediction (mtp) that vLLM ${version} reads`,
      "use ngram, or leave speculative out",
    );
  }
  if (method === "draft_model" && version.startsWith("0.10."))
    return refuse(`vLLM ${version} does not run a draft model yet`, "use ngram or eagle, or a newer engineVersion");
  if (!methods.includes(method)) return refuse(`vLLM ${version} has no speculative method ${method}`, `use one of ${methods.join(", ")}`);
  const unfit = draft && draftReason(method, model, draft);
  return unfit
    ? refuse(
        unfit,
        `name a ${method.startsWith("eagle") ? "head that was trained for" : "smaller model of the family of"} ${model.huggingFace}, or use ngram`,
      )
    : [];
};

/** Model types with positions of several axes, with which vLLM does not draft (v1/spec_decode/llm_base_proposer.py, _raise_if_mrope). */
const severalAxes = /^(qwen2_vl|qwen2_5_vl|qwen2_5_omni|qwen3_vl|qwen3_5|qwen3_omni)/;

/**
 * Why a model cannot guess for another (config/speculative.py, verify_equal_vocab_size_if_draft_model); undefined: it can. An EAGLE head reads
 * the model's hidden rows, and has a layer or few.
 */
function draftReason(method: string, model: Model, draft: Model): string | undefined {
  if (method.startsWith("eagle"))
    return draft.hiddenSize === model.hiddenSize && draft.layers < model.layers
      ? undefined
      : `${draft.huggingFace} is no EAGLE head of ${model.huggingFace}: it has ${draft.layers} layers of ${draft.hiddenSize}`;
  if (draft.vocabularySize !== model.vocabularySize)
    return `the draft model ${draft.huggingFace} has a vocabulary of ${draft.vocabularySize}, and ${model.huggingFace} one of ${model.vocabularySize}`;
  return draft.modelType !== null && severalAxes.test(draft.modelType)
    ? `vLLM does not draft with ${draft.modelType}, whose positions have several axes`
    : undefined;
}

/** Why vLLM refuses a deployment on a kind of device; undefined: it does not. */
export function vllmDeviceReason(deployment: Deployment, device: DeviceKind): string | undefined {
  const { gpu, count } = device;
  if (gpu === null) return cpuCacheReason(deployment);
  const support = vllmSupport(deployment.version);
  const level = capability(gpu);
  if (level === undefined) return "this plan's vLLM image is for CUDA";
  if (level < 75) return `vLLM needs compute capability 7.5, it has ${gpu.computeCapability}`;
  if (deployment.dtype === "bfloat16" && !gpu.bf16) return `${gpu.name} has no bfloat16: use dtype float16`;
  const half = !gpu.bf16 && deployment.dtype === undefined && deployment.model.modelType;
  if (half && support?.float16Refused.includes(half)) return `${gpu.name} has no bfloat16, and vLLM does not run ${half} in float16`;
  const kind = deployment.online ?? containerOf(deployment) ?? deployment.stored;
  const lowest = kind && support ? lowestCapability(kind, support) : undefined;
  if (lowest !== undefined && level < lowest)
    return `${kind?.toUpperCase()} weights need compute capability ${formatCapability(lowest)}, ${gpu.name} has ${gpu.computeCapability}`;
  const { model, draft } = deployment;
  return (
    latentReason(deployment, gpu, level) ??
    cacheReason(deployment, gpu, level) ??
    divides(model, count) ??
    groupReason(deployment, count) ??
    (draft && draftSplit(draft, count))
  );
}

/** Cache types of the CPU build (v1/attention/backends/cpu_attn.py, supported_kv_cache_dtypes); of what else its kernels lack no list tells. */
const cpuCacheReason = ({ cacheType, version }: Deployment): string | undefined =>
  cacheType === undefined || version.startsWith("0.10.") || /^(auto|float16|bfloat16|fp8|fp8_e4m3|fp8_e5m2)$/.test(cacheType)
    ? undefined
    : `vLLM on a CPU has no cache in ${cacheType}: use kvCacheDtype fp8 or auto`;

/** A draft model is split as the model is (v1/spec_decode/draft_model.py, _raise_if_draft_tp_mismatch). */
function draftSplit(draft: Model, count: number): string | undefined {
  const uneven = divides(draft, count);
  return uneven && `of the draft model ${draft.huggingFace}, ${uneven}`;
}
