import type { Model } from "../catalog/schema";
import type { VllmMemory } from "../engines/vllm-memory";
import type { Speculation } from "./vllm-request";

/** Tokens in one block of the KV cache; vLLM's default on CUDA. */
const blockTokens = 16;

/** What the cache's layout follows from. */
export interface CacheShape {
  readonly model: Model;
  /** Bytes per cached element: 2, or 1 for an 8-bit cache. */
  readonly elementBytes: number;
  /** Bytes per activation element, for the convolution state of linear layers. */
  readonly activationBytes: number;
  readonly tensorParallel: number;
  readonly contextTokens: number;
  readonly batchedTokens: number;
  readonly memory: VllmMemory;
  readonly speculation?: Speculation;
}

/** How the cache divides its memory, on one device. */
export interface CacheLayout {
  /** Bytes of one block across the layers that share it. */
  readonly blockBytes: number;
  /** Blocks that a request of full context holds. */
  readonly blocksPerRequest: number;
  /** Groups of layers with their own block tables. */
  readonly groups: number;
  /** Smallest number of tokens in a block of any group. */
  readonly blockTokens: number;
}

interface Kind {
  readonly layers: number;
  /** Bytes per token and layer on one device; 0 for a state of fixed size. */
  readonly tokenBytes: number;
  readonly windowTokens?: number;
}

/** Bytes of one layer's state on one device; undefined when its shape is not sourced. */
function stateBytes({ model, activationBytes, tensorParallel }: CacheShape): number | undefined {
  const linear = model.attention?.linear;
  if (!linear) return 0;
  if (linear.convolutionElements === null || linear.recurrentElements === null) return undefined;
  return (linear.convolutionElements * activationBytes + linear.recurrentElements * (linear.recurrentBytes ?? 4)) / tensorParallel;
}

const tokenBytes = (layers: { kvHeads: number; headDim: number }, { tensorParallel, elementBytes }: CacheShape): number =>
  2 * Math.max(1, Math.ceil(layers.kvHeads / tensorParallel)) * layers.headDim * elementBytes;

function attentionKinds(shape: CacheShape): Kind[] {
  const { full, sliding } = shape.model.attention ?? {};
  return [
    ...(full ? [{ layers: full.layers, tokenBytes: tokenBytes(full, shape) }] : []),
    ...(sliding ? [{ layers: sliding.layers, tokenBytes: tokenBytes(sliding, shape), windowTokens: sliding.windowTokens }] : []),
  ];
}

/** Bytes that a token holds in the cache of a draft model, on one device. */
function draftTokenBytes(shape: CacheShape): number {
  const { full, sliding } = shape.speculation?.draft?.model.attention ?? {};
  return [full, sliding].reduce((sum, kind) => sum + (kind ? kind.layers * tokenBytes(kind, shape) : 0), 0);
}

/** Layers per group: the smaller kind's, or the larger one's when they differ little (v1/core/kv_cache_utils.py). */
function groupLayers(counts: readonly number[], spread: number): number {
  const [smallest, largest] = [Math.min(...counts), Math.max(...counts)];
  return largest < smallest * spread ? largest : smallest;
}

/** The cache's layout as vLLM's hybrid manager makes it; a string names the fact that is missing. */
export function cacheLayout(shape: CacheShape): CacheLayout | string {
  if (!shape.model.attention) return "layers by attention kind";
  if (shape.speculation?.draft && !shape.speculation.draft.model.attention) return "layers by attention kind of its draft model";
  const state = stateBytes(shape);
  if (state === undefined) return "state size of the linear-attention layers";
  const kinds = attentionKinds(shape);
  const linear = shape.model.attention.linear;
  const widest = Math.max(...kinds.map((kind) => kind.tokenBytes));
  // every page has the same bytes: a state page sets the block of the attention layers, in multiples of 16 tokens
  const page = Math.max(widest * blockTokens, Math.ceil(state / (widest * blockTokens)) * widest * blockTokens);
  const perGroup = groupLayers([...kinds.map(({ layers }) => layers), ...(linear ? [linear.layers] : [])], shape.memory.groupSpread);
  const sized = kinds.map((kind) => ({ ...kind, groups: Math.ceil(kind.layers / perGroup), block: Math.floor(page / kind.tokenBytes) }));
  const attentionBlocks = sized.reduce((sum, kind) => sum + kind.groups * requestBlocks(kind, shape), 0);
  const linearGroups = linear ? Math.ceil(linear.layers / perGroup) : 0;
  return {
    blockBytes: page * perGroup + draftTokenBytes(shape) * (page / widest),
    blocksPerRequest: attentionBlocks + linearGroups * (shape.memory.stateBlocks + (shape.speculation?.tokens ?? 0)),
    groups: sized.reduce((sum, { groups }) => sum + groups, 0) + linearGroups,
    blockTokens: Math.min(...sized.map(({ block }) => block)),
  };
}

/** Blocks of one group that a request of full context holds; a window also keeps what is in flight, and one block for its edge. */
function requestBlocks({ windowTokens, block }: Kind & { block: number }, { contextTokens, batchedTokens, memory }: CacheShape): number {
  if (windowTokens === undefined) return Math.ceil(contextTokens / block);
  const held = Math.min(windowTokens - 1 + memory.batchesInFlight * batchedTokens, contextTokens);
  return Math.ceil(held / block) + 1;
}

/** What vLLM prints for a cache of so many bytes on one device. */
export function cacheCapacity(layout: CacheLayout, bytes: number, shape: CacheShape): { tokens: number; concurrency: number } {
  const blocks = Math.max(0, Math.floor(bytes / layout.blockBytes));
  const concurrency = blocks / layout.blocksPerRequest;
  const printed = shape.memory.tokensFromConcurrency
    ? Math.floor(concurrency * shape.contextTokens)
    : Math.floor(blocks / layout.groups) * layout.blockTokens;
  return { tokens: printed, concurrency };
}
