import { describe, expect, it } from "vitest";

import type { Model } from "../../../lib/catalog/schema";
import { estimateVllm } from "../../../lib/planner/vllm-estimate";
import type { VllmRequest } from "../../../lib/planner/vllm-request";
import { toy, toyEstimate } from "../../support/toy-model";

const gib = 2 ** 30;
const full = (layers: number, kvHeads = 4, headDim = 64) => ({ layers, kvHeads, headDim });
const sliding = (layers: number, windowTokens: number, kvHeads = 4, headDim = 64) => ({ layers, kvHeads, headDim, windowTokens });
const linear = (layers: number, convolutionElements: number | null, recurrentElements: number | null) => ({
  layers,
  convolutionElements,
  recurrentElements,
});

/** Bytes of cache that one request of 8,192 tokens holds, batches of 2,048 tokens. */
const request = (attention: Model["attention"], more: Partial<VllmRequest> = {}): number =>
  toyEstimate({ attention }, { batchedTokens: 2048, ...more }).requestGib * gib;

/** Key and value of one token in one layer: 2 × 4 heads × 64 × 2 bytes. */
const token = 1024;

describe("full layers", () => {
  it.each<[string, Model["attention"], Partial<VllmRequest>, number]>([
    ["every token of every layer", { full: full(16) }, {}, 8192 * 16 * token],
    ["in whole blocks of 16 tokens", { full: full(16) }, { contextTokens: 1000 }, 1008 * 16 * token],
    ["a whole block for its last token", { full: full(16) }, { contextTokens: 1009 }, 1024 * 16 * token],
    ["half of it in 8 bits", { full: full(16) }, { cacheElementBytes: 1 }, (8192 * 16 * token) / 2],
    ["twice of it in 32 bits", { full: full(16) }, { dtype: "float32" }, 2 * 8192 * 16 * token],
    ["16 bits in 32-bit activations", { full: full(16) }, { dtype: "float32", cacheElementBytes: 2 }, 8192 * 16 * token],
    ["half the heads on each of two devices", { full: full(16) }, { tensorParallel: 2 }, (8192 * 16 * token) / 2],
    ["one head on each of eight", { full: full(16) }, { tensorParallel: 8 }, (8192 * 16 * token) / 4],
    ["an odd head on one of two", { full: full(16, 3) }, { tensorParallel: 2 }, (8192 * 16 * token) / 2],
    ["one head for all queries", { full: full(16, 1) }, {}, (8192 * 16 * token) / 4],
    ["one head for all queries, whole on each of two", { full: full(16, 1) }, { tensorParallel: 2 }, (8192 * 16 * token) / 4],
    ["wider heads", { full: full(16, 4, 128) }, {}, 2 * 8192 * 16 * token],
  ])("hold %s", (_what, attention, more, bytes) => {
    expect(request(attention, more)).toBe(bytes);
  });
});

describe("sliding layers", () => {
  it.each<[string, Model["attention"], Partial<VllmRequest>, number]>([
    // 1,023 tokens before the newest one, and two batches in flight: 5,119 tokens in 320 blocks, and one for the edge
    ["their window, two batches in flight, and a block", { sliding: sliding(16, 1024) }, {}, 321 * 16 * 16 * token],
    ["one batch before 0.26: 3,071 tokens in 192 blocks", { sliding: sliding(16, 1024) }, { version: "0.25.0" }, 193 * 16 * 16 * token],
    ["a longer window by 16", { sliding: sliding(16, 1040) }, {}, 322 * 16 * 16 * token],
    ["a longer window by 2 starts a block", { sliding: sliding(16, 1026) }, {}, 322 * 16 * 16 * token],
    ["a shorter batch", { sliding: sliding(16, 1024) }, { batchedTokens: 1024 }, (192 + 1) * 16 * 16 * token],
    ["no more than the context", { sliding: sliding(16, 1024) }, { contextTokens: 2048 }, 129 * 16 * 16 * token],
  ])("hold %s", (_what, attention, more, bytes) => {
    expect(request(attention, more)).toBe(bytes);
  });
});

describe("layers of two kinds", () => {
  it.each<[string, Model["attention"], Partial<VllmRequest>, number]>([
    [
      "share pages in groups of the smaller count: one of full layers, three of sliding ones",
      { full: full(4), sliding: sliding(12, 1024) },
      {},
      (512 + 3 * 321) * 16 * 4 * token,
    ],
    ["fill the last group up", { full: full(5), sliding: sliding(12, 1024) }, {}, (512 + 3 * 321) * 16 * 5 * token],
    [
      "are one group each when they differ by less than half",
      { full: full(10), sliding: sliding(14, 1024) },
      {},
      (512 + 321) * 16 * 14 * token,
    ],
    ["are not when they differ by half", { full: full(10), sliding: sliding(15, 1024) }, {}, (512 + 2 * 321) * 16 * 10 * token],
    [
      "differed by a quarter before 0.18",
      { full: full(10), sliding: sliding(14, 1024) },
      { version: "0.17.0" },
      (512 + 2 * 193) * 16 * 10 * token,
    ],
    [
      "may differ by less than a quarter",
      { full: full(10), sliding: sliding(12, 1024) },
      { version: "0.12.0" },
      (512 + 193) * 16 * 12 * token,
    ],
    [
      "never differed before 0.12",
      { full: full(10), sliding: sliding(12, 1024) },
      { version: "0.11.2" },
      (512 + 2 * 193) * 16 * 10 * token,
    ],
    [
      "have pages of the wider kind, which hold more tokens of the narrower: 5,119 in 160 blocks of 32",
      { full: full(8, 4, 128), sliding: sliding(8, 1024) },
      {},
      (512 + 161) * 16 * 8 * 2 * token,
    ],
    [
      "hold whole tokens of the narrower kind: 16 × 128 / 96 is 21, and 5,119 tokens take 244",
      { full: full(8, 4, 128), sliding: sliding(8, 1024, 4, 96) },
      {},
      (512 + 245) * 16 * 8 * 2 * token,
    ],
  ])("%s", (_what, attention, more, bytes) => {
    expect(request(attention, more)).toBe(bytes);
  });
});

describe("layers of linear attention", () => {
  // one head × 64: 256 bytes for a token, 4,096 for a page of 16; the state 1,024 × 2 + 4,096 × 4 = 18,432 bytes: five such pages, 80 tokens
  const hybrid = { full: full(4, 1), linear: linear(12, 1024, 4096) };
  it.each<[string, Model["attention"], Partial<VllmRequest>, number]>([
    ["set the page: 103 blocks of 80 tokens, and two states in each of three groups", hybrid, {}, (103 + 6) * 4 * 20_480],
    ["keep one state before 0.26", hybrid, { version: "0.25.0" }, (103 + 3) * 4 * 20_480],
    // 1,024 × 4 + 16,384 = 20,480 bytes: three pages of 16 × 512, 48 tokens: 84 blocks
    ["convolve in the activation type", hybrid, { dtype: "float32", contextTokens: 4000 }, (84 + 6) * 4 * 24_576],
    // 9,216 bytes: three pages, 48 tokens: 171 blocks
    ["split their state over devices", hybrid, { tensorParallel: 2 }, (171 + 6) * 4 * 12_288],
    ["need no page beyond that of the attention", { full: full(4, 1), linear: linear(12, 512, 512) }, {}, (512 + 6) * 4 * 4096],
    ["fill the last group up", { full: full(4, 1), linear: linear(13, 512, 512) }, {}, (512 + 8) * 4 * 4096],
  ])("%s", (_what, attention, more, bytes) => {
    expect(request(attention, more)).toBe(bytes);
  });

  it.each<[string, Model["attention"], string]>([
    ["no convolution", { ...hybrid, linear: linear(12, null, 4096) }, "state size of the linear-attention layers"],
    ["no recurrent matrix", { ...hybrid, linear: linear(12, 1024, null) }, "state size of the linear-attention layers"],
    ["no layers", null, "layers by attention kind"],
  ])("are a missing fact where %s is known", (_what, attention, fact) => {
    const base = { gpu: null, usableGib: 16, version: "0.33.0", tensorParallel: 1, dtype: "bfloat16", contextTokens: 8192 } as const;
    expect(estimateVllm({ ...base, model: { ...toy, attention } })).toBe(fact);
  });
});

describe("what the engine prints", () => {
  const mixed = { full: full(4), sliding: sliding(12, 1024) };
  /** Whole blocks of a cache, each of them 16 tokens of 4 layers. */
  const blocks = (kvGib: number): number => Math.floor((kvGib * gib) / (16 * 4 * token));

  it("is concurrency × context since 0.21", () => {
    const { kvGib, kvTokens, maxConcurrency } = toyEstimate({ attention: mixed }, { batchedTokens: 2048 });
    expect(kvTokens).toBe(Math.floor((blocks(kvGib) / (512 + 3 * 321)) * 8192));
    expect(maxConcurrency).toBe(Math.round((100 * blocks(kvGib)) / (512 + 3 * 321)) / 100);
  });
  it("was blocks by groups × 16 tokens before", () => {
    const { kvGib, kvTokens, maxConcurrency } = toyEstimate({ attention: mixed }, { batchedTokens: 2048, version: "0.20.0" });
    expect(kvTokens).toBe(Math.floor(blocks(kvGib) / 4) * 16);
    expect(maxConcurrency).toBe(Math.round((100 * blocks(kvGib)) / (512 + 3 * 193)) / 100);
  });
  it("counts the groups of linear layers, and the smallest block", () => {
    const attention = { full: full(4, 1), linear: linear(12, 1024, 4096) };
    const { kvGib, kvTokens } = toyEstimate({ attention }, { version: "0.20.0" });
    expect(kvTokens).toBe(Math.floor(Math.floor((kvGib * gib) / (4 * 20_480)) / 4) * 80);
  });
  it("is nothing where weights leave no room", () => {
    expect(toyEstimate({}, { usableGib: 0.5 })).toMatchObject({ kvTokens: 0, maxConcurrency: 0, fits: false });
  });
});
