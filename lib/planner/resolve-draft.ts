import { type CatalogMatch, findModel } from "../catalog/catalog";
import type { Model } from "../catalog/schema";
import { defaultSource, type Weights } from "../weights/source";
import type { Fault } from "./fault";
import { unknownModel } from "./lookup-faults";
import { ownFacts } from "./own-facts";
import type { Quantization } from "./quantization";
import { accessFaults } from "./request-faults";
import { resolveSource } from "./resolve-weights";
import { storageOf } from "./storage";
import type { ModelRequest, PlanRequest, VllmFeatures } from "./types";

/** The smaller model that guesses tokens: an artefact of its own, beside the model's. */
export interface Draft {
  readonly model: Model;
  /** How it is stored; undefined: in 16 bits. */
  readonly quantization?: Quantization;
  readonly weights: Weights;
}

/** The draft model of a vLLM server, and every mistake about it; nothing where none is asked for. */
export function resolveDraft(
  path: string,
  request: ModelRequest,
  version: string,
  environment: PlanRequest,
): { draft?: Draft; model?: Model; faults: readonly Fault[] } {
  const { speculative } = request.vllm ?? {};
  if (request.engine !== "vllm" || speculative === undefined) return { faults: [] };
  const at = `${path}.vllm.speculative`;
  const { method, model: named, source: written } = speculative;
  if (!readsDraft(method)) return { faults: unreadFaults(at, speculative) };
  if (named === undefined) return { faults: [unnamedDraft(at, method)] };
  const found: CatalogMatch | undefined = typeof named === "string" ? findModel(named) : { model: named };
  if (!found) return { faults: [unknownModel(`${at}.model`, named as string)] };
  const model = ownFacts(found);
  const source = written ?? defaultSource("vllm", model, found.repository)!;
  const weights = resolveSource({ path, at: `${at}.source`, named: written !== undefined }, request, source, environment);
  const asked: ModelRequest = { engine: "vllm", model: named, weights: { vllm: source } };
  const { stored } = storageOf(at, asked, { ...found, model }, version);
  if (Array.isArray(weights)) return { model, faults: weights };
  const draft = { model, ...(stored ? { quantization: stored } : {}), weights };
  return { draft, model, faults: accessFaults(at, model, weights, environment) };
}

/** Methods that guess with weights of their own. */
export const readsDraft = (method: string): boolean => method === "draft_model" || method.startsWith("eagle");

const unnamedDraft = (at: string, method: string): Fault => ({
  path: `${at}.model`,
  value: undefined,
  bound: `${method} guesses with a model of its own`,
  fix: "name the draft model",
});

/** What a method without a draft model would drop without a word. */
const unreadFaults = (at: string, { method, model, source }: NonNullable<VllmFeatures["speculative"]>): Fault[] =>
  Object.entries({ model: typeof model === "object" ? model.id : model, source }).flatMap(([field, value]) =>
    value === undefined
      ? []
      : [{ path: `${at}.${field}`, value, bound: `is not read by ${method}`, fix: "leave it out, or use method draft_model" }],
  );
