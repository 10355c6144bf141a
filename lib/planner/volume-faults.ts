import { formatGib } from "../units";
import type { Fault } from "./fault";
import type { DownloadPlan, ModelRequest } from "./types";

/** AKS's own classes of Azure Disks, which one node mounts at a time (azure-aks-docs, concepts-storage.md: ReadWriteOnce). */
const diskClasses = ["default", "managed", "managed-csi", "managed-csi-premium", "managed-premium"];

/** A class that cannot be shared as the environment says it is. */
export function sharedClassFaults(path: string, { volumeClass, sharedVolume }: ModelRequest): Fault[] {
  if (!sharedVolume || volumeClass === undefined || !diskClasses.includes(volumeClass)) return [];
  return [
    {
      path: `${path}.storage.shared`,
      value: true,
      bound: `the class ${volumeClass} is of Azure Disks, which one node mounts at a time`,
      fix: "use a class of file shares such as azurefile-csi-premium, or leave shared out",
    },
  ];
}

/** A volume that is smaller than what is downloaded to it. */
export function volumeSizeFaults(path: string, { volumeGib }: ModelRequest, download: DownloadPlan | undefined): Fault[] {
  if (!download || volumeGib === undefined || volumeGib >= download.downloadGib) return [];
  return [
    {
      path: `${path}.storage.gib`,
      value: volumeGib,
      bound: `must hold ${formatGib(download.downloadGib)} of weights`,
      fix: `use ${Math.ceil(download.downloadGib) + 1} or more, or leave it out for what the plan computes`,
    },
  ];
}
