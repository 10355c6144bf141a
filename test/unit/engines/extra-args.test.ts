import { describe, expect, it } from "vitest";

import { checkExtraArgs } from "../../../lib/engines/check-extra-args";
import { engineTable } from "../../../lib/engines/tables";

const vllm = engineTable("vllm", "0.33.0");
const onnx = engineTable("onnx", "0.18.0");

describe("accepted", () => {
  it.each([
    ["nothing", []],
    ["a flag and its value", ["--seed", "7"]],
    ["a value after an equals sign", ["--seed=7"]],
    ["a value with an equals sign in it", ["--chat-template={{ a=b }}"]],
    ["a value of two lines", ["--chat-template=a\nb=c"]],
    ["underscores", ["--cpu_offload_gb", "4"]],
    ["a negative number", ["--seed", "-1"]],
    ["a short form", ["-dp", "2"]],
    ["a shortened whole number", ["--max-log-len", "25.6k"]],
    ["a binary one", ["--max-log-len", "2K"]],
    ["a fraction", ["--cpu-offload-gb", "0.5"]],
    ["a choice", ["--scheduling-policy", "priority"]],
    ["a switch", ["--enforce-eager"]],
    ["a switch off", ["--no-enforce-eager"]],
    ["a switch off, with underscores", ["--no_enforce_eager"]],
    ["a list", ["--allowed-media-domains", "a.example", "b.example"]],
    ["JSON", ["--hf-overrides", '{"a": 1}']],
    ["one key of JSON", ["--hf-overrides.rope_theta", "1e6"]],
    ["one key of JSON, by a short form", ["-cc.mode=3"]],
    ["a value that is a number below zero and no flag", ["-7"]],
  ])("%s", (_what, args) => {
    expect(checkExtraArgs(vllm, args)).toEqual([]);
  });
});

describe("refused", () => {
  it.each([
    ["no value", ["--seed"], ["extraArgs[0]: --seed needs a value (integer)"]],
    ["a flag instead of a value", ["--seed", "--enforce-eager"], ["extraArgs[0]: --seed needs a value (integer)"]],
    ["no value of a number", ["--watermark"], ["extraArgs[0]: --watermark needs a value (number)"]],
    ["no value of a text", ["--host"], ["extraArgs[0]: --host needs a value (string)"]],
    ["no value of a list", ["--allowed-origins"], ["extraArgs[0]: --allowed-origins needs a value (list)"]],
    ["a word for a whole number", ["--seed", "x"], ['extraArgs[0]: --seed must be a whole number, got "x"']],
    ["a fraction for a whole number", ["--seed=1.5"], ['extraArgs[0]: --seed must be a whole number, got "1.5"']],
    ["a binary fraction", ["--seed=1.5K"], ['extraArgs[0]: --seed must be a whole number, got "1.5K"']],
    ["dots for a whole number", ["--seed", "..."], ['extraArgs[0]: --seed must be a whole number, got "..."']],
    ["a whole number and more", ["--seed", "7x"], ['extraArgs[0]: --seed must be a whole number, got "7x"']],
    ["more and a whole number", ["--seed", "x7"], ['extraArgs[0]: --seed must be a whole number, got "x7"']],
    ["a word for a number", ["--watermark", "low"], ['extraArgs[0]: --watermark must be a number, got "low"']],
    ["no choice", ["--scheduling-policy=lifo"], ['extraArgs[0]: --scheduling-policy must be one of fcfs, priority, got "lifo"']],
    [
      "the name of a key that is no JSON's",
      ["--seed.x", "1"],
      ["extraArgs[0]: --seed.x is not a flag of vllm 0.33.0; did you mean --seed?"],
    ],
    [
      "a key of a choice",
      ["--scheduling-policy.x", "1"],
      ["extraArgs[0]: --scheduling-policy.x is not a flag of vllm 0.33.0; did you mean --scheduling-policy?"],
    ],
    [
      "a switch off that has no such form",
      ["--no-headless"],
      ["extraArgs[0]: --no-headless is not a flag of vllm 0.33.0; did you mean --headless?"],
    ],
    ["what resembles none", ["--zzzzzzzzzzzzzzzzzzzz"], ["extraArgs[0]: --zzzzzzzzzzzzzzzzzzzz is not a flag of vllm 0.33.0; remove it"]],
    [
      "what is gone, with its successor",
      ["--cuda-graph-sizes", "8"],
      [
        "extraArgs[0]: --cuda-graph-sizes is not a flag of vllm 0.33.0 (last read in 0.12.0, gone by 0.19.0); use --cudagraph-capture-sizes",
      ],
    ],
    [
      "what is gone, with what resembles it",
      ["--calculate-kv-scales"],
      ["extraArgs[0]: --calculate-kv-scales is not a flag of vllm 0.33.0 (last read in 0.22.0, gone by 0.33.0); remove it"],
    ],
    [
      "each, at its place",
      ["--seed", "x", "free", "--watermark", "y"],
      ['extraArgs[0]: --seed must be a whole number, got "x"', 'extraArgs[3]: --watermark must be a number, got "y"'],
    ],
  ])("is %s", (_what, args, faults) => {
    expect(checkExtraArgs(vllm, args)).toEqual(faults);
  });

  it.each([
    ["--model", "model"],
    ["--served-model-name", "model"],
    ["--max-model-len", "contextTokens"],
    ["--max_model_len", "contextTokens"],
    ["--max-num-seqs", "concurrency"],
    ["--tensor-parallel-size", "tensorParallel"],
    ["-tp", "tensorParallel"],
    ["--gpu-memory-utilization", "gpuMemoryUtilization"],
    ["--device-memory-utilization", "gpuMemoryUtilization"],
    ["--kv-cache-dtype", "kvCacheDtype"],
    ["--quantization", "quantization"],
    ["-q", "quantization"],
    ["--dtype", "dtype"],
    ["--max-num-batched-tokens", "maxNumBatchedTokens"],
  ])("is %s, which the plan derives from %s", (flag, field) => {
    const name = flag.replaceAll("_", "-");
    const message = `extraArgs[0]: ${name} is derived from the plan; set ${field} instead`;
    expect([checkExtraArgs(vllm, [flag, "1"]), checkExtraArgs(vllm, [`${flag}=1`])]).toEqual([[message], [message]]);
  });

  it.each([
    ["--model-dir", "model"],
    ["--served-model-name", "model"],
    ["--max-context-tokens", "contextTokens"],
    ["--max-slots", "concurrency"],
    ["--provider", "cpu"],
  ])("is %s of the ONNX server, which the plan derives from %s", (flag, field) => {
    expect(checkExtraArgs(onnx, [flag, "1"])).toEqual([`extraArgs[0]: ${flag} is derived from the plan; set ${field} instead`]);
  });

  it("says of another engine's flag nothing that is true of vLLM's", () => {
    expect(checkExtraArgs(onnx, ["--log-level", "debug"])).toEqual(["extraArgs[0]: --log-level is not a flag of onnx 0.18.0; remove it"]);
    expect(checkExtraArgs(onnx, ["--disable-log-requests", "--cuda-graph-sizes"])).toEqual([
      "extraArgs[0]: --disable-log-requests is not a flag of onnx 0.18.0; remove it",
      "extraArgs[1]: --cuda-graph-sizes is not a flag of onnx 0.18.0; remove it",
    ]);
  });

  it("says since when an older version lacks a flag, and suggests no other", () => {
    expect(checkExtraArgs(engineTable("vllm", "0.10.2"), ["--attention-backend", "x"])).toEqual([
      "extraArgs[0]: --attention-backend is not a flag of vllm 0.10.2 (first read in 0.19.0); remove it",
    ]);
  });
});
