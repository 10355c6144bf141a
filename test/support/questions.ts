import { answer } from "../../lib/planner/estimate";
import { faultMessage } from "../../lib/planner/fault";
import type { VllmEstimate } from "../../lib/planner/vllm-estimate";

/** The question that others differ from. */
export const base = { model: "qwen3-0.6b", gpu: "L4", maxModelLen: 8192 };

/** What vLLM would take; a refusal is an error. */
export function estimate(question: object): VllmEstimate {
  const result = answer({ ...base, ...question });
  if (!("estimate" in result)) throw new Error(JSON.stringify(result));
  return result.estimate;
}

/** Every mistake in a question. */
export const messages = (question: object): string[] => {
  const result = answer({ ...base, ...question });
  return "faults" in result ? result.faults.map(faultMessage) : [];
};

export const gib = 2 ** 30;
/** Qwen3-0.6B (config.json): 28 layers of 8 heads × 128, 40,960 tokens; 596,049,920 parameters. */
export const [parameters, rotary, token] = [596_049_920, 40_960 * 128 * 2, 28 * 2 * 8 * 128];
