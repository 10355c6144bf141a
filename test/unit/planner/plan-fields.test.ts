import { describe, expect, it } from "vitest";

import { plan } from "../../../lib/planner/plan";
import type { ModelRequest, PlanRequest } from "../../../lib/planner/types";
import { environment } from "../../support/plan";
import { faultsOf, planned, toy } from "../../support/toy-model";

const vllm: ModelRequest = { model: toy, engine: "vllm", contextTokens: 4096, sharedVolume: true };
const kubernetes: Partial<PlanRequest> = { target: "kubernetes" };

describe("defaults", () => {
  it.each<[string, ModelRequest, object]>([
    ["the pinned version of vLLM", vllm, { engine: "vllm", version: "0.33.0", concurrency: 1, replicas: 1 }],
    ["of Ollama", { ...vllm, engine: "ollama" }, { engine: "ollama", version: "0.32.15" }],
    ["of the ONNX server", { ...vllm, engine: "onnx" }, { engine: "onnx", version: "0.18.0" }],
    ["8,192 tokens", { model: toy, engine: "vllm" }, { contextTokens: 8192 }],
    ["what a model reads", { model: { ...toy, contextTokens: 2048 }, engine: "vllm" }, { contextTokens: 2048 }],
    ["no replica where none is wanted", { ...vllm, replicas: 0 }, { replicas: 0 }],
  ])("are %s", (_what, request, fields) => {
    expect(planned(request)).toMatchObject(fields);
  });

  it("give way to what is asked for", () => {
    const request = { ...vllm, engineVersion: "0.10.2", contextTokens: 1000, concurrency: 3, replicas: 2 };
    expect(planned(request)).toMatchObject({
      version: "0.10.2",
      contextTokens: 1000,
      concurrency: 3,
      replicas: 2,
      model: "toy",
      name: "chat",
    });
  });
});

const image = { kind: "image", reference: `r/x@sha256:${"a".repeat(64)}` } as const;

describe("the quantization", () => {
  const of = (request: Partial<ModelRequest>): string => planned({ ...vllm, ...request }, kubernetes).quantization;
  it.each<[string, Partial<ModelRequest>, string]>([
    ["the data type of cards that have it", { gpu: "a10" }, "bfloat16"],
    ["the data type of others", { gpu: "t4" }, "float16"],
    ["the data type of a CPU", { cpu: true }, "bfloat16"],
    ["the data type asked for", { dtype: "float32" }, "float32"],
    ["no data type that is none", { dtype: "auto", gpu: "t4" }, "float16"],
    ["the checkpoint's own", { model: { ...toy, checkpointQuantization: "mxfp4" } }, "mxfp4"],
    ["the one asked for", { quantization: "FP8", dtype: "float16" }, "fp8"],
    ["none", { quantization: "none", dtype: "float16" }, "float16"],
    ["what the name announces", { model: "Qwen/Qwen3-0.6B-FP8" }, "fp8"],
    ["what the name announces, also where it is asked for", { model: "Qwen/Qwen3-0.6B-FP8", quantization: "fp8" }, "fp8"],
    ["what the repository's name announces", { weights: { vllm: { kind: "huggingFace", repository: "org/toy-8b-AWQ" } } }, "awq"],
    ["the checkpoint's, of a method that holds several", { model: "Qwen/Qwen3-0.6B-FP8", quantization: "compressed-tensors" }, "fp8"],
    ["what is said of an image", { weights: { vllm: image }, quantization: "awq" }, "awq"],
    ["Ollama's own", { engine: "ollama" }, "Q4_K_M"],
    ["Ollama's 16 bits for none", { engine: "ollama", quantization: "none" }, "F16"],
    ["onnxruntime-genai's", { engine: "onnx" }, "onnx-int4"],
    ["onnxruntime-genai's, asked for", { engine: "onnx", quantization: "onnx" }, "onnx-int4"],
  ])("is %s", (_what, request, expected) => {
    expect(of(request)).toBe(expected);
  });

  it.each([
    ["toy:8b-q8_0", "Q8_0"],
    ["toy:8b-fp16", "F16"],
    ["toy:8b-bf16", "BF16"],
    ["toy:8b-q4_K_S", "Q4_K_S"],
    ["toy:8b-iq3_m", "IQ3_M"],
    ["toy:8b", "Q4_K_M"],
    ["q8_0:8b", "Q4_K_M"],
    ["hf.co/org/Toy-GGUF:Q8_0", "Q8_0"],
    ["hf.co/org/Toy-GGUF:IQ3_M", "IQ3_M"],
    ["hf.co/org/Toy-GGUF", "Q4_K_M"],
  ])("is what the tag %s ends with: %s", (tag, type) => {
    expect(of({ engine: "ollama", weights: { ollama: { kind: "library", tag } } })).toBe(type);
  });

  it.each([
    ["toy.Q5_K_M.gguf", "Q5_K_M"],
    ["toy-Q6_K.GGUF", "Q6_K"],
    ["toy-F16.gguf", "F16"],
    ["toy.gguf", "Q4_K_M"],
  ])("is what the file %s ends with: %s", (path, type) => {
    expect(of({ engine: "ollama", weights: { ollama: { kind: "volume", claim: "models", path } } })).toBe(type);
  });

  it("is not asked for against what the tag or the repository says", () => {
    const weights = { ollama: { kind: "library", tag: "toy:8b-q8_0" } } as const;
    expect(of({ engine: "ollama", weights, quantization: "q8_0" })).toBe("Q8_0");
    expect(faultsOf({ ...vllm, engine: "ollama", weights, quantization: "q5_k_m" })).toEqual([
      'models.chat.quantization: what is pulled is stored as Q8_0, got "q5_k_m"; leave quantization out, or name another tag or file',
    ]);
    expect(faultsOf({ ...vllm, model: "Qwen/Qwen3-0.6B-FP8", quantization: "none" })).toEqual([
      'models.chat.quantization: Qwen/Qwen3-0.6B-FP8 is stored as fp8, which vLLM does not change, got "none"; leave quantization out, or name another repository',
    ]);
    expect(faultsOf({ ...vllm, model: { ...toy, checkpointQuantization: "mxfp4" }, quantization: "fp8" })).toEqual([
      'models.chat.quantization: org/toy is stored as mxfp4, which vLLM does not change, got "fp8"; leave quantization out, or name another repository',
    ]);
  });

  it.each(["awq", "gptq", "nvfp4", "mxfp4"])("%s is not made of a repository in 16 bits", (quantization) => {
    expect(faultsOf({ ...vllm, quantization })).toEqual([
      `models.chat.quantization: org/toy is not stored as ${quantization}, and vLLM does not make it so, got "${quantization}"; name the repository that is as the model, such as org/toy-${quantization.toUpperCase()}, or use fp8, which is made while loading`,
    ]);
  });
});

describe("weights", () => {
  const file = { "model.safetensors": "a".repeat(64) };
  it("come from the catalog's repository at the revision that it knows, or the lock's", () => {
    const known = { ...toy, sources: { ...toy.sources, huggingFace: { repository: "org/toy", revision: "abcdef0" } } };
    expect(planned({ ...vllm, model: known }).weights).toEqual({
      source: { kind: "huggingFace", repository: "org/toy", revision: "abcdef0" },
    });
    const entry = { revision: "1234567", files: file };
    expect(planned({ ...vllm, model: known }, { lock: { "huggingFace:org/toy": entry } }).weights).toEqual({
      source: { kind: "huggingFace", repository: "org/toy", revision: "1234567" },
      lock: entry,
    });
    const unpinned = { files: file };
    expect(planned(vllm, { lock: { "huggingFace:org/toy": unpinned } }).weights).toEqual({
      source: { kind: "huggingFace", repository: "org/toy" },
      lock: unpinned,
    });
  });

  it("come from Ollama's library, the ONNX repository, or where the request says", () => {
    const source = (request: Partial<ModelRequest>) => planned({ ...vllm, ...request }).weights.source;
    expect(source({ engine: "ollama" })).toEqual({ kind: "library", tag: "toy:1b" });
    expect(source({ engine: "onnx" })).toEqual({ kind: "huggingFace", repository: "org/toy-onnx" });
    const volume = { kind: "volume", claim: "models" } as const;
    expect(source({ weights: { vllm: volume, onnx: { kind: "baked", path: "/x" } } })).toEqual(volume);
  });

  it.each([
    ["Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B"],
    ["qwen/qwen3-0.6b", "Qwen/Qwen3-0.6B"],
    ["Qwen/Qwen3-0.6B-FP8", "Qwen/Qwen3-0.6B-FP8"],
    ["Qwen/Qwen2.5-0.5B", "Qwen/Qwen2.5-0.5B"],
    ["unsloth/Qwen3-0.6B", "unsloth/Qwen3-0.6B"],
  ])("of %s come from the repository that was named: %s", (model, repository) => {
    expect(planned({ ...vllm, model }).weights.source).toMatchObject({ kind: "huggingFace", repository });
  });

  it("of another publisher's repository say nothing of its licence or gate", () => {
    expect(planned({ ...vllm, model: "unsloth/Qwen3-0.6B" }).warnings).toContain("whether unsloth/Qwen3-0.6B is gated is not sourced");
    expect(faultsOf({ ...vllm, model: "unsloth/Qwen3-0.6B" }, { allowedLicences: ["apache-2.0"] })).toEqual([
      expect.stringContaining("its licence (not sourced) must be one of apache-2.0"),
    ]);
    expect(faultsOf({ ...vllm, model: "Qwen/Qwen3-0.6B-FP8" }, { allowedLicences: ["apache-2.0"] })).toEqual([]);
  });

  it("at another revision than the lock's are refused, where the file names it", () => {
    const weights = { vllm: { kind: "huggingFace", repository: "org/toy", revision: "abcdef0" } } as const;
    const lock = { "huggingFace:org/toy": { revision: "1234567", files: file } };
    expect(faultsOf({ ...vllm, weights }, { lock })).toEqual([
      'models.chat.weights.vllm.revision: the model lock says 1234567, got "abcdef0"; run make lock, which locks the revision that is named here, or leave it out',
    ]);
    expect(faultsOf({ ...vllm, weights }, { lock: { "huggingFace:org/toy": { revision: "abcdef0", files: file } } })).toEqual([]);
  });

  it("that another engine would read in place of a named repository are asked for", () => {
    for (const engine of ["ollama", "onnx"] as const)
      expect(faultsOf({ ...vllm, engine, model: "Qwen/Qwen3-0.6B-FP8" })[0]).toContain(
        `models.chat.weights.${engine}: Qwen/Qwen3-0.6B-FP8 is a repository for vLLM, and which weights ${engine} would read in its place is not known`,
      );
  });

  it("from an image need a cluster that mounts images: from 1.35", () => {
    const request = { ...vllm, weights: { vllm: image } };
    expect(faultsOf(request, { kubernetesVersion: "1.34" })).toEqual([
      'models.chat.weights.vllm: image volumes are on by default from Kubernetes 1.35, and the cluster runs 1.34, got "image"; raise kubernetesVersion, or use kind huggingFace or volume',
    ]);
    for (const more of [{ kubernetesVersion: "1.35" }, { kubernetesVersion: "1.36.2" }, {}]) expect(faultsOf(request, more)).toEqual([]);
  });

  it("of further models are listed by the name that clients ask for", () => {
    const more = { small: { model: { ...toy, id: "small" } }, "v1.5": { model: { ...toy, id: "dotted" } } };
    const { additionalModels: weights } = planned({ ...vllm, engine: "ollama", additionalModels: { small: more.small } });
    expect(weights).toEqual({ small: { source: { kind: "library", tag: "toy:1b" } } });
    expect(planned(vllm).additionalModels).toEqual({});
  });
});

describe("a warning", () => {
  const compile = "the first start compiles and has up to 0.5 GiB less cache than the next";
  const warnings = (request: Partial<ModelRequest>, more: Partial<PlanRequest> = {}) => planned({ ...vllm, ...request }, more).warnings;
  const t4 = "Standard_NC4as_T4_v3";
  it.each<[string, Partial<ModelRequest>, Partial<PlanRequest>, string[]]>([
    ["none but of compiling", { size: t4 }, {}, [compile]],
    ["none without compiling", { size: t4, enforceEager: true }, {}, []],
    ["none of compiling for another engine", { size: t4, engine: "ollama" }, {}, []],
    [
      "whether a token is needed is not known",
      { size: t4, model: { ...toy, gated: null } },
      {},
      ["whether org/toy is gated is not sourced", compile],
    ],
    ["a price without a date", { engine: "ollama" }, {}, ["the price of Standard_D2s_v5 is undated"]],
    ["no price, no date", { engine: "ollama" }, kubernetes, []],
    [
      "a share of a card",
      { size: "Standard_NV6ads_A10_v5" },
      {},
      ["a share of a GPU: how the device plugin counts it is not documented; try it before you rely on it", compile],
    ],
    [
      "a card that is cut",
      { size: "Standard_NC24ads_A100_v4", replicas: 2 },
      {},
      ["partitions the GPUs into MIG3g instances: fixed when the pool is created, and no autoscaler", compile],
    ],
    [
      "an architecture that no source names",
      { size: t4, model: { ...toy, architecture: null } },
      {},
      ["the architecture of org/toy is not sourced: whether vLLM runs it was not checked", compile],
    ],
    [
      "a GPU that nodes do not say they have",
      { gpu: "t4" },
      kubernetes,
      ["is sized for NVIDIA T4, and nothing says which nodes have it: name pools, or nodeLabels such as nvidia.com/gpu.product", compile],
    ],
    ["none of a GPU that labels name", { gpu: "t4", nodeLabels: { "nvidia.com/gpu.product": "Tesla-T4" } }, kubernetes, [compile]],
    ["none of a GPU in a pool", { gpu: "t4" }, { ...kubernetes, pools: [{ size: t4, maxNodes: 1 }] }, [compile]],
    ["none of what is quantized when it loads", { size: t4, quantization: "fp8" }, {}, [compile]],
    ["none of what a repository announces", { size: t4, model: "Qwen/Qwen2.5-0.5B-Instruct-AWQ" }, {}, [compile]],
    [
      "what a deployment would refuse",
      { size: t4 },
      { lock: {} },
      [compile, "its weights are not in the model lock: run make lock before you deploy"],
    ],
    ["nothing of a lock that has it", { size: t4 }, { lock: { "huggingFace:org/toy": { files: {} } } }, [compile]],
    ["nothing of a source that needs none", { size: t4, weights: { vllm: { kind: "baked", path: "/x" } } }, { lock: {} }, [compile]],
  ])("tells %s", (_what, request, more, expected) => {
    expect(warnings(request, more)).toEqual(expected);
  });
});

it("plans each model of an environment by itself", () => {
  const result = plan(environment({ good: vllm, bad: { ...vllm, replicas: -1 } }));
  expect([result.models.map(({ name }) => name), result.faults.map(({ path }) => path)]).toEqual([["good"], ["models.bad.replicas"]]);
  expect(faultsOf(vllm)).toEqual([]);
});
