import { describe, expect, it } from "vitest";

import type { Model } from "../../../lib/catalog/schema";
import type { VllmRequest } from "../../../lib/planner/vllm-request";
import { toyEstimate } from "../../support/toy-model";

/** Bytes of the profiled pass over 8,192 tokens of 16 sequences, for the toy: 1,024 wide, feed-forward 4,096, 65,536 words. */
const activation = (model: Partial<Model>, request: Partial<VllmRequest> = {}): number =>
  toyEstimate(model, { batchedTokens: 8192, sequences: 16, ...request }).activationGib * 2 ** 30;

/** One row of 16-bit activations for each token. */
const row = 8192 * 2;
const experts = (expertIntermediateSize: number | null) => ({
  mixture: { experts: 8, expertsPerToken: 4, expertIntermediateSize, activeParameters: null },
});

describe("the forward pass", () => {
  it.each<[string, Partial<Model>, Partial<VllmRequest>, number]>([
    ["gate, up, product, and four hidden rows", {}, {}, row * (3 * 4096 + 4 * 1024)],
    ["of a quarter of the tokens", {}, { batchedTokens: 2048 }, (row / 4) * (3 * 4096 + 4 * 1024)],
    ["in 32 bits", {}, { dtype: "float32" }, 2 * row * (3 * 4096 + 4 * 1024)],
    ["split over two devices, hidden rows whole", {}, { tensorParallel: 2 }, row * ((3 * 4096) / 2 + 4 * 1024)],
    ["four times the hidden size where the width is unknown", { intermediateSize: null }, {}, row * (3 * 4 * 1024 + 4 * 1024)],
    ["of four wide experts: twice their width, and once", experts(2048), {}, row * (4 * (2 * 2048 + 2048) + 4 * 1024)],
    ["of four narrow experts: the hidden row, and their width", experts(256), { version: "0.14.1" }, row * (4 * (1024 + 256) + 4 * 1024)],
    ["of experts split over two devices", experts(2048), { tensorParallel: 2 }, row * (4 * (2 * 1024 + 1024) + 4 * 1024)],
    [
      "of experts that become narrow when split",
      experts(800),
      { tensorParallel: 2, version: "0.14.1" },
      row * (4 * (1024 + 400) + 4 * 1024),
    ],
    ["of experts of unknown width: the dense one", experts(null), {}, row * (3 * 4096 + 4 * 1024)],
  ])("%s", (_what, model, request, bytes) => {
    expect(activation(model, request)).toBe(bytes);
  });
});

describe("the sampler", () => {
  it.each([
    ["0.10.2", 37],
    ["0.16.0", 37],
    ["0.17.0", 14],
    ["0.25.0", 14],
    ["0.33.0", 14],
  ])("of vLLM %s takes %i bytes for each word of each sequence, and three hidden rows", (version, perLogit) => {
    expect(activation({}, { version, sequences: 1024 })).toBe(1024 * 65_536 * perLogit + 3 * row * 1024);
  });

  it("samples no more sequences than there are tokens", () => {
    expect(activation({}, { batchedTokens: 512, sequences: 1024 })).toBe(512 * 65_536 * 14 + 3 * 512 * 2 * 1024);
  });

  it("never runs beside the forward pass: the larger one counts", () => {
    // forward: 268,435,456 bytes; sampler: sequences · 917,504 + 50,331,648, larger from 238 sequences
    expect(activation({}, { sequences: 237 })).toBe(268_435_456);
    expect(activation({}, { sequences: 238 })).toBe(238 * 917_504 + 50_331_648);
  });

  it("finds the work buffers of the experts in use since 0.15: what enters and leaves each, and gate and up", () => {
    const at = (version: string, model: Partial<Model> = {}): number =>
      activation({ ...experts(800), ...model }, { version, sequences: 1024 });
    const sampler = (perLogit: number): number => 1024 * 65_536 * perLogit + 3 * row * 1024;
    expect(at("0.14.1")).toBe(sampler(37));
    expect(at("0.15.0")).toBe(sampler(37) + row * 4 * (1024 + 1600));
    expect(at("0.19.0")).toBe(sampler(14) + row * 4 * (1024 + 1600));
    expect(at("0.19.0", { checkpointQuantization: "mxfp4" })).toBe(sampler(14));
  });
});

describe("a tower", () => {
  const gib = 2 ** 30;
  const small = { batchedTokens: 64, sequences: 1 };
  it.each<[string, NonNullable<Model["tower"]>, number, number]>([
    ["one size: what it leaves", "fixed", 64, 0.25],
    ["any size: its peak", "dynamic", 64, 1.46],
    ["one video", "video", 64, 0.68],
    ["two videos of 2,496 tokens", "video", 4992, 2 * 0.68],
    ["one video short of two", "video", 4991, 0.68],
  ])("takes inputs of %s", (_what, tower, batchedTokens, peak) => {
    const alone = activation({}, { ...small, batchedTokens });
    expect(activation({ tower }, { ...small, batchedTokens })).toBeCloseTo(
      Math.max(peak * gib, alone + (tower === "dynamic" ? 0.1 : 0.25) * gib),
      0,
    );
  });

  it("runs before the model, beside which only its outputs stay", () => {
    const large = { sequences: 4096, batchedTokens: 8192 };
    const alone = activation({}, large);
    expect(alone).toBeGreaterThan(1.46 * gib);
    expect(activation({ tower: "dynamic" }, large)).toBeCloseTo(alone + 0.1 * gib, 0);
    expect(activation({ tower: "fixed" }, large)).toBeCloseTo(alone + 0.25 * gib, 0);
  });
});
