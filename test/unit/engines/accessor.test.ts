import { describe, expect, it } from "vitest";

import { environmentName, flag, selector } from "../../../lib/engines/accessor";
import { defaultVersion, engineTable } from "../../../lib/engines/tables";
import { vllmMemory } from "../../../lib/engines/vllm-memory";

const vllm = engineTable("vllm", "0.33.0");

describe("a flag", () => {
  it.each<[string, string[], string[]]>([
    ["a list, one argument each", flag(vllm, "--served-model-name", ["a", "b"]), ["--served-model-name", "a", "b"]],
    ["an empty list", flag(vllm, "--served-model-name", []), ["--served-model-name"]],
    ["a fraction", flag(vllm, "--gpu-memory-utilization", 0.92), ["--gpu-memory-utilization", "0.92"]],
    ["zero", flag(vllm, "--seed", 0), ["--seed", "0"]],
    ["true", flag(vllm, "--headless", true), ["--headless"]],
    ["false that has a form", flag(vllm, "--enforce-eager", false), ["--no-enforce-eager"]],
    ["false that has none", flag(vllm, "--headless", false), []],
  ])("holds %s", (_what, args, expected) => {
    expect(args).toEqual(expected);
  });
});

it("writes every label of a selector, quoted", () => {
  expect(selector(vllm, "vllm:request_success", { model_name: 'a"b', finished_reason: "error" })).toBe(
    'vllm:request_success_total{model_name="a\\"b",finished_reason="error"}',
  );
});

it("gives an environment variable's own name", () => {
  expect(environmentName(vllm, "VLLM_CPU_NUM_OF_RESERVED_CPU")).toBe("VLLM_CPU_NUM_OF_RESERVED_CPU");
});

it("pins a version of each engine", () => {
  expect(defaultVersion).toEqual({ vllm: "0.33.0", ollama: "0.32.15", onnx: "0.18.0" });
});

describe("the memory model of vLLM", () => {
  it.each([
    ["0.7.9", "0.0.0"],
    ["0.8.0", "0.8.0"],
    ["0.8.5.post1", "0.8.0"],
    ["0.11.2", "0.8.0"],
    ["0.12.0", "0.12.0"],
    ["0.14.1", "0.12.0"],
    ["0.15.0", "0.15.0"],
    ["0.16.1", "0.15.0"],
    ["0.17.0", "0.17.0"],
    ["0.18.0", "0.18.0"],
    ["0.19.1", "0.18.0"],
    ["0.20.0", "0.20.0"],
    ["0.20.2rc1.dev129", "0.20.1"],
    ["0.21", "0.20.1"],
    ["0.22.1", "0.22.0"],
    ["0.23.1rc0.dev5", "0.23.0"],
    ["0.24.0", "0.24.0"],
    ["v0.25.9", "0.25.0"],
    ["0.28.1", "0.26.0"],
    ["0.29.0", "0.29.0"],
    ["0.32.99", "0.29.0"],
    ["0.33.0", "0.33.0"],
    ["0.100.0", "0.33.0"],
    ["1.0.0", "0.33.0"],
    ["nightly", "0.33.0"],
    ["0.1.dev1+g1a2b3c4", "0.33.0"], // a build of no release
    ["v0.1.dev12345", "0.33.0"],
    ["0.1.2", "0.0.0"],
    ["0.10.dev3", "0.8.0"],
    ["0.0.0", "0.0.0"],
  ])("for %s holds since %s", (version, from) => {
    expect(vllmMemory(version).from).toBe(from);
  });

  it("changed from version to version as its wheels and logs show", () => {
    const rows = ["0.7.0", "0.8.0", "0.12.0", "0.15.0", "0.17.0", "0.18.0", "0.20.0", "0.20.1", "0.26.0", "0.33.0"].map((version) => {
      const { utilisation, samplerBytesPerLogit, nonTorchGib, batchesInFlight, stateBlocks, groupSpread, ...is } = vllmMemory(version);
      const flags = [is.graphsInBudget, is.tokensFromConcurrency, is.wholePrompts, is.blockPerSequence, is.keepsWorkspace];
      const more = [is.profilesSampler, is.checkpointCache].map(Number).join("");
      return [utilisation, samplerBytesPerLogit, nonTorchGib, batchesInFlight, stateBlocks, groupSpread, flags.map(Number).join("") + more];
    });
    expect(rows).toEqual([
      [0.9, 37, 0.07, 1, 1, 1, "0010000"],
      [0.9, 37, 0.07, 1, 1, 1, "0000000"],
      [0.9, 37, 0.07, 1, 1, 1.25, "0000000"],
      [0.9, 37, 0.13, 1, 1, 1.25, "0000101"],
      [0.9, 14, 0.13, 1, 1, 1.25, "0000101"],
      [0.9, 14, 0.25, 1, 1, 1.5, "0000101"],
      [0.92, 14, 0.25, 1, 1, 1.5, "1001111"],
      [0.92, 14, 0.25, 1, 1, 1.5, "1101111"],
      [0.92, 14, 0.25, 2, 2, 1.5, "1101111"],
      [0.92, 14, 0.25, 2, 2, 1.5, "1101111"],
    ]);
  });
});
