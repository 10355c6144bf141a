import { vllmSupport } from "./support";
import type { EngineTable } from "./table";

/** Levels of optimization (vllm/config/vllm.py, OptimizationLevel; of 0.10 config/compilation.py, level). */
const levels = ["0", "1", "2", "3"];

/**
 * Values of flags that a release takes from an enumeration of its own, which the table of flags leaves out; undefined: it is open.
 * Names of backends are taken in any case (config/attention.py, config/mamba.py); `-O3` stands for a level of compilation in 0.10.
 */
export function closedValues(table: EngineTable, flag: string, value: string): readonly string[] | undefined {
  const support = table.engine === "vllm" ? vllmSupport(table.version) : undefined;
  if (!support) return undefined;
  switch (flag) {
    case "--optimization-level":
      return levels;
    case "--compilation-config":
      return /^\d+$/.test(value) ? levels : undefined;
    case "--attention-backend":
    case "--mm-encoder-attn-backend":
      return withAuto(support.attentionBackendNames);
    case "--mamba-backend":
      return support.mambaBackendNames;
    default:
      return undefined;
  }
}

const withAuto = (names: readonly string[]): readonly string[] => ["auto", ...names];

/** Whether a value is one of a closed list's, in any case. */
export const isListed = (value: string, list: readonly string[]): boolean => list.some((one) => one.toLowerCase() === value.toLowerCase());
