/**
 * Names within Azure's rules (MicrosoftDocs/azure-docs, articles/azure-resource-manager/management/resource-name-rules.md): registries 5 to 50
 * alphanumerics, vaults 3 to 24, agent pools 1 to 12 lower-case alphanumerics on Linux. Names that are global carry a fingerprint.
 */

/** What every name is made from. */
export interface Naming {
  /** Organisation or team; it keeps global names apart from others'. */
  readonly prefix: string;
  readonly environment: string;
  readonly region: string;
}

/** Names of the resources of one environment. */
export interface AzureNames {
  readonly resourceGroup: string;
  readonly network: string;
  readonly cluster: string;
  readonly registry: string;
  readonly vault: string;
  readonly monitor: string;
  readonly grafana: string;
  readonly logs: string;
  readonly alerts: string;
  readonly budget: string;
}

/** The names of one environment in one region; a change of any part renames, so replaces, everything. */
export function azureNames({ prefix, environment, region }: Naming): AzureNames {
  const base = distinct(`${prefix}-${environment}`, 24);
  const unique = fingerprint(prefix, environment, region);
  return {
    resourceGroup: `rg-${base}-${slug(region)}`,
    network: `vnet-${base}`,
    cluster: `aks-${base}`,
    registry: `cr${base.replaceAll("-", "")}${unique}`,
    vault: `kv-${cut(base, 14)}-${unique}`,
    monitor: `amw-${base}`,
    grafana: `amg-${cut(base, 12)}-${unique}`,
    logs: `log-${base}`,
    alerts: `ag-${base}`,
    budget: `budget-${base}`,
  };
}

/** Host of an environment's registry, before it is made. */
export const registryHost = ({ registry }: AzureNames): string => `${registry}.azurecr.io`;

/** Name of a node pool: what it is, and a fingerprint of what cannot change, so that a replacement never meets its predecessor's name. */
export function poolName(kind: "gpu" | "cpu", what: string, fixed: Readonly<Record<string, unknown>>): string {
  const word = what.toLowerCase().replace(/[^a-z0-9]/g, "");
  return `${kind.charAt(0)}${word.slice(0, 7)}${fingerprint(JSON.stringify(fixed)).slice(0, 4)}`;
}

/** A virtual network by its id, which was checked before. */
export function networkOfId(id: string): { readonly resourceGroup: string; readonly name: string } {
  const parts = id.split("/");
  return { resourceGroup: parts[4]!, name: parts.at(-1)! };
}

/** Words as part of a name; what cannot be said in full carries a fingerprint, so that two that begin alike stay apart. */
function distinct(words: string, length: number): string {
  const whole = slug(words);
  return whole === words && whole.length <= length ? whole : `${cut(whole, length - 7)}-${fingerprint(words)}`;
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");

const cut = (text: string, length: number): string => text.slice(0, length).replace(/-+$/, "");

/** Six characters that stand for some words: FNV-1a, in base 36. It tells names apart; it is no secret. */
export function fingerprint(...words: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const char of words.join("\0")) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  return hash.toString(36).padStart(6, "0").slice(-6);
}
