import { drains } from "../drain";
import { flag } from "../engines/accessor";
import { engineTable, type TableOf } from "../engines/tables";
import { vllmMemory } from "../engines/vllm-memory";
import { bytesPerGib } from "../units";
import { plannedBatch } from "./need";
import type { Resolved } from "./resolve";
import type { VllmFeatures } from "./types";

type VllmTable = TableOf<"vllm">;

/** Online quantization is asked for; a checkpoint that is stored quantized says so itself. */
const online: Readonly<Record<string, "fp8" | "bitsandbytes">> = { fp8: "fp8", bitsandbytes: "bitsandbytes" };

/** Arguments of one vLLM server, by its pinned version. `gpuCount` 0: on the CPU, where the cache is as large as it is told to be. */
export function vllmArgs(resolved: Resolved, gpuCount: number, kvGib: number): string[] {
  const { request, name, weights, contextTokens, dtype, quantization, asksQuantization } = resolved;
  const table = resolved.table as VllmTable;
  const { batchedTokens, sequences } = plannedBatch(resolved);
  const method = quantization && typeof request.model === "string" && asksQuantization ? online[quantization] : undefined;
  return [
    ...flag(table, "--model", weights.load),
    ...flag(table, "--served-model-name", [name]),
    ...(weights.source.kind === "azureBlob" ? flag(table, "--load-format", "runai_streamer") : []),
    ...flag(table, "--max-model-len", contextTokens),
    ...flag(table, "--max-num-seqs", sequences),
    ...flag(table, "--max-num-batched-tokens", batchedTokens),
    ...(gpuCount > 0
      ? flag(table, "--gpu-memory-utilization", request.gpuMemoryUtilization ?? vllmMemory(resolved.version).utilisation)
      : flag(table, "--kv-cache-memory-bytes", Math.floor(kvGib * bytesPerGib))),
    ...(gpuCount > 1 ? flag(table, "--tensor-parallel-size", gpuCount) : []),
    ...(dtype ? flag(table, "--dtype", dtype) : []),
    ...(method ? flag(table, "--quantization", method) : []),
    ...(resolved.cacheElementBytes === 1 ? flag(table, "--kv-cache-dtype", "fp8") : []),
    ...(request.enforceEager ? flag(table, "--enforce-eager", true) : []),
    ...(request.adapters ? adapterArgs(table, request.adapters) : []),
    ...featureArgs(table, request.vllm ?? {}),
    ...versionArgs(resolved.version, request.vllm?.structuredOutputs),
    ...(request.extraArgs ?? []),
  ];
}

function adapterArgs(table: VllmTable, { count, rank }: { count: number; rank: number }): string[] {
  const ranks = [8, 16, 32, 64, 128, 256, 320, 512] as const;
  const held = ranks.find((value) => value >= rank) ?? 512;
  return [...flag(table, "--enable-lora", true), ...flag(table, "--max-loras", count), ...flag(table, "--max-lora-rank", held)];
}

function featureArgs(
  table: VllmTable,
  { prefixCaching, chunkedPrefill, speculative, toolParser, reasoningParser }: VllmFeatures,
): string[] {
  return [
    ...(prefixCaching === undefined ? [] : flag(table, "--enable-prefix-caching", prefixCaching)),
    ...(chunkedPrefill === undefined ? [] : flag(table, "--enable-chunked-prefill", chunkedPrefill)),
    ...(speculative ? flag(table, "--speculative-config", speculativeConfig(speculative)) : []),
    ...(toolParser ? [...flag(table, "--enable-auto-tool-choice", true), ...flag(table, "--tool-call-parser", toolParser)] : []),
    ...(reasoningParser ? flag(table, "--reasoning-parser", reasoningParser) : []),
  ];
}

const speculativeConfig = ({ method, tokens, model }: NonNullable<VllmFeatures["speculative"]>): string =>
  JSON.stringify({
    method,
    num_speculative_tokens: tokens,
    ...(model ? { model } : {}),
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
