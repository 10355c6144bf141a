/** A taint of a node, as AKS writes it: `key=value:effect`, or `key:effect`. */
export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** What a pod says to run where a taint is. */
interface Toleration {
  readonly key: string;
  readonly operator: "Equal" | "Exists";
  readonly value?: string;
  readonly effect: string;
}

/** Reads `sku=gpu:NoSchedule`. */
export function parseTaint(text: string): Taint {
  const [, key = text, value = "", effect = ""] = /^([^=:]+)(?:=([^:]*))?(?::(\w+))?$/.exec(text) ?? [];
  return { key, value, effect };
}

/** The taint that GPU pools of this stack bear (MicrosoftDocs/azure-aks-docs use-nvidia-gpu.md, read 2026-08-21). */
export const gpuTaint = "sku=gpu:NoSchedule";

/** The taints of GPU pools in use: AKS's own examples, its best-practices page, and samples of NVIDIA's operator. A GPU pod bears them all. */
export const gpuTaints: readonly string[] = [gpuTaint, "nvidia.com/gpu:NoSchedule", "nvidia.com/gpu=present:NoSchedule"];

/** The taint that AKS itself puts on a spot pool (spot-node-pool.md). */
export const spotTaint = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule";

/** What a pod that bears some taints says, once for each. */
export const tolerationsOf = (taints: readonly string[]): Toleration[] =>
  [...new Set(taints)]
    .map(parseTaint)
    .map(({ key, value, effect }) => (value ? { key, operator: "Equal", value, effect } : { key, operator: "Exists", effect }));
