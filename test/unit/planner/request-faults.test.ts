import { describe, expect, it } from "vitest";

import { regions } from "../../../lib/accelerators/vm-size";
import { faultMessage } from "../../../lib/planner/fault";
import { plan } from "../../../lib/planner/plan";
import type { ModelRequest, PlanRequest } from "../../../lib/planner/types";
import { environment } from "../../support/plan";
import { faultsOf, toy } from "../../support/toy-model";

const vllm: ModelRequest = { model: toy, engine: "vllm", contextTokens: 4096, sharedVolume: true };
const digest = `r/x@sha256:${"a".repeat(64)}`;

describe("numbers", () => {
  it.each<[keyof ModelRequest, number, number, boolean]>([
    ["contextTokens", 256, 32_768, true],
    ["concurrency", 1, 4096, true],
    ["replicas", 0, 1000, true],
    ["tensorParallel", 1, 8, true],
    ["gpuMemoryUtilization", 0.1, 0.98, false],
    ["maxNumBatchedTokens", 256, 131_072, true],
  ])("%s is from %d to %d", (field, low, high, whole) => {
    const reported = (value: number) => faultsOf({ ...vllm, [field]: value }).filter((line) => line.startsWith(`models.chat.${field}`));
    const kind = whole ? "a whole number" : "a number";
    const message = (value: number) => {
      const fix = field === "contextTokens" && value > high ? `toy reads at most ${high} tokens` : `choose ${kind} in that range`;
      return [`models.chat.${field}: must be ${kind} from ${low} to ${high}, got ${value}; ${fix}`];
    };
    const step = whole ? 1 : 0.001;
    expect([reported(low), reported(high)]).toEqual([[], []]);
    expect([reported(low - step), reported(high + step)]).toEqual([message(low - step), message(high + step)]);
    expect(reported(low + step / 2)).toEqual(whole ? message(low + 0.5) : []);
  });
});

describe("a name that is unknown", () => {
  it.each<[string, Partial<ModelRequest>, string]>([
    ["of a GPU", { gpu: "H1000" }, 'models.chat.gpu: must be a known GPU, got "H1000"; did you mean h100, a4000, a5000?'],
    ["of a GPU like none", { gpu: "zzzzzzzzzzzzzz" }, 'models.chat.gpu: must be a known GPU, got "zzzzzzzzzzzzzz"; did you mean l4?'],
    [
      "of a size",
      { size: "Standard_NC4as_T4" },
      'models.chat.size: must be a known VM size, got "Standard_NC4as_T4"; did you mean Standard_NC4as_T4_v3, Standard_NC64as_T4_v3, Standard_NC8as_T4_v3?',
    ],
    [
      "of a cache",
      { kvCacheDtype: "zip" },
      'models.chat.kvCacheDtype: must be a cache type of vLLM 0.33.0, got "zip"; use fp8, auto, nvfp4',
    ],
    [
      "of a quantization",
      { quantization: "zip" },
      'models.chat.quantization: must name a known quantization, got "zip"; use fp8, int8, awq, gptq, bitsandbytes, nvfp4 or mxfp4',
    ],
    [
      "of a quantization of Ollama's",
      { engine: "ollama", quantization: "zip" },
      'models.chat.quantization: must name a known quantization, got "zip"; use a GGUF type such as Q4_K_M',
    ],
    [
      "of a version",
      { engineVersion: "1.0.0" },
      'models.chat.engineVersion: must be a vllm version with a table, got "1.0.0"; use 0.10.2 or 0.33.0',
    ],
    [
      "of a version of Ollama",
      { engine: "ollama", engineVersion: "0.33.0" },
      'models.chat.engineVersion: must be a ollama version with a table, got "0.33.0"; use 0.32.15',
    ],
    [
      "of a flag",
      { extraArgs: ["--seed", "7", "--sed", "7"] },
      'models.chat.extraArgs[2]: --sed is not a flag of vllm 0.33.0, got "--sed"; did you mean --seed?',
    ],
  ])("%s", (_what, request, message) => {
    expect(faultsOf({ ...vllm, ...request })).toEqual([message]);
  });

  it("of a region is reported with those like it, or all", () => {
    const reported = (region: string) => plan(environment({ chat: vllm }, { region })).faults.map(faultMessage);
    expect(reported("nowhere-at-all-known")).toEqual([
      `region: must be a region with known prices, got "nowhere-at-all-known"; use ${regions.join(", ")}`,
    ]);
    expect(reported("eastu")).toEqual([
      expect.stringMatching(/^region: must be a region with known prices, got "eastu"; use eastus, eastus2, /),
    ]);
    expect([reported("eastus"), plan(environment({ chat: vllm }, { region: "x", target: "kubernetes" })).faults]).toEqual([[], []]);
  });
});

describe("a format", () => {
  const vllmOnly = (got: string, other: string) =>
    `models.chat.quantization: vllm does not serve this format, got "${got}"; use awq or fp8, or engine ${other}`;
  it.each<[Partial<ModelRequest>, string[]]>([
    [{ quantization: "q4_k_m" }, [vllmOnly("Q4_K_M", "ollama")]],
    [{ quantization: "onnx" }, [vllmOnly("onnx-int4", "onnx")]],
    [
      { engine: "ollama", quantization: "fp8" },
      ['models.chat.quantization: ollama serves GGUF only, got "fp8"; use a GGUF type such as Q4_K_M, or engine vllm'],
    ],
    [
      { engine: "onnx", quantization: "fp8" },
      ['models.chat.quantization: the ONNX server serves onnx-int4 only, got "fp8"; use onnx-int4, or engine vllm'],
    ],
    [
      { engine: "onnx", quantization: "Q4_K_M" },
      ['models.chat.quantization: the ONNX server serves onnx-int4 only, got "Q4_K_M"; use onnx-int4, or engine vllm'],
    ],
    [{ engine: "ollama", quantization: "Q8_0" }, []],
    [
      { engine: "ollama", quantization: "Q6_K" },
      [
        'models.chat.quantization: the tag toy:1b that is pulled is not said to be stored so, got "Q6_K"; name the tag: weights { ollama: { kind: library, tag: … } }, or leave quantization out',
      ],
    ],
    [
      { engine: "onnx", quantization: "none" },
      ['models.chat.quantization: the ONNX server serves onnx-int4 only, got "none"; use onnx-int4, or engine vllm'],
    ],
  ])("%j is reported %j", (request, messages) => {
    expect(faultsOf({ ...vllm, ...request })).toEqual(messages);
  });
});

describe("access", () => {
  const gated = { ...toy, gated: true };
  const token = 'models.chat.model: org/toy is gated and needs a token, got "toy"; set hfToken to one whose owner accepted its licence';
  it.each<[string, Partial<ModelRequest>, Partial<PlanRequest>, string[]]>([
    ["without a token", { model: gated }, { hfToken: false }, [token]],
    ["with one", { model: gated }, { hfToken: true }, []],
    ["that is open", { model: { ...toy, gated: false } }, { hfToken: false }, []],
    ["that is perhaps open", { model: { ...toy, gated: null } }, { hfToken: false }, []],
    ["from elsewhere", { model: gated, engine: "ollama" }, { hfToken: false }, []],
    ["from an image", { model: gated, weights: { vllm: { kind: "image", reference: digest } } }, { hfToken: false }, []],
  ])("to a model %s", (_what, request, more, messages) => {
    expect(faultsOf({ ...vllm, ...request }, more)).toEqual(messages);
  });

  it.each<[string | null, string[], string[]]>([
    ["mit", ["mit"], []],
    ["mit", ["apache-2.0", "mit"], []],
    ["gemma", ["mit"], ['models.chat.model: its licence (gemma) must be one of mit, got "toy"; allow the licence or choose another model']],
    [
      null,
      ["mit", "apache-2.0"],
      ['models.chat.model: its licence (not sourced) must be one of mit, apache-2.0, got "toy"; allow the licence or choose another model'],
    ],
  ])("under the licence %s where %j are allowed", (licence, allowedLicences, messages) => {
    expect(faultsOf({ ...vllm, model: { ...toy, licence } }, { allowedLicences })).toEqual(messages);
  });
});

describe("the model lock", () => {
  const missing = (engine: string, key: string) =>
    `models.chat.weights.${engine}: must be in the model lock, with revision and sha256 of each file, got "${key}"; run make lock and commit what it writes`;
  const volume = { kind: "volume", claim: "models", path: "toy" } as const;
  it.each<[string, Partial<ModelRequest>, Partial<PlanRequest>, string[]]>([
    ["a repository", {}, { lock: {}, locked: true }, [missing("vllm", "huggingFace:org/toy")]],
    ["a repository without a lock", {}, { locked: true }, [missing("vllm", "huggingFace:org/toy")]],
    ["a tag", { engine: "ollama" }, { lock: {}, locked: true }, [missing("ollama", "library:toy:1b")]],
    ["a volume", { weights: { vllm: volume } }, { lock: {}, locked: true }, [missing("vllm", "volume:models/toy")]],
    ["an image by digest", { weights: { vllm: { kind: "image", reference: digest } } }, { lock: {}, locked: true }, []],
    ["a folder of the image", { weights: { vllm: { kind: "baked", path: "/x" } } }, { lock: {}, locked: true }, []],
    ["what is in it", {}, { lock: { "huggingFace:org/toy": { files: {} } }, locked: true }, []],
    ["a what-if", {}, { lock: {} }, []],
  ])("has %s", (_what, request, more, messages) => {
    expect(faultsOf({ ...vllm, ...request }, more)).toEqual(messages);
  });

  it("is missed by an update alone", () => {
    const [fault] = plan(environment({ chat: vllm }, { lock: {}, locked: true })).faults;
    expect(fault).toMatchObject({ path: "models.chat.weights.vllm", value: "huggingFace:org/toy", neededBy: "update" });
    expect(plan(environment({ chat: { ...vllm, replicas: -1 } })).faults[0]).not.toHaveProperty("neededBy");
  });

  it("says nothing of a source that the engine cannot read", () => {
    const weights = { vllm: { kind: "volume", claim: "models", path: "x.gguf" } } as const;
    expect(faultsOf({ ...vllm, weights }, { lock: {}, locked: true })).toEqual([
      'models.chat.weights.vllm: vllm does not read GGUF, got "volume:models/x.gguf"; name a folder of safetensors, or use engine ollama',
    ]);
  });
});
