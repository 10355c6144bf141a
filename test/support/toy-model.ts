import { findGpu } from "../../lib/accelerators/gpu";
import type { Model } from "../../lib/catalog/schema";
import type { Deployment } from "../../lib/compatibility/deployment";
import { faultMessage } from "../../lib/planner/fault";
import { plan } from "../../lib/planner/plan";
import type { ModelPlan, ModelRequest, PlanRequest } from "../../lib/planner/types";
import { estimateVllm, type VllmEstimate } from "../../lib/planner/vllm-estimate";
import type { VllmRequest } from "../../lib/planner/vllm-request";
import { environment } from "./plan";

/**
 * A small dense model whose shape makes arithmetic by hand easy: 16 layers of 4 KV heads × 64, one table of 65,536 × 1,024.
 * Linear layers: 16 × (3·1,024·4,096 + 1,024·64·(2·16 + 2·4)) = 243,269,632 parameters; with the table 310,378,496.
 */
export const toy: Model = {
  id: "toy",
  huggingFace: "org/toy",
  family: "toy",
  architecture: "LlamaForCausalLM",
  modelType: "llama",
  parameters: 310_378_496,
  hiddenSize: 1024,
  intermediateSize: 4096,
  vocabularySize: 65_536,
  attentionHeads: 16,
  contextTokens: 32_768,
  attention: { full: { layers: 16, kvHeads: 4, headDim: 64 } },
  layers: 16,
  tiedEmbeddings: true,
  mixture: null,
  tower: null,
  towerParameters: 0,
  unloadedParameters: 0,
  checkpointQuantization: null,
  cacheQuantization: null,
  notUnderstood: [],
  layerEmbeddingParameters: 0,
  publishedWeightsGib: null,
  licence: "apache-2.0",
  gated: false,
  sources: {
    huggingFace: { repository: "org/toy", revision: null },
    ollama: { tag: "toy:1b", pinnedTags: ["toy:1b-q8_0", "toy:1b-fp16", "toy:1b-iq3_xxs"], modelBytes: null },
    onnx: [{ repository: "org/toy-onnx", format: "onnxruntime-genai" }],
  },
  facts: [],
};

const l4 = findGpu("l4")!;

/** What vLLM is estimated to take for the toy, or a variant of it, on 16 GiB of an L4. */
export function toyEstimate(model: Partial<Model> = {}, request: Partial<VllmRequest> = {}): VllmEstimate {
  const base = { gpu: l4, usableGib: 16, version: "0.33.0", tensorParallel: 1, dtype: "bfloat16", contextTokens: 8192 } as const;
  const result = estimateVllm({ model: { ...toy, ...model }, ...base, ...request });
  if (typeof result === "string") throw new Error(`unknown: ${result}`);
  return result;
}

/** The plan of one model named `chat`. */
export function planned(request: ModelRequest, more: Partial<PlanRequest> = {}): ModelPlan {
  const result = plan(environment({ chat: request }, more));
  if (result.faults.length > 0) throw new Error(result.faults.map(faultMessage).join("\n"));
  return result.models[0]!;
}

/** What is wrong with a model named `chat`, as users read it. */
export const faultsOf = (request: ModelRequest, more: Partial<PlanRequest> = {}): string[] =>
  plan(environment({ chat: request }, more)).faults.map(faultMessage);

/** A config.json: 16 heads × 64 = 1,024 wide; 4 KV heads; two layers; 1,000 words, one table. */
export const toyConfig = {
  model_type: "toy",
  num_hidden_layers: 2,
  hidden_size: 1024,
  intermediate_size: 4096,
  num_attention_heads: 16,
  num_key_value_heads: 4,
  vocab_size: 1000,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
};

/** What vLLM is asked of the toy, of which nothing is said. */
export const toyDeployment: Deployment = {
  engine: "vllm",
  version: "0.33.0",
  model: toy,
  stored: undefined,
  online: undefined,
  dtype: undefined,
  cacheType: undefined,
  contextTokens: 8192,
  concurrency: 1,
  batchedTokens: undefined,
  features: {},
};
