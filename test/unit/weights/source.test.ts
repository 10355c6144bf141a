import { describe, expect, it } from "vitest";

import type { Model } from "../../../lib/catalog/schema";
import type { EngineName } from "../../../lib/engines/tables";
import {
  defaultSource,
  lockKey,
  modelPath,
  needsDownload,
  needsLock,
  sourceFault,
  type WeightsSource,
  weightsFolder,
} from "../../../lib/weights/source";

const sources = {
  huggingFace: { kind: "huggingFace", repository: "acme/model", revision: "c0ffee1" },
  library: { kind: "library", tag: "qwen3:0.6b" },
  image: { kind: "image", reference: "weights@sha256:0" },
  volume: { kind: "volume", claim: "models" },
  baked: { kind: "baked", path: "/models/qwen" },
} as const satisfies { [K in WeightsSource["kind"]]: WeightsSource & { kind: K } };
type Kind = keyof typeof sources;

it("mounts what comes from outside the image at /weights", () => expect(weightsFolder).toBe("/weights"));

it.each<[Kind, string, string, needsLock: boolean, downloaded: boolean]>([
  ["huggingFace", "huggingFace:acme/model", "/weights", true, true],
  ["library", "library:qwen3:0.6b", "qwen3:0.6b", true, true],
  ["image", "image:weights@sha256:0/", "/weights", false, false],
  ["volume", "volume:models/", "/weights", true, false],
  ["baked", "baked:/models/qwen", "/models/qwen", false, false],
])("%s: locked as %s, loaded from %s, needs a lock: %s, is downloaded: %s", (kind, key, load, locked, downloaded) => {
  const source = sources[kind];
  expect([lockKey(source), modelPath(source), needsLock(source), needsDownload(source)]).toEqual([key, load, locked, downloaded]);
});

it.each<[WeightsSource, string, string]>([
  [{ ...sources.huggingFace, path: "cpu/int4" }, "huggingFace:acme/model/cpu/int4", "/weights/cpu/int4"],
  [{ ...sources.image, path: "/m.gguf" }, "image:weights@sha256:0//m.gguf", "/weights/m.gguf"],
  [{ ...sources.volume, path: "//qwen//" }, "volume:models///qwen//", "/weights/qwen"],
])("%o is locked as %s and loaded from %s", (source, key, load) => expect([lockKey(source), modelPath(source)]).toEqual([key, load]));

describe("where an engine gets a catalog model", () => {
  const genai = { format: "onnxruntime-genai", repository: "acme/genai" };
  const model = (more: object) => ({ sources: { huggingFace: { repository: "acme/model" }, onnx: [], ...more } }) as unknown as Model;

  it.each<[EngineName, object, WeightsSource | undefined]>([
    ["vllm", {}, { kind: "huggingFace", repository: "acme/model" }],
    [
      "vllm",
      { huggingFace: { repository: "acme/model", revision: "r" } },
      { kind: "huggingFace", repository: "acme/model", revision: "r" },
    ],
    ["ollama", {}, undefined],
    ["ollama", { ollama: { tag: "m:1b" } }, { kind: "library", tag: "m:1b" }],
    ["onnx", {}, undefined],
    ["onnx", { onnx: [{ format: "onnx", repository: "acme/plain" }] }, undefined],
    ["onnx", { onnx: [{ format: "onnx", repository: "acme/plain" }, genai] }, { kind: "huggingFace", repository: "acme/genai" }],
  ])("%s with %j: %j", (engine, more, source) => expect(defaultSource(engine, model(more))).toEqual(source));

  it("onnx by the device that its files are for; none for a device that the repository has no files for", () => {
    const cpu = { path: "cpu/int4", bytes: null };
    const both = model({ onnx: [{ ...genai, variants: { cpu, gpu: { path: "gpu/int4", bytes: 1 } } }] });
    const source = (path: string) => ({ kind: "huggingFace", repository: "acme/genai", path });
    expect(defaultSource("onnx", both)).toEqual(source("cpu/int4"));
    expect(defaultSource("onnx", both, undefined, { onGpu: true })).toEqual(source("gpu/int4"));
    const one = model({ onnx: [{ ...genai, variants: { cpu } }] });
    expect([defaultSource("onnx", one), defaultSource("onnx", one, undefined, { onGpu: true })]).toEqual([source("cpu/int4"), undefined]);
  });
});

describe("what an engine reads", () => {
  const gguf = (kind: "image" | "volume" | "baked", path = "m.gguf") => ({ ...sources[kind], path }) as WeightsSource;
  const oneFile = { bound: "ollama reads one GGUF file", fix: "let path end in .gguf, or use engine vllm" };
  const folder = (engine: string, of: string) => ({
    bound: `${engine} does not read GGUF`,
    fix: `name a folder of ${of}, or use engine ollama`,
  });
  const other = (engine: string, kind: string, kinds: string) => ({
    bound: `${engine} does not read weights of kind ${kind}`,
    fix: `use one of ${kinds}`,
  });

  it.each<[EngineName, WeightsSource]>([
    ["vllm", sources.huggingFace],
    ["vllm", sources.image],
    ["vllm", sources.volume],
    ["vllm", sources.baked],
    ["ollama", sources.library],
    ["ollama", gguf("image")],
    ["ollama", gguf("volume", "a/M.GGUF")],
    ["ollama", gguf("baked")],
    ["onnx", sources.huggingFace],
    ["onnx", sources.image],
    ["onnx", sources.volume],
    ["onnx", sources.baked],
  ])("%s reads %j", (engine, source) => expect(sourceFault(engine, source)).toBeUndefined());

  it.each<[EngineName, WeightsSource, object]>([
    ["vllm", sources.library, other("vllm", "library", "huggingFace, image, volume, baked")],
    ["ollama", sources.huggingFace, other("ollama", "huggingFace", "library, image, volume, baked")],
    ["onnx", sources.library, other("onnx", "library", "huggingFace, image, volume, baked")],
    ["ollama", sources.image, oneFile],
    ["ollama", gguf("volume", "m.gguf/folder"), oneFile],
    ["ollama", sources.baked, oneFile],
    ["vllm", gguf("volume"), folder("vllm", "safetensors")],
    ["vllm", { ...sources.huggingFace, path: "model-q4_0.gguf" }, folder("vllm", "safetensors")],
    ["onnx", gguf("baked"), folder("onnx", "onnxruntime-genai")],
  ])("%s does not read %j", (engine, source, fault) => expect(sourceFault(engine, source)).toEqual(fault));
});
