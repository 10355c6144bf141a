import { expect, it } from "vitest";

import { planned } from "../../support/toy-model";

/**
 * Folders of microsoft/Phi-4-mini-instruct-onnx: `onnxruntime-genai` loads one folder, and those for the CPU and for CUDA are others
 * (tools/facts/onnx-variants.json).
 */
const phi = { model: "phi-4-mini-instruct", engine: "onnx" } as const;
const kubernetes = { target: "kubernetes" } as const;

it("are those for the CPU, as large as published", () => {
  const { weights, memory, download, placement } = planned({ ...phi, cpu: true }, kubernetes);
  expect(weights.source).toMatchObject({ path: "cpu_and_mobile/cpu-int4-rtn-block-32-acc-level-4" });
  expect([memory.weightsGib * 2 ** 30, download!.downloadGib * 2 ** 30]).toEqual([4_860_000_000, 4_860_000_000]);
  expect(planned(phi, kubernetes).placement.size).toBe(placement.size);
});

it("are those for CUDA where a GPU is asked for, by any of the three fields", () => {
  const folder = (more: object) => planned({ ...phi, ...more }, kubernetes).weights.source;
  for (const more of [{ gpu: "t4" }, { size: "Standard_NC4as_T4_v3" }, { cpu: false }])
    expect(folder(more)).toMatchObject({ path: "gpu/gpu-int4-rtn-block-32" });
});
