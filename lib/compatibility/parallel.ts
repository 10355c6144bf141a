import type { Model } from "../catalog/schema";

/**
 * Why a model cannot be split over so many GPUs; undefined: it can. vLLM divides the attention heads, and either divides the key-value heads
 * or copies each to several GPUs (config/model.py, verify_with_parallel_config; model_executor/models/llama.py).
 */
export function divides({ attentionHeads, attention }: Model, count: number): string | undefined {
  if (count <= 1) return undefined;
  if (attentionHeads % count !== 0) return `${attentionHeads} attention heads do not divide by ${count} GPUs`;
  const kinds = [attention?.full, attention?.sliding].flatMap((layers) => (layers ? [layers.kvHeads] : []));
  const uneven = kinds.find((heads) => heads % count !== 0 && count % heads !== 0);
  return uneven === undefined ? undefined : `${uneven} key-value heads do not divide by ${count} GPUs, nor ${count} by them`;
}
