import { describe, expect, it } from "vitest";

import { ollamaCacheType, ollamaCacheTypes, parameterFault } from "../../../lib/compatibility/ollama";

describe("a cache type", () => {
  it("takes so many bytes for each element", () => {
    expect(ollamaCacheTypes).toEqual({ f16: 2, q8_0: 1.0625, q4_0: 0.5625 });
  });

  it.each([
    [undefined, "f16"],
    ["f16", "f16"],
    ["q8_0", "q8_0"],
    ["q4_0", "q4_0"],
    ["auto", "f16"],
    ["float16", "f16"],
    ["fp8", "q8_0"],
    ["fp8_e4m3", "q8_0"],
    ["fp8_e5m2", undefined],
    ["bfloat16", undefined],
    ["", undefined],
    ["constructor", undefined], // what every object inherits is no name of a type
  ])("%s is Ollama's %s", (type, expected) => expect(ollamaCacheType(type)).toBe(expected));
});

const parameters = [
  "num_keep",
  "seed",
  "num_predict",
  "top_k",
  "top_p",
  "min_p",
  "typical_p",
  "repeat_last_n",
  "temperature",
  "repeat_penalty",
  "presence_penalty",
  "frequency_penalty",
  "stop",
  "num_thread",
  "use_mmap",
];

describe("a parameter of a Modelfile", () => {
  it.each(parameters)("is %s", (name) => expect(parameterFault(name)).toBeUndefined());

  it.each([
    ["num_ctx", "set contextTokens instead: the cache is planned for it"],
    ["num_batch", "remove it: the work buffer is planned for Ollama's own"],
    ["num_gpu", "remove it: the plan says where the model runs (gpu, size or cpu)"],
    ["main_gpu", "remove it: a replica has one GPU"],
  ])("is not %s, which the plan sets", (name, fix) => {
    expect(parameterFault(name)).toEqual({ bound: `${name} is derived from the plan`, fix });
  });

  it("is not what is only spelt alike, of which the two closest are named", () => {
    const bound = "must be a parameter of a Modelfile";
    expect(parameterFault("top_q")).toEqual({ bound, fix: "did you mean top_k, top_p?" });
    expect(parameterFault("constructor")).toEqual({ bound, fix: `use one of ${parameters.join(", ")}` });
  });
});
