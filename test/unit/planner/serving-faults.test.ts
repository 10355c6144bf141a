import { describe, expect, it } from "vitest";

import { faultMessage } from "../../../lib/planner/fault";
import type { ModelRequest, PlanRequest } from "../../../lib/planner/types";
import { faultsOf, planned, toy } from "../../support/toy-model";

const vllm: ModelRequest = { model: toy, engine: "vllm", contextTokens: 4096, sharedVolume: true };
const digest = `r/x@sha256:${"a".repeat(64)}`;

describe("replicas on one volume", () => {
  const message =
    "models.chat.replicas: several replicas cannot share a volume of one node, got 2; set storage.shared with a class that offers ReadWriteMany, or take the weights from an image";
  it.each<[string, Partial<ModelRequest>, string[]]>([
    ["two that share none", { replicas: 2, sharedVolume: false }, [message]],
    ["two of a tag", { replicas: 2, sharedVolume: false, engine: "ollama" }, [message]],
    ["two on a shared one", { replicas: 2, sharedVolume: true }, []],
    ["one", { replicas: 1, sharedVolume: false }, []],
    ["as many as there are by default", { sharedVolume: false }, []],
    ["two from an image", { replicas: 2, sharedVolume: false, weights: { vllm: { kind: "image", reference: digest } } }, []],
  ])("are refused: %s", (_what, request, messages) => {
    expect(faultsOf({ ...vllm, ...request })).toEqual(messages);
  });
});

describe("a source", () => {
  const weights = (engine: "vllm" | "ollama" | "onnx", source: object): ModelRequest =>
    ({ ...vllm, engine, weights: { [engine]: source } }) as ModelRequest;
  it.each<[string, ModelRequest, string]>([
    [
      "of ONNX in GGUF",
      weights("onnx", { kind: "image", reference: digest, path: "m.gguf" }),
      `models.chat.weights.onnx: onnx does not read GGUF, got "image:${digest}/m.gguf"; name a folder of onnxruntime-genai, or use engine ollama`,
    ],
    [
      "of Ollama in a folder of its image",
      weights("ollama", { kind: "baked", path: "/models" }),
      'models.chat.weights.ollama: ollama reads one GGUF file, got "baked:/models"; let path end in .gguf, or use engine vllm',
    ],
    [
      "of Ollama from a repository",
      weights("ollama", { kind: "huggingFace", repository: "org/name" }),
      'models.chat.weights.ollama: ollama does not read weights of kind huggingFace, got "org/name"; use one of library, image, volume, baked',
    ],
    [
      "of Ollama that is not known",
      { ...vllm, engine: "ollama", model: { ...toy, sources: { ...toy.sources, ollama: null } } },
      "models.chat.weights.ollama: no Ollama tag of toy is known, got nothing; use engine vllm, or name the tag: { kind: library, tag: … }",
    ],
    [
      "of ONNX in another format",
      { ...vllm, engine: "onnx", model: { ...toy, sources: { ...toy.sources, onnx: [{ repository: "x/y", format: "transformers.js" }] } } },
      "models.chat.weights.onnx: no onnxruntime-genai repository of toy is known, got nothing; use engine vllm or ollama, or name the repository: { kind: huggingFace, repository: … }",
    ],
  ])("%s is refused", (_what, request, message) => {
    expect(faultsOf(request)).toEqual([message]);
  });
});

describe("what an engine does not serve", () => {
  const alone = (engine: string) =>
    `models.chat.ollama.additionalModels: ${engine} serves one model a server, got ["other"]; give each model an entry of its own`;
  const adapters = (engine: string) =>
    `models.chat.adapters: ${engine} serves no adapters, got {"count":1,"rank":8}; use engine vllm, or merge them into the weights`;
  const [one, more] = [{ count: 1, rank: 8 }, { other: { model: toy } }];
  it.each<[string, Partial<ModelRequest>, string[]]>([
    ["adapters of Ollama", { engine: "ollama", adapters: one }, [adapters("ollama")]],
    ["adapters of ONNX", { engine: "onnx", adapters: one }, [adapters("onnx")]],
    ["no adapters of vLLM", { adapters: one }, []],
    ["further models of vLLM", { additionalModels: more }, [alone("vllm")]],
    ["further models of ONNX", { engine: "onnx", additionalModels: more }, [alone("onnx")]],
    ["no further models of Ollama", { engine: "ollama", additionalModels: more }, []],
    ["nothing of no further models", { additionalModels: {} }, []],
  ])("is reported: %s", (_what, request, messages) => {
    expect(faultsOf({ ...vllm, ...request })).toEqual(messages);
  });

  it("names further models with their own paths, together with the first one's", () => {
    const request = {
      ...vllm,
      engine: "ollama",
      replicas: -1,
      additionalModels: { a: { model: toy, contextTokens: 1 }, b: { model: toy } },
    } as const;
    expect(faultsOf(request)).toEqual([
      "models.chat.replicas: must be a whole number from 0 to 1000, got -1; choose a whole number in that range",
      "models.chat.ollama.additionalModels.a.contextTokens: must be a whole number from 256 to 32768, got 1; choose a whole number in that range",
    ]);
    expect(faultsOf({ ...request, replicas: 1 })).toEqual([
      "models.chat.ollama.additionalModels.a.contextTokens: must be a whole number from 256 to 32768, got 1; choose a whole number in that range",
    ]);
  });
});

describe("places that a model cannot have", () => {
  const kubernetes: Partial<PlanRequest> = { target: "kubernetes" };
  it("are several cards for Ollama", () => {
    const large: ModelRequest = { model: { ...toy, parameters: 1.5e11 }, engine: "ollama", contextTokens: 4096, gpu: "a100-80gb-pcie" };
    expect(faultsOf(large, kubernetes)[0]).toMatch(
      /^models\.chat: must fit a100-80gb-pcie; Standard_NC\d+ads_A100_v4: needs 86\.\d\d GiB, NVIDIA A100 80GB PCIe has 79\.25 GiB: /,
    );
  });

  it("are as many cards as leave heads over", () => {
    const odd: ModelRequest = { ...vllm, model: { ...toy, attentionHeads: 14 }, gpu: "t4" };
    expect(planned({ ...odd, tensorParallel: 2 }).placement).toMatchObject({ size: "Standard_NC64as_T4_v3", gpuCount: 2 });
    expect(faultsOf({ ...odd, tensorParallel: 4 })).toEqual([
      'models.chat: must fit t4; Standard_NC64as_T4_v3: 14 attention heads do not divide by 4 GPUs, got "toy"; change one: Standard_NV6ads_A10_v5',
    ]);
  });

  it("are cards without bfloat16 where it is asked for, and not where it is not", () => {
    expect(planned({ ...vllm, size: "Standard_NC4as_T4_v3", dtype: "float16" }).placement.gpu).toBe("t4");
    expect(faultsOf({ ...vllm, size: "Standard_NC4as_T4_v3", dtype: "bfloat16" })).toEqual([
      'models.chat: must fit Standard_NC4as_T4_v3; Standard_NC4as_T4_v3: NVIDIA T4 has no bfloat16: use dtype float16, got "toy"; change one: Standard_NV6ads_A10_v5',
    ]);
  });

  it("are cards of another maker", () => {
    const amd = { size: "Standard_ND96isr_MI300X_v5" };
    expect(faultsOf({ ...vllm, ...amd }, kubernetes)).toEqual([
      'models.chat: must fit Standard_ND96isr_MI300X_v5; Standard_ND96isr_MI300X_v5: this plan\'s vLLM image is for CUDA, got "toy"; change one: Standard_NV6ads_A10_v5',
    ]);
    expect(faultsOf({ ...vllm, ...amd, engine: "ollama" }, kubernetes)).toEqual([
      expect.stringContaining("this plan's ollama image is for CUDA"),
    ]);
  });
});

it("words a fault as path, bound, value and remedy", () => {
  const fault = { path: "a.b", bound: "must be x", fix: "write x" };
  expect(faultMessage({ ...fault, value: undefined })).toBe("a.b: must be x, got nothing; write x");
  expect(faultMessage({ ...fault, value: null })).toBe("a.b: must be x, got null; write x");
  expect(faultMessage({ ...fault, value: { c: 1 } })).toBe('a.b: must be x, got {"c":1}; write x');
});
