import { describe, expect, it } from "vitest";

import type { Model } from "../../../lib/catalog/schema";
import type { ModelRequest, PlanRequest } from "../../../lib/planner/types";
import type { WeightsSource } from "../../../lib/weights/source";
import { faultsOf, planned, toy } from "../../support/toy-model";

/** A model of four layers beside the toy: 4 × (3·1,024·4,096 + 1,024·64·(2·16 + 2·4)) and the table of 65,536 × 1,024. */
const small: Model = {
  ...toy,
  id: "small",
  huggingFace: "org/small",
  parameters: 4 * (3 * 1024 * 4096 + 1024 * 64 * 40) + 65_536 * 1024,
  layers: 4,
  attention: { full: { layers: 4, kvHeads: 4, headDim: 64 } },
  sources: { ...toy.sources, huggingFace: { repository: "org/small", revision: null } },
};
const source = { kind: "huggingFace", repository: "org/small" } as const;
const request = (draft: Partial<Model> = {}, more: Partial<ModelRequest> = {}, written?: WeightsSource): ModelRequest => ({
  engine: "vllm",
  model: toy,
  gpu: "a10",
  sharedVolume: true,
  vllm: { speculative: { method: "draft_model", tokens: 4, model: { ...small, ...draft }, ...(written ? { source: written } : {}) } },
  ...more,
});
const alone = planned({ engine: "vllm", model: toy, gpu: "a10", sharedVolume: true });
const rotary = 32_768 * 64 * 2;
const bytes = small.parameters! * 2 + rotary;

describe("a draft model", () => {
  it("is weights beside the model's, and a cache of its own", () => {
    const both = planned(request());
    expect((both.memory.weightsGib - alone.memory.weightsGib) * 2 ** 30).toBeCloseTo(bytes, 0);
    // a token takes 16 layers of the model and 4 of the draft
    const perGib = (plan: typeof both) => plan.memory.kvTokens / plan.memory.kvGib;
    expect(perGib(both) / perGib(alone)).toBeCloseTo(16 / 20, 3);
  });

  it("is what the server is given, by where it is mounted: servers run offline", () => {
    const config = (written?: WeightsSource) => planned(request({}, {}, written)).args.join(" ");
    const reported = (path: string) => `--speculative-config {"method":"draft_model","num_speculative_tokens":4,"model":"${path}"}`;
    expect(config()).toContain(reported("/draft"));
    expect(config({ kind: "volume", claim: "drafts", path: "small" })).toContain(reported("/draft/small"));
    expect(config({ kind: "baked", path: "/opt/small" })).toContain(reported("/opt/small"));
  });

  it("is downloaded and counted with the model, by its locked size where it has one", () => {
    const { draft, download } = planned(request());
    expect(draft).toEqual({ source });
    expect((download!.downloadGib - alone.download!.downloadGib) * 2 ** 30).toBeCloseTo(bytes, 0);
    const locked = { revision: "c".repeat(40), files: { x: "a".repeat(64) }, sizes: { x: 5 * 2 ** 30 } };
    const known = planned(request(), { lock: { "huggingFace:org/small": locked } });
    expect(known.draft).toEqual({ source: { ...source, revision: locked.revision }, lock: locked });
    expect(known.download!.downloadGib - alone.download!.downloadGib).toBeCloseTo(5, 6);
  });

  it("of an image lies on the node's disk, and is not downloaded", () => {
    const plan = planned(request({}, {}, { kind: "image", reference: `r/x@sha256:${"a".repeat(64)}` }));
    expect(plan.pod.imageVolumeGib * 2 ** 30).toBeCloseTo(bytes, 0);
    expect(plan.download!.downloadGib).toBe(alone.download!.downloadGib);
  });

  it("alone is downloaded where the model comes another way", () => {
    const plan = planned(request({}, { weights: { vllm: { kind: "baked", path: "/opt/toy" } } }));
    expect(plan.download).toMatchObject({ repository: "org/small", revision: null });
  });

  it("on a CPU takes memory for its weights and its cache", () => {
    const on = (more: object) => planned({ engine: "vllm", model: toy, cpu: true, sharedVolume: true, ...more }).memory;
    const [both, one] = [on({ vllm: request().vllm! }), on({})];
    expect((both.weightsGib - one.weightsGib) * 2 ** 30).toBeCloseTo(bytes, 0);
    expect((both.kvGib - one.kvGib) * 2 ** 30).toBeCloseTo(2 * 4 * 4 * 64 * 2 * 8192, 0);
  });

  it("is stored as its repository says", () => {
    const eight = planned(request({ checkpointQuantization: "fp8", publishedWeightsGib: 0.1 }));
    expect(eight.memory.weightsGib - alone.memory.weightsGib).toBeCloseTo(0.1 + rotary / 2 ** 30, 6);
  });

  it("is ignored by other engines, so that the engine is one word", () => {
    const other = planned({ ...request(), engine: "ollama" });
    expect([other.draft, other.args]).toEqual([undefined, []]);
  });
});

describe("a draft model is refused", () => {
  const at = "models.chat.vllm.speculative";
  const faults = (draft: Partial<Model>, more: Partial<ModelRequest> = {}, site: Partial<PlanRequest> = {}) =>
    faultsOf(request(draft, more), site).map((fault) => fault.replace(/, got \{.*\}/, ""));

  it.each<[string, string[], string]>([
    [
      "with another vocabulary",
      faults({ vocabularySize: 65_537 }),
      `${at}: the draft model org/small has a vocabulary of 65537, and org/toy one of 65536; name a smaller model of the family of org/toy, or use ngram`,
    ],
    [
      "with positions of several axes",
      faults({ modelType: "qwen2_5_vl" }),
      `${at}: vLLM does not draft with qwen2_5_vl, whose positions have several axes; name a smaller model of the family of org/toy, or use ngram`,
    ],
    [
      "by vLLM 0.10.2",
      faults({}, { engineVersion: "0.10.2" }),
      `${at}: vLLM 0.10.2 does not run a draft model yet; use ngram or eagle, or a newer engineVersion`,
    ],
    [
      "that is gated, without a token",
      faults({ gated: true }, {}, { hfToken: false }),
      `${at}.model: org/small is gated and needs a token`,
    ],
    [
      "of a licence that is not allowed",
      faults({ licence: "gpl" }, {}, { allowedLicences: ["apache-2.0"] }),
      `${at}.model: its licence (gpl) must be one of apache-2.0`,
    ],
    [
      "that is not locked",
      faults({}, {}, { locked: true, lock: { "huggingFace:org/toy": { files: {} } } }),
      `${at}.source: must be in the model lock, with revision and sha256 of each file, got "huggingFace:org/small"; run make lock`,
    ],
    [
      "whose layers are not known",
      faults({ attention: null }),
      "models.chat.model: its layers by attention kind of its draft model must be known",
    ],
    [
      "whose parameters are not known",
      faults({ parameters: null }),
      "models.chat.model: its exact parameters of its draft model must be known",
    ],
    [
      "that does not divide by its GPUs",
      faults({ attentionHeads: 15 }, { tensorParallel: 2 }),
      "of the draft model org/small, 15 attention heads do not divide by 2 GPUs",
    ],
  ])("%s", (_what, found, message) => {
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  const speculative = (value: NonNullable<NonNullable<ModelRequest["vllm"]>["speculative"]>) =>
    faultsOf({ engine: "vllm", model: { ...toy, modelType: "qwen3_5", unloadedParameters: 1 }, gpu: "a10", vllm: { speculative: value } });

  it.each([
    [
      "of no catalog",
      { method: "draft_model", tokens: 2, model: "zzzzzzzzzzzzzzzzzzzzzz" },
      [`${at}.model: must be a model of the catalog, got "zzzzzzzzzzzzzzzzzzzzzz"; add it with its config.json`],
    ],
    [
      "without a name",
      { method: "draft_model", tokens: 2 },
      [`${at}.model: draft_model guesses with a model of its own, got nothing; name the draft model`],
    ],
    [
      "of ngram",
      { method: "ngram", tokens: 2, model: "qwen3-0.6b" },
      [`${at}.model: is not read by ngram, got "qwen3-0.6b"; leave it out, or use method draft_model`],
    ],
    [
      "of the model's own head, by its place",
      { method: "mtp", tokens: 2, source },
      [`${at}.source: is not read by mtp, got {"kind":"huggingFace","repository":"org/small"}; leave it out, or use method draft_model`],
    ],
  ] as const)("%s", (_what, value, messages) => expect(speculative(value)).toEqual(messages));

  it("on a volume of one node, once for both", () => {
    const { sharedVolume: _shared, ...rest } = request({}, { replicas: 2 });
    expect(faultsOf(rest)).toEqual([expect.stringContaining("models.chat.replicas: several replicas cannot share a volume of one node")]);
  });
});

describe("an EAGLE head", () => {
  const eagle = (draft: Partial<Model>): string[] =>
    faultsOf({ ...request(), vllm: { speculative: { method: "eagle", tokens: 2, model: { ...small, ...draft } } } });

  it("reads the model's hidden rows, so it is as wide, and shorter", () => {
    expect(eagle({ layers: 1 })).toEqual([]);
    expect(eagle({ layers: 1, vocabularySize: 1000 })).toEqual([]);
    for (const wrong of [{ hiddenSize: 512 }, { layers: 16 }]) expect(eagle(wrong)[0]).toContain("org/small is no EAGLE head of org/toy");
  });
});
