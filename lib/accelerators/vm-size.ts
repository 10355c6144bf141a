import data from "./data/vm-sizes.json";
import { findGpu, type Gpu, migProfiles, sliceUsableGib } from "./gpu";

/** One Azure VM size. */
export interface VmSize {
  readonly name: string;
  readonly vcpu: number;
  readonly memoryGib: number;
  /** GPU key; null for a CPU size. */
  readonly gpu: string | null;
  readonly gpuCount: number;
  /** Share of a physical GPU that the size holds; 1 for whole ones. */
  readonly gpuFraction: number;
  readonly temporaryDiskGib: number | null;
  /** Its GPUs can be partitioned by MIG. */
  readonly mig: boolean;
  /** Why no plan may choose it; null: it may. */
  readonly unusable: string | null;
  /** Linux pay-as-you-go price by region, in USD per hour. */
  readonly usdPerHour: Readonly<Record<string, number | undefined>>;
  /** When the prices were recorded; `undated` where the source does not say. */
  readonly priceDate: string;
  readonly note: string | null;
}

export const vmSizes: readonly VmSize[] = data.sizes;

/** Hours of a month as Azure's price pages count them. */
export const hoursPerMonth = 730;

/** What one replica would run on: whole GPUs, a share of one, a slice of one, or the CPU. */
export interface Device {
  readonly size: VmSize;
  readonly gpu: Gpu | null;
  /** GPUs the replica uses. */
  readonly gpuCount: number;
  /** Memory of each as the engine sees it, in GiB; of the node for a CPU size. */
  readonly usableGib: number;
  /** MIG profile, where the card is partitioned. */
  readonly migProfile: string | null;
  /** Replicas that share one node of this size. */
  readonly replicasPerNode: number;
}

/** Every way to run one replica on one node of a size: each number of its GPUs that a model can be split over, and each slice. */
export function devicesOf(size: VmSize): Device[] {
  if (size.gpu === null) return [{ size, gpu: null, gpuCount: 0, usableGib: size.memoryGib, migProfile: null, replicasPerNode: 1 }];
  const gpu = findGpu(size.gpu);
  if (!gpu) throw new Error(`${size.name} names the unknown GPU ${size.gpu}`);
  const whole = [1, 2, 4, 8]
    .filter((count) => count <= size.gpuCount)
    .map((gpuCount): Device => {
      const replicasPerNode = Math.floor(size.gpuCount / gpuCount);
      return { size, gpu, gpuCount, usableGib: gpu.usableGib * size.gpuFraction, migProfile: null, replicasPerNode };
    });
  const slices = (size.mig ? migProfiles : [])
    .filter(({ eighths }) => eighths < 8)
    .map((profile): Device => {
      const usableGib = sliceUsableGib(gpu, profile);
      return { size, gpu, gpuCount: 1, usableGib, migProfile: profile.name, replicasPerNode: profile.instances * size.gpuCount };
    });
  return [...whole, ...slices];
}

/** Every device of every size that a plan may choose, made once. */
export const devices: readonly Device[] = vmSizes.filter(({ unusable }) => unusable === null).flatMap(devicesOf);

/** Regions with a price. */
export const regions: readonly string[] = [...new Set(vmSizes.flatMap(({ usdPerHour }) => Object.keys(usdPerHour)))].sort();
