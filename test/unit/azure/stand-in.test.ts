import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { outputsFor } from "../../../tools/azure-stand-in/answers";
import { inputsOf, outputsOf } from "../../../tools/azure-stand-in/declarations";
import { realPlugin, standIn } from "../../../tools/azure-stand-in/locate";
import { check, idOf, StandIn } from "../../../tools/azure-stand-in/provider";
import { Records } from "../../../tools/azure-stand-in/records";
import { resources } from "../../../tools/azure-stand-in/resources";
import { problemsOf } from "../../../tools/azure-stand-in/validate";

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "stand-in-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pool = {
  resourceGroupName: "rg",
  resourceName: "aks",
  agentPoolName: "gpu",
  vmSize: "Standard_NC4as_T4_v3",
  gpuProfile: { driver: "Install" },
};
const arm = "(@azure/arm-containerservice (API 2025-10-01))";

describe("the stand-in", () => {
  it("has nothing against what is right", () => expect(check("containerservice:AgentPool", pool)).toEqual([]));

  it.each<[string, string, object, string[]]>([
    [
      "a property that is not",
      "containerservice:AgentPool",
      { ...pool, vmSizes: "x" },
      ["vmSizes: containerservice.AgentPoolArgs has no such property; did you mean vmSize?", `vmSizes: is not sent ${arm}`],
    ],
    [
      "a property that is not, deep down",
      "containerservice:AgentPool",
      { ...pool, gpuProfile: { driver: "Install", nvidia: {} } },
      ["gpuProfile.nvidia: containerservice.GPUProfileArgs has no such property", `gpuProfile.nvidia: is not sent ${arm}`],
    ],
    [
      "a value that an enum lacks",
      "containerservice:AgentPool",
      { ...pool, scaleSetPriority: "spot" },
      ['scaleSetPriority: must be one of Spot, Regular (containerservice.ScaleSetPriority), got "spot"'],
    ],
    [
      "a type",
      "containerservice:AgentPool",
      { ...pool, count: "2" },
      ['count: must be a number, got "2"', `count: must be a number, got "2" ${arm}`],
    ],
    [
      "a missing property",
      "keyvault:Vault",
      { resourceGroupName: "rg", vaultName: "kv", location: "eastus", properties: { sku: { family: "A", name: "standard" } } },
      [
        "properties.tenantId: keyvault.VaultPropertiesArgs requires it",
        "properties.tenantId: is required (@azure/arm-keyvault (API 2024-11-01))",
      ],
    ],
    [
      "a bound that only Microsoft's tables know",
      "containerservice:AgentPool",
      { ...pool, osDiskSizeGB: 4096 },
      [`osDiskSizeGB: must be at most 2048, got 4096 ${arm}`],
    ],
    [
      "a property that Microsoft's serialiser drops",
      "monitor:DataCollectionRule",
      { resourceGroupName: "rg", dataCollectionRuleName: "r", dataSources: { prometheusForwarder: [{ name: "p", stream: "x" }] } },
      [
        "dataSources.prometheusForwarder[0].stream: monitor.PrometheusForwarderDataSourceArgs has no such property; did you mean streams?",
        "dataSources.prometheusForwarder[0].stream: @azure/arm-monitor (API of release 8.0.0) drops it",
      ],
    ],
    ["a missing name", "resources:ResourceGroup", { location: "eastus" }, ["resourceGroupName: the stand-in makes up no names: give one"]],
    [
      "a type of resource that is not",
      "containerservice:AgentPools",
      {},
      ["azure-native:containerservice:AgentPools: @pulumi/azure-native 3.28.0 has no such type"],
    ],
    [
      "a type that it does not play",
      "storage:StorageAccount",
      {},
      ["azure-native:storage:StorageAccount: the stand-in does not play it; tools/azure-stand-in/resources.ts lists what it plays"],
    ],
  ])("refuses %s", (_, type, inputs, problems) => {
    expect(check(type, inputs as Record<string, unknown>)).toEqual(problems);
  });

  it("takes what a preview does not know yet for anything", () => {
    expect(check("containerservice:AgentPool", { ...pool, count: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" })).toEqual([]);
  });

  it("looks into secrets", () => {
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "gpus" };
    expect(check("containerservice:AgentPool", { ...pool, count: secret })).toHaveLength(2);
  });

  it.each(Object.keys(resources))("plays %s with an address made of its inputs, and outputs that the SDK declares", (type) => {
    const token = `azure-native:${type}`;
    const inputs = inputsOf(token)!;
    const address = [...resources[type]!.id.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).filter((name) => name !== "subscription");
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(address));
    const values = { ...Object.fromEntries(address.map((name) => [name, name])), location: "eastus", dnsPrefix: "d" };
    const outputs = outputsFor(type, idOf(type, values), values);
    const wrong = problemsOf(outputsOf(token)!, outputs, "", type).filter(
      (problem) => problem.includes("no such property") || problem.includes("must be"),
    );
    expect(wrong).toEqual([]);
  });
});

describe("a run", () => {
  const urn = "urn:pulumi:t::slm::azure-native:containerservice:AgentPool::p";

  it("makes a resource once, finds it again, and forgets it", async () => {
    const provider = new StandIn(new Records(path.join(folder, "records")));
    const { id } = await provider.create(urn, pool);
    await expect(provider.create(urn, pool)).rejects.toThrow("exists already");
    expect((await provider.read(id, urn, {})).id).toBe(id);
    await provider.delete(id, urn);
    expect((await provider.read(id, urn, {})).id).toBe("");
  });

  it("replaces what is part of the address, and changes the rest in place", async () => {
    const provider = new StandIn(new Records(undefined));
    const old = { __inputs: pool };
    expect(await provider.diff("", urn, old, { ...pool, agentPoolName: "new" })).toEqual({ changes: true, replaces: ["agentPoolName"] });
    expect(await provider.diff("", urn, old, { ...pool, count: 3 })).toEqual({ changes: true, replaces: [] });
    expect(await provider.diff("", urn, old, { ...pool })).toEqual({ changes: false, replaces: [] });
  });

  it("leads to no cluster unless it is asked to one", async () => {
    const args = { resourceGroupName: "rg", resourceName: "aks" };
    const token = "azure-native:containerservice:listManagedClusterUserCredentials";
    await expect(new StandIn(new Records(undefined)).invoke(token, args)).rejects.toThrow("leads to no cluster");
    const file = path.join(folder, "kubeconfig");
    writeFileSync(file, "the lab");
    const { outputs } = await new StandIn(new Records(undefined), file).invoke(token, args);
    expect(Buffer.from(outputs.kubeconfigs[0].value, "base64").toString()).toBe("the lab");
    await expect(new StandIn(new Records(undefined), file).invoke(token, { ...args, group: "x" })).rejects.toThrow("no such property");
  });
});

describe("where the real plugin is", () => {
  const home = (): NodeJS.ProcessEnv => ({ PULUMI_HOME: path.join(folder, "pulumi"), PATH: path.join(folder, "bin") });

  it("not installed: the stand-in is used", () => {
    expect(realPlugin(home())).toBeUndefined();
    expect(standIn(home())).toMatch(/tools\/azure-stand-in$/);
  });

  it("not fooled by the stand-in's own folder on PATH", () => {
    expect(realPlugin({ ...home(), PATH: standIn(home())! })).toBeUndefined();
  });

  it("in Pulumi's cache or on PATH: the stand-in is not used", () => {
    mkdirSync(path.join(folder, "pulumi/plugins/resource-azure-native-v3.28.0"), { recursive: true });
    expect(standIn(home())).toBeUndefined();
    rmSync(path.join(folder, "pulumi"), { recursive: true });
    mkdirSync(path.join(folder, "bin"));
    writeFileSync(path.join(folder, "bin/pulumi-resource-azure-native"), "");
    chmodSync(path.join(folder, "bin/pulumi-resource-azure-native"), 0o755);
    expect(standIn(home())).toBeUndefined();
  });
});
