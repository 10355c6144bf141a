import { nearest } from "../nearest";
import { own } from "../own";
import type { Deployment, Refusal } from "./deployment";

/** Values of OLLAMA_KV_CACHE_TYPE, with the bytes of one element: blocks of 32 with a 16-bit scale (docs/faq.mdx; ggml's q8_0 and q4_0). */
export const ollamaCacheTypes = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 } as const;

/** What the same field says for vLLM, so that an engine is switched by one word. */
const sameAs: Readonly<Record<string, keyof typeof ollamaCacheTypes>> = { auto: "f16", float16: "f16", fp8: "q8_0", fp8_e4m3: "q8_0" };

/** Ollama's cache type for a `kvCacheDtype`; undefined: there is none. */
export function ollamaCacheType(type: string | undefined): keyof typeof ollamaCacheTypes | undefined {
  if (type === undefined) return "f16";
  if (Object.hasOwn(ollamaCacheTypes, type)) return type as keyof typeof ollamaCacheTypes;
  return own(sameAs, type);
}

/** Bytes of a cached element for a `kvCacheDtype`; undefined: 2, as unless asked otherwise; null: Ollama has no such type. */
export function ollamaElementBytes(type: string | undefined): number | undefined | null {
  const own = ollamaCacheType(type);
  return own === undefined ? null : own === "f16" ? undefined : ollamaCacheTypes[own];
}

/** Architectures that Ollama serves one request at a time, whatever OLLAMA_NUM_PARALLEL says (server/sched.go), by `model_type`. */
const oneAtATime = /^(mllama|qwen3_vl|qwen3_5|qwen3_next|lfm2|nemotron_h)/;

/** What Ollama refuses, or would drop without a word. */
export const ollamaRefusals = ({ model, concurrency, cacheType, dtype }: Deployment): Refusal[] => [
  ...(concurrency > 1 && model.modelType !== null && oneAtATime.test(model.modelType)
    ? [
        {
          field: "concurrency" as const,
          bound: `Ollama serves ${model.modelType} one request at a time, whatever OLLAMA_NUM_PARALLEL says`,
          fix: "set concurrency 1 and more replicas, or use engine vllm",
        },
      ]
    : []),
  ...(ollamaCacheType(cacheType) === undefined
    ? [{ field: "cacheType" as const, bound: "must be a cache type of Ollama", fix: `use ${Object.keys(ollamaCacheTypes).join(", ")}` }]
    : []),
  ...(dtype === undefined
    ? []
    : [
        {
          field: "dtype" as const,
          bound: "Ollama runs the type of the GGUF file",
          fix: "leave it out, or choose a quantization such as F16",
        },
      ]),
];

/** Kinds of a parameter's value, as Go's parser reads them (api/types.go, FormatParams). */
const kinds = {
  whole: { says: "a whole number", reads: /^[+-]?\d+$/ },
  number: { says: "a number", reads: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i },
  switch: { says: "true or false", reads: /^(1|t|true|0|f|false)$/i },
  text: { says: "a text or a list of texts", reads: /^/ },
} as const;

/** Parameters of a Modelfile (api/types.go, Options and Runner) with the kind of their value, beside those that the plan sets. */
const parameterKinds: Readonly<Record<string, keyof typeof kinds>> = {
  ...{ num_keep: "whole", seed: "whole", num_predict: "whole", top_k: "whole", top_p: "number", min_p: "number", typical_p: "number" },
  ...{ repeat_last_n: "whole", temperature: "number", repeat_penalty: "number", presence_penalty: "number" },
  ...{ frequency_penalty: "number", stop: "text", num_thread: "whole", use_mmap: "switch" },
};
const parameters = Object.keys(parameterKinds);
const planned: Readonly<Record<string, string>> = {
  num_ctx: "set contextTokens instead: the cache is planned for it",
  num_batch: "remove it: the work buffer is planned for Ollama's own",
  num_gpu: "remove it: the plan says where the model runs (gpu, size or cpu)",
  main_gpu: "remove it: a replica has one GPU",
};

/** What other servers call the same. */
const sameParameter: Readonly<Record<string, string>> = {
  max_tokens: "num_predict",
  max_new_tokens: "num_predict",
  n_predict: "num_predict",
  repetition_penalty: "repeat_penalty",
  num_threads: "num_thread",
};
/** Parts of a Modelfile that are instructions of their own, and fields here. */
const sameField = ["system", "template"];
const sameContext = ["n_ctx", "context_length", "max_context", "num_context"];

/** What is wrong with the name of a Modelfile's parameter; undefined: nothing. */
export function parameterFault(name: string): { bound: string; fix: string } | undefined {
  if (parameters.includes(name)) return undefined;
  if (sameContext.includes(name)) return { bound: "must be a parameter of a Modelfile", fix: planned["num_ctx"]! };
  if (sameField.includes(name)) return { bound: "must be a parameter of a Modelfile", fix: `set ${name} beside parameters instead` };
  if (Object.hasOwn(planned, name)) return { bound: `${name} is derived from the plan`, fix: planned[name]! };
  const same = own(sameParameter, name);
  const close = same ? [same] : nearest(name, parameters, 2);
  return {
    bound: "must be a parameter of a Modelfile",
    fix: close.length > 0 ? `did you mean ${close.join(", ")}?` : `use one of ${parameters.join(", ")}`,
  };
}

/** What is wrong with the value of a parameter that is one; undefined: nothing. Only texts come several. */
export function parameterValueFault(name: string, value: unknown): string | undefined {
  const { says, reads } = kinds[own(parameterKinds, name) ?? "text"];
  const several = Array.isArray(value) && says !== kinds.text.says;
  return several || ![value].flat().every((one) => reads.test(String(one))) ? `must be ${says}` : undefined;
}

/**
 * What Ollama's parser would change in a text between three quotes, which knows no escapes and keeps printable characters only
 * (parser/parser.go); undefined: nothing.
 */
export function modelfileTextFault(text: string): string | undefined {
  if (/"""[ \t]*[\r\n]/.test(text)) return 'must not have a line that ends in """: Ollama would take it for the end';
  const dropped = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \t\r\n]/u.exec(text)?.[0];
  if (dropped === undefined) return undefined;
  const code = dropped.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return `must not hold U+${code}, which Ollama would drop: use a blank or a visible character`;
}
