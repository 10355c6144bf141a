import { describe, expect, it } from "vitest";

import { findGpu } from "../../../lib/accelerators/gpu";
import type { Model } from "../../../lib/catalog/schema";
import type { VllmRequest } from "../../../lib/planner/vllm-request";
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
    ["0.55 GiB between others", { gpu: l4, tensorParallel: 2 }, 0.55],
    ["0.55 GiB between unknown ones", { gpu: null, tensorParallel: 4 }, 0.55],
    ["1.83 GiB between linked cards of any version", { gpu: h100, tensorParallel: 2, version: "0.18.0" }, 1.83],
    ["0.4 GiB between others before 0.20", { gpu: l4, tensorParallel: 2, version: "0.19.0" }, 0.4],
  ])("has buffers of collectives: %s", (_what, request, gib) => {
    expect(overhead({}, { ...request, ...eager })).toBeCloseTo(0.25 + gib, 10);
  });

  it.each([
    ["0.14.1", 0.2],
    ["0.15.0", 0.4],
  ])("of vLLM %s has %d GiB of collectives between cards on a bus", (version, gib) => {
    const at = (tensorParallel: number): number => overhead({}, { gpu: l4, tensorParallel, version, ...eager });
    expect(at(2) - at(1)).toBeCloseTo(gib, 10);
  });
});

/** 0.018 GiB for each of 16 layers, in proportion to the 51 sizes that are captured by default; never less than a quarter of a GiB. */
const graphs = (sizes: number): number => Math.max(0.25, (0.018 * 16 * sizes) / 51);

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
    const layers = 1000; // so many that a single size takes more than the least
    expect(overhead({ layers }, { sequences, batchedTokens })).toBeCloseTo(0.25 + (0.018 * layers * sizes) / 51, 10);
  });

  it("take a quarter of a GiB however few they are", () => {
    expect(overhead({}, { sequences: 1 })).toBeCloseTo(0.25 + 0.25, 10);
    expect(overhead({ layers: 1000 }, { sequences: 1 })).toBeCloseTo(0.25 + (0.018 * 1000 * 2) / 51, 10);
  });

  it("of gpt-oss are captured for batches of up to 1,024: 32 sizes more", () => {
    const at = (architecture: string): number => overhead({ architecture, layers: 100 }, { sequences: 1024, batchedTokens: 8192 });
    expect(at("GptOssForCausalLM") - 0.25).toBeCloseTo((0.018 * 100 * 83) / 51, 10);
    expect(at("LlamaForCausalLM") - 0.25).toBeCloseTo(0.018 * 100, 10);
  });

  it("are not captured when they are turned off", () => {
    expect(overhead({}, { sequences: 256, ...eager })).toBeCloseTo(0.25, 10);
  });

  const within = 0.25 + graphs(51);
  it.each<[string, string, Partial<VllmRequest>, number]>([
    // the first runner measures graphs since 0.20.0, the second since 0.29.0
    ["0.19.1", "LlamaForCausalLM", {}, 0.25],
    ["0.20.0", "LlamaForCausalLM", {}, within],
    ["0.22.1", "LlamaForCausalLM", {}, within],
    ["0.22.1", "Qwen3ForCausalLM", {}, 0.25],
    ["0.22.1", "Qwen3ForCausalLM", { quantization: "awq" }, within],
    ["0.23.0", "LlamaForCausalLM", {}, 0.25],
    ["0.23.0", "LlamaForCausalLM", { quantization: "fp8" }, within],
    ["0.24.0", "LlamaForCausalLM", { quantization: "fp8" }, 0.25],
    ["0.24.0", "Qwen2ForCausalLM", {}, within],
    ["0.25.0", "Qwen2ForCausalLM", {}, 0.25],
    ["0.28.0", "LlamaForCausalLM", {}, 0.25],
    ["0.28.0", "LlamaForCausalLM", { speculation: { method: "ngram", tokens: 3 } }, within],
    ["0.29.0", "LlamaForCausalLM", {}, within],
    ["0.33.0", "LlamaForCausalLM", {}, within],
  ])("of vLLM %s of %s with %j lie within the budget or outside it", (version, architecture, request, gib) => {
    const outsideIt = gib === 0.25 ? graphs(51) : 0;
    expect(overhead({ architecture }, { version, sequences: 256, ...request })).toBeCloseTo(gib, 10);
    expect(outside({ architecture }, { version, sequences: 256, ...request }) >= outsideIt).toBe(true);
    expect(outside({ architecture }, { version, sequences: 256, ...request }) >= graphs(51)).toBe(outsideIt > 0);
  });

  it.each<[string, Partial<Model>]>([
    ["mixtures", { mixture: { experts: 8, expertsPerToken: 2, expertIntermediateSize: 256, activeParameters: null } }],
    [
      "models with linear layers",
      {
        attention: {
          full: { layers: 4, kvHeads: 4, headDim: 64 },
          linear: { layers: 12, convolutionElements: 512, recurrentElements: 1024 },
        },
      },
    ],
  ])("of %s stay with the first runner until 0.29", (_what, model) => {
    expect(overhead({ architecture: "Qwen2ForCausalLM", ...model }, { version: "0.28.0", sequences: 256 })).toBeCloseTo(within, 10);
  });

  it("of a mixture that is listed go to the second runner since 0.24", () => {
    const mixture = { experts: 8, expertsPerToken: 2, expertIntermediateSize: 256, activeParameters: null };
    const at = (version: string): number => overhead({ architecture: "Qwen2MoeForCausalLM", mixture }, { version, sequences: 256 });
    expect([at("0.23.0"), at("0.24.0"), at("0.25.0")]).toEqual([within, 0.25, 0.25].map((gib) => expect.closeTo(gib, 10)));
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

  it("is larger for a mixture: graphs two and a half times, and the work buffers of MXFP4 experts", () => {
    expect(outside({ mixture }, batch)).toBeCloseTo(2.5 * graphs(51) + sampler, 10);
    const mxfp4 = { mixture, checkpointQuantization: "mxfp4" } as const;
    expect(outside(mxfp4, batch)).toBeCloseTo(2.5 * graphs(51) + 1.57 / 2 + sampler, 10);
    expect(outside(mxfp4, { ...batch, batchedTokens: 8192 })).toBeCloseTo(2.5 * graphs(51) + 1.57 + sampler, 10);
    expect(outside(mxfp4, { ...batch, tensorParallel: 4 })).toBeCloseTo(2.5 * graphs(51) + 1.57 / 8 + sampler, 10);
  });

  it.each<[string, string, boolean]>([
    ["0.19.0", "LlamaForCausalLM", true],
    ["0.20.0", "LlamaForCausalLM", false],
    ["0.28.0", "LlamaForCausalLM", true], // the second runner profiles without it until 0.33
    ["0.32.0", "LlamaForCausalLM", true],
    ["0.33.0", "LlamaForCausalLM", false],
  ])("of vLLM %s of %s holds the sampler's copy: %s", (version, architecture, holds) => {
    expect(outside({ architecture }, { ...batch, version, ...eager })).toBeCloseTo(holds ? sampler : 0, 10);
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
