import { describe, expect, it } from "vitest";

import { findGpu, gpus, migProfiles, similarGpus, sliceUsableGib } from "../../../lib/accelerators/gpu";
import { devices, devicesOf, hoursPerMonth, regions, type VmSize, vmSizes } from "../../../lib/accelerators/vm-size";

describe("a card is found", () => {
  it.each([
    ["A100", "a100-80gb-pcie"],
    ["nvidia-a100-80gb", "a100-80gb-pcie"],
    ["A100 80GiB", "a100-80gb-pcie"],
    ["A100 80G", "a100-80gb-pcie"],
    ["A100 (80GB)", "a100-80gb-pcie"],
    ["A100 40GB", "a100-40gb-sxm"],
    ["8 x H100", "h100-80gb-sxm"],
    ["8xH100", "h100-80gb-sxm"],
    [" 2x L4 ", "l4"],
    ["H100 80GB HBM3e", "h100-80gb-sxm"],
    ["AMD Instinct MI300X", "mi300x-192gb"],
    ["Tesla V100", "v100-16gb"],
    ["V100 32GB", "v100-32gb"],
    ["RTX 3090 Ti", "rtx-3090"],
    ["GeForce RTX 4080 SUPER", "rtx-4080"],
    ["Tesla P100-PCIE-16GB", "p100-16gb"],
    ["Tesla V100-SXM2-32GB", "v100-32gb"],
    ["A100-PCIE-40GB", "a100-40gb-sxm"],
    ["L4 24GB", "l4"],
    ["T4-16GB", "t4"],
    ["L40S48GB", "l40s"],
    ["8x RTX 4090 24 GiB", "rtx-4090"],
    ["GeForce RTX 4090 Laptop GPU", undefined], // 16 GB, not the card's 24
    ["RTX 4090 48GB", undefined], // no such card is known
    ["A100-80GB-MIG-2g.20gb", undefined], // a slice, which only an estimate knows
    ["RTX PRO 6000 Server Edition", "rtx-pro-6000-bse-96gb"],
    ["RTX PRO 6000 Workstation", "rtx-pro-6000-bse-96gb"],
    ["nvidia l4 edition", "l4"],
    ["NVIDIA", undefined],
    ["", undefined],
    ["L5", undefined],
    ["RTX", undefined],
  ])("by %j", (name, key) => {
    expect(findGpu(name)?.key).toBe(key);
  });

  it("by its key, its name and each of its other names", () => {
    for (const gpu of gpus) for (const name of [gpu.key, gpu.name]) expect(findGpu(name)?.key, name).toBe(gpu.key);
    expect(findGpu("a100-sxm4-80gb")?.key).toBe("a100-80gb-sxm");
    expect(findGpu("h800")?.key).toBe("h100-80gb-sxm");
  });

  it("or is suggested by its key, or the first of its other names", () => {
    expect(similarGpus("h100 nvlx")).toEqual(["h100 nvl", "h100"]);
    expect(similarGpus("mi300y")).toEqual(["mi300x", "b300", "mi210"]);
    expect(similarGpus("zzzzzzzzzzzzzzzz")).toEqual([]);
  });
});

describe("a slice", () => {
  const a100 = findGpu("a100-80gb-pcie")!;
  it.each([
    ["MIG1g", 1, 7],
    ["MIG2g", 2, 3],
    ["MIG3g", 4, 2],
    ["MIG4g", 4, 1],
  ])("%s has %d eighths of the card less the firmware's share, %d on each", (name, eighths, instances) => {
    const profile = migProfiles.find((candidate) => candidate.name === name)!;
    expect(sliceUsableGib(a100, profile)).toBeCloseTo((79.25 * eighths * 0.965) / 8, 10);
    expect(profile.instances).toBe(instances);
  });
  it("of the whole card has all of it", () => {
    expect(sliceUsableGib(a100, { name: "MIG7g", eighths: 8, instances: 1 })).toBe(79.25);
  });
});

describe("a size", () => {
  const size = (more: Partial<VmSize>): VmSize => ({
    ...vmSizes.find(({ name }) => name === "Standard_NC24ads_A100_v4")!,
    name: "test",
    mig: false,
    ...more,
  });
  const ways = (more: Partial<VmSize>) =>
    devicesOf(size(more)).map(({ gpu, gpuCount, usableGib, migProfile, replicasPerNode }) => [
      gpu?.key ?? null,
      gpuCount,
      Number(usableGib.toFixed(4)),
      migProfile,
      replicasPerNode,
    ]);
  it.each<[string, Partial<VmSize>, unknown[]]>([
    ["no card is its node", { gpu: null, gpuCount: 0, memoryGib: 16 }, [[null, 0, 16, null, 1]]],
    ["a card", { gpuCount: 1 }, [["a100-80gb-pcie", 1, 79.25, null, 1]]],
    [
      "three cards, by twos",
      { gpuCount: 3 },
      [
        ["a100-80gb-pcie", 1, 79.25, null, 3],
        ["a100-80gb-pcie", 2, 79.25, null, 1],
      ],
    ],
    ["eight cards", { gpuCount: 8 }, [1, 2, 4, 8].map((count) => ["a100-80gb-pcie", count, 79.25, null, 8 / count])],
    ["a quarter of a card", { gpuFraction: 0.25 }, [["a100-80gb-pcie", 1, 19.8125, null, 1]]],
    [
      "two cards that can be cut",
      { gpuCount: 2, mig: true },
      [
        ["a100-80gb-pcie", 1, 79.25, null, 2],
        ["a100-80gb-pcie", 2, 79.25, null, 1],
        ["a100-80gb-pcie", 1, 9.5595, "MIG1g", 14],
        ["a100-80gb-pcie", 1, 19.1191, "MIG2g", 6],
        ["a100-80gb-pcie", 1, 38.2381, "MIG3g", 4],
        ["a100-80gb-pcie", 1, 38.2381, "MIG4g", 2],
      ],
    ],
  ])("with %s is used in each way that a replica can be", (_what, more, expected) => {
    expect(ways(more)).toEqual(expected);
  });

  it("that names an unknown card is a mistake of the table", () => {
    expect(() => devicesOf(size({ gpu: "x9000" }))).toThrow("test names the unknown GPU x9000");
  });

  it("is among the devices unless it is unusable", () => {
    const names = new Set(devices.map((device) => device.size.name));
    expect([...names].sort()).toEqual(
      vmSizes
        .filter(({ unusable }) => unusable === null)
        .map(({ name }) => name)
        .sort(),
    );
    expect(names.has("Standard_NV4ads_V710_v5")).toBe(false);
    expect(names.has("Standard_D2s_v5")).toBe(true);
  });
});

it("regions are those with a price, each once, in the order of the alphabet", () => {
  const all = vmSizes.flatMap(({ usdPerHour }) => Object.keys(usdPerHour));
  expect(regions).toEqual([...new Set(all)].sort());
  expect(regions.length).toBeGreaterThan(10);
});

it("a month has 730 hours", () => {
  expect(hoursPerMonth).toBe(730);
});
