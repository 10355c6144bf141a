import path from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { files } from "../../lab/layout";
import { changedByAzure } from "../../tools/lib/autoscaled";
import type { EngineEnv } from "../../tools/lib/engine";
import { AzureStack, type Settings } from "../support/azure";
import { kubectl } from "../support/lab";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

/** Environments live one after the other: they make things of the same names in one cluster. */
let stack: AzureStack;
let settings: (config: Settings) => void;

function life(name: string, base: (config: Settings) => void = () => undefined): void {
  beforeAll(async () => {
    await kubectl("delete", "namespace", `slm-${name}`, "gpu-system", "--ignore-not-found"); // what a failed run left, whose state is gone
    settings = (config) => {
      config["slm:pods"] = false;
      base(config);
    };
    stack = await AzureStack.open(name, settings, {
      variables: { SLM_AZURE_STANDIN_KUBECONFIG: files.kubeconfig },
      main: "test/program/stand-in/index.ts",
    });
  });
  afterAll(async () => {
    change((config) => Object.assign(config["slm:azure"], { protect: false }));
    await stack?.run(["up", "--yes", "--skip-preview"]);
    await stack?.run(["destroy", "--yes", "--skip-preview"]);
    stack?.remove();
  });
}

/** Changes the environment's file for good. */
function change(edit: (config: Settings) => unknown): void {
  const before = settings;
  settings = (config) => {
    before(config);
    edit(config);
  };
  stack.configure(settings);
}

/** Brings the environment up as `make up` does, which reads what Azure changes by itself first; returns what Azure was asked for. */
async function up(variables: EngineEnv = {}): Promise<string[]> {
  await refresh();
  stack.calls();
  const { exitCode, said } = await stack.run(["up", "--yes", "--skip-preview"], variables);
  expect(exitCode, said).toBe(0);
  return stack.calls();
}

async function refresh(): Promise<void> {
  const { said } = await stack.run(["stack", "export"]);
  const { deployment } = JSON.parse(said.slice(said.indexOf("{")));
  const targets = changedByAzure(deployment.resources ?? []).map((urn) => `--target=${urn}`);
  if (targets.length === 0) return;
  const read = await stack.run(["refresh", "--yes", "--skip-preview", ...targets]);
  expect(read.exitCode, read.said).toBe(0);
}

/** Calls by what they were, without the fingerprints of names. */
const plain = (calls: readonly string[]): string[] => calls.map((call) => call.replace(/^(\w+) \w+:/, "$1 "));
const clusterOnly = (calls: readonly string[]): string[] =>
  plain(calls).filter((call) => /ManagedCluster|AgentPool|Maintenance/.test(call));
const idOf = (part: string): string => stack.made().find((id) => id.includes(part))!;

describe("dev, which is taken down every evening,", () => {
  life("dev");
  let pool: string;

  it("comes up: the cluster with its windows, then its pools one after the other", async () => {
    const calls = clusterOnly(await up());
    pool = idOf("/agentPools/c").split("/").at(-1)!;
    expect(calls.map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
      "create ManagedCluster",
      "create MaintenanceConfiguration",
      "create MaintenanceConfiguration",
      "create AgentPool",
      "create AgentPool",
    ]);
  });

  it("asks Azure for nothing when nothing has changed", async () => expect(await up()).toEqual([]));

  it("leaves the autoscaler its nodes and a rotated secret its value when tags change", async () => {
    stack.azure.write(idOf("/agentPools/"), { ...stack.azure.live(idOf("/agentPools/")), count: 2 });
    change((config) => Object.assign(config["slm:azure"].tags, { costCentre: "2" }));
    const blind = await stack.run(["up", "--yes", "--skip-preview"]); // without reading first, the old number is sent
    expect(blind.said).toMatch(/Code="InvalidParameter" Message="count 1 is not what the autoscaler has set \(2\)"/);
    expect(blind.exitCode).not.toBe(0);
    stack.calls();
    const calls = plain(await up());
    expect(calls.some((call) => call.startsWith("update AgentPool"))).toBe(true);
    expect(stack.azure.live(idOf("/agentPools/"))).toMatchObject({ count: 2, tags: { "cost-centre": "2" } });
    expect(calls.filter((call) => /Secret|create|delete/.test(call))).toEqual([]);
  });

  it("writes a secret when the stack's value of it changes, and nothing else", async () => {
    change((config) => Object.assign(config, { "slm:token": "hf_another" }));
    expect(plain(await up())).toEqual(["update Secret hf-token"]);
  });

  it("goes up one minor version: the control plane first, then each pool", async () => {
    change((config) => Object.assign(config["slm:azure"], { kubernetesVersion: "1.37" }));
    const calls = plain(await up());
    expect(calls[0]).toMatch(/^update ManagedCluster/);
    expect(calls.slice(1).map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual(["update AgentPool", "update AgentPool"]);
    expect(stack.azure.live(idOf(`/agentPools/${pool}`))).toMatchObject({ orchestratorVersion: "1.37", count: 2 });
  });

  it("takes another channel of node images in the cluster alone", async () => {
    change((config) => Object.assign(config["slm:azure"], { upgrades: { nodeChannel: "SecurityPatch" } }));
    expect(plain(await up())).toEqual(["update ManagedCluster aks-contoso-dev"]);
  });

  it("raises its budget in a later month, which began in the first", async () => {
    const start = (stack.azure.live(idOf("/budgets/")) as { timePeriod: object }).timePeriod;
    change((config) => Object.assign(config["slm:azure"].observability.budget, { usdPerMonth: 500 }));
    const later = { NODE_OPTIONS: `--require=${path.resolve("test/support/later.cjs")}`, LATER: "40" };
    expect(plain(await up(later))).toEqual(["update Budget budget-contoso-dev"]);
    expect(stack.azure.live(idOf("/budgets/"))).toMatchObject({ amount: 500, timePeriod: start });
  });

  it("is the first operator's until a group is named, of which the second one's update takes nothing", async () => {
    const second = { SLM_AZURE_STANDIN_CALLER: "00000000-0000-4000-8000-00000000000b" };
    const taken = await stack.run(["preview", "--json"], second);
    expect(taken.said).toContain("aks-deployer-role"); // as a person, the second one would take the first one's role
    expect(taken.said).toMatch(/"op": "(create-replacement|update|replace)"/);
    const group = "33333333-3333-4333-8333-333333333333";
    change((config) => Object.assign(config["slm:azure"], { deployer: { objectId: group, type: "Group" } }));
    await up();
    expect(await up({ ...second, SLM_AZURE_STANDIN_GROUPS: group })).toEqual([]);
  });

  it("goes, and comes up the next morning, once the name of its vault is free", async () => {
    const member = { SLM_AZURE_STANDIN_GROUPS: "33333333-3333-4333-8333-333333333333" };
    const down = await stack.run(["destroy", "--yes", "--skip-preview"], member);
    expect(down.exitCode, down.said).toBe(0);
    expect(stack.made()).toEqual([]);
    const calls = plain(stack.calls());
    const at = (call: string) => calls.findIndex((other) => other.startsWith(call));
    expect(at("delete Secret")).toBeLessThan(at("delete Vault")); // its role and its way in go after it
    const taken = await stack.run(["up", "--yes", "--skip-preview"], member);
    expect(taken.said).toMatch(/Code="ConflictError" Message="a vault kv-\S+ exists in deleted state"/);
    stack.azure.purge(/a vault (kv-\S+) exists/.exec(taken.said)![1]!); // as `make down` has it purged
    const again = await up(member);
    expect(plain(again)).toContainEqual(expect.stringMatching(/^create Vault kv-/));
    expect(await up(member)).toEqual([]);
  });
});
