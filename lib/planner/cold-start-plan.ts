import { stagesSeconds } from "../cold-start";
import { formatGib } from "../units";
import type { Fault } from "./fault";
import type { Choice } from "./place";
import type { Resolved } from "./resolve";
import type { ColdStartPlan, DownloadPlan, PlanRequest } from "./types";

/**
 * Measured stages: node 284 s and its GPU set-up 126 s, image 101 s for 5.6 GB, weights to the GPU 83 s for 51.75 GiB (21 and 62),
 * compile and warm-up 195 s (kaito-project/kaito issue 2325, one A100, vLLM 0.25.1); download to the GPU 187 s for 27.4 GiB
 * (Azure/AKS blog, 2026-07-13). A budget takes them half again as long, as one run is no bound.
 */
const measured = {
  gpuNodeSeconds: 284 + 126,
  cpuNodeSeconds: 284,
  imageSeconds: 101,
  downloadSecondsPerGib: 187 / 27.4,
  loadSecondsPerGib: 83 / 51.75,
  compileSeconds: 195,
  eagerWarmUpSeconds: 30,
} as const;

/** A budget for loading is never shorter, however small the model: importing an engine on a busy node takes minutes, and a crash is seen without it. */
const leastLoadSeconds = 180;

const margin = 1.5;
const budget = (seconds: number): number => Math.ceil(seconds * margin);

/**
 * Seconds to read a GiB from a volume of a StorageClass: a premium file share gives 100 MiB/s and a tenth more for each GiB of its size (Azure
 * Files, provisioned v1: 110 MiB/s at 100 GiB). 0: not known, and not the slowest part as measured.
 */
export const volumeSecondsPerGib = (storageClass: string | undefined, gib: number): number =>
  storageClass !== undefined && /^azurefile(-csi)?-premium/.test(storageClass)
    ? 1024 / (100 + Math.ceil(0.04 * gib) + Math.ceil(0.06 * gib))
    : 0;

/** What a cold start moves, and how fast the volume that it lies on can be written and read, if that is known. */
interface Moved {
  readonly weightsGib: number;
  readonly volumeSecondsPerGib: number;
}

function movedOf({ request, weights }: Resolved, { device, requirement }: Choice, download: DownloadPlan | undefined): Moved {
  const claimGib = download?.claimGib ?? (weights.source.kind === "volume" ? request.volumeGib : undefined);
  return {
    weightsGib: download?.downloadGib ?? requirement.on(requirement.usableGib).weightsGib * Math.max(1, device.gpuCount),
    volumeSecondsPerGib: claimGib === undefined ? 0 : volumeSecondsPerGib(request.volumeClass, claimGib),
  };
}

/** The budget of a model's cold start where it was placed. */
export function coldStartPlan(
  resolved: Resolved,
  choice: Choice,
  target: PlanRequest["target"],
  download: DownloadPlan | undefined,
): ColdStartPlan {
  const { engine, request } = resolved;
  const { weightsGib, volumeSecondsPerGib: volume } = movedOf(resolved, choice, download);
  const compiles = engine === "vllm" && !request.enforceEager;
  const compileSeconds = budget(compiles ? measured.compileSeconds : measured.eagerWarmUpSeconds);
  const stages = {
    imageSeconds: budget(measured.imageSeconds),
    weightsSeconds: Math.max(60, budget(weightsGib * Math.max(measured.downloadSecondsPerGib, volume))),
    loadSeconds: Math.max(leastLoadSeconds, budget(weightsGib * Math.max(measured.loadSecondsPerGib, volume))) + compileSeconds,
    ...request.coldStart,
  };
  const nodeSeconds = target === "azure" ? budget(choice.device.gpu ? measured.gpuNodeSeconds : measured.cpuNodeSeconds) : 0;
  return { ...stages, nodeSeconds, compileSeconds, totalSeconds: stagesSeconds(stages) + nodeSeconds };
}

/** Stages that the volume alone takes longer for than the environment allows: each start would be ended, and the next one too. */
export function coldStartFaults(resolved: Resolved, choice: Choice, download: DownloadPlan | undefined): Fault[] {
  const { weightsGib, volumeSecondsPerGib: volume } = movedOf(resolved, choice, download);
  const { name, request } = resolved;
  const least = Math.ceil(weightsGib * volume);
  return (["weightsSeconds", "loadSeconds"] as const).flatMap((stage) => {
    const given = request.coldStart?.[stage];
    if (given === undefined || given >= least) return [];
    const speed = `storage class ${request.volumeClass} of ${download?.claimGib ?? request.volumeGib} GiB moves ${Math.round(1024 / volume)} MiB/s`;
    return [
      {
        path: `models.${name}.coldStart.${stage}`,
        value: given,
        bound: `must be at least ${least} s: ${formatGib(weightsGib)} of weights, and the ${speed}`,
        fix: "leave it out for what the plan computes, raise it, or use a larger or faster volume (storage)",
      },
    ];
  });
}

/** A budget of the user's that is shorter than the stage took where it was measured: it may hold on faster machines. */
export function coldStartWarnings(resolved: Resolved, choice: Choice, download: DownloadPlan | undefined): string[] {
  const { weightsGib } = movedOf(resolved, choice, download);
  const { coldStart = {} } = resolved.request;
  const took = {
    weightsSeconds: download ? weightsGib * measured.downloadSecondsPerGib : 0,
    loadSeconds: weightsGib * measured.loadSecondsPerGib,
  };
  return (["weightsSeconds", "loadSeconds"] as const).flatMap((stage) => {
    const given = coldStart[stage];
    return given === undefined || given >= took[stage]
      ? []
      : [
          `coldStart.${stage} is ${given} s, and where it was measured ${formatGib(weightsGib)} of weights took ${Math.ceil(took[stage])} s`,
        ];
  });
}
