import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { poolsOf } from "../../lib/azure/pools";
import { refuseProtected } from "../../tools/lib/protected";
import type { Settings } from "../support/azure";
import { daysLater, Life, lifeOf, ofCluster } from "../support/azure-life";
import { azurePlan } from "../support/azure-plan";
import { apply, kubectl } from "../support/lab";
import { simulatedNodes, simulatedSelector } from "../support/simulated-pool";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

/** Environments live one after the other: those with GPUs make things of the same names in one cluster. */
const firstUp = [
  "create ManagedCluster",
  "create MaintenanceConfiguration",
  "create MaintenanceConfiguration",
  "create AgentPool",
  "create AgentPool",
];

/** All that changes in one update of the second month, and replaces nothing. */
const secondMonth = (config: Settings): void => {
  Object.assign(config["slm:azure"], { kubernetesVersion: "1.37", upgrades: { nodeChannel: "SecurityPatch" } });
  config["slm:azure"].observability.budget.usdPerMonth += 1;
  config["slm:token"] = "hf_another";
};

/** What Azure is asked for then, and no more: the control plane first, then each pool. */
function expectSecondMonth(life: Life, calls: readonly string[], pools: readonly string[]): void {
  expect(ofCluster(calls)).toEqual(["update ManagedCluster", "update AgentPool", "update AgentPool"]);
  expect(calls.filter((call) => call.includes("AgentPool")).map((call) => call.split(" ").at(-1)![0])).toEqual(pools);
  const others = calls.filter((call) => !/ManagedCluster|AgentPool/.test(call));
  expect(others.toSorted()).toEqual([`update Budget budget-contoso-${life.name}`, "update Secret hf-token"]);
}

describe("staging, whose GPU nodes Azure may take back,", () => {
  const t4 = "Standard_NC4as_T4_v3";
  const life = lifeOf(
    "staging",
    (config) => {
      config["slm:pods"] = false;
      // For its first days: not yet protected, and a node at all times, which Azure can lack.
      config["slm:azure"].protect = false;
      config["slm:azure"].pools[t4].scale.minNodes = 1;
    },
    ["gpu-system"],
  );

  it("fails half-way where the region has no such nodes, and goes without a trace then too", async () => {
    const said = await life.refused({ SLM_AZURE_STANDIN_SHORT: t4 });
    expect(said).toMatch(/Code="AllocationFailed" Message="the region has no capacity for 1 × Standard_NC4as_T4_v3"/);
    expect(life.idOf("/agentPools/gt4")).toBeDefined(); // half made
    await life.down();
    expect(life.stack.made()).toEqual([]);
    expect(await kubectl("get", "namespaces", "--output=name")).not.toMatch(/slm-staging|gpu-system/);
  });

  it("comes up once there are some, by what failed and nothing else, and asks for nothing afterwards", async () => {
    life.stack.azure.purge(life.stack.azure.kept()[0]!);
    life.calls();
    await life.refused({ SLM_AZURE_STANDIN_SHORT: t4 });
    expect(ofCluster(life.calls())).toEqual(firstUp);
    expect(ofCluster(await life.up())).toEqual(["update AgentPool"]);
    life.set({ protect: true });
    life.change((config) => {
      config["slm:azure"].pools[t4].scale.minNodes = 0;
    });
    expect(ofCluster(await life.up())).toEqual(["update AgentPool"]);
    expect(await life.up()).toEqual([]);
  });

  it("takes all that a second month brings in one update: spot nodes last, apart from the control plane", async () => {
    life.change(secondMonth);
    expectSecondMonth(life, await life.up(daysLater(40)), ["c", "g"]);
    expect(life.live("/agentPools/gt4")).toMatchObject({ scaleSetPriority: "Spot", orchestratorVersion: "1.37" });
  });

  it("shares its group and its network with a second environment, which comes and goes by itself", async () => {
    const before = life.stack.made().toSorted();
    const group = life.idOf("/resourceGroups/").split("/")[4]!;
    const networkId = before.find((id) => /\/virtualNetworks\/[^/]+$/.test(id))!;
    const network = {
      kind: "existing",
      networkId,
      nodeSubnetId: `${networkId}/subnets/nodes`,
      endpointSubnetId: `${networkId}/subnets/endpoints`,
    };
    const second = new Life(
      "second",
      (config) => {
        Object.assign(config["slm:azure"], { resourceGroup: group, network });
        Object.assign(config, { "slm:pods": false, "slm:region": "westeurope" });
      },
      { from: "dev", variables: { SLM_AZURE_STANDIN_STATE: life.stack.state } },
    );
    await second.begin();
    await second.up();
    expect(second.stack.made().length).toBeGreaterThan(before.length + 20);
    expect(await life.up()).toEqual([]);
    await second.down();
    expect(life.stack.made().toSorted()).toEqual(before);
    await second.end();
  });
});

describe("prod, of which all is protected,", () => {
  const size = "Standard_NV36ads_A10_v5";
  const life = lifeOf("prod", () => undefined, ["gpu-system"]);
  let first: string;
  beforeAll(() => kubectl("delete", "nodes", simulatedSelector));
  afterAll(() => kubectl("delete", "nodes", "--selector=slm.dev/pool-key=nv36ads-a10-v5"));

  /** Two simulated nodes of the pool, as the autoscaler would add them. */
  async function join(): Promise<string> {
    const { "slm:azure": azure, "slm:models": models, "slm:region": region } = life.stack.settings();
    const pool = poolsOf(azurePlan("prod", region, models), azure).find((candidate) => candidate.size === size)!;
    await apply(...simulatedNodes(pool, 2, { cpu: 36, memoryGib: 440, gpus: 1, diskGib: 256 }));
    return pool.name;
  }

  const nodeOfModel = (): Promise<string> =>
    kubectl("get", "pods", "--namespace=slm-prod", "--selector=app=chat", "--output=jsonpath={.items[*].spec.nodeName}");

  it("comes up with its model on the pool that is planned, and asks for nothing afterwards", async () => {
    first = await join();
    expect(ofCluster(await life.up())).toEqual(firstUp);
    expect(await nodeOfModel()).toContain(`aks-${first}-`);
    expect(await life.up()).toEqual([]);
  });

  it("takes all that a second month brings in one update: the pools one after the other, after the control plane", async () => {
    life.change(secondMonth);
    expectSecondMonth(life, await life.up(daysLater(40)), ["c", "g"]);
  });

  it("keeps its pool until that is named, and its model is then never without one", async () => {
    life.change((config) => {
      config["slm:azure"].pools[size].osDiskGib = 512; // what AKS cannot change in place
    });
    const second = await join();
    expect(await life.refused()).toMatch(/nv36ads-a10-v5-pool.*protect/s);
    expect(life.idOf(`/agentPools/${first}`)).toBeDefined();
    life.set({ unprotect: [size] });
    const calls = await life.up();
    expect(calls).toEqual([`create AgentPool ${second}`, `delete AgentPool ${first}`]);
    expect(await nodeOfModel()).toContain(`aks-${second}-`);
  });

  it("is not taken down by mistake, and leaves nothing when it is meant", async () => {
    const state = await life.state();
    expect(() => refuseProtected("prod", state)).toThrow(/^ENV="prod": .*aks-cluster.*; nothing was deleted/m); // what `make down` asks first
    life.set({ protect: false });
    expect(await life.up()).toEqual([]);
    const unprotected = await life.state();
    expect(() => refuseProtected("prod", unprotected)).not.toThrow();
    const calls = await life.down();
    expect(life.stack.made()).toEqual([]);
    const at = (call: string) => calls.findIndex((other) => other.startsWith(call));
    expect(at("delete Secret")).toBeLessThan(at("delete PrivateEndpoint pe-kv-"));
    expect(await kubectl("get", "namespaces", "--output=name")).not.toMatch(/slm-prod|gpu-system/);
  });

  it("comes up again with the vault that Azure has kept, as nobody may purge it", async () => {
    expect(await life.refused()).toMatch(/Code="ConflictError" Message="a vault kv-\S+ exists in deleted state"/);
    life.set({ vault: { recover: true } });
    await life.up();
    life.set({ vault: {} });
    expect(await life.up()).toEqual([expect.stringMatching(/^update Vault kv-/)]);
  });
});
