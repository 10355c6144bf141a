import { z } from "zod";

import { findGpu, type Gpu, similarGpus } from "../accelerators/gpu";
import { findModel, similarModels } from "../catalog/catalog";
import { defaultVersion } from "../engines/tables";
import { round } from "../units";
import type { Fault } from "./fault";
import { parseQuantization } from "./quantization";
import { estimateVllm, type VllmEstimate, type VllmRequest } from "./vllm-estimate";
import type { Dtype } from "./weights";

const optional = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined);
const atLeast = (low: number, high: number) => z.number().min(low, `must be at least ${low}`).max(high, `must be at most ${high}`);
const whole = (low: number, high: number) => atLeast(low, high).int("must be a whole number");

/** One question: would this model start on this GPU, and with how much cache? Only `model` and `gpu` are needed. */
const question = z.strictObject({
  model: z.string("must be a catalog name or a Hugging Face id"),
  gpu: z.string("must be the name of a GPU"),
  gpuMemoryGib: optional(atLeast(1, 1024)),
  tensorParallel: optional(whole(1, 64)),
  engineVersion: optional(z.string().regex(/\d\.\d/, "must be a version such as 0.33.0")),
  gpuMemoryUtilization: optional(atLeast(0.01, 1)),
  maxModelLen: optional(whole(1, 10_485_760)),
  maxNumBatchedTokens: optional(whole(1, 1_048_576)),
  maxNumSeqs: optional(whole(1, 65_536)),
  dtype: optional(
    z.enum(["auto", "half", "float16", "bfloat16", "float", "float32"], "must be auto, half, float16, bfloat16, float or float32"),
  ),
  quantization: optional(z.string()),
  kvCacheDtype: optional(z.string()),
  enforceEager: optional(z.boolean("must be true or false")),
  /** Images are not profiled: --language-model-only, --skip-mm-profiling. */
  languageModelOnly: optional(z.boolean("must be true or false")),
});
type Question = z.infer<typeof question>;

/** The answer, or every mistake in the question. */
export type Answer = { readonly estimate: VllmEstimate } | { readonly faults: readonly Fault[] };

/** Answers one question. */
export function answer(raw: unknown): Answer {
  const parsed = question.safeParse(raw);
  if (!parsed.success) return { faults: parsed.error.issues.map((issue) => schemaFault(issue, raw)) };
  const request = toRequest(parsed.data);
  if (Array.isArray(request)) return { faults: request };
  const estimate = estimateVllm(request);
  if (typeof estimate === "string") return { faults: [missingFact("model", parsed.data.model, estimate)] };
  return { estimate };
}

/** What people see of an estimate, in two decimals. */
export const shownEstimate = (estimate: VllmEstimate) => ({
  fits: estimate.fits,
  weightsGib: round(estimate.weightsGib),
  activationGib: round(estimate.activationGib),
  overheadGib: round(estimate.overheadGib),
  kvGib: round(estimate.kvGib),
  kvTokens: estimate.kvTokens,
  maxConcurrency: estimate.maxConcurrency,
  reason: estimate.reason,
});

function schemaFault(issue: z.core.$ZodIssue, raw: unknown): Fault {
  if (issue.code === "unrecognized_keys")
    return {
      path: issue.keys[0]!,
      value: issue.keys,
      bound: "is not a field of an estimate",
      fix: `use ${Object.keys(question.shape).join(", ")}`,
    };
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], raw);
  const path = issue.path.join(".") || "(line)";
  const bound = path === "(line)" ? "must be a JSON object" : issue.message.replace(/^Invalid input: expected ([^,]+).*/, "must be a $1");
  return { path, value, bound, fix: path === "model" || path === "gpu" ? `add ${path}` : "correct it or leave it out for the default" };
}

/** A fact that is unknown stays unknown: the answer is a refusal that names it. */
export const missingFact = (path: string, value: unknown, fact: string): Fault => ({
  path,
  value,
  bound: `its ${fact} must be known, and no source gives it`,
  fix: "add the model with that fact, or from its config.json",
});

const dtypes: Readonly<Record<string, Dtype>> = {
  half: "float16",
  float16: "float16",
  bfloat16: "bfloat16",
  float: "float32",
  float32: "float32",
};

function toRequest(q: Question): VllmRequest | Fault[] {
  const found = findModel(q.model);
  const gpu = findGpu(q.gpu) ?? slice(q.gpu);
  const quantization = q.quantization ? parseQuantization(q.quantization) : found?.quantization;
  const elementBytes = cacheElementBytes(q.kvCacheDtype);
  const faults = [
    ...(found ? [] : [unknownModel("model", q.model)]),
    ...(gpu || q.gpuMemoryGib ? [] : [unknownGpu(q.gpu)]),
    ...(q.quantization && !quantization && !/^(none|null|auto)$/i.test(q.quantization) ? [unknownQuantization(q.quantization)] : []),
    ...(elementBytes === null ? [unknownCacheType(q.kvCacheDtype)] : []),
  ];
  if (!found || faults.length > 0) return faults;
  const contextTokens = q.maxModelLen ?? found.model.contextTokens;
  const tensorParallel = q.tensorParallel ?? 1;
  if (found.model.attentionHeads % tensorParallel !== 0) return [unevenSplit(q.tensorParallel, found.model.attentionHeads)];
  return {
    model: q.languageModelOnly ? { ...found.model, tower: null } : found.model,
    gpu: gpu ?? null,
    usableGib: usableGib(gpu, q.gpuMemoryGib),
    version: q.engineVersion ?? defaultVersion.vllm,
    tensorParallel,
    dtype: dtypes[q.dtype ?? "auto"] ?? "bfloat16", // float16, where a card has no bfloat16, takes as much
    ...(quantization ? { quantization } : {}),
    ...(elementBytes ? { cacheElementBytes: elementBytes } : {}),
    contextTokens,
    ...given(q),
  };
}

function given(q: Question): Partial<VllmRequest> {
  return {
    ...(q.gpuMemoryUtilization ? { utilisation: q.gpuMemoryUtilization } : {}),
    ...(q.maxNumBatchedTokens ? { batchedTokens: q.maxNumBatchedTokens } : {}),
    ...(q.maxNumSeqs ? { sequences: q.maxNumSeqs } : {}),
    ...(q.enforceEager ? { enforceEager: true } : {}),
  };
}

/** A MIG slice written with its profile, `A100 40GB MIG 1g.5gb`: it reports 95 % of the profile's size (4,864 MiB of 5 GB). */
function slice(name: string): Gpu | undefined {
  const [, card, size] = /(.*?)\s*(?:mig)?\W*\dg\.(\d+)gb/i.exec(name) ?? [];
  const gpu = card === undefined ? undefined : findGpu(card);
  return gpu && { ...gpu, memoryGib: Number(size), usableGib: Number(size) * 0.95, nvlink: false };
}

/** A size on the label means the card, which reports less; any other number is what the driver reported. */
function usableGib(gpu: Gpu | undefined, givenGib: number | undefined): number {
  if (givenGib === undefined) return gpu!.usableGib;
  if (gpu && Math.abs(givenGib - gpu.memoryGib) < 0.005) return gpu.usableGib;
  return givenGib;
}

/** Bytes of one cached element; undefined: as the data type; null: unknown. */
export function cacheElementBytes(name: string | undefined): number | undefined | null {
  if (!name || /^(auto|none)$/i.test(name)) return undefined;
  if (/^(bf16|bfloat16|half|float16|fp16|f16)$/i.test(name)) return 2;
  if (/fp8|int8|^q8_0$/i.test(name)) return 1;
  if (/nvfp4|^q4_0$/i.test(name)) return 0.5625; // 4 bits and an 8-bit scale for 16 values; q4_0: 18 bytes for 32
  return null;
}

export const unknownModel = (path: string, value: string): Fault => {
  const near = similarModels(value);
  return {
    path,
    value,
    bound: "must be a model of the catalog",
    fix: near.length > 0 ? `did you mean ${near.join(", ")}?` : "add it with its config.json",
  };
};

const unknownGpu = (value: string): Fault => {
  const near = similarGpus(value);
  return {
    path: "gpu",
    value,
    bound: "must be a known GPU",
    fix: near.length > 0 ? `did you mean ${near.join(", ")}? or give gpuMemoryGib` : "give gpuMemoryGib",
  };
};

const unknownQuantization = (value: string): Fault => ({
  path: "quantization",
  value,
  bound: "must be fp8, int8, awq, gptq, bitsandbytes, nvfp4, mxfp4 or a GGUF type",
  fix: "use one of these, or leave it out for unquantized weights",
});

const unknownCacheType = (value: string | undefined): Fault => ({
  path: "kvCacheDtype",
  value,
  bound: "must be auto, bfloat16, float16 or an 8-bit or 4-bit type",
  fix: "use auto or fp8",
});

const unevenSplit = (value: number | undefined, heads: number): Fault => ({
  path: "tensorParallel",
  value,
  bound: `must divide the model's ${heads} attention heads`,
  fix: `use ${[1, 2, 4, 8].filter((n) => heads % n === 0).join(", ")}`,
});
