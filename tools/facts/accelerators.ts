import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Gpu, MigProfile } from "../../lib/accelerators/gpu";
import type { VmSize } from "../../lib/accelerators/vm-size";

/** Writes the GPU and VM size tables: `npx tsx tools/facts/accelerators.ts <facts folder>`. */
const [folder, out = "lib/accelerators/data"] = process.argv.slice(2);
if (!folder) throw new Error("usage: tsx tools/facts/accelerators.ts <facts folder> [output folder]");

const pricesDate = "2026-06-18";
const read = <T>(file: string): T => JSON.parse(readFileSync(file, "utf8")) as T;

interface RawSize {
  vm_size: string;
  vcpu?: number;
  memory_gib?: number;
  gpu_key: string;
  gpu_count?: number;
  temp_disk_gib?: number | null;
  aks_supported: boolean | null;
  mig?: boolean | null;
  linux_payg_usd_per_hour?: Record<string, number>;
  notes?: string;
}
const raw = read<{ source: string[]; vm_sizes: RawSize[] }>(join(folder, "gpus.json"));
const { cards } = read<{ cards: Gpu[] }>(join(__dirname, "cards.json"));
const cpu = read<{
  source: string;
  date: string;
  sizes: { name: string; vcpu: number; memoryGib: number; usdPerHour: Record<string, number> }[];
}>(join(__dirname, "cpu-sizes.json"));

/** What a size lacks for a plan; a size with a reason is listed and never chosen. */
function unusable(size: RawSize): string | null {
  if (size.gpu_count === undefined || size.vcpu === undefined || size.memory_gib === undefined)
    return "its GPU count or memory is not sourced";
  if (size.aks_supported === false) return "AKS does not support it";
  if (size.aks_supported === null) return "AKS support of this exact size is not sourced";
  if (size.gpu_key === "v710") return "AKS installs no driver for it, and its GPU's compute support is not sourced";
  return null;
}

function gpuSize(size: RawSize): VmSize {
  const count = size.gpu_count ?? 1;
  const fraction = count < 1 ? 1 / Math.round(1 / count) : 1;
  return {
    name: size.vm_size,
    vcpu: size.vcpu ?? 0,
    memoryGib: size.memory_gib ?? 0,
    gpu: size.gpu_key,
    gpuCount: Math.max(1, count),
    gpuFraction: fraction,
    temporaryDiskGib: size.temp_disk_gib ?? null,
    mig: size.mig ?? false,
    unusable: unusable(size),
    usdPerHour: size.linux_payg_usd_per_hour ?? {},
    priceDate: pricesDate,
    note: size.notes ?? null,
  };
}

const cpuSize = (size: (typeof cpu.sizes)[number]): VmSize => ({
  name: size.name,
  vcpu: size.vcpu,
  memoryGib: size.memoryGib,
  gpu: null,
  gpuCount: 0,
  gpuFraction: 1,
  temporaryDiskGib: null,
  mig: false,
  unusable: null,
  usdPerHour: size.usdPerHour,
  priceDate: cpu.date,
  note: null,
});

/** Slices as NVIDIA counts them; memory in eighths of the card (nvidia.com MIG guide, gpus.json `mig`). */
const mig: MigProfile[] = [
  { name: "MIG1g", eighths: 1, instances: 7 },
  { name: "MIG2g", eighths: 2, instances: 3 },
  { name: "MIG3g", eighths: 4, instances: 2 },
  { name: "MIG4g", eighths: 4, instances: 1 },
  { name: "MIG7g", eighths: 8, instances: 1 },
];

const generated = "by tools/facts/accelerators.ts, 2026-11-24; do not edit";
const write = (name: string, value: object): void => writeFileSync(join(out, name), `${JSON.stringify(value, null, 1)}\n`);
write("gpus.json", { generated, sources: raw.source, gpus: cards, mig });
write("vm-sizes.json", {
  generated,
  sources: [...raw.source, cpu.source],
  sizes: [...raw.vm_sizes.map(gpuSize), ...cpu.sizes.map(cpuSize)],
});
