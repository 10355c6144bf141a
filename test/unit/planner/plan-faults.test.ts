import { describe, expect, it } from "vitest";

import { faultMessage } from "../../../lib/planner/fault";
import { plan } from "../../../lib/planner/plan";
import type { ModelRequest, PlanRequest } from "../../../lib/planner/types";
import { chat, environment } from "../../support/plan";

const faults = (request: ModelRequest, more: Partial<PlanRequest> = {}): string[] =>
  plan(environment({ chat: request }, more)).faults.map(faultMessage);

describe("what cannot be planned", () => {
  it("says the smallest changes that would make it fit", () => {
    expect(faults({ model: "qwen3-14b", engine: "vllm", size: "Standard_NV36ads_A10_v5", contextTokens: 16_384 })).toEqual([
      expect.stringMatching(
        /^models\.chat: must fit Standard_NV36ads_A10_v5; Standard_NV36ads_A10_v5: needs 3\d\.\d\d GiB, NVIDIA A10 has 22\.06 GiB: .*, got "qwen3-14b"; change one: quantization (fp8|awq), or Standard_NC24ads_A100_v4$/,
      ),
    ]);
    expect(faults({ ...chat, size: "Standard_NV36ads_A10_v5", contextTokens: 40_960 })[0]).toMatch(/change one: .*tokens of context/);
  });

  it.each<[string, ModelRequest, Partial<PlanRequest>, string]>([
    [
      "an unknown model",
      { ...chat, model: "qwen3-9b" },
      {},
      'models.chat.model: must be a model of the catalog, got "qwen3-9b"; did you mean qwen3-4b, qwen3-8b, qwen3-14b?',
    ],
    [
      "a negative number",
      { ...chat, replicas: -1 },
      {},
      "models.chat.replicas: must be a whole number from 0 to 1000, got -1; choose a whole number in that range",
    ],
    [
      "too long a context",
      { ...chat, contextTokens: 1_000_000 },
      {},
      "models.chat.contextTokens: must be a whole number from 256 to 40960, got 1000000; qwen3-8b reads at most 40960 tokens",
    ],
    [
      "a format the engine lacks",
      { ...chat, quantization: "Q4_K_M" },
      {},
      'models.chat.quantization: vllm does not serve this format, got "Q4_K_M"; use awq or fp8, or engine ollama',
    ],
    [
      "a format for another engine",
      { model: "qwen3-8b", engine: "ollama", quantization: "awq" },
      {},
      'models.chat.quantization: ollama serves GGUF only, got "awq"; use a GGUF type such as Q4_K_M, or engine vllm',
    ],
    [
      "no repository for the engine",
      { model: "qwen3.5-4b", engine: "onnx" },
      {},
      "models.chat.weights.onnx: no onnxruntime-genai repository of qwen3.5-4b is known, got nothing; use engine vllm or ollama, or name the repository: { kind: huggingFace, repository: … }",
    ],
    [
      "a gated model without a token",
      { model: "llama-3.2-1b-instruct", engine: "vllm" },
      { hfToken: false },
      'models.chat.model: meta-llama/Llama-3.2-1B-Instruct is gated and needs a token, got "llama-3.2-1b-instruct"; set hfToken to one whose owner accepted its licence',
    ],
    [
      "a licence that is not allowed",
      { model: "gemma-3-1b-it", engine: "vllm" },
      { allowedLicences: ["mit", "apache-2.0"] },
      'models.chat.model: its licence (gemma) must be one of mit, apache-2.0, got "gemma-3-1b-it"; allow the licence or choose another model',
    ],
    [
      "a flag that is gone",
      { ...chat, extraArgs: ["--disable-log-requests"] },
      {},
      'models.chat.extraArgs[0]: --disable-log-requests is not a flag of vllm 0.33.0 (last read in 0.12.0, gone by 0.19.0), got "--disable-log-requests"; use --no-enable-log-requests',
    ],
    [
      "a version without a table",
      { ...chat, engineVersion: "0.11.0" },
      {},
      'models.chat.engineVersion: must be a vllm version with a table, got "0.11.0"; use 0.10.2 or 0.33.0',
    ],
    [
      "weights that the engine cannot read",
      { ...chat, weights: { vllm: { kind: "image", reference: `r/x@sha256:${"a".repeat(64)}`, path: "m.gguf" } } },
      {},
      `models.chat.weights.vllm: vllm does not read GGUF, got "image:r/x@sha256:${"a".repeat(64)}/m.gguf"; name a folder of safetensors, or use engine ollama`,
    ],
    [
      "a folder where Ollama reads a file",
      { ...chat, engine: "ollama", weights: { ollama: { kind: "volume", claim: "models", path: "qwen" } } },
      {},
      'models.chat.weights.ollama: ollama reads one GGUF file, got "volume:models/qwen"; let path end in .gguf, or use engine vllm',
    ],
    [
      "a source of another engine",
      { ...chat, weights: { vllm: { kind: "library", tag: "qwen3:8b" } } },
      {},
      'models.chat.weights.vllm: vllm does not read weights of kind library, got "library:qwen3:8b"; use one of huggingFace, image, volume, baked',
    ],
    [
      "weights that are not in the lock",
      chat,
      { lock: {}, locked: true },
      'models.chat.weights.vllm: must be in the model lock, with revision and sha256 of each file, got "huggingFace:Qwen/Qwen3-8B"; run make lock and commit what it writes',
    ],
    [
      "replicas that would share a volume of one node",
      { ...chat, replicas: 2, sharedVolume: false },
      {},
      "models.chat.replicas: several replicas cannot share a volume of one node, got 2; set storage.shared with a class that offers ReadWriteMany, or take the weights from an image",
    ],
    [
      "adapters without vLLM",
      { ...chat, engine: "ollama", adapters: { count: 1, rank: 8 } },
      {},
      'models.chat.adapters: ollama serves no adapters, got {"count":1,"rank":8}; use engine vllm, or merge them into the weights',
    ],
    [
      "several models outside Ollama",
      { ...chat, additionalModels: { other: { model: "qwen3-4b" } } },
      {},
      'models.chat.ollama.additionalModels: vllm serves one model a server, got ["other"]; give each model an entry of its own',
    ],
    [
      "a further model that is unknown",
      { ...chat, engine: "ollama", additionalModels: { other: { model: "qwen3-9b" } } },
      {},
      'models.chat.ollama.additionalModels.other.model: must be a model of the catalog, got "qwen3-9b"; did you mean qwen3-4b, qwen3-8b, qwen3-14b?',
    ],
    [
      "a size that no pool has",
      { ...chat, gpu: "a10" },
      { target: "kubernetes", pools: [{ size: "Standard_NC24ads_A100_v4", maxNodes: 1 }] },
      'models.chat: must fit a10; Standard_NV6ads_A10_v5: no pool has this size, got "qwen3-8b"; change one: Standard_NC24ads_A100_v4',
    ],
    [
      "a missing fact",
      { model: "gemma-4-12b-it", engine: "vllm" },
      {},
      'models.chat.model: its layers by attention kind must be known, and no source gives it, got "gemma-4-12b-it"; add the model with that fact, or from its config.json',
    ],
    [
      "an unknown size",
      { ...chat, size: "Standard_NC24ads_A100" },
      {},
      expect.stringMatching(
        /^models\.chat\.size: must be a known VM size, got "Standard_NC24ads_A100"; did you mean Standard_NC24ads_A100_v4, /,
      ) as unknown as string,
    ],
  ])("tells of %s", (_what, request, more, message) => {
    expect(faults(request, more)).toEqual([message]);
  });

  it("tells of a region without prices once, whatever the models", () => {
    const message = plan(environment({ a: chat, b: chat }, { region: "estus" })).faults.map(faultMessage);
    expect(message).toEqual([expect.stringMatching(/^region: must be a region with known prices, got "estus"; use eastus, /)]);
  });

  it("tells every mistake of every model, and plans the rest", () => {
    const result = plan(environment({ a: { ...chat, replicas: -1, kvCacheDtype: "zip" }, b: chat, c: { ...chat, gpu: "H1000" } }));
    expect(result.faults.map(({ path }) => path)).toEqual(["models.a.replicas", "models.a.kvCacheDtype", "models.c.gpu"]);
    expect(result.models.map(({ name }) => name)).toEqual(["b"]);
  });
});
