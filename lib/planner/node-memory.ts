import type { Model } from "../catalog/schema";
import { gib } from "../units";
import { ggufBitsPerWeight, isGguf, type Quantization } from "./quantization";
import { dtypeBytes, weightBytes } from "./weights";

/** One model in an Ollama or an ONNX server. */
export interface NodeRequest {
  readonly engine: "ollama" | "onnx";
  readonly version: string;
  readonly model: Model;
  readonly quantization: Quantization | undefined;
  readonly contextTokens: number;
  readonly concurrency: number;
  /** Bytes per cached element. @default 2 */
  readonly cacheElementBytes: number | undefined;
  readonly onGpu: boolean;
}

/** What it takes, in GiB. */
export interface NodeMemory {
  readonly weightsGib: number;
  readonly activationGib: number;
  readonly overheadGib: number;
  /** Cache of one request of full context. */
  readonly requestGib: number;
}

/** Rows of one micro-batch (llama.cpp's n_ubatch; Ollama starts its runner with --batch-size 512). */
const batchRows = 512;

/**
 * Work buffer of an image projector: `projector.graph` of Ollama's logs of Gemma 3, beside the projector's 16-bit weights
 * (github.com/atineiatte/deep-research-at-home issue 14: 795.9 MiB and 1.0 GiB).
 */
const projectorGib = 1;

/**
 * The runtime, in GiB: a CUDA context of 424 MiB (qwen2.5-coder:32b, nvidia-smi against weights, cache and buffer: github.com/ollama/ollama
 * issue 9988), or a process on the CPU.
 */
const runtimeGib = { gpu: 0.4, cpu: 0.75 } as const;

/** What a model takes in Ollama (llama.cpp) or the ONNX server; a string names the fact that is missing. */
export function nodeMemory(request: NodeRequest): NodeMemory | string {
  const weights = nodeWeightBytes(request);
  if (weights === undefined) return "exact parameters";
  const cache = requestBytes(request);
  if (typeof cache === "string") return cache;
  return {
    weightsGib: gib(weights),
    activationGib: gib(workBytes(request)) + (request.engine === "ollama" && request.model.tower ? projectorGib : 0),
    overheadGib: request.onGpu ? runtimeGib.gpu : runtimeGib.cpu,
    requestGib: gib(cache),
  };
}

function nodeWeightBytes({ engine, model, quantization, onGpu }: NodeRequest): number | undefined {
  const computed = weightBytes(model, { dtype: "float16", ...(quantization ? { quantization } : {}), tensorParallel: 1 });
  if (engine === "onnx") return onnxVariant(model, onGpu)?.bytes ?? computed;
  // a small model's large vocabulary is stored in more bits than a file's average: the published 4-bit layer tells, also of wider types
  const narrower = !quantization || !isGguf(quantization) || ggufBitsPerWeight[quantization] < ggufBitsPerWeight.Q4_K_M;
  return computed === undefined || narrower ? computed : Math.max(computed, model.sources.ollama?.modelBytes ?? 0);
}

/** The folder of a model's ONNX repository that is for a kind of device, with its size where one was published. */
export const onnxVariant = ({ sources }: Pick<Model, "sources">, onGpu: boolean) =>
  sources.onnx.find(({ format }) => format === "onnxruntime-genai")?.variants?.[onGpu ? "gpu" : "cpu"];

/** First Ollama whose runners choose flash attention by themselves (logs of 0.12 and 0.13.5: FlashAttention:Auto). */
const flashFrom = [0, 12] as const;

/**
 * The larger of what one micro-batch holds at its widest, in 32 bits: the logits and a hidden row (519.5 MiB of Gemma 3 12B, as Ollama
 * prints it), or, without flash attention, a score of each head for each token of the context (80 KiB a token of qwen2.5-coder:32b) and
 * a feed-forward row.
 */
function workBytes({ engine, version, model, contextTokens, concurrency, cacheElementBytes }: NodeRequest): number {
  const { vocabularySize, hiddenSize, attentionHeads, intermediateSize } = model;
  const row = batchRows * dtypeBytes.float32;
  const logits = row * (vocabularySize + hiddenSize);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const flash = cacheElementBytes !== undefined || major > flashFrom[0] || minor >= flashFrom[1];
  if (engine === "onnx" || flash) return logits;
  return Math.max(logits, row * (attentionHeads * contextTokens * concurrency + (intermediateSize ?? 4 * hiddenSize)));
}

/** Cache of one request: every token of full layers, the window of sliding ones, the state of linear ones. */
function requestBytes({ model, contextTokens, cacheElementBytes }: NodeRequest): number | string {
  if (!model.attention) return "layers by attention kind";
  const { full, sliding, linear } = model.attention;
  if (linear && (linear.convolutionElements === null || linear.recurrentElements === null))
    return "state size of the linear-attention layers";
  const bytes = cacheElementBytes ?? dtypeBytes.float16;
  const perToken = (kind: { layers: number; kvHeads: number; headDim: number }): number =>
    2 * kind.layers * kind.kvHeads * kind.headDim * bytes;
  const window = sliding ? Math.min(sliding.windowTokens + batchRows, contextTokens) * perToken(sliding) : 0;
  const state = linear ? linear.layers * (linear.convolutionElements! * 4 + linear.recurrentElements! * 4) : 0;
  return (full ? contextTokens * perToken(full) : 0) + window + state;
}
