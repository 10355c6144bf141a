import { describe, expect, it } from "vitest";

import { findGpu } from "../../../lib/accelerators/gpu";
import type { Model } from "../../../lib/catalog/schema";
import type { VllmRequest } from "../../../lib/planner/vllm-request";
import { toyEstimate } from "../../support/toy-model";

const gpu = (name: string) => findGpu(name)!;
const mixture = { experts: 8, expertsPerToken: 4, expertIntermediateSize: 256, activeParameters: null };

describe("batches by default", () => {
  it.each<[string, Partial<VllmRequest>, number, number]>([
    ["a small card", { gpu: gpu("l4"), usableGib: 22 }, 2048, 256],
    ["just below 70 GiB", { gpu: gpu("h100"), usableGib: 69.99 }, 2048, 256],
    ["70 GiB", { gpu: gpu("h100"), usableGib: 70 }, 8192, 1024],
    ["just below 160 GiB", { gpu: gpu("h200"), usableGib: 159.99 }, 8192, 1024],
    ["160 GiB", { gpu: gpu("b200"), usableGib: 160 }, 16_384, 1024],
    ["an A100, however large", { gpu: gpu("a100-80gb"), usableGib: 80 }, 2048, 256],
    ["a large card of unknown make", { gpu: null, usableGib: 80 }, 8192, 1024],
    ["no more sequences than tokens", { batchedTokens: 128 }, 128, 128],
    ["what is asked for", { batchedTokens: 4096, sequences: 7 }, 4096, 7],
    ["whole prompts of the first engine", { version: "0.7.3", contextTokens: 4096 }, 4096, 256],
    ["whole prompts on a large card", { version: "0.7.3", gpu: gpu("h100"), usableGib: 79, contextTokens: 4096 }, 4096, 256],
    ["at least 2,048 tokens of the first engine", { version: "0.7.3", contextTokens: 1024 }, 2048, 256],
    ["no whole prompts since 0.8", { version: "0.8.0", contextTokens: 4096 }, 2048, 256],
    ["a build without a version, as the newest", { version: "nightly", contextTokens: 4096 }, 2048, 256],
  ])("of %s", (_what, request, batchedTokens, sequences) => {
    expect(toyEstimate({}, request)).toMatchObject({ batchedTokens, sequences });
  });
});

describe("the budget", () => {
  it.each<[string, Partial<VllmRequest>, number]>([
    ["0.9 before 0.20", { version: "0.19.1" }, 0.9],
    ["0.92 since", { version: "0.20.0" }, 0.92],
    ["0.92 of a development build", { version: "0.21.1rc1.dev129" }, 0.92],
    ["0.92 of a build without a version", { version: "nightly" }, 0.92],
    ["what is asked for", { utilisation: 0.5 }, 0.5],
  ])("is %s", (_what, request, utilisation) => {
    const { weightsGib, activationGib, overheadGib, kvGib, ...rest } = toyEstimate({}, request);
    expect(rest.utilisation).toBe(utilisation);
    expect(kvGib).toBeCloseTo(utilisation * 16 - weightsGib - activationGib - overheadGib, 10);
  });

  it("keeps less for the cache where graphs are not in it, but needs room for them", () => {
    const [within, beside] = [toyEstimate({}, { version: "0.22.0" }), toyEstimate({}, { version: "0.25.0" })];
    expect(beside.overheadGib).toBeLessThan(within.overheadGib);
    expect([within.outsideGib, beside.outsideGib > 0.3]).toEqual([0, true]);
  });
});

/**
 * The toy without graphs: weights 310,378,496 × 2 bytes and 4 MiB; a forward pass of 2,048 × 2 × 16,384 = 64 MiB against a sampler of
 * 16 × 655,360 bytes and 12 MiB; the engine 0.25 GiB; 8,192 tokens of cache 128 MiB.
 */
const fixedGib = (310_378_496 * 2) / 2 ** 30 + 4 / 1024 + 64 / 1024 + 0.25;
const plain = { enforceEager: true, sequences: 16, utilisation: 0.5 } as const;
const holding = (kvGib: number) => toyEstimate({}, { ...plain, usableGib: (fixedGib + kvGib) / 0.5 });

describe("an estimate", () => {
  it("fits with one request and a margin of 0.3 GiB", () => {
    const { fits, reason, requestGib, kvTokens, maxConcurrency } = holding(0.125 + 0.3 + 1e-9);
    expect({ fits, reason, requestGib, kvTokens, maxConcurrency }).toEqual({
      fits: true,
      reason: "3.4 requests of 8,192 tokens fit",
      requestGib: 0.125,
      kvTokens: 27_840, // 0.425 GiB: 1,740 blocks of 256 KiB, 16 tokens each
      maxConcurrency: 3.4,
    });
  });

  it.each([
    [0.125 + 0.3 - 1e-6, "8,192 tokens of context need 0.13 GiB of cache, 0.42 GiB is left: too tight, as an estimate may be 0.30 GiB off"],
    [0.125 + 1e-6, "8,192 tokens of context need 0.13 GiB of cache, 0.13 GiB is left: too tight, as an estimate may be 0.30 GiB off"],
    [0.1, "8,192 tokens of context need 0.13 GiB of cache, 0.10 GiB is left"],
    [0.001, "8,192 tokens of context need 0.13 GiB of cache, 0.00 GiB is left"],
    [0, "weights 0.58 GiB, activations 0.06 GiB and engine 0.25 GiB exceed the budget of 0.89 GiB"],
    [-0.5, "weights 0.58 GiB, activations 0.06 GiB and engine 0.25 GiB exceed the budget of 0.39 GiB"],
  ])("of %d GiB of cache does not, and says why", (kvGib, expected) => {
    const { fits, reason } = holding(kvGib);
    expect({ fits, reason }).toEqual({ fits: false, reason: expected });
  });

  it("needs room outside the budget for what is not in it", () => {
    const model: Partial<Model> = { mixture, layers: 16 };
    const at = (utilisation: number) => toyEstimate(model, { version: "0.19.0", utilisation, usableGib: 16, sequences: 256 });
    // 2.5 × 0.288 of graphs, 256 × 65,536 × 4 bytes of logits: 0.7825 GiB, 0.04891 of 16
    expect(at(0.9).outsideGib).toBeCloseTo(0.72 + 0.0625, 10);
    expect(at(0.951)).toMatchObject({ fits: true });
    expect(at(0.9512)).toMatchObject({
      fits: false,
      reason: "CUDA graphs and warm-up need 0.78 GiB outside the budget, utilisation leaves 0.78 GiB",
    });
  });
});
