import { describe, expect, it } from "vitest";

import { findGpu } from "../../../lib/accelerators/gpu";
import { deviceReason, refusals } from "../../../lib/compatibility/compatibility";
import type { Deployment } from "../../../lib/compatibility/deployment";
import { vllmSupport } from "../../../lib/engines/support";
import { toyDeployment as base, toy } from "../../support/toy-model";

const { version } = base;
const refused = (change: Partial<Deployment>) => refusals({ ...base, ...change });
const { toolParsers, reasoningParsers, cacheTypes, speculation } = vllmSupport(version)!;
const nothingAlike = "x".repeat(60);

describe("what to use instead", () => {
  it.each([
    ["toolParser", "llama3-- --json", "did you mean llama3_json, llama4_json, qwen3_json? It has ", toolParsers],
    ["toolParser", nothingAlike, "use one of ", toolParsers],
    ["reasoningParser", "QWEN3", "did you mean qwen3, ", reasoningParsers],
    ["reasoningParser", nothingAlike, "use one of ", reasoningParsers],
  ] as const)("of the %s %s is reported whole: %s", (field, name, beginning, names) => {
    const [refusal, ...others] = refused({ features: { [field]: name } });
    expect([refusal!.field, refusal!.bound, others]).toEqual([`features.${field}`, `must be a parser of vLLM ${version}`, []]);
    expect(refusal!.fix.slice(0, beginning.length)).toBe(beginning);
    expect(refusal!.fix.slice(-names.join(", ").length)).toBe(names.join(", "));
  });

  it("of a cache type is those that are spelt alike, or else all", () => {
    const bound = `must be a cache type of vLLM ${version}`;
    expect(refused({ cacheType: "fp16" })).toEqual([{ field: "cacheType", bound, fix: "use fp8, auto, float16" }]);
    expect(refused({ cacheType: nothingAlike })).toEqual([{ field: "cacheType", bound, fix: `use ${cacheTypes.join(", ")}` }]);
  });

  it("of weights is what the release has, whether they are stored so or made so while they load", () => {
    const bound = "vLLM 0.33.0 has no bitsandbytes weights";
    const fix = "use awq, gptq, fp8, int8, nvfp4, mxfp4, or another engine";
    expect(refused({ stored: "bitsandbytes" })).toEqual([{ field: "stored", bound, fix }]);
    expect(refused({ stored: "awq", online: "bitsandbytes" })).toEqual([{ field: "online", bound, fix }]);
  });

  it("of a way of speculation is what the release has", () => {
    const speculative = (method: string) => ({ features: { speculative: { method, tokens: 2 } } }) as unknown as Partial<Deployment>;
    const field = "features.speculative";
    expect(refused(speculative("medusa"))).toEqual([
      { field, bound: "vLLM 0.33.0 has no speculative method medusa", fix: `use one of ${speculation.methods.join(", ")}` },
    ]);
    expect(refused({ ...speculative("draft_model"), version: "0.10.2" })).toEqual([
      { field, bound: "vLLM 0.10.2 does not run a draft model yet", fix: "use ngram or eagle, or a newer engineVersion" },
    ]);
    expect(refused(speculative("draft_model"))).toEqual([]);
    expect(refused({ ...speculative("medusa"), version: "0.10.2" })).toEqual([]);
  });
});

it("a data type that is asked for is not decided by what the engine would choose", () => {
  const gemma = { ...base, model: { ...toy, modelType: "gemma3" } };
  const t4 = { gpu: findGpu("t4")!, count: 1 };
  expect(deviceReason(gemma, t4)).toContain("does not run gemma3 in float16");
  expect(deviceReason({ ...gemma, dtype: "float32" }, t4)).toBeUndefined();
});

it("every mistake is reported, in one order", () => {
  const change = {
    model: { ...toy, architecture: "Unknown", modelType: "gemma3" },
    dtype: "float16",
    stored: "bitsandbytes",
    cacheType: nothingAlike,
    batchedTokens: 1,
    features: { chunkedPrefill: false, toolParser: nothingAlike, reasoningParser: nothingAlike, speculative: { method: "mtp", tokens: 1 } },
  } as const;
  expect(refused(change).map(({ field }) => field)).toEqual([
    "model",
    "dtype",
    "stored",
    "cacheType",
    "batchedTokens",
    "features.toolParser",
    "features.reasoningParser",
    "features.speculative",
  ]);
});
