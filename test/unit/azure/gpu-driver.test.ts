import { describe, expect, it } from "vitest";

import { cudaOf, driverResult } from "../../../lib/azure/gpu-driver";
import { a10, planOf } from "../../support/azure-cluster";

const digest = `@sha256:${"a".repeat(64)}`;
const official = `docker.io/vllm/vllm-openai:v0.33.0${digest}`;
const model = (gpu: string | null, engine = "vllm") => ({
  ...planOf({ chat: { gpu } }).models[0]!,
  engine: engine as "vllm",
  version: "0.33.0",
});
const pin = "pin an image with CUDA 12, such as docker.io/vllm/vllm-openai:v0.33.0-cu129";
const has = `nodes of ${a10} get NVIDIA's driver 570, which runs CUDA 12 and no later`;

describe("the CUDA of an image", () => {
  it.each([
    [official, 13],
    [`docker.io/vllm/vllm-openai:v0.20.0${digest}`, 13],
    [`docker.io/vllm/vllm-openai:v0.19.3${digest}`, 12],
    [`docker.io/vllm/vllm-openai:v0.33.0-cu129${digest}`, 12],
    [`docker.io/vllm/vllm-openai:v0.33.0-x86_64-cu129${digest}`, 12],
    [`registry.example:5000/ml/vllm:v0.19.0-cu130${digest}`, 13],
    [`registry.example:5000/ml/vllm:v0.33.0${digest}`, undefined],
    [`docker.io/vllm/vllm-openai:nightly${digest}`, undefined],
    [`docker.io/vllm/vllm-openai${digest}`, undefined],
  ])("of %s is %s", (image, cuda) => expect(cudaOf(image)).toBe(cuda));
});

describe("a model on a node whose driver is older than its image's CUDA", () => {
  it("is refused, with the image to pin", () => {
    expect(driverResult(model("a10"), official)).toEqual({
      faults: [{ path: "models.chat.engine", value: official, bound: `must run on what its nodes have: ${has}`, fix: pin }],
      warnings: [],
    });
  });

  it("may be one where nothing tells the image's CUDA: a warning", () => {
    expect(driverResult(model("a10"), undefined)).toEqual({ faults: [], warnings: [`chat: ${has}, and no image is named yet: ${pin}`] });
    const unknownImage = `registry.example/vllm${digest}`;
    expect(driverResult(model("a10"), unknownImage)).toEqual({
      faults: [],
      warnings: [`chat: ${has}, and the tag of ${unknownImage} does not tell its CUDA: ${pin}`],
    });
  });
});

it.each([
  ["CUDA 12 on an A10", model("a10"), official.replace("v0.33.0", "v0.33.0-cu129")],
  ["CUDA 13 on a T4", model("t4"), official],
  ["CUDA 13 on a GPU whose driver is not known", model("mi300x-192gb"), official],
  ["another engine", model("a10", "ollama"), official],
  ["no GPU", model(null), official],
])("%s is taken", (_, placed, image) => expect(driverResult(placed, image)).toEqual({ faults: [], warnings: [] }));
