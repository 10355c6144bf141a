import { describe, expect, it, vi } from "vitest";

import { daysLater, lifeOf, ofCluster } from "../support/azure-life";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

describe("dev, which is taken down every evening,", () => {
  const life = lifeOf("dev", (config) => {
    config["slm:pods"] = false;
  });
  let pool: string;

  it("comes up: the cluster with its windows, then its pools one after the other", async () => {
    const calls = await life.up();
    pool = life.idOf("/agentPools/c").split("/").at(-1)!;
    expect(ofCluster(calls)).toEqual([
      "create ManagedCluster",
      "create MaintenanceConfiguration",
      "create MaintenanceConfiguration",
      "create AgentPool",
      "create AgentPool",
    ]);
  });

  it("asks Azure for nothing when nothing has changed", async () => expect(await life.up()).toEqual([]));

  it("leaves the autoscaler its nodes and a rotated secret its value when tags change", async () => {
    life.stack.azure.write(life.idOf("/agentPools/"), { ...life.live("/agentPools/"), count: 2 });
    life.change((config) => Object.assign(config["slm:azure"].tags, { costCentre: "2" }));
    const blind = await life.refused(); // without reading first, the old number is sent
    expect(blind).toMatch(/Code="InvalidParameter" Message="count 1 is not what the autoscaler has set \(2\)"/);
    const calls = await life.up();
    expect(calls.some((call) => call.startsWith("update AgentPool"))).toBe(true);
    expect(life.live("/agentPools/")).toMatchObject({ count: 2, tags: { "cost-centre": "2" } });
    expect(calls.filter((call) => /Secret|create|delete/.test(call))).toEqual([]);
  });

  it("writes a secret when the stack's value of it changes, and nothing else", async () => {
    life.change((config) => Object.assign(config, { "slm:token": "hf_another" }));
    expect(await life.up()).toEqual(["update Secret hf-token"]);
  });

  it("goes up one minor version: the control plane first, then each pool", async () => {
    life.set({ kubernetesVersion: "1.37" });
    const calls = await life.up();
    expect(calls[0]).toMatch(/^update ManagedCluster/);
    expect(calls.slice(1).map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual(["update AgentPool", "update AgentPool"]);
    expect(life.live(`/agentPools/${pool}`)).toMatchObject({
      orchestratorVersion: "1.37",
      count: 2,
    });
  });

  it("takes another channel of node images in the cluster alone", async () => {
    life.set({ upgrades: { nodeChannel: "SecurityPatch" } });
    expect(await life.up()).toEqual(["update ManagedCluster aks-contoso-dev"]);
  });

  it("raises its budget in a later month, which began in the first", async () => {
    const start = life.live("/budgets/")["timePeriod"];
    life.change((config) => Object.assign(config["slm:azure"].observability.budget, { usdPerMonth: 500 }));
    expect(await life.up(daysLater(40))).toEqual(["update Budget budget-contoso-dev"]);
    expect(life.live("/budgets/")).toMatchObject({ amount: 500, timePeriod: start });
  });

  it("is the first operator's until a group is named, of which the second one's update takes nothing", async () => {
    const second = { SLM_AZURE_STANDIN_CALLER: "00000000-0000-4000-8000-00000000000b" };
    const taken = await life.stack.run(["preview", "--json"], second);
    expect(taken.said).toContain("aks-deployer-role"); // as a person, the second one would take the first one's role
    expect(taken.said).toMatch(/"op": "(create-replacement|update|replace)"/);
    const group = "33333333-3333-4333-8333-333333333333";
    life.set({ deployer: { objectId: group, type: "Group" } });
    await life.up();
    expect(await life.up({ ...second, SLM_AZURE_STANDIN_GROUPS: group })).toEqual([]);
  });

  it("goes, and comes up the next morning, once the name of its vault is free", async () => {
    const member = { SLM_AZURE_STANDIN_GROUPS: "33333333-3333-4333-8333-333333333333" };
    const calls = await life.down(member);
    expect(life.stack.made()).toEqual([]);
    const at = (call: string) => calls.findIndex((other) => other.startsWith(call));
    expect(at("delete Secret")).toBeLessThan(at("delete Vault")); // its role and its way in go after it
    const taken = await life.refused(member);
    expect(taken).toMatch(/Code="ConflictError" Message="a vault kv-\S+ exists in deleted state"/);
    life.stack.azure.purge(/a vault (kv-\S+) exists/.exec(taken)![1]!); // as `make down` has it purged
    const again = await life.up(member);
    expect(again).toContainEqual(expect.stringMatching(/^create Vault kv-/));
    expect(await life.up(member)).toEqual([]);
  });
});
