import { findGpu, type Gpu } from "../accelerators/gpu";

/** A card that a question names, known or not, and the memory of one as its driver reports it, in GiB. */
export interface AskedDevice {
  readonly gpu: Gpu | null;
  readonly usableGib: number;
}

/** Share of a card's label that its driver reports: 91 % of a T4 to 99 % of an H100 in the table of cards; AMD's report nearly all. */
const reportedShare = { nvidia: 0.96, amd: 0.995 } as const;
const isAmd = (name: string): boolean => /\b(amd|radeon|instinct|rx|mi\d{2,3}x?)\b/i.test(name);

/** A card by its name, and its memory; undefined: neither is known. */
export function askedDevice(name: string, givenGib: number | undefined): AskedDevice | undefined {
  const gpu = findGpu(name) ?? slice(name);
  if (gpu) return { gpu, usableGib: givenGib === undefined || isLabel(givenGib, gpu.memoryGib) ? gpu.usableGib : givenGib };
  const labelGib = givenGib ?? labelOf(name);
  if (labelGib === undefined) return undefined;
  // what a driver reports is never a whole number of GiB: such a number is the card's label
  const share = Number.isInteger(labelGib) ? reportedShare[isAmd(name) ? "amd" : "nvidia"] : 1;
  return { gpu: null, usableGib: labelGib * share };
}

/** A size on the label means the card, which reports less; any other number is what the driver reported. */
const isLabel = (givenGib: number, labelGib: number): boolean => Math.abs(givenGib - labelGib) < 0.005;

/** The label of a card that is in no table, `RTX 4070 12GB`. */
function labelOf(name: string): number | undefined {
  const [, size] = /(?<![\d.])(\d{1,3})\s*gi?b\b/i.exec(name) ?? [];
  return size === undefined ? undefined : Number(size);
}

/** A MIG slice written with its profile, `A100 40GB MIG 1g.5gb`: it reports 95 % of the profile's size (4,864 MiB of 5 GB). */
function slice(name: string): Gpu | undefined {
  const [, card, size] = /(.*?)\s*(?:mig)?\W*\dg\.(\d+)gb/i.exec(name) ?? [];
  const gpu = card === undefined ? undefined : findGpu(card);
  return gpu && { ...gpu, memoryGib: Number(size), usableGib: Number(size) * 0.95, nvlink: false };
}
