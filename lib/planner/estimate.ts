import { round } from "../units";
import type { Fault } from "./fault";
import { missingFact } from "./lookup-faults";
import { parseQuestion } from "./question";
import { type NodeEstimate, nodeAnswer } from "./question-node";
import { vllmQuestion } from "./question-vllm";
import { estimateVllm, type VllmEstimate } from "./vllm-estimate";

/** The answer of an engine, or every mistake in the question. */
export type Answer = { readonly estimate: VllmEstimate } | { readonly node: NodeEstimate } | { readonly faults: readonly Fault[] };

/** Answers one question. */
export function answer(raw: unknown): Answer {
  const parsed = parseQuestion(raw);
  if ("faults" in parsed) return parsed;
  const { engine = "vllm" } = parsed.question;
  if (engine !== "vllm") {
    const node = nodeAnswer(parsed.question, engine);
    return Array.isArray(node) ? { faults: node as Fault[] } : { node: node as NodeEstimate };
  }
  const request = vllmQuestion(parsed.question);
  if (Array.isArray(request)) return { faults: request };
  const estimate = estimateVllm(request);
  if (typeof estimate === "string") return { faults: [missingFact("model", request.model, estimate)] };
  return { estimate };
}

/** What people see of an estimate, in two decimals. */
export function shownEstimate(result: Exclude<Answer, { faults: readonly Fault[] }>) {
  const { fits, reason, kvTokens, maxConcurrency, ...sizes } = "node" in result ? result.node : result.estimate;
  return {
    fits,
    weightsGib: round(sizes.weightsGib),
    activationGib: round(sizes.activationGib),
    overheadGib: round(sizes.overheadGib),
    kvGib: round(sizes.kvGib),
    ...("node" in result ? { totalGib: round(result.node.totalGib) } : {}),
    kvTokens,
    maxConcurrency,
    reason,
  };
}
