import { nearest } from "../nearest";
import { vllmHistory } from "./data/vllm-history";
import { flagRenames } from "./renames";
import type { EngineTable, FlagSpec } from "./table";

type Span = { readonly lastSeen: string; readonly firstAbsent: string };

/** Flags the plan derives from the model's entry, and the field to set instead. */
const planned: Readonly<Record<string, string>> = {
  "--model": "model",
  "--served-model-name": "model",
  "--max-model-len": "contextTokens",
  "--max-num-seqs": "concurrency",
  "--tensor-parallel-size": "tensorParallel",
  "--gpu-memory-utilization": "gpuMemoryUtilization",
  "--kv-cache-dtype": "kvCacheDtype",
  "--quantization": "quantization",
  "--dtype": "dtype",
  "--max-num-batched-tokens": "maxNumBatchedTokens",
  "--model-dir": "model",
  "--max-context-tokens": "contextTokens",
  "--max-slots": "concurrency",
  "--provider": "cpu",
};

/** A whole number, also shortened as vLLM reads it: `25.6k` is 25,600 and `2K` is 2,048 (FlexibleArgumentParser, human_readable_int). */
const wholeNumber = /^(-?\d+|\d+(\.\d+)?[kmgt]|\d+[KMGT])$/;

/** What is wrong with the engine arguments a user adds; one line per argument, each with its path. Empty: all are valid. */
export function checkExtraArgs(table: EngineTable, args: readonly string[], path = "extraArgs"): string[] {
  return args.flatMap((argument, index) => {
    if (!argument.startsWith("-") || /^-\d/.test(argument)) return [];
    const [name, inline] = argument.split(/=(.*)/s) as [string, string?];
    const following = args[index + 1]?.startsWith("--") ? undefined : args[index + 1];
    const fault = faultOf(table, name.replaceAll("_", "-"), inline ?? following);
    return fault ? [`${path}[${index}]: ${fault}`] : [];
  });
}

function faultOf(table: EngineTable, name: string, value: string | undefined): string | undefined {
  const found = lookUp(table, name);
  if (!found) return unknownFlag(table, name);
  const field = planned[found.name];
  if (field) return `${name} is derived from the plan; set ${field} instead`;
  return found.whole ? wrongValue(name, found.spec, value) : undefined;
}

/** A flag by any of its forms; `whole`: its own, whose value is the flag's, not `--no-…` or one key of its JSON as in `--hf-overrides.rope_theta`. */
function lookUp(table: EngineTable, name: string): { name: string; spec: FlagSpec; whole: boolean } | undefined {
  const positive = name.replace("--no-", "--");
  const [outer] = name.split(".") as [string];
  for (const [flag, spec] of Object.entries(table.flags)) {
    const called = (wanted: string): boolean => flag === wanted || spec.aliases?.includes(wanted) === true;
    if (called(name)) return { name: flag, spec, whole: true };
    if (spec.negatable && flag === positive) return { name: flag, spec, whole: false };
    if (outer !== name && spec.type === "string" && !spec.choices && called(outer)) return { name: flag, spec, whole: false };
  }
  return undefined;
}

function wrongValue(name: string, spec: FlagSpec, value: string | undefined): string | undefined {
  if (spec.type === "boolean") return undefined;
  if (value === undefined) return `${name} needs a value (${spec.type})`;
  if (spec.choices && !spec.choices.map(String).includes(value))
    return `${name} must be one of ${spec.choices.join(", ")}, got ${JSON.stringify(value)}`;
  if (spec.type === "integer" && !wholeNumber.test(value)) return `${name} must be a whole number, got ${JSON.stringify(value)}`;
  if (spec.type === "number" && Number.isNaN(Number(value))) return `${name} must be a number, got ${JSON.stringify(value)}`;
  return undefined;
}

function unknownFlag(table: EngineTable, name: string): string {
  const flags = Object.keys(table.flags);
  const opening = `${name} is not a flag of ${table.engine} ${table.version}`;
  if (flags.length === 0) return `${opening}, which takes none; use environment variables`;
  const vllm = table.engine === "vllm";
  const past = vllm ? (vllmHistory.removed.flags as Record<string, Span>)[name] : undefined;
  const gone = past ? ` (last read in ${past.lastSeen}, gone by ${past.firstAbsent})` : "";
  const since = vllm ? (vllmHistory.added.flags as Record<string, string>)[name] : undefined;
  const later = since && !past ? ` (first read in ${since})` : "";
  const rename = vllm ? flagRenames[name]?.now : undefined;
  const [close] = nearest(name, flags, 1);
  const advice = rename ? `; use ${rename}` : close && !later ? `; did you mean ${close}?` : "; remove it";
  return `${opening}${gone}${later}${advice}`;
}
