import { nearest } from "../nearest";
import data from "./data/gpus.json";

/** One GPU model. */
export interface Gpu {
  readonly key: string;
  readonly name: string;
  /** Memory on the label, in GiB. */
  readonly memoryGib: number;
  /** Memory that the driver reports as the total, in GiB; engines budget from this. */
  readonly usableGib: number;
  readonly usableSource: string;
  /** NVIDIA compute capability; null for other makers. */
  readonly computeCapability: string | null;
  readonly aliases: readonly string[];
  /** Cards of one node are linked directly, so that collectives keep buffers on them. */
  readonly nvlink: boolean;
  readonly bf16: boolean;
  readonly fp8: boolean;
}

/** One slice of a multi-instance GPU. */
export interface MigProfile {
  /** AKS `gpuInstanceProfile`. */
  readonly name: string;
  /** Share of the card's memory, in eighths. */
  readonly eighths: number;
  /** Slices per card. */
  readonly instances: number;
}

export const gpus: readonly Gpu[] = data.gpus;
export const migProfiles: readonly MigProfile[] = data.mig;

const compact = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\(.*?\)/g, "")
    .replace(/^\s*\d+\s*x\s*/, "")
    .replace(/\b(nvidia|amd|geforce|tesla|instinct|gpu)\b/g, "")
    .replace(/[^a-z0-9]/g, "")
    .replace(/gib/g, "gb");

const byName = new Map<string, Gpu>();
for (const gpu of gpus) {
  for (const name of [gpu.key, gpu.name, ...gpu.aliases]) if (!byName.has(compact(name))) byName.set(compact(name), gpu);
}

/** A card by its compact name, or by its number where the table has that alone. */
const known = (wanted: string): Gpu | undefined => byName.get(wanted) ?? byName.get(wanted.replace(/^[rg]tx/, ""));

/** A GPU by the name that people write: `L4`, `A10G`, `RTX 4090`, `A100-80GB`, `NVIDIA H100 80GB HBM3`. */
export function findGpu(name: string): Gpu | undefined {
  const wanted = compact(name);
  const plain = name.replace(/[\s-]*\b(pcie|sxm\d?)\b/i, ""); // as nvidia-smi writes it, Tesla V100-SXM2-16GB
  return cardOf(name, wanted) ?? (plain === name ? undefined : cardOf(plain, compact(plain)));
}

function cardOf(name: string, wanted: string): Gpu | undefined {
  return known(wanted) ?? byMemory(name) ?? known(wanted.replace(/(server|workstation|edition).*$/, ""));
}

/** A card whose name is followed by the memory that it has: `RTX 4090 24GB`, `H100 80GB HBM3e`; no slice, `A100-80GB-MIG-2g.20gb`. */
function byMemory(name: string): Gpu | undefined {
  const [, card, memoryGib] = /^(.+?)[\s_-]*(\d+)\s*gi?b(?!.*\dg\.)/i.exec(name) ?? [];
  const gpu = card === undefined ? undefined : known(compact(card));
  return gpu?.memoryGib === Number(memoryGib) ? gpu : undefined;
}

/** A card without the form in which it is built in. */
const builtIn = /-(pcie|sxm)$/;

/** Whether a card is the one that a name asked for: a name that says no form means each of them. */
export const isAsked = (asked: string, found: Gpu, card: Gpu): boolean =>
  card.key === found.key || (!/pcie|sxm/i.test(asked) && card.key.replace(builtIn, "") === found.key.replace(builtIn, ""));

/** Names to suggest for one that is unknown. */
export const similarGpus = (name: string): string[] =>
  nearest(
    name,
    gpus.flatMap(({ key, aliases }) => [key, ...aliases.slice(0, 1)]),
  );

/** A share that a slice loses to the firmware: 4.75 GiB of an A100 40GB's 4.92 (nvidia-smi, 1g.5gb: 4,864 MiB). */
const sliceShare = 0.965;

/** Memory of a slice as an engine sees it, in GiB. */
export const sliceUsableGib = (gpu: Gpu, profile: MigProfile): number =>
  profile.eighths === 8 ? gpu.usableGib : (gpu.usableGib * profile.eighths * sliceShare) / 8;
