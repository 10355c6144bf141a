import type { Model } from "../catalog/schema";

/** Which models a release gives to its second model runner, unless a variable of the environment says otherwise. */
type SecondRunner =
  | { readonly kind: "none" | "all" }
  /** These architectures; a mixture or a quantized one of them only where it says so. */
  | { readonly kind: "listed"; readonly architectures: readonly string[]; readonly unquantizedOnly: boolean }
  /** Every model but mixtures and those with linear-attention layers; the mixtures that are listed too. */
  | { readonly kind: "dense"; readonly mixtures: readonly string[] };

/** How one vLLM release sizes its memory. Values hold from `from` until the next entry. */
export interface VllmMemory {
  /** First version. */
  readonly from: string;
  /** Default of --gpu-memory-utilization. */
  readonly utilisation: number;
  /**
   * Peak bytes per logit while the sampler is profiled: 37 where top-k and top-p sort the whole vocabulary, 14 where a kernel does it
   * (logits in 16 and 32 bits and two 32-bit copies), with either runner. Fitted on logs from a calibration half.
   */
  readonly samplerBytesPerLogit: number;
  /** CUDA context, workspaces and fragments that torch does not own, one device, in GiB. */
  readonly nonTorchGib: number;
  /** CUDA graphs are measured and taken from the budget (VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS, on since 0.20.0). */
  readonly graphsInBudget: boolean;
  /** Models of the second runner. */
  readonly secondRunner: SecondRunner;
  /** The second runner measures graphs too: before, it answers 0 (v1/worker/gpu/model_runner.py, profile_cudagraph_memory). */
  readonly secondMeasuresGraphs: boolean;
  /** And runs the sampler as its warm-up does. */
  readonly secondProfilesSampler: boolean;
  /**
   * A start is refused when there are more sequences than blocks of a cache with linear-attention layers, while graphs are captured
   * (config/compilation.py).
   */
  readonly blockPerSequence: boolean;
  /** Work buffers of the experts outlive the forward pass, so that the sampler finds them in use (v1/worker/workspace.py). */
  readonly keepsWorkspace: boolean;
  /** The profiled pass runs the sampler with the 32-bit copy of the logits that its warm-up makes (_dummy_sampler_run). */
  readonly profilesSampler: boolean;
  /** A checkpoint's own cache type counts where none is asked for (utils/torch_utils.py, attention layers). */
  readonly checkpointCache: boolean;
  /** Speculative methods that go to the first runner. */
  readonly firstRunnerMethods: readonly string[];
  /** Buffers of collectives between cards without a direct link, one device, in GiB. */
  readonly busCollectivesGib: number;
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
  secondRunner: { kind: "none" },
  secondMeasuresGraphs: false,
  secondProfilesSampler: false,
  blockPerSequence: false,
  keepsWorkspace: false,
  profilesSampler: false,
  checkpointCache: false,
  firstRunnerMethods: ["ngram", "draft_model"],
  busCollectivesGib: 0.2,
  tokensFromConcurrency: false,
  batchesInFlight: 1,
  stateBlocks: 1,
  groupSpread: 1,
  loadsWhole: true,
  wholePrompts: true,
};
const dense = ["LlamaForCausalLM", "MistralForCausalLM", "Qwen3ForCausalLM"];
const mixtures = ["DeepseekV2ForCausalLM", "Qwen2MoeForCausalLM", "GraniteMoeForCausalLM"];

/**
 * What changed with each release. Read in the wheels of 0.8.5, 0.9.2, 0.10.2 and of every second release from 0.11 to 0.33
 * (config/vllm.py, use_v2_model_runner; v1/worker/gpu_worker.py; v1/worker/gpu/model_runner.py; v1/core/kv_cache_utils.py;
 * v1/kv_cache_interface.py; config/cache.py; config/compilation.py; envs.py); bounds between two wheels come from dated logs.
 */
const changes: readonly (Partial<VllmMemory> & Pick<VllmMemory, "from">)[] = [
  { from: "0.8.0", wholePrompts: false },
  { from: "0.12.0", groupSpread: 1.25, loadsWhole: false },
  { from: "0.15.0", nonTorchGib: 0.13, keepsWorkspace: true, checkpointCache: true, busCollectivesGib: 0.4 },
  { from: "0.17.0", samplerBytesPerLogit: 14 },
  { from: "0.18.0", nonTorchGib: 0.25, groupSpread: 1.5 },
  { from: "0.20.0", utilisation: 0.92, graphsInBudget: true, profilesSampler: true, blockPerSequence: true, busCollectivesGib: 0.55 },
  { from: "0.20.1", tokensFromConcurrency: true },
  { from: "0.22.0", secondRunner: { kind: "listed", architectures: ["Qwen3ForCausalLM"], unquantizedOnly: true } },
  { from: "0.23.0", secondRunner: { kind: "listed", architectures: dense, unquantizedOnly: true } },
  { from: "0.24.0", secondRunner: { kind: "listed", architectures: [...dense, ...mixtures], unquantizedOnly: false } },
  { from: "0.25.0", secondRunner: { kind: "dense", mixtures } },
  { from: "0.26.0", batchesInFlight: 2, stateBlocks: 2 },
  { from: "0.29.0", secondRunner: { kind: "all" }, secondMeasuresGraphs: true },
  { from: "0.33.0", secondProfilesSampler: true, firstRunnerMethods: [] },
];

/** Each release's facts: the first ones, and every change up to it. */
const history: readonly VllmMemory[] = [first, ...changes.map((_, index) => Object.assign({}, first, ...changes.slice(0, index + 1)))];

/** Numbers of a version such as `0.20.2rc1.dev129`; a build without one, or of no release (`0.1.dev1+g1a2b3c4`), counts as the newest. */
function numbers(version: string): number[] {
  const found = /^\D*0\.1\.dev/.test(version) ? null : /(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
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

/** What decides which runner serves a model. */
export interface Served {
  readonly model: Pick<Model, "architecture" | "mixture" | "attention">;
  readonly quantized: boolean;
  /** Method of speculative decoding, if any. */
  readonly speculation?: string;
}

function usesSecondRunner(runner: SecondRunner, { model: { architecture, mixture, attention }, quantized }: Served): boolean {
  const listed = (names: readonly string[]): boolean => architecture !== null && names.includes(architecture);
  switch (runner.kind) {
    case "none":
      return false;
    case "all":
      return true;
    case "listed":
      return listed(runner.architectures) && !(runner.unquantizedOnly && quantized);
    case "dense":
      return attention?.linear === undefined && (mixture === null || listed(runner.mixtures));
  }
}

/** A release as each of its runners sizes memory. Kept, as a plan asks for the same few versions thousands of times. */
const releases = new Map<string, { readonly first: VllmMemory; readonly second: VllmMemory }>();

function releaseOf(version: string): { readonly first: VllmMemory; readonly second: VllmMemory } {
  const kept = releases.get(version);
  if (kept) return kept;
  const own = history.findLast(({ from }) => compare(version, from) >= 0) ?? first;
  const second = { ...own, graphsInBudget: own.secondMeasuresGraphs, profilesSampler: own.secondProfilesSampler };
  const release = { first: own, second };
  releases.set(version, release);
  return release;
}

/** How a version sizes its memory: the last entry that is not newer; of a model, as its runner does. */
export function vllmMemory(version: string, served?: Served): VllmMemory {
  const { first: release, second } = releaseOf(version);
  if (!served || release.firstRunnerMethods.includes(served.speculation ?? "")) return release;
  return usesSecondRunner(release.secondRunner, served) ? second : release;
}
