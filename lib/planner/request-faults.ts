import { findGpu, isAsked, similarGpus } from "../accelerators/gpu";
import { vmSizes } from "../accelerators/vm-size";
import type { Model } from "../catalog/schema";
import { nearest } from "../nearest";
import { scaling as scalingSchema } from "../scaling/settings";
import type { Weights } from "../weights/source";
import type { Fault } from "./fault";
import type { ModelRequest, PlanRequest } from "./types";

export function numberFaults(path: string, request: ModelRequest, model: Model): Fault[] {
  const bounds: readonly [keyof ModelRequest, number, number, boolean][] = [
    ["contextTokens", 256, model.contextTokens, true],
    ["concurrency", 1, 4096, true],
    ["replicas", 0, 1000, true],
    ["tensorParallel", 1, 8, true],
    ["gpuMemoryUtilization", 0.1, 0.98, false],
    ["maxNumBatchedTokens", 256, 131_072, true],
  ];
  return bounds.flatMap(([key, low, high, whole]) => {
    const value = request[key] as number | undefined;
    if (value === undefined || (value >= low && value <= high && (!whole || Number.isInteger(value)))) return [];
    const kind = whole ? "a whole number" : "a number";
    const what = key === "contextTokens" && value > high ? `${model.id} reads at most ${high} tokens` : `choose ${kind} in that range`;
    return [{ path: `${path}.${key}`, value, bound: `must be ${kind} from ${low} to ${high}`, fix: what }];
  });
}

/** Bounds of pods that contradict each other, or say the number twice. An environment's own schema has sent of the rest before. */
export function scalingFaults(path: string, { replicas, scaling }: ModelRequest): Fault[] {
  if (!scaling) return [];
  const issues = scalingSchema.safeParse(scaling).error?.issues ?? [];
  const twice = { path: `${path}.replicas`, value: replicas, bound: "is set by scaling", fix: "leave out replicas, or scaling" };
  return [
    ...issues.map(({ path: at, message }) => ({
      path: [path, "scaling", ...at].join("."),
      value: at.reduce((value: unknown, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], scaling),
      bound: message,
      fix: "correct it, or leave scaling out",
    })),
    ...(replicas === undefined ? [] : [twice]),
  ];
}

/** Nodes are planned with 1, 2, 4 or 8 GPUs. */
export const splitFaults = (path: string, { tensorParallel: value }: ModelRequest): Fault[] =>
  value === undefined || [1, 2, 4, 8].includes(value) || !Number.isInteger(value) || value < 1 || value > 8
    ? []
    : [{ path: `${path}.tensorParallel`, value, bound: "must be 1, 2, 4 or 8 GPUs", fix: "choose one of these" }];

export function accessFaults(path: string, model: Model, { source }: Weights, { hfToken, allowedLicences }: PlanRequest): Fault[] {
  const at = `${path}.model`;
  const licence = allowedLicences && !allowedLicences.includes(model.licence ?? "");
  return [
    ...(model.gated && !hfToken && source.kind === "huggingFace"
      ? [
          {
            path: at,
            value: model.id,
            bound: `${model.huggingFace} is gated and needs a token`,
            fix: "set hfToken to one whose owner accepted its licence",
          },
        ]
      : []),
    ...(licence
      ? [
          {
            path: at,
            value: model.id,
            bound: `its licence (${model.licence ?? "not sourced"}) must be one of ${allowedLicences.join(", ")}`,
            fix: "allow the licence or choose another model",
          },
        ]
      : []),
  ];
}

/** Settings of GPUs that a model on the CPU would drop without a word. */
export const cpuFaults = (path: string, request: ModelRequest): Fault[] =>
  !request.cpu
    ? []
    : (["gpu", "tensorParallel", "gpuMemoryUtilization"] as const).flatMap((field) => {
        const value = request[field];
        if (value === undefined || value === 1) return [];
        return [{ path: `${path}.${field}`, value, bound: "is of GPUs, and cpu: true asks for a CPU", fix: `leave out ${field}, or cpu` }];
      });

/** A GPU and a size that has another: each is known by itself. */
export function contradictionFaults(path: string, { gpu: asked, size: name }: ModelRequest): Fault[] {
  const gpu = asked === undefined ? undefined : findGpu(asked);
  const size = vmSizes.find((one) => one.name === name);
  const card = size?.gpu ? findGpu(size.gpu) : undefined;
  if (!gpu || !size || (card && isAsked(asked!, gpu, card))) return [];
  return [
    {
      ...{ path: `${path}.size`, value: name },
      bound: `has ${card ? card.name : "no GPU"}, and gpu asks for ${gpu.name}`,
      fix: "leave out gpu or size, or name a size that has it",
    },
  ];
}

export function placementFaults(path: string, { gpu, size, engine, adapters, additionalModels }: ModelRequest): Fault[] {
  const sizes = vmSizes.map(({ name }) => name);
  return [
    ...(gpu && !findGpu(gpu)
      ? [{ path: `${path}.gpu`, value: gpu, bound: "must be a known GPU", fix: `did you mean ${similarGpus(gpu).join(", ") || "l4"}?` }]
      : []),
    ...(size && !sizes.includes(size)
      ? [{ path: `${path}.size`, value: size, bound: "must be a known VM size", fix: `did you mean ${nearest(size, sizes).join(", ")}?` }]
      : []),
    ...(adapters && engine !== "vllm"
      ? [
          {
            path: `${path}.adapters`,
            value: adapters,
            bound: `${engine} serves no adapters`,
            fix: "use engine vllm, or merge them into the weights",
          },
        ]
      : []),
    ...(additionalModels && Object.keys(additionalModels).length > 0 && engine !== "ollama"
      ? [
          {
            path: `${path}.ollama.additionalModels`,
            value: Object.keys(additionalModels),
            bound: `${engine} serves one model a server`,
            fix: "give each model an entry of its own",
          },
        ]
      : []),
  ];
}
