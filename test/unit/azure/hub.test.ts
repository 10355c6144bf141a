import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { composeAzure } from "../../../components/environment/azure";
import { azureSchema } from "../../../lib/environment/azure-config";
import { Behaviour } from "../../../tools/azure-stand-in/behaviour";
import { Records } from "../../../tools/azure-stand-in/records";
import { planOf } from "../../support/azure-cluster";
import { azure, fresh, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { written } from "../../support/azure-settings";
import { type Made, made, paths } from "../../support/made";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 }); // the first check reads the declarations of the SDK
vi.useFakeTimers({ now: Date.parse("2026-11-25T12:00:00Z"), toFake: ["Date"] }); // versions of Kubernetes go out of support

const hub = "/subscriptions/00000000-0000-4000-8000-00000000000b/resourceGroups/rg-hub/providers/Microsoft.Network";
const network = {
  kind: "existing",
  networkId: `${hub}/virtualNetworks/vnet-hub`,
  nodeSubnetId: `${hub}/virtualNetworks/vnet-hub/subnets/nodes`,
  endpointSubnetId: `${hub}/virtualNetworks/vnet-hub/subnets/endpoints`,
};
const zone = (name: string): string => `${hub}/privateDnsZones/${name}`;
const zones = { registry: zone("privatelink.azurecr.io"), vault: zone("privatelink.vaultcore.azure.net") };
const api = { kind: "private", zone: zone("privatelink.eastus.azmk8s.io") };

let folder: string;
const compose = (name: string, settings: object): void => {
  composeAzure({ name, settings: azureSchema.parse({ ...written, network, ...settings }), plan: planOf({ chat: {} }) });
};

beforeAll(mockAzure);
beforeEach(() => {
  fresh();
  folder = mkdtempSync(path.join(tmpdir(), "hub-"));
  azure.behaviour = new Behaviour(new Records(folder), { operation: 1, grant: 0 });
});
afterEach(async () => {
  await quiet();
  azure.behaviour = undefined;
  rmSync(folder, { recursive: true });
});
afterAll(() => vi.useRealTimers());

describe("an environment in a network that is there, with the zones of its hub,", () => {
  const ours = (): Record<string, Made> => made();

  it("makes no network, zone or link, and writes every name into the hub's zones", async () => {
    compose("dev", { api, privateLink: { zones } });
    await quiet();
    expect(refused).toEqual([]);
    const types = Object.values(ours()).map(({ type }) => type);
    expect(types.filter((type) => /^privatedns:|^network:(Virtual|Subnet)/.test(type))).toEqual([]);
    const given = paths(ours());
    expect(given["registry-link-names.privateDnsZoneConfigs[0].privateDnsZoneId"]).toBe(zones.registry);
    expect(given["secrets-link-names.privateDnsZoneConfigs[0].privateDnsZoneId"]).toBe(zones.vault);
    expect(given["registry-link-endpoint.subnet.id"]).toBe(network.endpointSubnetId);
    expect(given["aks-cluster.apiServerAccessProfile.privateDNSZone"]).toBe(api.zone);
  });

  it("lets the cluster's identity write into its zone and join the network, before the cluster is made", async () => {
    compose("dev", { api });
    await quiet();
    expect(refused).toEqual([]);
    const given = paths(ours());
    expect(given["aks-zone-role.scope"]).toBe(api.zone);
    expect(given["aks-network-role.scope"]).toBe(network.networkId);
  });

  it("shares them with a second one in the same group", async () => {
    compose("dev", { api, privateLink: { zones } });
    await quiet();
    compose("team-b", { api, privateLink: { zones }, resourceGroup: "rg-contoso-dev-eastus" });
    await quiet();
    expect(refused).toEqual([]);
  });

  it("would be refused as a second one if each made its own zones", async () => {
    compose("dev", { privateLink: true });
    await quiet();
    expect(refused).toEqual([]);
    compose("staging", { privateLink: true });
    await quiet();
    const links = ["registry-link-zone-link", "secrets-link-zone-link"];
    expect(refused.toSorted()).toEqual(
      links.map((link) => expect.stringMatching(`^${link}: Status=409 .* is linked to a zone of that name`)),
    );
  });
});

it.each<[object, string]>([
  [
    { privateLink: { zones: { ...zones, vault: zones.registry } } },
    "must be the id of the private DNS zone privatelink.vaultcore.azure.net",
  ],
  [{ privateLink: { zones: { registry: zones.registry } } }, "expected string, received undefined"],
  [{ privateLink: "yes" }, "must be true, false, or { zones: { registry, vault } }"],
  [{ api: { kind: "private", zone: zones.vault } }, "must be the id of the private DNS zone privatelink.<region>.azmk8s.io"],
])("%j is refused", (settings, message) => {
  const { error } = azureSchema.safeParse({ ...written, ...settings });
  expect(JSON.stringify(error?.issues)).toContain(JSON.stringify(message).slice(1, -1));
});

it("a zone of the API server may be one below the hub's", () => {
  const below = { kind: "private", zone: zone("team-b.privatelink.eastus.azmk8s.io") };
  expect(azureSchema.safeParse({ ...written, api: below }).success).toBe(true);
});
