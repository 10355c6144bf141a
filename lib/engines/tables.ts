import { ollama0_32_15 } from "./data/ollama-0.32.15";
import { onnx0_18_0 } from "./data/onnx-0.18.0";
import { vllm0_10_2 } from "./data/vllm-0.10.2";
import { vllm0_33_0 } from "./data/vllm-0.33.0";
import type { EngineTable } from "./table";

/** Every engine version with a table, by engine and version. */
export const engineTables = {
  vllm: { "0.10.2": vllm0_10_2, "0.33.0": vllm0_33_0 },
  ollama: { "0.32.15": ollama0_32_15 },
  onnx: { "0.18.0": onnx0_18_0 },
} as const satisfies Record<string, Record<string, EngineTable>>;

/** The engines this stack deploys. */
export type EngineName = keyof typeof engineTables;
/** Versions of one engine that have a table. */
export type EngineVersion<E extends EngineName> = keyof (typeof engineTables)[E] & string;
/** The table of one version; of a union of versions, what all of them have. */
export type TableOf<E extends EngineName, V extends EngineVersion<E> = EngineVersion<E>> = (typeof engineTables)[E][V];

/** The version each engine runs when the environment names none. */
export const defaultVersion = { vllm: "0.33.0", ollama: "0.32.15", onnx: "0.18.0" } as const satisfies {
  [E in EngineName]: EngineVersion<E>;
};

/** The table of one version. */
export function engineTable<E extends EngineName, V extends EngineVersion<E>>(engine: E, version: V): TableOf<E, V> {
  return engineTables[engine][version];
}
