import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { ContainerRegistry, type ContainerRegistryArgs } from "../../../components/registry/container-registry";
import { exchange, registryPassword, tokenUser } from "../../../components/registry/registry-login";
import { privateLink } from "../../support/azure-cluster";
import { context, fresh, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { differences, fixture, type Made, made } from "../../support/made";
import { settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
beforeAll(mockAzure);
beforeEach(fresh);
afterEach(async () => {
  await quiet();
  expect(refused).toEqual([]);
});

const standard = fixture("registry") as Record<string, Made>;
const args: ContainerRegistryArgs = { context, registryName: "crtest1", pullers: { kubelet: "33333333-3333-4333-8333-333333333333" } };

describe("ContainerRegistry", () => {
  it("is one registry that the kubelet may pull from, and nothing else", async () => {
    const registry = new ContainerRegistry("reg", args);
    expect(await settled(registry.loginServer)).toBe("crtest1.azurecr.io");
    expect(await settled(registry.id)).toMatch(/\/rg-test\/providers\/Microsoft\.ContainerRegistry\/registries\/crtest1$/);
    await quiet();
    expect(made()).toEqual(standard);
  });

  const premium = { "reg-registry.sku.name": "Premium" };

  it.each<[Partial<ContainerRegistryArgs>, Record<string, unknown>]>([
    [{ registryName: "crother" }, { "reg-registry.registryName": "crother" }],
    [{ protect: false }, { "reg-registry options.protect": "gone" }],
    [{ requirements: {} }, {}],
    [{ requirements: { zoneRedundant: false, regions: [] } }, {}],
    [
      { requirements: { untaggedDays: 0 } },
      {
        ...premium,
        "reg-registry.policies.retentionPolicy.status": "enabled",
        "reg-registry.policies.retentionPolicy.days": 0,
      },
    ],
    [{ requirements: { zoneRedundant: true } }, { ...premium, "reg-registry.policies": "{}", "reg-registry.zoneRedundancy": "Enabled" }],
    [
      { requirements: { regions: ["northeurope", "westus3"] } },
      {
        ...premium,
        "reg-registry.policies": "{}",
        "reg-northeurope": "containerregistry:Replication",
        "reg-westus3": "containerregistry:Replication",
      },
    ],
    [
      { privateLink },
      {
        ...premium,
        "reg-registry.policies": "{}",
        "reg-registry.publicNetworkAccess": "Disabled",
        "reg-registry.networkRuleBypassOptions": "None",
        "reg-link": "slm:cluster:PrivateLink",
        "reg-link-endpoint": "network:PrivateEndpoint",
        "reg-link-names": "network:PrivateDnsZoneGroup",
        "reg-link-zone": "privatedns:PrivateZone",
        "reg-link-zone-link": "privatedns:VirtualNetworkLink",
      },
    ],
    [{ pullers: { kubelet: "a", other: "b" } }, { "reg-pull-kubelet.principalId": "a", "reg-pull-other": "authorization:RoleAssignment" }],
    [{ pullers: {} }, { "reg-pull-kubelet": "gone" }],
  ])("with %j differs by this and nothing else", async (change, expected) => {
    new ContainerRegistry("reg", { ...args, ...change });
    await quiet();
    expect(differences(standard, made())).toEqual(expected);
  });

  it("has its copies answer in their regions, and its private address lead to itself", async () => {
    new ContainerRegistry("reg", { ...args, requirements: { regions: ["northeurope"] }, privateLink });
    await quiet();
    const { "reg-northeurope": copy, "reg-link": link, "reg-link-endpoint": endpoint, "reg-link-zone-link": zone } = made();
    expect(copy).toEqual({
      type: "containerregistry:Replication",
      options: { parent: "reg" },
      after: ["reg-registry"],
      inputs: {
        replicationName: "northeurope",
        registryName: "crtest1",
        resourceGroupName: "rg-test",
        location: "northeurope",
        tags: "{tags}",
        regionEndpointEnabled: true,
        zoneRedundancy: "Disabled",
      },
    });
    expect(link).toEqual({ type: "slm:cluster:PrivateLink", options: { parent: "reg" } });
    expect(endpoint!.inputs).toMatchObject({
      privateEndpointName: "pe-crtest1",
      subnet: { id: "{rg-test}/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints" },
      privateLinkServiceConnections: [{ name: "registry", privateLinkServiceId: "{reg-registry.id}", groupIds: ["registry"] }],
    });
    expect(zone!.inputs).toMatchObject({
      privateZoneName: "privatelink.azurecr.io",
      virtualNetwork: { id: "{rg-test}/Microsoft.Network/virtualNetworks/vnet" },
    });
  });
});

describe("the login to a registry", () => {
  let server: Server | undefined;
  const asked: { method: string; url: string; body: string }[] = [];
  afterEach(() => void server?.close());

  /** Serves a registry that answers every request alike; returns its host. */
  async function serve(status: number, answer: object): Promise<string> {
    asked.splice(0);
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        asked.push({ method: request.method!, url: request.url!, body });
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => void server!.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("trades a token of Azure for one of the registry", async () => {
    const host = await serve(200, { refresh_token: "of-the-registry" });
    expect(await exchange({ endpoint: `http://${host}`, tenantId: "t", token: "of azure" })).toBe("of-the-registry");
    const body = `grant_type=access_token&service=${encodeURIComponent(host)}&tenant=t&access_token=of+azure`;
    expect(asked).toEqual([{ method: "POST", url: "/oauth2/exchange", body }]);
  });

  it("that is refused is reported with what the deployer needs", async () => {
    const endpoint = `http://${await serve(401, {})}`;
    await expect(exchange({ endpoint, tenantId: "t", token: "x" })).rejects.toThrow(
      new pulumi.RunError(
        `${endpoint}: the registry answered 401 when asked to let the deployer in; whoever deploys needs Contributor or AcrPush on it`,
      ),
    );
  });

  it("gives a password that is a secret, asked for with a token of this moment", async () => {
    const fetched = vi.spyOn(globalThis, "fetch").mockResolvedValue(Response.json({ refresh_token: "of-the-registry" }));
    const timeout = vi.spyOn(AbortSignal, "timeout");
    const password = registryPassword(pulumi.output("crtest1.azurecr.io"), "t", async () => "of-azure");
    expect([await settled(password), await pulumi.isSecret(password)]).toEqual(["of-the-registry", true]);
    const [url, options] = fetched.mock.calls[0]!;
    expect([url, String(options!.body)]).toEqual([
      "https://crtest1.azurecr.io/oauth2/exchange",
      "grant_type=access_token&service=crtest1.azurecr.io&tenant=t&access_token=of-azure",
    ]);
    expect(timeout.mock.calls).toEqual([[30_000]]);
    vi.restoreAllMocks();
  });

  it("is not asked for in a preview", async () => {
    const dry = vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(true);
    const token = vi.fn<() => Promise<string>>();
    const password = registryPassword("crtest1.azurecr.io", "t", token);
    expect([await settled(password), await pulumi.isSecret(password), token.mock.calls]).toEqual(["", true, []]);
    dry.mockRestore();
  });

  it("takes the name that Azure's registries take with a token", () => expect(tokenUser).toBe("00000000-0000-0000-0000-000000000000"));
});
