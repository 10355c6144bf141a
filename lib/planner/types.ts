import type { Model } from "../catalog/schema";
import type { ColdStart } from "../cold-start";
import type { EngineName } from "../engines/tables";
import type { Scaling } from "../scaling/settings";
import type { Volume } from "../weights/identity";
import type { Lock } from "../weights/lock";
import type { Weights, WeightsSource } from "../weights/source";
import type { Fault } from "./fault";
import type { PodPlan } from "./pod-plan";

/** One model that an environment asks for. Sizes are per replica. */
export interface ModelRequest {
  /** Catalog name, Hugging Face id, or a model described in full. */
  readonly model: string | Model;
  readonly engine: EngineName;
  /** Where each engine gets the weights. @default what the catalog knows */
  readonly weights?: { readonly [E in EngineName]?: WeightsSource };
  /** Version with a table. @default the pinned one */
  readonly engineVersion?: string;
  /** Longest request, in tokens, prompt and answer. @default 8192, or the model's own limit when that is shorter */
  readonly contextTokens?: number;
  /** Requests of full context to hold at once. @default 1 */
  readonly concurrency?: number;
  /** Data type of unquantized weights. @default bfloat16, or float16 where the GPU lacks it */
  readonly dtype?: string;
  /** How the weights are stored. @default the checkpoint's own; Q4_K_M for Ollama, onnx-int4 for ONNX */
  readonly quantization?: string;
  /** Data type of the cache. @default auto */
  readonly kvCacheDtype?: string;
  /** @default 1 */
  readonly replicas?: number;
  /** Pods by load, between two bounds, in place of `replicas`: nodes are planned for the most. @default none */
  readonly scaling?: Scaling;
  /** GPUs that one replica is split over. @default the fewest that fit */
  readonly tensorParallel?: number;
  /** Only sizes with this GPU. */
  readonly gpu?: string;
  /** Only this VM size. */
  readonly size?: string;
  /** Only the CPU (true) or only GPUs (false). @default false for vLLM, else whichever is cheapest */
  readonly cpu?: boolean;
  /** Adapters held at once, their largest rank, and where they come from by the name that clients ask for. vLLM only. */
  readonly adapters?: { readonly count: number; readonly rank: number; readonly sources?: Readonly<Record<string, WeightsSource>> };
  /** Further models in the same Ollama server, by the name that clients ask for; loaded all at once. */
  readonly additionalModels?: Readonly<Record<string, Pick<ModelRequest, "model" | "weights" | "quantization" | "contextTokens">>>;
  /** The volume that weights are downloaded to serves several nodes at a time (ReadWriteMany). @default false */
  readonly sharedVolume?: boolean;
  /** StorageClass of that volume, and its size where the plan's is not wanted: they bound how fast weights are read. */
  readonly volumeClass?: string;
  readonly volumeGib?: number;
  /** Features of vLLM; ignored by other engines, so that an engine can be switched by one word. */
  readonly vllm?: VllmFeatures;
  /** @default the version's */
  readonly gpuMemoryUtilization?: number;
  /** @default 2048 */
  readonly maxNumBatchedTokens?: number;
  readonly enforceEager?: boolean;
  /** Further engine arguments, checked against the version's table. */
  readonly extraArgs?: readonly string[];
  /** Memory request and limit of a replica, in MiB. @default what the plan computes */
  readonly memoryMib?: number;
  /** Processor request of a replica, in cores. @default what the plan computes */
  readonly cpuCores?: number;
  /** Further labels of the nodes that it may run on. @default none */
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /** Stages of the cold start that were measured. @default what the plan computes */
  readonly coldStart?: Partial<ColdStart>;
}

/** What vLLM can do beside serving, by field; absent: the version's default. */
export interface VllmFeatures {
  readonly prefixCaching?: boolean;
  readonly chunkedPrefill?: boolean;
  /**
   * Guesses of several tokens at once: from the prompt's own n-grams, by the model's own head, or by a smaller model of the catalog, which is
   * downloaded, locked and counted as the model is. `source` says where that one lies. @default what the catalog knows
   */
  readonly speculative?: {
    readonly method: "ngram" | "draft_model" | "eagle" | "eagle3" | "mtp";
    readonly tokens: number;
    readonly model?: string | Model;
    readonly source?: WeightsSource;
  };
  /** Name of the tool-call parser; also turns automatic tool choice on. */
  readonly toolParser?: string;
  readonly reasoningParser?: string;
  /** Back end of structured output. */
  readonly structuredOutputs?: "xgrammar" | "guidance" | "outlines" | "lm-format-enforcer" | "auto";
}

/** A node pool that exists or is planned. */
export interface Pool {
  readonly size: string;
  readonly maxNodes: number;
  /** MIG profile that its GPUs are partitioned into. @default not partitioned */
  readonly migProfile?: string;
  /** Disk of each node, in GiB, that pods may write to. Absent: not known. */
  readonly diskGib?: number;
}

/** What is to be planned: one environment. */
export interface PlanRequest {
  readonly name: string;
  /** Azure region, e.g. `eastus`: it decides the prices. Elsewhere only the order in which sizes are listed. */
  readonly region: string;
  /** Where it runs. Only `azure` is priced. */
  readonly target: "kubernetes" | "azure";
  readonly models: Readonly<Record<string, ModelRequest>>;
  /** Licences that may be served; absent: any. */
  readonly allowedLicences?: readonly string[];
  /** A Hugging Face token is configured. */
  readonly hfToken: boolean;
  /** Node pools; elsewhere than on Azure, models are placed on these sizes only. Absent: not known. */
  readonly pools?: readonly Pool[];
  /** Sizes of the pools that are made as the plan asks, where the environment sets how large they may grow. Absent: not known. */
  readonly scales?: readonly Pool[];
  /** Version of the cluster, such as `1.36`. Absent: not known. */
  readonly kubernetesVersion?: string;
  /** Revision and sha256 of each source. Absent: sources are not checked, as in a what-if. */
  readonly lock?: Lock;
  /** A source that the lock lacks is a mistake, as before a deployment; otherwise a warning. @default false */
  readonly locked?: boolean;
}

/** Memory of one replica on one device, in GiB. */
export interface MemoryPlan {
  readonly weightsGib: number;
  readonly activationGib: number;
  readonly overheadGib: number;
  /** Cache left for requests; negative when the weights alone are too much. */
  readonly kvGib: number;
  readonly kvTokens: number;
  /** Requests of full context that fit at once. */
  readonly maxConcurrency: number;
}

/** Why a size was not chosen: it cannot be had, or fits at a higher price; the engine refuses it; it has too little memory. */
export interface Rejection {
  readonly size: string;
  readonly kind: "not asked for" | "not available" | "incompatible" | "too small";
  readonly reason: string;
}

/** What one replica runs on. */
export interface Placement {
  readonly size: string;
  readonly gpu: string | null;
  readonly gpuCount: number;
  readonly gpuFraction: number;
  readonly migProfile: string | null;
  readonly nodes: number;
  /** Labels by which a pod finds the node; empty where nodes are not known by size. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly usdPerHour: number;
  readonly usdPerMonth: number;
  readonly priceDate: string;
}

/** The fewest pods of a model that is scaled, and the nodes that they take. */
export interface Least extends Pick<Placement, "nodes" | "usdPerHour" | "usdPerMonth"> {
  readonly replicas: number;
}

/** Weights that are downloaded once, to a volume of the server. */
export interface DownloadPlan {
  /** Of Hugging Face. Null revision: the newest, until a lock says which. */
  readonly repository?: string;
  readonly revision?: string | null;
  /** All of it: the model, its draft model, further models and adapters. */
  readonly downloadGib: number;
  /** Size of the volume. */
  readonly claimGib: number;
  /** Where the size is from: the lock's file sizes, or computed from the model's shape. */
  readonly from: "lock" | "estimated";
}

/** How a new version replaces the old one. */
export interface Rollout {
  readonly strategy: "surge" | "replace-one-by-one" | "recreate" | "new-pool-first";
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly reason: string;
}

/** A cold start by stage, in seconds, with what comes before the image and what `loadSeconds` consists of. */
export interface ColdStartPlan extends ColdStart {
  /** Until a new node takes pods; 0 where nodes are there. */
  readonly nodeSeconds: number;
  /** Part of `loadSeconds`: compiling, capturing graphs and warming up. */
  readonly compileSeconds: number;
  readonly totalSeconds: number;
}

/** One model, planned. */
export interface ModelPlan {
  readonly name: string;
  readonly model: string;
  readonly engine: EngineName;
  readonly version: string;
  readonly quantization: string;
  readonly contextTokens: number;
  readonly concurrency: number;
  /** Pods; of a model that is scaled, the most that it may have. */
  readonly replicas: number;
  /** What is left of a model that is scaled when it has its fewest pods. Absent: it is not scaled. */
  readonly least?: Least;
  readonly memory: MemoryPlan;
  readonly placement: Placement;
  /** Every other size, cheapest first, with the reason. */
  readonly rejected: readonly Rejection[];
  readonly weights: Weights;
  /** Further models of the same server, by name. */
  readonly additionalModels: Readonly<Record<string, Weights>>;
  /** The smaller model that guesses tokens. Absent: none does. */
  readonly draft?: Weights;
  /** Adapters of the same server, by the name that clients ask for. */
  readonly adapters: Readonly<Record<string, Weights>>;
  /** Names that answer with a vector, and with no text. Absent: none does. */
  readonly embeds?: readonly string[];
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly pod: PodPlan;
  /** Absent: the weights come with an image or a claim. */
  readonly download?: DownloadPlan;
  /** The volume that they are downloaded to, or how the user's own claim is shared. */
  readonly volume?: Volume;
  readonly coldStart: ColdStartPlan;
  readonly rollout: Rollout;
  readonly warnings: readonly string[];
}

/** One environment, planned. With faults there is no plan to deploy: `models` holds those without one. */
export interface EnvironmentPlan {
  readonly name: string;
  readonly region: string;
  readonly models: readonly ModelPlan[];
  readonly usdPerHour: number;
  readonly usdPerMonth: number;
  readonly warnings: readonly string[];
  readonly faults: readonly Fault[];
}
