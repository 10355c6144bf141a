/** Requests and limits of one pod. */
export interface PodPlan {
  readonly cpuCores: number;
  readonly memoryMib: number;
  /** Memory-backed /dev/shm; counted in memoryMib. */
  readonly shmGib: number;
  readonly ephemeralStorageGib: number;
  /** Weights of image volumes: they lie on the node's disk once, however many pods mount them. */
  readonly imageVolumeGib: number;
  readonly gpuCount: number;
}
