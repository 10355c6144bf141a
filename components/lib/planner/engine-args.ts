import { type FlagName, flag } from "../engines/accessor";
import { engineTable, type TableOf } from "../engines/tables";
import { vllmMemory } from "../engines/vllm-memory";
import { plannedBatch } from "./need";
import type { Resolved } from "./resolve";

/** What the container is started with. */
export interface EngineSettings {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Seconds that vLLM waits for running requests when it is told to stop; KServe's preset uses the same. */
const shutdownSeconds = 45;

/** Arguments and environment of the engine, by its pinned version. */
export function engineSettings(resolved: Resolved, gpuCount: number): EngineSettings {
  if (resolved.engine === "vllm")
    return { args: [...vllmArgs(resolved, gpuCount), ...(resolved.request.extraArgs ?? [])], environment: {} };
  if (resolved.engine === "ollama") return { args: [], environment: ollamaEnvironment(resolved) };
  return { args: [], environment: {} };
}

type VllmTable = TableOf<"vllm">;

/** Online quantization is asked for; a checkpoint that is stored quantized says so itself. */
const online: Readonly<Record<string, "fp8" | "bitsandbytes">> = { fp8: "fp8", bitsandbytes: "bitsandbytes" };

function vllmArgs(resolved: Resolved, gpuCount: number): string[] {
  const { request, model, name, contextTokens, dtype, quantization } = resolved;
  const table = resolved.table as VllmTable;
  const { batchedTokens, sequences } = plannedBatch(resolved);
  const method = quantization && typeof request.model === "string" && request.quantization ? online[quantization] : undefined;
  return [
    ...flag(table, "--model", model.huggingFace),
    ...flag(table, "--served-model-name", [name]),
    ...flag(table, "--max-model-len", contextTokens),
    ...flag(table, "--max-num-seqs", sequences),
    ...flag(table, "--max-num-batched-tokens", batchedTokens),
    ...flag(table, "--gpu-memory-utilization", request.gpuMemoryUtilization ?? vllmMemory(resolved.version).utilisation),
    ...(gpuCount > 1 ? flag(table, "--tensor-parallel-size", gpuCount) : []),
    ...(dtype ? flag(table, "--dtype", dtype) : []),
    ...(method ? flag(table, "--quantization", method) : []),
    ...(resolved.cacheElementBytes === 1 ? flag(table, "--kv-cache-dtype", "fp8") : []),
    ...(request.enforceEager ? flag(table, "--enforce-eager", true) : []),
    ...(request.adapters ? adapterArgs(table, request.adapters) : []),
    ...shutdownArgs(resolved.version),
  ];
}

function adapterArgs(table: VllmTable, { count, rank }: { count: number; rank: number }): string[] {
  const ranks = [8, 16, 32, 64, 128, 256, 320, 512] as const;
  const held = ranks.find((value) => value >= rank) ?? 512;
  return [...flag(table, "--enable-lora", true), ...flag(table, "--max-loras", count), ...flag(table, "--max-lora-rank", held)];
}

/** A drain at shutdown came after 0.10. */
const shutdownArgs = (version: string): string[] => {
  const now = engineTable("vllm", "0.33.0");
  const name: FlagName<typeof now> = "--shutdown-timeout";
  return version === now.version ? flag(now, name, shutdownSeconds) : [];
};

function ollamaEnvironment({ contextTokens, concurrency, cacheElementBytes }: Resolved): Record<string, string> {
  return {
    OLLAMA_CONTEXT_LENGTH: String(contextTokens),
    OLLAMA_NUM_PARALLEL: String(concurrency),
    OLLAMA_MAX_LOADED_MODELS: "1",
    ...(cacheElementBytes === 1 ? { OLLAMA_KV_CACHE_TYPE: "q8_0", OLLAMA_FLASH_ATTENTION: "1" } : {}),
  } satisfies Partial<Record<keyof TableOf<"ollama">["environment"], string>>;
}
