import { z } from "zod";

import type { Fault } from "./fault";

const optional = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined);
const atLeast = (low: number, high: number) => z.number().min(low, `must be at least ${low}`).max(high, `must be at most ${high}`);
const whole = (low: number, high: number) => atLeast(low, high).int("must be a whole number");

/** One question: would this model start on this GPU, and with how much cache? Only `model` and `gpu` are needed. */
export const question = z.strictObject({
  model: z.string("must be a catalog name or a Hugging Face id"),
  gpu: z.string("must be the name of a GPU"),
  /** @default vllm */
  engine: optional(z.enum(["vllm", "ollama", "onnx"], "must be vllm, ollama or onnx")),
  gpuMemoryGib: optional(atLeast(1, 1024)),
  tensorParallel: optional(whole(1, 64)),
  /** Stages that the layers are split over. vLLM only. */
  pipelineParallel: optional(whole(1, 64)),
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
  /** Adapters held at once and their largest rank. vLLM only. */
  adapters: optional(z.strictObject({ count: whole(1, 1024), rank: whole(1, 1024) })),
  /** As `vllm.speculative` of an environment; `model` names a draft model of the catalog. vLLM only. */
  speculative: optional(
    z.strictObject({
      method: z.enum(["ngram", "mtp", "draft_model", "eagle", "eagle3"], "must be ngram, mtp, draft_model, eagle or eagle3"),
      tokens: whole(1, 64),
      model: optional(z.string()),
    }),
  ),
  /** Requests held at once. Ollama and ONNX only: vLLM says how many fit. @default 1 */
  concurrency: optional(whole(1, 1024)),
});
export type Question = z.infer<typeof question>;

/** Fields that only one engine goes by: for another they would be dropped without a word. */
const vllmOnly = ["tensorParallel", "pipelineParallel", "gpuMemoryUtilization", "maxNumBatchedTokens", "maxNumSeqs", "dtype"] as const;
const alsoVllmOnly = ["enforceEager", "languageModelOnly", "adapters", "speculative"] as const;

/** The question, or every mistake in how it is written. */
export function parseQuestion(raw: unknown): { question: Question } | { faults: Fault[] } {
  const parsed = question.safeParse(raw);
  if (!parsed.success) return { faults: parsed.error.issues.map((issue) => schemaFault(issue, raw)) };
  const { engine = "vllm" } = parsed.data;
  const foreign = engine === "vllm" ? (["concurrency"] as const) : [...vllmOnly, ...alsoVllmOnly];
  const faults = foreign
    .filter((field) => parsed.data[field] !== undefined)
    .map((field) => ({
      path: field,
      value: parsed.data[field],
      bound: `is not a field of ${engine}`,
      fix: engine === "vllm" ? "leave it out: the answer says how many requests fit" : "leave it out, or use engine vllm",
    }));
  return faults.length > 0 ? { faults } : { question: parsed.data };
}

function schemaFault(issue: z.core.$ZodIssue, raw: unknown): Fault {
  if (issue.code === "unrecognized_keys") {
    const path = [...issue.path, issue.keys[0]!].join(".");
    const fields = issue.path[0] === "adapters" ? "count, rank" : issue.path[0] === "speculative" ? "method, tokens, model" : undefined;
    return {
      path,
      value: issue.keys,
      bound: "is not a field of an estimate",
      fix: `use ${fields ?? Object.keys(question.shape).join(", ")}`,
    };
  }
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], raw);
  const path = issue.path.join(".") || "(line)";
  const bound = path === "(line)" ? "must be a JSON object" : issue.message.replace(/^Invalid input: expected ([^,]+).*/, "must be a $1");
  return { path, value, bound, fix: path === "model" || path === "gpu" ? `add ${path}` : "correct it or leave it out for the default" };
}
