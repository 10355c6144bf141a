import type { Gpu } from "../accelerators/gpu";
import type { Model } from "../catalog/schema";
import type { EngineName } from "../engines/tables";
import type { Quantization } from "../planner/quantization";
import type { VllmFeatures } from "../planner/types";
import type { Dtype } from "../planner/weights";

/** What is asked of an engine, whichever device it is going to run on. */
export interface Deployment {
  readonly engine: EngineName;
  readonly version: string;
  readonly model: Model;
  /** How the checkpoint stores its weights; undefined: in the model's data type. */
  readonly stored: Quantization | undefined;
  /** What the engine makes of 16-bit weights while it loads them; undefined: nothing. */
  readonly online: Quantization | undefined;
  /** Data type of activations and unquantized weights; undefined: the engine chooses. */
  readonly dtype: Dtype | undefined;
  /** Value of the field `kvCacheDtype`; undefined: as the data type. */
  readonly cacheType: string | undefined;
  readonly contextTokens: number;
  readonly concurrency: number;
  /** Tokens of one batch that the user fixed. */
  readonly batchedTokens: number | undefined;
  readonly features: VllmFeatures;
  /** The smaller model that guesses tokens; absent: none, or not known. */
  readonly draft?: Model;
}

/** What one replica would run on. */
export interface DeviceKind {
  /** Null: the CPU. */
  readonly gpu: Gpu | null;
  /** GPUs that the replica is split over; 0 on the CPU. */
  readonly count: number;
}

/** Why an engine refuses a field of a deployment, in the words of a fault without its path and value. */
export interface Refusal {
  readonly field: keyof Deployment | `features.${keyof VllmFeatures & string}`;
  readonly bound: string;
  readonly fix: string;
}

/** Compute capability as a number: 75 for 7.5; undefined for a GPU of another maker. */
export const capability = (gpu: Gpu): number | undefined =>
  gpu.computeCapability === null ? undefined : Math.round(Number(gpu.computeCapability) * 10);

/** `75` → `7.5`. */
export const formatCapability = (value: number): string => (value / 10).toFixed(1);
