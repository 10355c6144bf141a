import { drains } from "../drain";
import { flag } from "../engines/accessor";
import { engineTable, type TableOf } from "../engines/tables";
import { vllmMemory } from "../engines/vllm-memory";
import { bytesPerGib } from "../units";
import { draftFolder, modelPath } from "../weights/source";
import { plannedBatch } from "./memory-requirement";
import type { Resolved } from "./resolve";
import { onlineMethods } from "./storage";
import type { VllmFeatures } from "./types";

type VllmTable = TableOf<"vllm">;

/** Arguments of one vLLM server beside those for its model, by its pinned version. `gpuCount` 0: on the CPU, where the cache is as large as it is asked to be. */
export function vllmArgs(resolved: Resolved, gpuCount: number, kvGib: number): string[] {
  const { request, contextTokens, dtype, deployment } = resolved;
  const table = resolved.table as VllmTable;
  const { batchedTokens, sequences } = plannedBatch(resolved);
  const { online, cacheType } = deployment; // a checkpoint that is stored quantized says so itself
  return [
    ...flag(table, "--max-model-len", contextTokens),
    ...flag(table, "--max-num-seqs", sequences),
    ...flag(table, "--max-num-batched-tokens", batchedTokens),
    ...cacheSizeArgs(table, resolved, gpuCount, kvGib),
    ...(gpuCount > 1 ? flag(table, "--tensor-parallel-size", gpuCount) : []),
    ...(dtype ? flag(table, "--dtype", dtype) : []),
    ...(online ? flag(table, "--quantization", onlineMethods[online as keyof typeof onlineMethods] as "fp8") : []),
    ...(cacheType ? flag(table, "--kv-cache-dtype", cacheType as "fp8") : []), // the compatibility table has seen that the release has it
    ...(request.enforceEager ? flag(table, "--enforce-eager", true) : []),
    ...(request.adapters ? adapterArgs(table, request.adapters) : []),
    ...featureArgs(table, request.vllm ?? {}, resolved.draft),
    ...versionArgs(resolved.version, request.vllm?.structuredOutputs),
    ...(request.extraArgs ?? []),
  ];
}

/** On a GPU a share of it, on a CPU bytes: of 0.10 a variable says how many (platforms/cpu.py), see {@link vllmCpuEnvironment}. */
function cacheSizeArgs(table: VllmTable, { request, version }: Resolved, gpuCount: number, kvGib: number): string[] {
  if (gpuCount > 0) return flag(table, "--gpu-memory-utilization", request.gpuMemoryUtilization ?? vllmMemory(version).utilisation);
  return readsCacheVariable(version) ? [] : flag(table, "--kv-cache-memory-bytes", Math.floor(kvGib * bytesPerGib));
}

const readsCacheVariable = (version: string): boolean => version.startsWith("0.10.");

/** On the CPU no core is kept from the model for the API server: pods are small. */
export const vllmCpuEnvironment = ({ version }: Resolved, kvGib: number) =>
  ({
    VLLM_CPU_NUM_OF_RESERVED_CPU: "0",
    ...(readsCacheVariable(version) ? { VLLM_CPU_KVCACHE_SPACE: String(Math.ceil(kvGib)) } : {}),
  }) satisfies Partial<Record<keyof VllmTable["environment"], string>>;

function adapterArgs(table: VllmTable, { count, rank }: { count: number; rank: number }): string[] {
  const ranks = [8, 16, 32, 64, 128, 256, 320, 512] as const;
  const held = ranks.find((value) => value >= rank) ?? 512;
  return [...flag(table, "--enable-lora", true), ...flag(table, "--max-loras", count), ...flag(table, "--max-lora-rank", held)];
}

function featureArgs(
  table: VllmTable,
  { prefixCaching, chunkedPrefill, speculative, toolParser, reasoningParser }: VllmFeatures,
  draft: Resolved["draft"],
): string[] {
  return [
    ...(prefixCaching === undefined ? [] : flag(table, "--enable-prefix-caching", prefixCaching)),
    ...(chunkedPrefill === undefined ? [] : flag(table, "--enable-chunked-prefill", chunkedPrefill)),
    ...(speculative ? flag(table, "--speculative-config", speculativeConfig(speculative, draft)) : []),
    ...(toolParser ? [...flag(table, "--enable-auto-tool-choice", true), ...flag(table, "--tool-call-parser", toolParser)] : []),
    ...(reasoningParser ? flag(table, "--reasoning-parser", reasoningParser) : []),
  ];
}

/** Servers run offline: a draft model is named by where it is mounted. */
const speculativeConfig = ({ method, tokens }: NonNullable<VllmFeatures["speculative"]>, draft: Resolved["draft"]): string =>
  JSON.stringify({
    method,
    num_speculative_tokens: tokens,
    ...(draft ? { model: modelPath(draft.weights.source, draftFolder) } : {}),
    ...(method === "ngram" ? { prompt_lookup_max: tokens } : {}),
  });

/** What changed its name between the versions with a table: the back end of structured output; and a drain at shutdown, which came after 0.10. */
function versionArgs(version: string, structured: VllmFeatures["structuredOutputs"]): string[] {
  const [now, old] = [engineTable("vllm", "0.33.0"), engineTable("vllm", "0.10.2")];
  if (version === old.version) return structured ? flag(old, "--guided-decoding-backend", structured) : [];
  return [
    ...(structured ? flag(now, "--structured-outputs-config", JSON.stringify({ backend: structured })) : []),
    ...flag(now, "--shutdown-timeout", drains.vllm.shutdownSeconds),
  ];
}
