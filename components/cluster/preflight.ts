import type { Need, Sku, Usage, Verdict } from "../../lib/azure/preflight";
import { verdict } from "../../lib/azure/preflight";

/** Where Azure Resource Manager is asked, and as whom. */
export interface ArmAccess {
  /** @default "https://management.azure.com"; other clouds have their own */
  readonly endpoint: string;
  readonly subscriptionId: string;
  /** A token of the user who runs the program. */
  readonly token: string;
}

/** Versions of the two lists (npm @azure/arm-compute 22.4.0). */
const versions = { usages: "2024-11-01", skus: "2021-07-01" } as const;

/** Seconds that Azure may take to answer before a preview goes on without it. */
const patienceSeconds = 30;

/** Asks Azure whether it offers what the pools need; a sentence says why it could not be asked. */
export async function preflight(needs: readonly Need[], region: string, access: ArmAccess): Promise<Verdict | string> {
  const compute = `/subscriptions/${access.subscriptionId}/providers/Microsoft.Compute`;
  try {
    const [skus, usages] = await Promise.all([
      list<Sku>(access, `${compute}/skus?api-version=${versions.skus}&$filter=${encodeURIComponent(`location eq '${region}'`)}`),
      list<Usage>(access, `${compute}/locations/${region}/usages?api-version=${versions.usages}`),
    ]);
    return verdict(needs, skus, usages, region);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function list<T>({ endpoint, token }: ArmAccess, first: string): Promise<T[]> {
  const found: T[] = [];
  for (let url: string | undefined = `${endpoint}${first}`; url; ) {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(patienceSeconds * 1000),
    });
    if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
    const page = (await response.json()) as { value: T[]; nextLink?: string };
    found.push(...page.value);
    url = page.nextLink;
  }
  return found;
}
