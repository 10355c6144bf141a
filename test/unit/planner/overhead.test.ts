import { describe, expect, it } from "vitest";

import { findGpu } from "../../../lib/accelerators/gpu";
import type { Model } from "../../../lib/catalog/schema";
import type { VllmRequest } from "../../../lib/planner/vllm-estimate";
import { toy, toyEstimate } from "../../support/toy-model";

const eager = { enforceEager: true } as const;
const overhead = (model: Partial<Model>, request: Partial<VllmRequest>): number => toyEstimate(model, request).overheadGib;
const outside = (model: Partial<Model>, request: Partial<VllmRequest>): number => toyEstimate(model, request).outsideGib;
const [h100, l4] = [findGpu("h100")!, findGpu("l4")!];

describe("the engine's own memory", () => {
  it.each([
    ["0.7.3", 0.07],
    ["0.14.9", 0.07],
    ["0.15.0", 0.13],
    ["0.17.2", 0.13],
    ["0.18.0", 0.25],
    ["0.33.0", 0.25],
  ])("of vLLM %s is %d GiB besides what torch owns", (version, gib) => {
    expect(overhead({}, { version, ...eager })).toBeCloseTo(gib, 10);
  });

  it.each<[string, Partial<VllmRequest>, number]>([
    ["none on one device", { gpu: h100 }, 0],
    ["1.83 GiB between linked cards", { gpu: h100, tensorParallel: 2 }, 1.83],
    ["0.4 GiB between others", { gpu: l4, tensorParallel: 2 }, 0.4],
    ["0.4 GiB between unknown ones", { gpu: null, tensorParallel: 4 }, 0.4],
  ])("has buffers of collectives: %s", (_what, request, gib) => {
    expect(overhead({}, { ...request, ...eager })).toBeCloseTo(0.25 + gib, 10);
  });

  it("profiles a tower with its largest input", () => {
    expect(overhead({ tower: "fixed" }, eager)).toBeCloseTo(0.25 + 0.25, 10);
    expect(overhead({ tower: "dynamic" }, eager)).toBeCloseTo(0.25 + 1, 10);
  });
});

/** 0.016 GiB for each of 16 layers, in proportion to the 51 sizes that are captured by default. */
const graphs = (sizes: number): number => (0.016 * 16 * sizes) / 51;

describe("CUDA graphs", () => {
  it.each([
    // sequences, batch -> sizes captured up to twice the sequences, the batch, or 512: 1, 2, 4, eights below 256, sixteens from 256
    [256, 8192, 3 + 31 + 17],
    [1024, 8192, 3 + 31 + 17],
    [136, 8192, 3 + 31 + 2], // 272
    [135, 8192, 3 + 31 + 1], // 270: 256 alone
    [128, 8192, 3 + 31 + 1], // 256
    [127, 8192, 3 + 31], // 254
    [16, 8192, 3 + 4], // 32
    [4, 8192, 3 + 1], // 8
    [3, 8192, 3], // 6
    [2, 8192, 3], // 4
    [1, 8192, 2], // 2
    [256, 100, 3 + 12],
    [256, 1, 1],
  ])("of %i sequences in batches of %i are captured for %i sizes", (sequences, batchedTokens, sizes) => {
    expect(overhead({}, { sequences, batchedTokens })).toBeCloseTo(0.25 + graphs(sizes), 10);
  });

  it("are not captured when they are turned off", () => {
    expect(overhead({}, { sequences: 256, ...eager })).toBeCloseTo(0.25, 10);
  });

  it.each([
    ["0.20.2", 0.25, graphs(51)],
    ["0.21.0", 0.25 + graphs(51), 0],
    ["0.25.0", 0.25 + graphs(51), 0],
    ["0.26.0", 0.25, graphs(51)],
    ["0.32.9", 0.25, graphs(51)],
    ["0.33.0", 0.25 + graphs(51), 0],
  ])("of vLLM %s lie within the budget or outside it", (version, within, beside) => {
    const sampler = beside > 0 ? (256 * 65_536 * 4) / 2 ** 30 : 0;
    expect(overhead({}, { version, sequences: 256 })).toBeCloseTo(within, 10);
    expect(outside({}, { version, sequences: 256 })).toBeCloseTo(beside + sampler, 10);
  });
});

describe("memory outside the budget, before graphs are profiled", () => {
  const version = "0.19.0";
  const mixture = { experts: 8, expertsPerToken: 2, expertIntermediateSize: 256, activeParameters: null };
  const batch = { version, sequences: 256, batchedTokens: 4096 };
  const sampler = (256 * 65_536 * 4) / 2 ** 30; // 32-bit logits

  it("is the graphs and the sampler's 32-bit copy", () => {
    expect(outside({}, batch)).toBeCloseTo(graphs(51) + sampler, 10);
    expect(outside({}, { ...batch, ...eager })).toBeCloseTo(sampler, 10);
    expect(outside({}, { ...batch, batchedTokens: 128 })).toBeCloseTo(graphs(3 + 16) + sampler / 2, 10); // 128 sequences at most
  });

  it("is larger for a mixture: graphs five times, and the experts' work buffers", () => {
    expect(outside({ mixture }, batch)).toBeCloseTo(5 * graphs(51) + 1.57 / 2 + sampler, 10);
    expect(outside({ mixture }, { ...batch, batchedTokens: 8192 })).toBeCloseTo(5 * graphs(51) + 1.57 + sampler, 10);
    expect(outside({ mixture }, { ...batch, tensorParallel: 4 })).toBeCloseTo((5 * graphs(51)) / 2 + 1.57 / 8 + sampler, 10);
  });
});

describe("adapters", () => {
  const adapters = (model: Partial<Model>, more: Partial<VllmRequest> = {}, held = { count: 8, rank: 64 }): number =>
    (overhead(model, { adapters: held, ...eager, ...more }) - overhead(model, { ...eager, ...more })) * 2 ** 30;
  /** Query and output 1,024 in and out, key and value 1,024 in and 256 out, and three between 1,024 and 4,096. */
  const perLayer = 2 * (1024 + 1024) + 2 * (1024 + 256) + 3 * (1024 + 4096);

  it("take rank × (in + out) of every projection of 16 layers in 16 bits, for each one held", () => {
    expect(adapters({})).toBeCloseTo(8 * 64 * perLayer * 16 * 2, 0);
    expect(adapters({}, {}, { count: 1, rank: 8 })).toBeCloseTo(8 * perLayer * 16 * 2, 0);
  });
  it("are split over devices", () => {
    expect(adapters({}, { tensorParallel: 2 })).toBeCloseTo(8 * 64 * perLayer * 16, 0);
  });
  it("go by the hidden size where the shape is not known", () => {
    expect(adapters({ intermediateSize: null })).toBeCloseTo(8 * 64 * perLayer * 16 * 2, 0);
    // 1,000 / 16 heads: 63 wide, all of them keys and values
    const sliding = { layers: 16, kvHeads: 4, headDim: 64, windowTokens: 512 };
    const odd = 2 * (1000 + 1008) + 2 * (1000 + 1008) + 3 * (1000 + 4096);
    expect(adapters({ ...toy, hiddenSize: 1000, attention: { sliding } })).toBeCloseTo(8 * 64 * odd * 16 * 2, 0);
  });
});
