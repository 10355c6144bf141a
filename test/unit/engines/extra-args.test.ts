import { describe, expect, it } from "vitest";

import { checkExtraArgs } from "../../../lib/engines/check-extra-args";
import { ownedFlags } from "../../../lib/engines/owned-flags";
import type { EngineTable } from "../../../lib/engines/table";
import { engineTable } from "../../../lib/engines/tables";

const vllm = engineTable("vllm", "0.33.0");
const old = engineTable("vllm", "0.10.2");
const onnx = engineTable("onnx", "0.18.0");

const reported = (table: EngineTable, args: readonly string[]): string[] =>
  checkExtraArgs(table, args).map(({ index, bound, fix }) => `[${index}] ${bound}; ${fix}`);
const stray = (index: number, word: string): string =>
  `[${index}] "${word}" follows no flag that takes it: the engine would take it for the model to serve; remove it`;

describe("accepted", () => {
  it.each([
    ["nothing", []],
    ["a flag and its value", ["--seed", "7"]],
    ["a value after an equals sign", ["--seed=7"]],
    ["a value with an equals sign in it", ["--chat-template={{ a=b }}"]],
    ["a value of two lines", ["--chat-template=a\nb=c"]],
    ["underscores", ["--trust_remote_code"]],
    ["a negative number", ["--seed", "-1"]],
    ["a shortened whole number", ["--max-logprobs", "25.6k"]],
    ["a binary one", ["--max-logprobs", "12K"]],
    ["a fraction", ["--watermark", "0.5"]],
    ["a choice", ["--scheduling-policy", "priority"]],
    ["a switch", ["--trust-remote-code"]],
    ["a switch off", ["--no-trust-remote-code"]],
    ["a switch off, with underscores", ["--no_trust_remote_code"]],
    ["two switches", ["--trust-remote-code", "--async-scheduling"]],
    ["a list", ["--allowed-media-domains", "a.example", "b.example"]],
    ["JSON", ["--mm-processor-kwargs", '{"a": 1}']],
    ["a word in place of JSON", ["--pt-load-map-location", "cuda:0"]],
    ["one key of JSON", ["--limit-mm-per-prompt.image", "0"]],
    ["one key of JSON after an equals sign", ["--limit-mm-per-prompt.image=0"]],
    ["one key of JSON, by a short form", ["-cc.mode=3"]],
    ["a key within a key", ["--compilation-config.pass_config.enable", "true"]],
    ["a level of optimization", ["-O3"]],
    ["a level after an equals sign", ["-O=3"]],
    ["a level by itself", ["-O", "3"]],
    ["a log of requests, turned off", ["--no-enable-log-requests"]],
  ])("%s", (_what, args) => expect(reported(vllm, args)).toEqual([]));

  it("a level of optimization in a release that has it in its compiler's configuration", () => expect(reported(old, ["-O3"])).toEqual([]));
});

describe("refused", () => {
  it.each([
    ["no value", ["--seed"], ["[0] --seed needs a value (integer); write --seed <value>"]],
    ["a flag instead of a value", ["--seed", "--async-scheduling"], ["[0] --seed needs a value (integer); write --seed <value>"]],
    ["no value of a number", ["--watermark"], ["[0] --watermark needs a value (number); write --watermark <value>"]],
    ["no value of a text", ["--chat-template"], ["[0] --chat-template needs a value (string); write --chat-template <value>"]],
    ["no value of a list", ["--allowed-origins"], ["[0] --allowed-origins needs a value (list); write --allowed-origins <value>"]],
    [
      "no value of a key",
      ["--limit-mm-per-prompt.image"],
      ["[0] --limit-mm-per-prompt.image needs a value; write --limit-mm-per-prompt.image <value>"],
    ],
    ["a word for a whole number", ["--seed", "x"], ['[0] --seed must be a whole number, got "x"; correct it']],
    ["a fraction for a whole number", ["--seed=1.5"], ['[0] --seed must be a whole number, got "1.5"; correct it']],
    ["a binary fraction", ["--seed=1.5K"], ['[0] --seed must be a whole number, got "1.5K"; correct it']],
    ["dots for a whole number", ["--seed", "..."], ['[0] --seed must be a whole number, got "..."; correct it']],
    ["a whole number and more", ["--seed", "7x"], ['[0] --seed must be a whole number, got "7x"; correct it']],
    ["more and a whole number", ["--seed", "x7"], ['[0] --seed must be a whole number, got "x7"; correct it']],
    ["a word for a number", ["--watermark", "low"], ['[0] --watermark must be a number, got "low"; correct it']],
    ["nothing for a number", ["--watermark="], ['[0] --watermark must be a number, got ""; correct it']],
    ["no choice", ["--scheduling-policy=lifo"], ['[0] --scheduling-policy must be one of fcfs, priority, got "lifo"; correct it']],
    ["broken JSON", ["--mm-processor-kwargs", '{"a": }'], ['[0] --mm-processor-kwargs must be JSON, got "{\\"a\\": }"; correct it']],
    ["broken JSON after a space", ["--mm-processor-kwargs", " [1,"], ['[0] --mm-processor-kwargs must be JSON, got " [1,"; correct it']],
    ["a key of a flag that takes no JSON", ["--seed.x", "1"], ["[0] --seed takes no keys behind a dot; write --seed and its value"]],
    [
      "a switch with a value",
      ["--trust-remote-code", "true"],
      [
        '[0] --trust-remote-code is a switch and takes no value, got "true"; write --trust-remote-code alone, or --no-trust-remote-code to turn it off',
      ],
    ],
    [
      "a switch off with a value",
      ["--no-trust-remote-code", "true"],
      ['[0] --no-trust-remote-code is a switch and takes no value, got "true"; write --no-trust-remote-code alone'],
    ],
    ["a word after a value", ["--seed", "7", "more"], [stray(2, "more")]],
    ["two words after a value", ["--seed", "7", "more", "and more"], [stray(2, "more"), stray(3, "and more")]],
    ["a word after an inline value", ["--seed=7", "more"], [stray(1, "more")]],
    ["a word after a key's value", ["--limit-mm-per-prompt.image", "0", "more"], [stray(2, "more")]],
    ["a word before any flag", ["more", "--seed", "7"], [stray(0, "more")]],
    ["a number before any flag", ["-7"], [stray(0, "-7")]],
    [
      "a switch off that has no such form",
      ["--no-aggregate-engine-logging"],
      ["[0] --no-aggregate-engine-logging is not a flag of vllm 0.33.0; did you mean --aggregate-engine-logging?"],
    ],
    ["what resembles none", ["--zzzzzzzzzzzzzzzzzzzz"], ["[0] --zzzzzzzzzzzzzzzzzzzz is not a flag of vllm 0.33.0; remove it"]],
    [
      "what is gone, with its successor",
      ["--cuda-graph-sizes", "8"],
      ["[0] --cuda-graph-sizes is not a flag of vllm 0.33.0 (last read in 0.12.0, gone by 0.19.0); use --cudagraph-capture-sizes"],
    ],
    [
      "what is gone, without what is merely spelt alike",
      ["--calculate-kv-scales"],
      ["[0] --calculate-kv-scales is not a flag of vllm 0.33.0 (last read in 0.22.0, gone by 0.33.0); use the field kvCacheDtype"],
    ],
    [
      "what is gone, with the field that took its place",
      ["--guided-decoding-backend", "xgrammar"],
      ["[0] --guided-decoding-backend is derived from the plan; set vllm.structuredOutputs instead"],
    ],
    [
      "each, at its place",
      ["--seed", "x", "--watermark", "y"],
      ['[0] --seed must be a whole number, got "x"; correct it', '[2] --watermark must be a number, got "y"; correct it'],
    ],
  ])("is %s", (_what, args, faults) => expect(reported(vllm, args)).toEqual(faults));

  it.each([
    ["--model", "model"],
    ["--max-model-len", "contextTokens"],
    ["--max_model_len", "contextTokens"],
    ["--max-num-seqs", "concurrency"],
    ["--max-num-batched-tokens", "maxNumBatchedTokens"],
    ["--tensor-parallel-size", "tensorParallel"],
    ["-tp", "tensorParallel"],
    ["--gpu-memory-utilization", "gpuMemoryUtilization"],
    ["--device-memory-utilization", "gpuMemoryUtilization"],
    ["--kv-cache-dtype", "kvCacheDtype"],
    ["-q", "quantization"],
    ["--dtype", "dtype"],
    ["--enforce-eager", "enforceEager"],
    ["--no-enable-prefix-caching", "vllm.prefixCaching"],
    ["--enable-chunked-prefill", "vllm.chunkedPrefill"],
    ["--tool-call-parser", "vllm.toolParser"],
    ["--reasoning-parser", "vllm.reasoningParser"],
    ["--structured-outputs-config.backend", "vllm.structuredOutputs"],
    ["-sc.model", "vllm.speculative"],
    ["--spec-tokens", "vllm.speculative"],
    ["--enable-lora", "vllm.adapters"],
  ])("is %s, which the plan derives from %s", (flag, field) => {
    const name = flag.replaceAll("_", "-").split(".")[0];
    const message = `[0] ${name} is derived from the plan; set ${field} instead`;
    expect([reported(vllm, [flag, "1"]), reported(vllm, [`${flag}=1`])]).toEqual([[message], [message]]);
  });

  it.each([
    ["--port", "9000", "--port is fixed by the manifest: probes, Service and network policies count on it; remove it"],
    ["--ssl-keyfile", "/x", "--ssl-keyfile is fixed by the manifest: probes, Service and network policies count on it; remove it"],
    ["--api-key", "x", "--api-key would put a secret into the pod's arguments; remove it: keys are checked in front of the engine"],
    ["-pp", "2", "-pp changes what the plan sized: GPUs, memory and node were chosen without it; remove it"],
    ["--cpu-offload-gb", "4", "--cpu-offload-gb changes what the plan sized: GPUs, memory and node were chosen without it; remove it"],
    ["--load-format", "dummy", "--load-format is decided by where the weights come from; set weights instead"],
    ["--max-log-len", "5", "--max-log-len would write prompts or answers to the log; remove it"],
    ["--otlp-traces-endpoint", "x", "--otlp-traces-endpoint is set by the monitoring; set slm:monitoring instead"],
    ["--served-model-name", "x", "--served-model-name is the model's name in the environment file; rename the entry instead"],
  ])("is %s", (flag, value, message) => expect(reported(vllm, [flag, value])).toEqual([`[0] ${message}`]));

  it("is a log of requests that is turned on", () => {
    expect(reported(vllm, ["--enable-log-requests"])).toEqual([
      "[0] --enable-log-requests would write prompts or answers to the log; remove it",
    ]);
  });

  it.each([
    ["--model-dir", "--model-dir is decided by where the weights come from; set weights instead"],
    ["--max-context-tokens", "--max-context-tokens is derived from the plan; set contextTokens instead"],
    ["--max-slots", "--max-slots is derived from the plan; set concurrency instead"],
    ["--provider", "--provider is derived from the plan; set cpu, gpu or size instead"],
    ["--served-model-name", "--served-model-name is the model's name in the environment file; rename the entry instead"],
    ["--port", "--port is fixed by the manifest: probes, Service and network policies count on it; remove it"],
  ])("is %s of the ONNX server", (flag, message) => expect(reported(onnx, [flag, "1"])).toEqual([`[0] ${message}`]));

  it("says of another engine's flag nothing that is true of vLLM's", () => {
    expect(reported(onnx, ["--log-level", "debug"])).toEqual(["[0] --log-level is not a flag of onnx 0.18.0; remove it"]);
    expect(reported(onnx, ["--disable-log-requests", "--cuda-graph-sizes"])).toEqual([
      "[0] --disable-log-requests is not a flag of onnx 0.18.0; remove it",
      "[1] --cuda-graph-sizes is not a flag of onnx 0.18.0; remove it",
    ]);
  });

  it("says since when an older version lacks a flag, and suggests no other", () => {
    expect(reported(old, ["--attention-backend", "x"])).toEqual([
      "[0] --attention-backend is not a flag of vllm 0.10.2 (first read in 0.19.0); remove it",
    ]);
  });

  it("is any argument of Ollama, which takes none", () => {
    const ollama = engineTable("ollama", "0.32.15");
    expect(reported(ollama, [])).toEqual([]);
    expect(reported(ollama, ["--verbose"])).toEqual(["[0] ollama 0.32.15 takes no arguments; remove them"]);
  });
});

it("owns no flag that no release has", () => {
  const known = { vllm: [vllm, old], onnx: [onnx], ollama: [] };
  for (const [engine, tables] of Object.entries(known))
    for (const flag of Object.keys(ownedFlags[engine as keyof typeof known]))
      expect(
        tables.some(({ flags }) => flag in flags),
        `${engine} ${flag}`,
      ).toBe(true);
});
