import { setTimeout as sleep } from "node:timers/promises";

import { account, callerGroups, guid } from "./answers";
import { AzureError } from "./azure-error";
import { at, minorOf, refuseChange } from "./changes";
import type { Live, Records } from "./records";
import { type Limit, Throttle } from "./throttle";

type Value = Record<string, unknown>;

/** How long things take. */
export interface Pace {
  /** Milliseconds of one operation. */
  readonly operation: number;
  /** Milliseconds until a new role is known everywhere. */
  readonly grant: number;
  /** How many changes are taken. @default all */
  readonly limit?: Limit;
  /** VM sizes of which the region has none left. @default none */
  readonly short?: readonly string[];
}

/** What one cluster does one at a time (pulumi/pulumi-azure-native, client_azcore.go retries no OperationNotAllowed; Azure/avm-res-containerservice-managedcluster PR#160). */
const ofOneCluster = /^containerservice:(ManagedCluster|AgentPool|MaintenanceConfiguration)$/;

/** How Azure behaves besides what a type declares: what takes time, what excludes what, and what an old answer is worth. */
export class Behaviour {
  private readonly busy = new Set<string>();
  private readonly throttle: Throttle;

  constructor(
    private readonly records: Records,
    private readonly pace: Pace = { operation: 0, grant: 0 },
    private readonly now: () => number = Date.now,
  ) {
    this.throttle = new Throttle(pace.limit, now);
  }

  async create(type: string, id: string, inputs: Value): Promise<void> {
    this.asked("create", type, id);
    if (this.records.has(id)) throw new Error(`${id} exists already`);
    if (type === "keyvault:Vault") this.nameOfVault(inputs);
    if (type === "consumption:Budget") this.firstMonth(inputs);
    if (type === "containerregistry:Registry" && at(inputs, "policies.trustPolicy.status") === "enabled")
      throw new AzureError(400, "ContentTrustNotSupported", "content trust is not enabled on new registries since 2026-05-31");
    if (type === "containerservice:AgentPool") this.versionOfPool(id, inputs);
    if (type === "containerservice:ManagedCluster") this.zoneOfCluster(inputs);
    if (type === "privatedns:VirtualNetworkLink") this.oneZoneOfName(id, inputs);
    if (type === "keyvault:Secret") this.nameOfSecret(id);
    const since = type === "authorization:RoleAssignment" ? { since: this.now() } : {};
    await this.operation(type, id, () => this.records.write(id, { ...this.versionAtFirst(type, id), ...known(type, inputs), ...since }));
    if (type === "containerservice:AgentPool") this.nodesOfPool(inputs);
  }

  async update(type: string, id: string, inputs: Value): Promise<void> {
    this.asked("update", type, id);
    if (type === "containerservice:AgentPool") this.versionOfPool(id, inputs);
    const live = this.records.live(id);
    if (live) refuseChange(type, live, inputs);
    if (type === "containerservice:ManagedCluster") this.poolsBehind(id, inputs);
    const version = live?.["orchestratorVersion"];
    await this.operation(type, id, () =>
      this.records.write(id, { ...(version ? { orchestratorVersion: version } : {}), ...known(type, inputs) }),
    );
    if (type === "containerservice:AgentPool") this.nodesOfPool(inputs);
  }

  async delete(type: string, id: string): Promise<void> {
    this.asked("delete", type, id);
    if (type === "keyvault:Secret") this.dataPlane(id);
    await this.operation(type, id, () => {
      const gone = this.records.remove(id).flatMap((resource) => keptName(resource, id) ?? []);
      for (const name of gone) this.records.keep(name);
    });
  }

  private asked(verb: "create" | "update" | "delete", type: string, id: string): void {
    this.throttle.take();
    this.records.called(verb, type, id);
  }

  /** What Azure does by itself: the autoscaler changes a number of nodes, an upgrade channel a version. */
  changes(id: string, change: Value): void {
    this.records.write(id, { ...this.records.live(id), ...change });
  }

  /** One operation after the other in one cluster: the second is refused while the first runs, and nobody tries it again. */
  private async operation(type: string, id: string, done: () => void): Promise<void> {
    const cluster = ofOneCluster.test(type) ? /^.*\/managedClusters\/[^/]+/.exec(id)?.[0] : undefined;
    if (cluster && this.busy.has(cluster))
      throw new AzureError(409, "OperationNotAllowed", `another operation on ${cluster} is in progress; try again when it is done`);
    if (cluster) this.busy.add(cluster);
    try {
      if (this.pace.operation > 0) await sleep(this.pace.operation);
      done();
    } finally {
      if (cluster) this.busy.delete(cluster);
    }
  }

  /** A deleted vault keeps its name until it is purged, and is taken back only by who says so. */
  private nameOfVault(inputs: Value): void {
    const name = String(inputs["vaultName"]);
    const recover = at(inputs, "properties.createMode") === "recover";
    const kept = this.records.isKept(name);
    if (kept && !recover) throw new AzureError(409, "ConflictError", `a vault ${name} exists in deleted state`);
    if (!kept && recover) throw new AzureError(404, "DeletedVaultNotFound", `there is no deleted vault ${name}`);
    this.records.free(name);
  }

  /** A deleted secret keeps its name in its vault; the plugin takes it back, in the vault itself, before it writes it (pulumi-azure-native PR#4759). */
  private nameOfSecret(id: string): void {
    const name = keptName(id, id)!;
    if (!this.records.isKept(name)) return;
    this.dataPlane(id);
    this.records.free(name);
  }

  /** A pool whose nodes a region does not have is there all the same, and has failed (azure-aks-docs, error-code-allocationfailed). */
  private nodesOfPool({ vmSize, count }: Value): void {
    if (!this.pace.short?.includes(String(vmSize)) || !(Number(count) > 0)) return;
    throw new AzureError(409, "AllocationFailed", `the region has no capacity for ${count} × ${vmSize}`, undefined, true);
  }

  private firstMonth(inputs: Value): void {
    const month = new Date(this.now()).toISOString().slice(0, 7);
    const start = String(at(inputs, "timePeriod.startDate")).slice(0, 7);
    if (start < month) throw new AzureError(400, "InvalidBudgetStartDate", `the start date ${start} must not be before ${month}`);
  }

  /** Nodes never run a later version than the control plane (azure-aks-docs, upgrade-aks-node-pools-rolling.md). */
  private versionOfPool(id: string, inputs: Value): void {
    const cluster = this.records.live(id.slice(0, id.indexOf("/agentPools/")));
    const [pool, plane] = [inputs["orchestratorVersion"], cluster?.["kubernetesVersion"]];
    if (pool === undefined || plane === undefined || minorOf(pool) <= minorOf(plane)) return;
    throw new AzureError(400, "NodePoolMcVersionIncompatible", `node pool version ${pool} is above the control plane's ${plane}`);
  }

  /** A pool that names no version has its cluster's of that day, and keeps it. */
  private versionAtFirst(type: string, id: string): Live {
    if (type !== "containerservice:AgentPool") return {};
    const version = this.records.live(id.slice(0, id.indexOf("/agentPools/")))?.["kubernetesVersion"];
    return version ? { orchestratorVersion: version } : {};
  }

  /** Nodes are at most two minor versions behind their control plane (containerservice 2025-09-01, AgentPool.orchestratorVersion). */
  private poolsBehind(id: string, inputs: Value): void {
    const least = minorOf(inputs["kubernetesVersion"]) - 2;
    const pools = this.records.ids().filter((other) => other.startsWith(`${id}/agentPools/`));
    const behind = pools.find((pool) => minorOf(this.records.live(pool)!["orchestratorVersion"]) < least);
    if (behind) throw new AzureError(400, "NodePoolMcVersionIncompatible", `${behind} would be more than two minor versions behind`);
  }

  /** A cluster writes into a zone of its user's own as its identity, which must be allowed to (azure-aks-docs, private-clusters.md). */
  private zoneOfCluster(inputs: Value): void {
    const zone = at(inputs, "apiServerAccessProfile.privateDNSZone");
    if (typeof zone !== "string" || !zone.startsWith("/")) return;
    const principal = guid(String(at(inputs, "identity.userAssignedIdentities.0")), "principal");
    if (this.rolesOn(zone).some(({ principalId }) => principalId === principal)) return;
    throw new AzureError(400, "CustomPrivateDNSZoneMissingPermissionError", `the cluster's identity must be allowed to write into ${zone}`);
  }

  /** A network is linked to one zone of a name (azure-docs, private-dns-virtual-network-links.md). */
  private oneZoneOfName(id: string, inputs: Value): void {
    const zone = `/privateDnsZones/${inputs["privateZoneName"]}/`;
    const network = at(inputs, "virtualNetwork.id");
    const other = this.records
      .ids()
      .find((link) => link.includes(zone) && at(this.records.live(link) ?? {}, "virtualNetwork.id") === network);
    if (other && network) throw new AzureError(409, "Conflict", `${network} is linked to a zone of that name already: ${other}, not ${id}`);
  }

  private rolesOn(scope: string): Live[] {
    const roles = this.records.ids().filter((other) => other.startsWith(`${scope}/providers/Microsoft.Authorization/roleAssignments/`));
    return roles.map((role) => this.records.live(role)!);
  }

  /** Secrets are deleted in the vault itself: that takes a role in it, which is known after a while, and a way to it. */
  private dataPlane(id: string): void {
    const vault = id.slice(0, id.indexOf("/secrets/"));
    const caller = [account.objectId, ...callerGroups()];
    const own = this.rolesOn(vault).filter(({ principalId }) => caller.includes(String(principalId)));
    if (own.length === 0) throw new AzureError(403, "Forbidden", `the caller has no role that deletes secrets in ${vault}`);
    if (own.every(({ since }) => Number(since) + this.pace.grant > this.now()))
      throw new AzureError(403, "Forbidden", `the caller's role in ${vault} is not known yet`);
    const isPrivate = at(this.records.live(vault) ?? {}, "properties.publicNetworkAccess") === "disabled";
    if (
      isPrivate &&
      !this.records
        .ids()
        .some((other) => at(this.records.live(other) ?? {}, "privateLinkServiceConnections.0.privateLinkServiceId") === vault)
    )
      throw new AzureError(
        403,
        "ForbiddenByConnection",
        `${vault} is not reached: public access is disabled, and it has no private endpoint`,
      );
  }
}

/** The name that stays taken when a vault goes, or a secret by itself: one that goes with its vault is in that; undefined: none. */
function keptName(id: string, deleted: string): string | undefined {
  const [, vault, secret] = /\/vaults\/([^/]+)(?:\/secrets\/([^/]+))?$/.exec(id) ?? [];
  if (secret) return id === deleted ? `${vault}/${secret}` : undefined;
  return vault;
}

/** What is remembered of a resource: all that it was given, but for what is secret. */
const known = (type: string, inputs: Value): Live => (type === "keyvault:Secret" ? { secretName: inputs["secretName"] } : inputs);
