import type { Fault } from "../planner/fault";
import type { ModelPlan } from "../planner/types";

/**
 * Branch of NVIDIA's driver that AKS installs, by GPU; absent: none is known. A10 sizes get the GRID driver, whatever their share of a card
 * (Azure/karpenter-provider-azure, pkg/utils/gpu.go and supported-gpus.yaml; Azure/aks-gpu PR#154, 2026-05-19).
 */
const driverOf: Readonly<Record<string, number | undefined>> = {
  a10: 570,
  t4: 580,
  "v100-16gb": 580,
  "v100-32gb": 580,
  "a100-40gb-sxm": 580,
  "a100-80gb-pcie": 580,
  "a100-80gb-sxm": 580,
  "h100-80gb-sxm": 580,
  "h100-nvl-94gb": 580,
  "h200-141gb-sxm": 580,
  "rtx-pro-6000-bse-96gb": 595,
};

/** Lowest branch that runs programs of a major version of CUDA (docs.nvidia.com/deploy/cuda-compatibility, minor version compatibility, table 1). */
const lowestDriver = { 12: 525, 13: 580 } as const;

type Cuda = keyof typeof lowestDriver;

/** CUDA of an image of vLLM by its tag (vllm-project/vllm, publish-release-images.sh): `-cu129` is 12.9; the plain tag of the project's own image is 13 since 0.20. */
export function cudaOf(image: string): Cuda | undefined {
  const [, repository = "", tag = ""] = /^(.*?)(?::([^/@]+))?@/.exec(image) ?? [];
  const [, named] = /-cu(12|13)\d+/.exec(tag) ?? [];
  if (named) return Number(named) as Cuda;
  const [, minor] = /^v0\.(\d+)\.\d+/.exec(tag) ?? [];
  if (!/(^|\/)vllm\/vllm-openai$/.test(repository) || minor === undefined) return undefined;
  return Number(minor) >= 20 ? 13 : 12;
}

/** Whether the nodes of a GPU are known to run no CUDA later than 12 on AKS. */
export const needsCuda12 = (gpu: string | null): boolean => (driverOf[gpu ?? ""] ?? lowestDriver[13]) < lowestDriver[13];

/** What a model's plan says of its place. */
type Placed = Pick<ModelPlan, "name" | "engine" | "version" | "placement">;

/** Whether the nodes of a model have a driver that runs its image; `image` is absent while nobody has named one. */
export function driverResult(
  { name, engine, version, placement: { gpu, size } }: Placed,
  image: string | undefined,
): { faults: Fault[]; warnings: string[] } {
  const driver = engine === "vllm" && gpu !== null ? driverOf[gpu] : undefined;
  if (driver === undefined || driver >= lowestDriver[13]) return { faults: [], warnings: [] };
  const cuda = image === undefined ? undefined : cudaOf(image);
  const pin = `pin an image with CUDA 12, such as docker.io/vllm/vllm-openai:v${version}-cu129`;
  const has = `nodes of ${size} get NVIDIA's driver ${driver}, which runs CUDA 12 and no later`;
  if (cuda === undefined) {
    const unknown = image === undefined ? "no image is named yet" : `the tag of ${image} does not tell its CUDA`;
    return { faults: [], warnings: [`${name}: ${has}, and ${unknown}: ${pin}`] };
  }
  if (driver >= lowestDriver[cuda]) return { faults: [], warnings: [] };
  return {
    faults: [{ path: `models.${name}.engine`, value: image, bound: `must run on what its nodes have: ${has}`, fix: pin }],
    warnings: [],
  };
}
