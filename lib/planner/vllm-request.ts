import type { Gpu } from "../accelerators/gpu";
import type { Model } from "../catalog/schema";
import type { Quantization } from "./quantization";
import type { Dtype } from "./weights";

/** One vLLM server on one kind of device. Every optional field has the version's default. */
export interface VllmRequest {
  readonly model: Model;
  readonly gpu: Gpu | null;
  /** Memory of one device as the driver reports it, in GiB. */
  readonly usableGib: number;
  readonly version: string;
  readonly tensorParallel: number;
  readonly dtype: Dtype;
  readonly quantization?: Quantization;
  /** Bytes per cached element. @default those of the data type */
  readonly cacheElementBytes?: number;
  readonly contextTokens: number;
  readonly utilisation?: number;
  readonly batchedTokens?: number;
  readonly sequences?: number;
  readonly enforceEager?: boolean;
  readonly adapters?: { readonly count: number; readonly rank: number };
  /** Stages that the layers are split over, each on its own devices. @default 1 */
  readonly pipelineParallel?: number;
  readonly speculation?: Speculation;
}

/** Several tokens guessed at once: from the prompt's n-grams, by the model's own head, or by a draft model beside it. */
export interface Speculation {
  readonly method: "ngram" | "mtp" | "draft_model" | "eagle" | "eagle3";
  readonly tokens: number;
  readonly draft?: { readonly model: Model; readonly quantization?: Quantization };
}
