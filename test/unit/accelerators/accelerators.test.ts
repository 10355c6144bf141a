import { describe, expect, it } from "vitest";

import { findGpu, gpus, migProfiles, similarGpus, sliceUsableGib } from "../../../lib/accelerators/gpu";
import { devices, devicesOf, regions, vmSizes } from "../../../lib/accelerators/vm-size";

const size = (name: string) => vmSizes.find((candidate) => candidate.name === name)!;

it.each([
  ["L4", "l4"],
  ["A10G", "a10g"],
  ["NVIDIA A10", "a10"],
  ["RTX 4090", "rtx-4090"],
  ["NVIDIA GeForce RTX 3090", "rtx-3090"],
  ["H100", "h100-80gb-sxm"],
  ["NVIDIA H100 80GB HBM3", "h100-80gb-sxm"],
  ["H100 NVL", "h100-nvl-94gb"],
  ["A100-80GB", "a100-80gb-pcie"],
  ["A100-SXM4-40GB", "a100-40gb-sxm"],
  ["a100-80gb-sxm", "a100-80gb-sxm"],
  ["Tesla T4", "t4"],
  ["4x RTX 3090", "rtx-3090"],
  ["L40S (gx3-24x120x1l40s)", "l40s"],
])("findGpu reads %s", (name, key) => {
  expect(findGpu(name)?.key).toBe(key);
});

it("names what is close to a GPU it does not know", () => {
  expect(findGpu("H1000")).toBeUndefined();
  expect(similarGpus("H1000")[0]).toBe("h100");
});

describe("tables", () => {
  it("give every card less than its label, with a source", () => {
    for (const gpu of gpus) {
      expect(gpu.usableGib, gpu.key).toBeLessThan(gpu.memoryGib);
      expect(gpu.usableGib / gpu.memoryGib, gpu.key).toBeGreaterThan(0.9);
      expect(gpu.usableSource.length).toBeGreaterThan(10);
    }
  });

  it("say why a size may not be chosen, and price those that may", () => {
    expect(size("Standard_NCC40ads_H100_v5").unusable).toBe("its GPU count or memory is not sourced");
    for (const { name, usdPerHour, priceDate } of devices.map((device) => device.size)) {
      expect(priceDate, name).toMatch(/^\d{4}-\d\d-\d\d$|^undated$/);
      for (const price of Object.values(usdPerHour)) expect(price).toBeGreaterThan(0);
    }
    expect(regions).toContain("westeurope");
  });

  it("split a size into whole GPUs and slices", () => {
    const a100 = devicesOf(size("Standard_NC48ads_A100_v4")).map(({ gpuCount, migProfile, replicasPerNode }) => [
      gpuCount,
      migProfile,
      replicasPerNode,
    ]);
    expect(a100).toEqual([
      [1, null, 2],
      [2, null, 1],
      [1, "MIG1g", 14],
      [1, "MIG2g", 6],
      [1, "MIG3g", 4],
      [1, "MIG4g", 2],
    ]);
    expect(devicesOf(size("Standard_NV6ads_A10_v5")).map(({ usableGib }) => usableGib.toFixed(2))).toEqual(["3.68"]);
  });

  it("give a slice what nvidia-smi shows: 4,864 MiB of an A100 40GB's smallest", () => {
    expect(sliceUsableGib(findGpu("A100-40GB")!, migProfiles[0]!)).toBeCloseTo(4.75, 1);
  });
});
