import { describe, expect, it } from "vitest";

import type { EnvironmentPlan, ModelPlan } from "../../../lib/planner/types";
import { planText } from "../../../tools/plan-text";

const model: ModelPlan = {
  name: "chat",
  model: "qwen3-8b",
  engine: "vllm",
  version: "0.33.0",
  quantization: "bf16",
  contextTokens: 8192,
  concurrency: 4,
  replicas: 2,
  memory: { weightsGib: 15.27, activationGib: 1, overheadGib: 1, kvGib: 4.5, kvTokens: 32_768, maxConcurrency: 4.04 },
  placement: {
    size: "Standard_X",
    gpu: "L4",
    gpuCount: 1,
    gpuFraction: 1,
    migProfile: null,
    nodes: 2,
    nodeLabels: { "node.kubernetes.io/instance-type": "Standard_X" },
    usdPerHour: 1.5,
    usdPerMonth: 1095,
    priceDate: "2026-10-01",
  },
  rejected: Array.from({ length: 8 }, (_, index) => ({ size: `Standard_${index}`, kind: "too small", reason: "too small" })),
  weights: { source: { kind: "huggingFace", repository: "Qwen/Qwen3-8B" }, lock: { files: {} } },
  additionalModels: {},
  adapters: {},
  args: ["--model", "/weights"],
  environment: { A: "1", B: "2" },
  pod: { cpuCores: 4, memoryMib: 11_264, shmGib: 2, ephemeralStorageGib: 29, imageVolumeGib: 0, gpuCount: 1 },
  download: { repository: "Qwen/Qwen3-8B", revision: null, downloadGib: 15.26, claimGib: 20, from: "estimated" },
  coldStart: { nodeSeconds: 240, imageSeconds: 120, weightsSeconds: 60, loadSeconds: 90, compileSeconds: 45, totalSeconds: 510 },
  rollout: { strategy: "surge", maxSurge: 1, maxUnavailable: 0, reason: "there is room" },
  warnings: [],
};
const plan: EnvironmentPlan = {
  name: "prod",
  region: "eastus",
  models: [model],
  usdPerHour: 3,
  usdPerMonth: 2190,
  warnings: [],
  faults: [],
};
const lines = (change: Partial<ModelPlan> = {}, more: Partial<EnvironmentPlan> = {}) =>
  planText({ ...plan, models: [{ ...model, ...change }], ...more }).split("\n");
const without = { ...model.placement, nodeLabels: {}, usdPerHour: 0, usdPerMonth: 0 };

describe("a plan as people read it", () => {
  it("says what a model takes at its fewest pods and at its most", () => {
    const least = { replicas: 0, nodes: 0, usdPerHour: 0, usdPerMonth: 0 };
    const [total, , , row, , , , scales] = lines({ least }, { usdPerHour: 1.5, usdPerMonth: 1095 });
    expect(total).toContain("$0.000 to $1.500 per hour, $0.00 to $1,095.00 per month");
    expect(row).toContain("0-2 x qwen3-8b");
    expect(scales).toBe("  scales      from 0 on 0 nodes for $0.000 per hour to 2 on 2 nodes for $1.500 per hour");
  });

  it("is its price, a table, and what each model takes, and why it is not elsewhere", () => {
    expect(lines()).toEqual([
      "prod in eastus: 1 model, $3.000 per hour, $2,190.00 per month of 730 h (pay as you go, prices of 2026-10-01)",
      "",
      "model  runs               engine       on                       weights    cache     tokens  requests  USD/h  USD/month",
      "chat   2 x qwen3-8b bf16  vllm 0.33.0  2 x Standard_X (1 x L4)  15.27 GiB  4.50 GiB  32,768  4.0       1.500  1,095",
      "",
      "chat: holds 4 of 8,192 tokens",
      "  pod         4 cores, 11264 MiB of memory (/dev/shm 2), 29 GiB of disk, 1 GPU",
      "  cold start  510 s: node 240, image 120, weights 60, load 90 (of which compile 45)",
      "  rollout     surge: there is room",
      "  arguments   --model /weights",
      "  environment A=1 B=2",
      "  weights     huggingFace, as locked: /weights",
      "  download    Qwen/Qwen3-8B at no revision yet, 15.26 GiB (estimated), to a volume of 20 GiB",
      "  not chosen",
      ...[0, 1, 2, 3, 4, 5].map((index) => `    Standard_${index}: too small`),
      "    and 2 more sizes (--json lists them all)",
      "",
    ]);
  });

  it("has no price, no region and no sizes where nodes are not known", () => {
    const text = lines({ placement: without }, { usdPerHour: 0, usdPerMonth: 0 });
    expect(text[0]).toBe("prod: 1 model, not priced");
    expect(text[3]).toMatch(/ any node with 1 x L4 .* - +-$/);
    expect(text.join("\n")).not.toMatch(/not chosen|more sizes/);
    const cpu = lines({ placement: { ...without, gpu: null, gpuCount: 0 } }, { usdPerHour: 0 });
    expect(cpu[3]).toContain("any node with room");
  });

  it("names slices of a GPU, and processors", () => {
    expect(lines({ placement: { ...model.placement, migProfile: "MIG3g" } })[3]).toContain("2 x Standard_X (1 x L4 MIG3g)");
    expect(lines({ placement: { ...model.placement, gpu: null } })[3]).toContain("2 x Standard_X (CPU)");
  });

  it("leaves out what a model has not", () => {
    const { lock: _, ...weights } = model.weights;
    expect(lines({ args: [], environment: {}, rejected: [], weights }).slice(8)).toEqual([
      "  rollout     surge: there is room",
      "  weights     huggingFace, not locked: /weights",
      "  download    Qwen/Qwen3-8B at no revision yet, 15.26 GiB (estimated), to a volume of 20 GiB",
      "",
    ]);
    const locked = { repository: "Qwen/Qwen3-8B", revision: "1234567", downloadGib: 15.26, claimGib: 20, from: "lock" } as const;
    expect(lines({ download: locked })).toContain("  download    Qwen/Qwen3-8B at 1234567, 15.26 GiB, to a volume of 20 GiB");
    const tag = { downloadGib: 0.5, claimGib: 2, from: "lock" } as const;
    expect(lines({ download: tag })).toContain("  download    0.50 GiB, to a volume of 2 GiB");
    expect(lines({ rejected: model.rejected.slice(0, 6) }).at(-2)).toBe("    Standard_5: too small");
    expect(lines({ rejected: model.rejected.slice(0, 7) }).at(-2)).toBe("    and 1 more sizes (--json lists them all)");
  });

  it("counts models, aligns their table, and ends with warnings", () => {
    const other = { ...model, name: "a-longer-name", placement: { ...model.placement, priceDate: "2026-09-01" } };
    const text = planText({ ...plan, models: [model, other], warnings: ["old", "new"] }).split("\n");
    expect(text[0]).toBe(
      "prod in eastus: 2 models, $3.000 per hour, $2,190.00 per month of 730 h (pay as you go, prices of 2026-09-01, 2026-10-01)",
    );
    expect(text.slice(3, 5).map((line) => line.indexOf("2 x qwen3-8b"))).toEqual([15, 15]);
    expect(text.slice(-5)).toEqual(["", "Warnings", "  ! old", "  ! new", ""]);
    expect(planText({ ...plan, models: [], usdPerHour: 0 })).toBe("prod: 0 models, not priced\n\n");
  });
});
