import { setTimeout as sleep } from "node:timers/promises";

import {
  type DeletedVault,
  type Registration,
  type RunningCluster,
  registrationFaults,
  vaultResult,
  versionResult,
} from "../../lib/azure/account";
import type { PoolRequirement, PreflightResult, Sku, Usage } from "../../lib/azure/preflight";
import { quotaResult } from "../../lib/azure/preflight";
import type { Fault } from "../../lib/planner/fault";

/** Where Azure Resource Manager is asked, and as whom. */
export interface ArmAccess {
  /** @default "https://management.azure.com"; other clouds have their own */
  readonly endpoint: string;
  readonly subscriptionId: string;
  /** A token of the user who runs the program. */
  readonly token: string;
}

/** Versions of what is asked (npm @azure/arm-compute 22.4.0, @azure/arm-resources 5.2.0; the SDK's own for vaults and clusters). */
const versions = {
  usages: "2024-11-01",
  skus: "2021-07-01",
  providers: "2021-04-01",
  vaults: "2024-11-01",
  clusters: "2025-09-01",
} as const;

/** Seconds that Azure may take to answer before a preview goes on without it. */
const timeoutSeconds = 30;

/** What is asked of a subscription besides. */
export interface AccountQuestion {
  readonly region: string;
  readonly vault: { readonly name: string; readonly recover: boolean };
  /** Resource group and name of the cluster, which may be there already. */
  readonly cluster: { readonly resourceGroup: string; readonly name: string };
  /** Version that the cluster is asked for; null: AKS moves it by itself. */
  readonly version: string | null;
  /** What is wrong with the version for a new cluster. */
  readonly outdated: Fault | undefined;
}

/** Asks a subscription for what an environment's names and version meet there; what it does not answer is a warning. */
export async function accountPreflight(question: AccountQuestion, access: ArmAccess): Promise<PreflightResult> {
  const { region, vault, cluster, version, outdated } = question;
  const subscription = `/subscriptions/${access.subscriptionId}`;
  const deleted = `${subscription}/providers/Microsoft.KeyVault/locations/${region}/deletedVaults/${vault.name}?api-version=${versions.vaults}`;
  const running = `${subscription}/resourceGroups/${cluster.resourceGroup}/providers/Microsoft.ContainerService/managedClusters/${cluster.name}?api-version=${versions.clusters}`;
  const results = await Promise.all([
    unlessSilent("registered services", async () => ({
      faults: registrationFaults(await list<Registration>(access, `${subscription}/providers?api-version=${versions.providers}`)),
      warnings: [],
    })),
    unlessSilent("deleted vaults", async () => vaultResult(vault.name, vault.recover, await one<DeletedVault>(access, deleted))),
    unlessSilent(
      "the cluster's version",
      async () => versionResult(version, outdated, await one<RunningCluster>(access, running)),
      outdated ? [outdated] : [],
    ),
  ]);
  return { faults: results.flatMap(({ faults }) => faults), warnings: results.flatMap(({ warnings }) => warnings) };
}

/** A verdict, or what holds while Azure does not answer. */
async function unlessSilent(what: string, ask: () => Promise<PreflightResult>, faults: readonly Fault[] = []): Promise<PreflightResult> {
  try {
    return await ask();
  } catch (error) {
    return { faults, warnings: [`${what}: not checked: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** Asks Azure whether it offers what the pools need; a sentence says why it could not be asked. */
export async function preflight(pools: readonly PoolRequirement[], region: string, access: ArmAccess): Promise<PreflightResult | string> {
  const compute = `/subscriptions/${access.subscriptionId}/providers/Microsoft.Compute`;
  try {
    const [skus, usages] = await Promise.all([
      list<Sku>(access, `${compute}/skus?api-version=${versions.skus}&$filter=${encodeURIComponent(`location eq '${region}'`)}`),
      list<Usage>(access, `${compute}/locations/${region}/usages?api-version=${versions.usages}`),
    ]);
    return quotaResult(pools, skus, usages, region);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One resource; undefined: there is none. */
async function one<T>(access: ArmAccess, path: string): Promise<T | undefined> {
  const url = `${access.endpoint}${path}`;
  const response = await get(access, url);
  return response.status === 404 ? undefined : ((await expected(response, url)) as T);
}

/** Asks; where Azure was asked too often, again when it says so, if that is soon (azure-docs, request-limits-and-throttling.md). */
async function get(access: ArmAccess, url: string, repeats = 2): Promise<Response> {
  const headers = { authorization: `Bearer ${access.token}` };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutSeconds * 1000) });
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  if (response.status !== 429 || repeats === 0 || !(seconds <= timeoutSeconds)) return response;
  await sleep(seconds * 1000);
  return get(access, url, repeats - 1);
}

async function expected(response: Response, url: string): Promise<unknown> {
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
  return response.json();
}

async function list<T>(access: ArmAccess, first: string): Promise<T[]> {
  const found: T[] = [];
  for (let url: string | undefined = `${access.endpoint}${first}`; url; ) {
    const page = (await expected(await get(access, url), url)) as { value: T[]; nextLink?: string };
    found.push(...page.value);
    url = page.nextLink;
  }
  return found;
}
