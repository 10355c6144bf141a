import { defaultVersion } from "../../lib/engines/tables";
import type { ModelPlan } from "../../lib/planner/types";
import { digest } from "./serving";

/** Weights in an image, as vLLM and the ONNX server read them. */
export const imageWeights = { source: { kind: "image", reference: `weights@${digest}` } } as const;

/** A node of this size is found by its label. */
const t4 = { "node.kubernetes.io/instance-type": "Standard_NC64as_T4_v3" };

/** A plan that no planner made: its numbers all differ, so that one in another's place is seen. */
export const writtenPlan = (more: Partial<ModelPlan> = {}): ModelPlan => ({
  name: "chat",
  model: "qwen3-0.6b",
  engine: "vllm",
  version: defaultVersion[more.engine ?? "vllm"],
  quantization: "bf16",
  contextTokens: 8192,
  concurrency: 4,
  replicas: 1,
  memory: { weightsGib: 1.1, activationGib: 0.2, overheadGib: 0.3, kvGib: 1, kvTokens: 10_000, maxConcurrency: 1 },
  placement: placed(null, {}),
  rejected: [],
  weights: imageWeights,
  additionalModels: {},
  adapters: {},
  args: ["--planned", "argument"],
  environment: { PLANNED: "yes" },
  pod: { cpuCores: 1.5, memoryMib: 4097, shmGib: 0, ephemeralStorageGib: 8, imageVolumeGib: 0, gpuCount: 0 },
  download: { downloadGib: 5.8, claimGib: 8, from: "estimated" },
  coldStart: { nodeSeconds: 7, imageSeconds: 31, weightsSeconds: 61, loadSeconds: 91, compileSeconds: 5, totalSeconds: 190 },
  rollout: { strategy: "surge", maxSurge: 1, maxUnavailable: 0, reason: "there is room" },
  warnings: [],
  ...more,
});

/** The same on two GPUs of one node, with memory to share between processes. */
export const gpuPlan = (more: Partial<ModelPlan> = {}): ModelPlan =>
  writtenPlan({
    placement: placed("t4", t4),
    pod: { cpuCores: 6, memoryMib: 20_000, shmGib: 3, ephemeralStorageGib: 9, imageVolumeGib: 0, gpuCount: 2 },
    download: { downloadGib: 6.6, claimGib: 9, from: "estimated" },
    ...more,
  });

const placed = (gpu: string | null, nodeLabels: Record<string, string>): ModelPlan["placement"] => ({
  size: "Standard_NC64as_T4_v3",
  gpu,
  gpuCount: gpu ? 2 : 0,
  gpuFraction: 1,
  migProfile: null,
  nodes: 1,
  nodeLabels,
  usdPerHour: 1,
  usdPerMonth: 730,
  priceDate: "2026-01-01",
});
