/** How one vLLM release sizes its memory. Values hold from `from` until the next entry. */
export interface VllmMemory {
  /** First version. */
  readonly from: string;
  /** Default of --gpu-memory-utilization. */
  readonly utilisation: number;
  /**
   * Peak bytes per logit while the sampler is profiled: 37 where top-k and top-p sort the whole vocabulary, 14 where a kernel does it
   * (logits in 16 and 32 bits and two 32-bit copies), 10 with the second model runner. Fitted on logs from a calibration half.
   */
  readonly samplerBytesPerLogit: number;
  /** CUDA context, workspaces and fragments that torch does not own, one device, in GiB. */
  readonly nonTorchGib: number;
  /** CUDA graphs are measured and taken from the budget: VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS, on since 0.21.0 where the runner supports it. */
  readonly graphsInBudget: boolean;
  /** The printed token count is concurrency × context, rather than blocks ÷ groups × block size. */
  readonly tokensFromConcurrency: boolean;
  /** Batches whose tokens a sliding window keeps while they are in flight (2 with asynchronous scheduling). */
  readonly batchesInFlight: number;
  /** State blocks per sequence and group of linear layers: 2 when prefix caching aligns them, as it does by default since hybrids support it. */
  readonly stateBlocks: number;
  /** A group takes the larger layer count when the kinds differ by less than this factor. */
  readonly groupSpread: number;
  /** Weights that are quantized online are all loaded in 16 bits first (quantization/fp8.py, process_weights_after_loading); later layer by layer. */
  readonly loadsWhole: boolean;
  /** Prompts are prefilled whole, so that the batch is as long as the context (first engine, V0). */
  readonly wholePrompts: boolean;
}

const first: VllmMemory = {
  from: "0.0.0",
  utilisation: 0.9,
  samplerBytesPerLogit: 37,
  nonTorchGib: 0.07,
  graphsInBudget: false,
  tokensFromConcurrency: false,
  batchesInFlight: 1,
  stateBlocks: 1,
  groupSpread: 1,
  loadsWhole: true,
  wholePrompts: true,
};
const v1: VllmMemory = { ...first, from: "0.8.0", wholePrompts: false };
const spread: VllmMemory = { ...v1, from: "0.12.0", groupSpread: 1.25, loadsWhole: false };
const profiled: VllmMemory = { ...spread, from: "0.15.0", nonTorchGib: 0.13 };
const kernel: VllmMemory = { ...profiled, from: "0.17.0", samplerBytesPerLogit: 14 };
const later: VllmMemory = { ...kernel, from: "0.18.0", nonTorchGib: 0.25, groupSpread: 1.5 };
const graphs: VllmMemory = { ...later, from: "0.21.0", utilisation: 0.92, graphsInBudget: true, tokensFromConcurrency: true };
/** The second model runner: its first releases leave graphs out of the budget again (logs of 0.26 to October 2026). */
const second: VllmMemory = {
  ...graphs,
  from: "0.26.0",
  samplerBytesPerLogit: 10,
  graphsInBudget: false,
  batchesInFlight: 2,
  stateBlocks: 2,
};
const secondProfiled: VllmMemory = { ...second, from: "0.33.0", graphsInBudget: true };

/**
 * Read in the wheels of 0.8.5, 0.10.2, 0.12.0, 0.19.0, 0.22.0 and 0.33.0 (v1/worker/gpu_worker.py, v1/core/kv_cache_utils.py,
 * v1/kv_cache_interface.py, config/cache.py, envs.py); bounds between two wheels come from dated logs.
 */
const history: readonly VllmMemory[] = [first, v1, spread, profiled, kernel, later, graphs, second, secondProfiled];

/** Numbers of a version such as `0.20.2rc1.dev129`; a build without one counts as the newest. */
function numbers(version: string): number[] {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)] : [Number.POSITIVE_INFINITY];
}

function compare(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** How a version sizes its memory: the last entry that is not newer. */
export const vllmMemory = (version: string): VllmMemory => history.findLast(({ from }) => compare(version, from) >= 0) ?? first;
