import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, afterEach, describe, expect, it, vi } from "vitest";

import { account, guid, invoked, outputsFor } from "../../../tools/azure-stand-in/answers";
import { idOf, StandIn } from "../../../tools/azure-stand-in/provider";
import { Records } from "../../../tools/azure-stand-in/records";
import { addressOf } from "../../../tools/azure-stand-in/resources";
import { plain, problemsOf, unknownValue } from "../../../tools/azure-stand-in/validate";

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(path.join(tmpdir(), "stand-in-answers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [signature]: "1b47061264138c4ac30d75fd1eb44270", value });
const output = (value: object) => ({ [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...value });

describe("an id", () => {
  const below = `/subscriptions/${account.subscriptionId}/resourceGroups/rg`;

  it.each([
    ["resources:ResourceGroup", { resourceGroupName: "rg" }, below],
    [
      "network:Subnet",
      { resourceGroupName: "rg", virtualNetworkName: "v", subnetName: "s" },
      `${below}/providers/Microsoft.Network/virtualNetworks/v/subnets/s`,
    ],
    ["authorization:RoleAssignment", { scope: "/x", roleAssignmentName: "r" }, "/x/providers/Microsoft.Authorization/roleAssignments/r"],
  ])("of %s is made of its address", (type, inputs, id) => expect(idOf(type, inputs)).toBe(id));

  it("has an address that does not count the subscription, which is always the same", () => {
    expect(addressOf("network:Subnet")).toEqual(["resourceGroupName", "virtualNetworkName", "subnetName"]);
    expect(addressOf("network:Unheard")).toEqual([]);
  });
});

describe("what Azure adds to a resource", () => {
  it("is the same GUID for the same words, and another for others", () => {
    expect(guid("a", "b")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    const [once, again, other] = [guid("a", "b"), guid("a", "b"), guid("ab")];
    expect([once === again, once === other]).toEqual([true, false]);
  });

  const id = "/x/y/one";

  it.each<[string, object, object]>([
    ["network:Subnet", {}, { name: "one" }],
    [
      "managedidentity:UserAssignedIdentity",
      {},
      { name: "one", principalId: guid(id, "principal"), clientId: guid(id, "client"), tenantId: account.tenantId },
    ],
    ["containerregistry:Registry", { registryName: "cr" }, { name: "one", loginServer: "cr.azurecr.io" }],
    [
      "keyvault:Vault",
      { vaultName: "kv", properties: { a: 1 } },
      { name: "one", properties: { a: 1, vaultUri: "https://kv.vault.azure.net/" } },
    ],
    [
      "keyvault:Secret",
      { vaultName: "kv", secretName: "s" },
      { name: "one", properties: { secretUri: "https://kv.vault.azure.net/secrets/s", secretUriWithVersion: "" } },
    ],
    [
      "containerservice:ManagedCluster",
      { dnsPrefix: "d", location: "eastus", resourceGroupName: "rg", resourceName: "aks", addonProfiles: { kv: { enabled: true } } },
      {
        name: "one",
        fqdn: "d.hcp.eastus.azmk8s.io",
        nodeResourceGroup: "MC_rg_aks_eastus",
        oidcIssuerProfile: { enabled: true, issuerURL: `https://eastus.oic.prod-aks.azure.com/${account.tenantId}/${guid(id)}/` },
        identityProfile: {
          kubeletidentity: {
            clientId: guid(id, "kubelet", "client"),
            objectId: guid(id, "kubelet", "object"),
            resourceId: `${id}/kubelet`,
          },
        },
        addonProfiles: {
          kv: {
            enabled: true,
            identity: { clientId: guid(id, "kv", "client"), objectId: guid(id, "kv", "object"), resourceId: `${id}/kv` },
          },
        },
      },
    ],
    [
      "monitor:AzureMonitorWorkspace",
      { azureMonitorWorkspaceName: "amw", location: "eastus" },
      {
        name: "one",
        metrics: { internalId: guid(id), prometheusQueryEndpoint: "https://amw.eastus.prometheus.monitor.azure.com" },
      },
    ],
    [
      "dashboard:Grafana",
      { workspaceName: "g", properties: { apiKey: "Disabled" } },
      {
        name: "one",
        identity: { type: "SystemAssigned", principalId: guid(id, "principal"), tenantId: account.tenantId },
        properties: { apiKey: "Disabled", endpoint: "https://g.grafana.azure.com" },
      },
    ],
    ["operationalinsights:Workspace", {}, { name: "one", customerId: guid(id) }],
  ])("of type %s", (type, inputs, outputs) => {
    expect(outputsFor(type, id, inputs as Record<string, unknown>)).toEqual(outputs);
  });
});

describe("a function", () => {
  it("that asks who runs the program is answered with the account", () => {
    expect(invoked("azure-native:authorization:getClientConfig", undefined)).toEqual({
      subscriptionId: "00000000-0000-4000-8000-000000000001",
      tenantId: "00000000-0000-4000-8000-000000000002",
      objectId: "00000000-0000-4000-8000-000000000003",
      clientId: "00000000-0000-4000-8000-000000000004",
    });
  });

  it("that asks for a token gets the one that is given, or none", () => {
    const ask = () => invoked("azure-native:authorization:getClientToken", undefined);
    vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", undefined);
    expect(ask).toThrow("the stand-in for azure-native has no credentials");
    vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token");
    expect(ask()).toEqual({ token: "a-token" });
  });

  it("that asks for credentials of a cluster leads where it is asked to, in base64", () => {
    const file = path.join(folder, "kubeconfig");
    writeFileSync(file, "the lab");
    const token = "azure-native:containerservice:listManagedClusterUserCredentials";
    expect(invoked(token, file)).toEqual({ kubeconfigs: [{ name: "clusterUser", value: "dGhlIGxhYg==" }] });
    expect(() => invoked(token, undefined)).toThrow(
      "the stand-in for azure-native leads to no cluster: it serves previews; set SLM_AZURE_STANDIN_KUBECONFIG for up",
    );
  });

  it("that is not played is refused", async () => {
    expect(() => invoked("azure-native:x:y", undefined)).toThrow("the stand-in for azure-native does not answer azure-native:x:y");
    await expect(new StandIn(new Records(undefined)).invoke("azure-native:x:unheard", {})).rejects.toThrow(
      /^azure-native:x:unheard: .* has no such function$/,
    );
  });
});

describe("values that the engine wraps", () => {
  it("are opened, and those that are not known are marked, however deep", () => {
    const value = { a: secret({ b: [secret("c"), unknown] }), d: output({ value: "e" }), f: output({}), g: null, h: 1 };
    expect(plain(value)).toEqual({ a: { b: ["c", unknownValue] }, d: "e", f: unknownValue, g: null, h: 1 });
  });

  const string = { kind: "string" } as const;

  it.each<[Parameters<typeof problemsOf>[0][string]["shape"], unknown, string[]]>([
    [string, "x", []],
    [string, 1, ["a: must be a string, got 1"]],
    [string, unknownValue, []],
    [{ kind: "number" }, "1", ['a: must be a number, got "1"']],
    [{ kind: "boolean" }, true, []],
    [{ kind: "any" }, [1], []],
    [{ kind: "enum", name: "E", values: ["A", "B"] }, "B", []],
    [{ kind: "enum", name: "E", values: ["A", "B"] }, "b", ['a: must be one of A, B (E), got "b"']],
    [{ kind: "list", of: string }, ["x", 1], ["a[1]: must be a string, got 1"]],
    [{ kind: "list", of: string }, {}, ["a: must be a list, got {}"]],
    [{ kind: "map", of: string }, { x: "y", z: 1 }, ["a.z: must be a string, got 1"]],
    [{ kind: "map", of: string }, [], ["a: must be a map, got []"]],
    [{ kind: "object", name: "containerservice.GPUProfileArgs" }, "x", ['a: must be containerservice.GPUProfileArgs, got "x"']],
    [{ kind: "object", name: "containerservice.GPUProfileArgs" }, { driver: "None" }, []],
    [{ kind: "union", of: [string, { kind: "list", of: string }] }, ["x"], []],
    [{ kind: "union", of: [{ kind: "list", of: string }, { kind: "number" }] }, [1, 2], ["a: must be a number, got [1,2]"]],
  ])("are held against %j: %j", (shape, value, problems) => {
    expect(problemsOf({ a: { shape, required: false } }, { a: value }, "", "T")).toEqual(problems);
  });

  it("must be there where they are required, and have the names that are declared", () => {
    const properties = { size: { shape: string, required: true } };
    expect(problemsOf(properties, {}, "", "T")).toEqual(["size: T requires it"]);
    expect(problemsOf(properties, { size: null }, "at", "T")).toEqual(["at.size: T requires it"]);
    expect(problemsOf(properties, { size: "x", sise: 1, zzzzzzzzzzzz: undefined }, "at", "T")).toEqual([
      "at.sise: T has no such property; did you mean size?",
    ]);
  });
});

describe("the provider", () => {
  const urn = "urn:pulumi:t::slm::slm:x:Parent$azure-native:authorization:RoleAssignment::role";
  const provider = new StandIn(new Records(undefined));

  it("gives a role assignment a name that it keeps", async () => {
    const first = await provider.check(urn, undefined as never, { scope: "/x", principalId: "p", roleDefinitionId: "d" });
    expect(first).toEqual({
      inputs: { roleAssignmentName: guid(urn), scope: "/x", principalId: "p", roleDefinitionId: "d" },
      failures: [],
    });
    const later = await provider.check(urn, { roleAssignmentName: "old" }, { scope: "/x" });
    expect(later.inputs).toEqual({ roleAssignmentName: "old", scope: "/x" });
    expect(later.failures!.map(({ property, reason }) => `${property} ${reason}`)).toEqual(
      expect.arrayContaining(["principalId authorization.RoleAssignmentArgs requires it"]),
    );
  });

  it("compares what was asked for, whatever the order of its fields, and knows that an unknown value may differ", async () => {
    const old = { __inputs: { a: { x: 1, y: [2] }, b: secret("s"), c: unknown } };
    const pool = "urn:pulumi:t::slm::azure-native:containerservice:AgentPool::p";
    expect(await provider.diff("", pool, old, { a: { y: [2], x: 1 }, b: "s", c: unknown })).toEqual({ changes: false, replaces: [] });
    expect(await provider.diff("", pool, old, { a: { x: 1, y: [2] }, b: "t", c: unknown })).toEqual({ changes: true, replaces: [] });
    expect(await provider.diff("", pool, old, { a: { x: 1, y: [2] }, b: "s", c: "known" })).toEqual({ changes: true, replaces: [] });
    expect(await provider.diff("", pool, old, { ...old.__inputs, location: "x", resourceName: unknown })).toEqual({
      changes: true,
      replaces: ["location", "resourceName"],
    });
  });

  it("keeps what was asked for beside what Azure adds, after an update too", async () => {
    const registry = "urn:pulumi:t::slm::azure-native:containerregistry:Registry::r";
    const inputs = { resourceGroupName: "rg", registryName: "cr", sku: { name: "Basic" } };
    const { id, outs } = await provider.create(registry, inputs);
    const kept = { ...inputs, name: "cr", loginServer: "cr.azurecr.io", __inputs: inputs };
    expect(outs).toEqual(kept);
    expect((await provider.update(id, registry, {}, inputs)).outs).toEqual(kept);
  });
});

describe("records", () => {
  it("are kept between runs, and go with what they are below, whatever the names", () => {
    const records = new Records(path.join(folder, "records"));
    for (const id of ["/g", "/g/a", "/g/a/b", "/ga"]) records.write(id);
    expect(new Records(path.join(folder, "records")).ids().toSorted()).toEqual(["/g", "/g/a", "/g/a/b", "/ga"]);
    expect([records.has("/G/A"), records.has("/g/c")]).toEqual([true, false]);
    records.remove("/g");
    expect(records.ids()).toEqual(["/ga"]);
  });

  it("without a folder remember nothing", () => {
    const records = new Records(undefined);
    records.write("/g");
    records.remove("/g");
    expect([records.ids(), records.has("/g")]).toEqual([[], false]);
  });
});
