import { findGpu, type Gpu, isAsked } from "../accelerators/gpu";
import { type Device, devices, hoursPerMonth, type VmSize, vmSizes } from "../accelerators/vm-size";
import { deviceReason } from "../compatibility/compatibility";
import { own } from "../own";
import { formatGib, round } from "../units";
import { type MemoryRequirement, memoryRequirement } from "./memory-requirement";
import type { Resolved } from "./resolve";
import type { Placement, PlanRequest, Pool, Rejection } from "./types";
import { wantsGpu } from "./wants-gpu";

/** Where sizes are chosen from. */
export interface Site {
  readonly region: string;
  readonly priced: boolean;
  /** The only pools there are; absent: any may be made. */
  readonly pools?: readonly Pool[];
}

/** On Azure pools can be added and partitioned by MIG, so every priced size may be chosen; elsewhere the pools that are named are all there is. */
export const siteOf = ({ region, target, pools = [] }: PlanRequest): Site => ({
  region,
  priced: target === "azure",
  ...(target !== "azure" && pools.length > 0 ? { pools } : {}),
});

/** Why a place cannot be had at a site; undefined: it can. */
function missing({ region, priced, pools }: Site, { size, migProfile }: Device): string | undefined {
  if (priced) return own(size.usdPerHour, region) === undefined ? `no price in ${region} is known` : undefined;
  const same = pools?.filter((pool) => pool.size === size.name);
  if (same?.length === 0) return "no pool has this size";
  const cut = same?.map((pool) => pool.migProfile ?? null) ?? [null];
  return cut.includes(migProfile) ? undefined : migProfile ? `no pool is partitioned into ${migProfile}` : "its pool is partitioned by MIG";
}

/** The device chosen for a model, what it needs there, and why every other size was not. */
export interface Choice {
  readonly device: Device;
  readonly requirement: MemoryRequirement;
  readonly placement: Placement;
  readonly rejected: readonly Rejection[];
}

/** GiB of a node that Kubernetes and the system keep: 25 % of the first 4, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112, 2 % above (AKS docs). */
export function reservedGib(memoryGib: number): number {
  const steps: readonly (readonly [number, number])[] = [
    [4, 0.25],
    [4, 0.2],
    [8, 0.1],
    [112, 0.06],
    [Number.POSITIVE_INFINITY, 0.02],
  ];
  let rest = memoryGib;
  return steps.reduce((sum, [width, share]) => {
    const part = Math.min(rest, width);
    rest -= part;
    return sum + part * share;
  }, 0);
}

/** Memory of a device that a replica may use, in GiB: a GPU's own, or what a CPU node leaves to pods. */
export const deviceGib = ({ gpu, usableGib }: Device): number => (gpu ? usableGib : usableGib - reservedGib(usableGib));

/** Needs by number of devices and by what kind of device they are; the same for all others. */
function cachedRequirement(resolved: Resolved): (device: Device) => MemoryRequirement | string {
  const known = new Map<string, MemoryRequirement | string>();
  return (device) => {
    const key = `${device.gpuCount}${device.gpu ? (device.gpu.nvlink ? "linked" : "bus") : "cpu"}`;
    const found = known.get(key) ?? memoryRequirement(resolved, device);
    known.set(key, found);
    return found;
  };
}

/** What all replicas cost per hour; undefined where the region has no price. */
function usdPerHour({ size, replicasPerNode }: Device, replicas: number, region: string): number | undefined {
  const price = own(size.usdPerHour, region);
  return price === undefined ? undefined : price * Math.ceil(Math.max(1, replicas) / replicasPerNode);
}

/** Why a device was not chosen, the less telling kinds first. */
const kinds = ["not asked for", "not available", "incompatible", "too small"] as const;
type Kind = (typeof kinds)[number];

/** Why a device is none of those that the request asks for; undefined: it is one. */
function unasked({ engine, request, gpu }: Resolved, device: Device): string | undefined {
  if (request.size && device.size.name !== request.size) return "another size is asked for";
  if (gpu && !(device.gpu && isAsked(request.gpu!, gpu, device.gpu)))
    return `its GPU is ${device.gpu ? `not the ${gpu.name} asked for` : `none, and ${gpu.name} is asked for`}`;
  if (!device.gpu) {
    if (engine === "vllm" && !request.cpu) return "vLLM on a CPU must be asked for (cpu: true)";
    return request.cpu === false ? "a GPU is asked for" : undefined;
  }
  if (request.cpu) return "a CPU is asked for";
  if (engine === "onnx" && !request.weights?.onnx && !wantsGpu(request))
    return "ONNX on a GPU must be asked for (gpu, size or cpu: false): its files are others";
  if (request.tensorParallel && device.gpuCount !== request.tensorParallel) return `${request.tensorParallel} GPUs are asked for`;
  return engine !== "vllm" && device.gpuCount > 1 ? `${engine} uses one GPU` : undefined;
}

/** Why a device cannot serve a model, whatever the memory. */
function ineligibleReason(resolved: Resolved, site: Site, device: Device): { kind: Kind; reason: string } | undefined {
  const withKind = (kind: Kind, reason: string | undefined) => (reason === undefined ? undefined : { kind, reason });
  return (
    withKind("not asked for", unasked(resolved, device)) ??
    (site.pools && withKind("not available", missing(site, device))) ??
    withKind("incompatible", deviceReason(resolved.deployment, { gpu: device.gpu, count: device.gpuCount })) ??
    withKind("not available", missing(site, device))
  );
}

interface Candidate {
  readonly device: Device;
  readonly requirement: MemoryRequirement;
  readonly cost: number;
}

/** Cheaper first; at the same price whole GPUs before slices, fewer devices, then the larger one. */
const better = (a: Candidate, b: Candidate): number =>
  a.cost - b.cost ||
  Number(a.device.migProfile !== null) - Number(b.device.migProfile !== null) ||
  a.device.gpuCount - b.device.gpuCount ||
  b.device.usableGib - a.device.usableGib;

/** A reason, or what a device would have needed; made into words only when all are known. */
type Shortfall =
  | { readonly kind: Kind; readonly reason: string }
  | { readonly kind: "too small"; readonly device: Device; readonly requirement: MemoryRequirement };

/** Why each size was not chosen: the most telling reason of its devices. */
class Shortfalls {
  readonly #bySize = new Map<string, Shortfall>();

  add(size: string, shortfall: Shortfall): void {
    const known = this.#bySize.get(size);
    const better = !known || kinds.indexOf(shortfall.kind) > kinds.indexOf(known.kind);
    // of two devices that are too small, the later has more GPUs; the whole card's reason is better than its slice's
    const larger = known?.kind === "too small" && "device" in shortfall && !shortfall.device.migProfile;
    if (better || larger) this.#bySize.set(size, shortfall);
  }

  of = (size: string): Shortfall | undefined => this.#bySize.get(size);
  set = (size: string, shortfall: Shortfall) => this.#bySize.set(size, shortfall);
  delete = (size: string) => this.#bySize.delete(size);
}

/** The cheapest device that fits in a region; or why none does: the fact that is missing, or each size with its reason. */
export function place(resolved: Resolved, site: Site): Choice | string | Rejection[] {
  const { region, priced, pools } = site;
  const requirement = cachedRequirement(resolved);
  const fitting: Candidate[] = [];
  const short = new Shortfalls();
  for (const device of devices) {
    const { name } = device.size;
    const bar = ineligibleReason(resolved, site, device);
    if (bar) {
      short.add(name, bar);
      continue;
    }
    const wanted = requirement(device);
    if (typeof wanted === "string") return wanted;
    const memory = deviceGib(device);
    const cost = (priced ? usdPerHour(device, resolved.replicas, region) : undefined) ?? unpriced(device, memory);
    if (wanted.usableGib <= memory) fitting.push({ device, requirement: wanted, cost });
    else short.add(name, { kind: "too small", device, requirement: wanted });
  }
  const best = fitting.reduce<Candidate | undefined>((least, next) => (least && better(least, next) <= 0 ? least : next), undefined);
  if (!best) return inOrder(short, resolved, region);
  // of a size that fits in several ways, the cheapest is reported
  for (const { device, cost } of fitting.sort((a, b) => b.cost - a.cost))
    short.set(device.size.name, { kind: "not available", reason: priced ? costlier(cost - best.cost) : "fits, and is larger" });
  short.delete(best.device.size.name);
  const nodeLabels: Record<string, string> = priced || pools ? { "node.kubernetes.io/instance-type": best.device.size.name } : {};
  const placement = { ...placementOf(best.device, resolved.replicas, priced ? region : undefined), nodeLabels };
  return { ...best, placement, rejected: inOrder(short, resolved, region) };
}

/** Order where nothing is priced: a CPU before any GPU, then the smaller memory. */
const unpriced = ({ gpu, gpuCount }: Device, memoryGib: number): number => (gpu ? 1e6 + memoryGib * gpuCount : memoryGib);

const costlier = (extra: number): string => (extra > 0 ? `fits, and costs $${extra.toFixed(2)} more per hour` : "fits at the same price");

/** One line about what a device lacks. */
function describe(shortfall: Shortfall): string {
  if (!("device" in shortfall)) return shortfall.reason;
  const { device, requirement: need } = shortfall;
  const count = device.gpuCount > 1 ? `each of ${device.gpuCount} ` : "";
  const kind = device.gpu ? `${count}${device.gpu.name}${device.migProfile ? ` ${device.migProfile}` : ""}` : "the node";
  return `needs ${formatGib(need.usableGib)}, ${kind} has ${formatGib(deviceGib(device))}: ${need.reason()}`;
}

/** Sizes by price in a region, unpriced ones last; made once. */
const ordered = new Map<string, readonly VmSize[]>();
function byPrice(region: string): readonly VmSize[] {
  const known = ordered.get(region);
  if (known) return known;
  const price = ({ usdPerHour: prices }: VmSize): number => own(prices, region) ?? Number.MAX_VALUE;
  const sorted = [...vmSizes].sort((a, b) => price(a) - price(b) || (a.name < b.name ? -1 : 1));
  ordered.set(region, sorted);
  return sorted;
}

/** Whether a size's GPU is the one that a name asked for. */
export const isWanted = (asked: string, wanted: Gpu, key: string | null): boolean => {
  const card = key === null ? undefined : findGpu(key);
  return card !== undefined && isAsked(asked, wanted, card);
};

/** Sizes that were not asked for are no news, and left out. */
function inOrder(short: Shortfalls, { request, gpu: wanted }: Resolved, region: string): Rejection[] {
  const asked = ({ name, gpu }: VmSize): boolean =>
    request.size ? name === request.size : wanted ? isWanted(request.gpu!, wanted, gpu) : !request.cpu;
  return byPrice(region).flatMap((size): Rejection[] => {
    const { name, unusable } = size;
    const shortfall: Shortfall | undefined = unusable
      ? { kind: asked(size) ? "not available" : "not asked for", reason: unusable }
      : short.of(name);
    if (shortfall === undefined || shortfall.kind === "not asked for") return [];
    return [{ size: name, kind: shortfall.kind, reason: describe(shortfall) }];
  });
}

/** Where a model runs and what that costs; a place without a region costs nothing here. */
export function placementOf(device: Device, replicas: number, region: string | undefined): Omit<Placement, "nodeLabels"> {
  const nodes = Math.ceil(replicas / device.replicasPerNode);
  const hourly = (region === undefined ? 0 : (own(device.size.usdPerHour, region) ?? 0)) * nodes;
  return {
    size: device.size.name,
    gpu: device.gpu?.key ?? null,
    gpuCount: device.gpuCount,
    gpuFraction: device.size.gpuFraction,
    migProfile: device.migProfile,
    nodes,
    usdPerHour: round(hourly, 4),
    usdPerMonth: round(hourly * hoursPerMonth, 2),
    priceDate: device.size.priceDate,
  };
}
