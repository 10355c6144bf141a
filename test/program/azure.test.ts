import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it, vi } from "vitest";

import { namespaces } from "../../lib/azure/account";
import { AzureStack, type Settings } from "../support/azure";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

let stack: AzureStack | undefined;
let arm: Server | undefined;
afterEach(async () => {
  stack?.remove();
  arm?.close();
});

const azure = (config: Settings): Settings => config["slm:azure"];

describe("a preview of prod, without an account, by the real engine", () => {
  it("shows every resource, and says what it could not check", async () => {
    stack = await AzureStack.open("prod");
    const steps = await stack.steps();
    const count = (type: string): number => Object.values(steps).filter((step) => step.type === `azure-native:${type}`).length;
    expect(new Set(Object.values(steps).map(({ op }) => op))).toEqual(new Set(["create"]));
    expect({
      clusters: count("containerservice:ManagedCluster"),
      pools: count("containerservice:AgentPool"),
      registries: count("containerregistry:Registry"),
      vaults: count("keyvault:Vault"),
      endpoints: count("network:PrivateEndpoint"),
      roles: count("authorization:RoleAssignment"),
    }).toEqual({ clusters: 1, pools: 2, registries: 1, vaults: 1, endpoints: 2, roles: 9 });
    expect(steps["chat-server"]!.type).toBe("kubernetes:apps/v1:Deployment");
    expect(steps["nv36ads-a10-v5-pool"]!.inputs).toMatchObject({
      vmSize: "Standard_NV36ads_A10_v5",
      minCount: 2,
      maxCount: 4,
      availabilityZones: ["1", "2"],
    });
    const { said } = await stack.run(["preview"]);
    expect(said).toContain("quota, sizes and zones in swedencentral were not checked: the stand-in for azure-native has no credentials");
  });

  it("tells every mistake at once, without a stack trace, before anything is made", async () => {
    stack = await AzureStack.open("prod", (config) => {
      azure(config)["kubernetesVersion"] = "1.33";
      azure(config)["network"] = { kind: "create", pods: "10.240.0.0/16" };
      azure(config)["pools"]["Standard_NV36ads_A10_v5"].spot = {};
      config["slm:models"].chat.replicas = 1;
    });
    const { said, exitCode } = await stack.run(["preview"]);
    expect(exitCode).not.toBe(0);
    expect(said).toContain("stacks/Pulumi.prod.yaml has no plan:");
    expect(said).toContain('azure.kubernetesVersion: must be supported; its support ended with 2026-07, got "1.33"');
    expect(said).toContain(
      'azure.network.pods: must not overlap azure.network.network (10.240.0.0/16), got "10.240.0.0/16"; choose another range',
    );
    expect(said).toContain(
      "azure.pools.Standard_NV36ads_A10_v5.spot: Azure may take spot nodes back at any time, and models.chat would have no other replica, got 1",
    );
    expect(said).not.toMatch(/^\s+at /m);
    expect(said).not.toContain("ManagedCluster");
  });
});

it("with credentials, a preview ends with what Azure has too little of", async () => {
  const size = "Standard_NV36ads_A10_v5";
  const sku = {
    name: size,
    resourceType: "virtualMachines",
    family: "StandardNVADSA10v5Family",
    locationInfo: [{ location: "swedencentral", zones: ["1"] }],
    capabilities: [{ name: "vCPUs", value: "36" }],
  };
  const cpu = {
    ...sku,
    name: "Standard_D4s_v5",
    family: "standardDSv5Family",
    locationInfo: [{ location: "swedencentral", zones: ["1", "2", "3"] }],
    capabilities: [{ name: "vCPUs", value: "4" }],
  };
  const usages = [
    { name: { value: "StandardNVADSA10v5Family" }, limit: 72, currentValue: 0 },
    { name: { value: "standardDSv5Family" }, limit: 100, currentValue: 0 },
  ];
  const services = namespaces.map((namespace) => ({ namespace, registrationState: "Registered" }));
  const asked: string[] = [];
  arm = createServer((request, response) => {
    asked.push(`${request.headers.authorization} ${request.url!.split("?")[0]}`);
    const page = /\/providers\?/.test(request.url!) ? services : request.url!.includes("/skus") ? [sku, cpu] : usages;
    const absent = /deletedVaults|managedClusters/.test(request.url!);
    response.writeHead(absent ? 404 : 200).end(JSON.stringify({ value: page }));
  });
  await new Promise<void>((resolve) => void arm!.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(arm.address() as AddressInfo).port}`;
  stack = await AzureStack.open("prod", (config) => void Object.assign(azure(config), { armEndpoint: endpoint }), {
    variables: { SLM_AZURE_STANDIN_TOKEN: "a-token" },
  });
  const { said, exitCode } = await stack.run(["preview"]);
  expect(exitCode).not.toBe(0);
  expect(said).toContain(`azure.pools.${size}.zones: ${size} is not in zone 2 of swedencentral, got ["1","2"]; use zones 1`);
  expect(said).toContain(`needs 144 vCPUs of StandardNVADSA10v5Family, and the quota is 72, got "4 × ${size}"`);
  expect(said).not.toMatch(/^\s+at .*stacks/m);
  const subscription = "Bearer a-token /subscriptions/00000000-0000-4000-8000-000000000001";
  const compute = `${subscription}/providers/Microsoft.Compute`;
  expect(asked.toSorted()).toEqual([
    `${subscription}/providers`,
    `${compute}/locations/swedencentral/usages`,
    `${compute}/skus`,
    `${subscription}/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/kv-contoso-prod-a4fu6g`,
    `${subscription}/resourceGroups/rg-contoso-prod-swedencentral/providers/Microsoft.ContainerService/managedClusters/aks-contoso-prod`,
  ]);
});
