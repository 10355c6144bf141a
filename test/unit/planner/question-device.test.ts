import { describe, expect, it } from "vitest";

import { answer } from "../../../lib/planner/estimate";
import type { VllmEstimate } from "../../../lib/planner/vllm-estimate";

const base = { model: "qwen3-0.6b", gpu: "L4", maxModelLen: 8192 };
function estimate(question: object): VllmEstimate {
  const result = answer({ ...base, ...question });
  if (!("estimate" in result)) throw new Error(JSON.stringify(result));
  return result.estimate;
}

describe("memory of the device", () => {
  /** GiB of the device, from what is shown of it. */
  const memory = (question: object): number => {
    const { weightsGib, activationGib, overheadGib, kvGib, utilisation } = estimate(question);
    return (weightsGib + activationGib + overheadGib + kvGib) / utilisation;
  };
  it.each([
    ["a card's own", { gpu: "L4" }, 22.03],
    ["the card's for its label", { gpu: "L4", gpuMemoryGib: 24 }, 22.03],
    ["the card's near its label", { gpu: "L4", gpuMemoryGib: 24.004 }, 22.03],
    ["as given, a little beside the label", { gpu: "L4", gpuMemoryGib: 24.006 }, 24.006],
    ["as given, a little below the label", { gpu: "L4", gpuMemoryGib: 23.994 }, 23.994],
    ["as measured for an unknown card", { gpu: "X9000", gpuMemoryGib: 29.4 }, 29.4],
    ["96 % of an unknown card's label", { gpu: "X9000", gpuMemoryGib: 30 }, 28.8],
    ["96 % of the label in an unknown card's name", { gpu: "RTX 4050 6GB" }, 5.76],
    ["99.5 % of an unknown AMD card's label", { gpu: "AMD Radeon RX 7800 XT", gpuMemoryGib: 16 }, 15.92],
    ["95 % of a slice's profile", { gpu: "A100 40GB MIG 1g.5gb" }, 4.75],
    ["95 % of a slice's profile, written shortly", { gpu: "H100 3g.40gb" }, 38],
    ["95 % of a slice's profile, written with dashes", { gpu: "A100-80GB-MIG-2g.20gb" }, 19],
    ["a slice's for its profile's size", { gpu: "A100 40GB MIG 1g.5gb", gpuMemoryGib: 5 }, 4.75],
  ])("is %s", (_what, question, gibs) => {
    expect(memory(question)).toBeCloseTo(gibs, 6);
  });
  it("is not linked between slices", () => {
    expect(estimate({ gpu: "H100 3g.40gb", tensorParallel: 2, enforceEager: true }).overheadGib).toBeCloseTo(0.8, 10);
    expect(estimate({ gpu: "H100", tensorParallel: 2, enforceEager: true }).overheadGib).toBeCloseTo(2.08, 10);
  });
});
