import { existsSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { repoRoot } from "../../../tools/lib/paths";
import { aloneFiles, longFiles, testFiles, workers } from "../../run/files.mts";
import { planRun } from "../../run/plan";

describe("a run of everything", () => {
  const { steps, server, wanted, unknown } = planRun([]);

  it("has every suite, in the order of what they need, and the ONNX server's own tests", () => {
    expect(steps.map(({ name, parts, lab, files }) => [name, parts, lab, files])).toEqual([
      ["unit", [], false, []],
      ["program", ["program"], true, []],
      ["lab", ["program", "lab tests"], true, []],
      ["lab-alone", ["program", "lab tests"], true, []],
    ]);
    expect([server, unknown]).toEqual([[], []]);
  });

  it("has built what each of them needs, none twice", () => {
    expect(wanted).toMatchObject({
      engine: true,
      lab: true,
      program: ["scanners", "actionlint", "docsPackages", "envoy", "openaiClient", "expressPackages", "cilium"],
      server: ["smollm2Onnx"],
    });
    expect(wanted.labTests).toEqual(expect.arrayContaining(["openaiClient", "prometheus", "envoy", "collector", "vllm", "cosign"]));
    expect(wanted.images).toEqual(expect.arrayContaining(["vllm-cpu", "smollm2-gguf", "otel-collector"]));
    expect(wanted.labTests).not.toContain("keda"); // of a file that is long only
    for (const names of [wanted.labTests, wanted.images]) expect(new Set(names).size).toBe(names.length);
  });
});

describe("a run of chosen files", () => {
  it.each([
    ["test/unit/fuzz.test.ts", ["unit"], { engine: false, lab: false, program: [], server: [], labTests: [], images: [] }],
    ["test/program/cilium.test.ts", ["program"], { engine: true, lab: true, program: ["cilium"], server: [], labTests: [], images: [] }],
    [
      "test/lab/signature.test.ts",
      ["lab"],
      { engine: true, lab: true, program: [], server: [], labTests: ["cosign"], images: ["onnx-server"] },
    ],
    [
      "test/lab/traffic.test.ts",
      ["lab-alone"],
      { engine: true, lab: true, program: [], server: [], labTests: [], images: ["onnx-server", "smollm2-onnx"] },
    ],
    [
      "test/lab/scaling.test.ts",
      ["lab-long"],
      {
        ...{ engine: true, lab: true, program: [], server: [], labTests: ["keda"] },
        images: ["onnx-server", "smollm2-onnx", "prometheus", "alertmanager", "keda", "keda-metrics-apiserver"],
      },
    ],
  ])("%s: runs its own suite, and builds what it needs and nothing else", (file, names, wanted) => {
    const plan = planRun([file]);
    expect(plan).toMatchObject({ server: null, unknown: [], wanted });
    expect(plan.steps.map(({ name, files }) => [name, files])).toEqual(names.map((name) => [name, [file]]));
  });

  it("runs chosen files of the ONNX server by pytest, with its model and without the lab", () => {
    const file = "images/onnx-server/tests/test_start.py";
    expect(planRun([file])).toMatchObject({ steps: [], server: [file], unknown: [], wanted: { lab: false, server: ["smollm2Onnx"] } });
  });

  it("names what is no test", () =>
    expect(planRun(["docs/azure.md", "test/unit/none.test.ts", "test/unit/fuzz.test.ts"]).unknown).toEqual([
      "docs/azure.md",
      "test/unit/none.test.ts",
    ]));
});

it("every file that the table names is there, and every file that runs alone is one of the lab", () => {
  expect(Object.keys(testFiles).filter((file) => !existsSync(path.join(repoRoot, file)))).toEqual([]);
  expect([aloneFiles, longFiles]).toEqual([
    ["gateway-routing", "monitoring-scale", "promotion", "traffic"].map((name) => `test/lab/${name}.test.ts`),
    ["test/lab/scaling.test.ts"],
  ]);
});

describe("files of the lab at once", () => {
  const files = [
    { seconds: 1, memoryMib: 4000 },
    { seconds: 1, memoryMib: 1000 },
    { seconds: 1 },
    { seconds: 9, memoryMib: 9000, alone: true as const },
  ];

  it.each([
    [3500 + 4000 + 1500 + 1000, 2, 3],
    [3500 + 4000 + 1500 + 999, 2, 2],
    [3500 + 4000 + 1499, 2, 1],
    [0, 2, 1],
    [100_000, 1, 2],
  ])("with %i MiB and %i processors: %i", (mib, processors, count) => expect(workers(mib, processors, files)).toBe(count));

  it("are at most two for each processor, however much memory there is", () => expect(workers(100_000, 2)).toBe(4));
});
