import { ollamaCacheType } from "../compatibility/ollama";
import { drains } from "../drain";
import { flag } from "../engines/accessor";
import { type EngineVersion, engineTable, type TableOf } from "../engines/tables";
import type { Resolved } from "./resolve";
import type { MemoryPlan } from "./types";
import { vllmArgs, vllmCpuEnvironment } from "./vllm-args";

/** What the container is started with. */
export interface EngineSettings {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Arguments beside those for the model, and environment, by the engine's pinned version. `gpuCount` 0: on the CPU. */
export function engineSettings(resolved: Resolved, gpuCount: number, { kvGib }: MemoryPlan): EngineSettings {
  const { engine } = resolved;
  if (engine === "ollama") return { args: [], environment: ollamaEnvironment(resolved) };
  if (engine === "onnx") return { args: onnxArgs(resolved, gpuCount), environment: {} };
  return { args: vllmArgs(resolved, gpuCount, kvGib), environment: gpuCount === 0 ? vllmCpuEnvironment(resolved, kvGib) : {} };
}

function ollamaEnvironment({ contextTokens, concurrency, deployment, additionalModels }: Resolved): Record<string, string> {
  const type = ollamaCacheType(deployment.cacheType);
  return {
    OLLAMA_CONTEXT_LENGTH: String(contextTokens),
    OLLAMA_NUM_PARALLEL: String(concurrency),
    OLLAMA_MAX_LOADED_MODELS: String(1 + additionalModels.length),
    ...(type && type !== "f16" ? { OLLAMA_KV_CACHE_TYPE: type, OLLAMA_FLASH_ATTENTION: "1" } : {}), // a quantized cache needs it
  } satisfies Partial<Record<keyof TableOf<"ollama">["environment"], string>>;
}

function onnxArgs({ contextTokens, concurrency, request, version }: Resolved, gpuCount: number): string[] {
  const table = engineTable("onnx", version as EngineVersion<"onnx">);
  return [
    ...flag(table, "--provider", gpuCount > 0 ? "cuda" : "cpu"),
    ...flag(table, "--max-context-tokens", contextTokens),
    ...flag(table, "--max-slots", concurrency),
    ...flag(table, "--shutdown-timeout", drains.onnx.shutdownSeconds),
    ...(request.extraArgs ?? []),
  ];
}
