import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { checkedRegion } from "../../../components/environment/azure-preflight";
import { namespaces } from "../../../lib/azure/account";
import { azureNames } from "../../../lib/azure/names";
import { azureSchema } from "../../../lib/environment/azure-config";
import { account } from "../../../tools/azure-stand-in/answers";
import { a10, planOf } from "../../support/azure-cluster";
import { called, fresh, mockAzure } from "../../support/azure-mocks";
import { written } from "../../support/azure-settings";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
vi.useFakeTimers({ now: Date.parse("2026-11-25T12:00:00Z"), toFake: ["Date"] }); // versions of Kubernetes go out of support
beforeAll(mockAzure);

const warn = vi.spyOn(pulumi.log, "warn");
const fetched = vi.spyOn(globalThis, "fetch");
beforeEach(() => {
  fresh();
  warn.mockReset().mockResolvedValue();
  fetched.mockReset();
});
afterEach(() => vi.unstubAllEnvs());

const vcpus = (value: number) => [{ name: "vCPUs", value: String(value) }];
const sku = (name: string, family: string, cores: number) => ({
  name,
  family,
  resourceType: "virtualMachines",
  locationInfo: [{ location: "westus3", zones: ["1"] }],
  capabilities: vcpus(cores),
});
const skus = [sku(a10, "a10s", 36), sku("Standard_D4s_v5", "ds", 4)];
const usage = (family: string, limit: number, currentValue = 0) => ({ name: { value: family }, limit, currentValue });

const registered = namespaces.map((namespace) => ({ namespace, registrationState: "Registered" }));
const room = [usage("cores", 1000), usage("lowPriorityCores", 1000)];

/** What a subscription has besides quotas. */
interface Account {
  readonly services?: object[];
  readonly deletedVault?: object;
  readonly cluster?: object;
}

/** The outcome for one A10 (at most two nodes) where Azure has these quotas; `status` is what it answers with. */
function region(quotas: object[], settings: object = {}, status = 200, account: Account = {}): Promise<string> {
  const { services = registered, deletedVault, cluster } = account;
  fetched.mockImplementation(async (url) => {
    const { pathname } = new URL(String(url));
    const found = (value: object | undefined) => (value ? Response.json(value, { status }) : new Response(null, { status: 404 }));
    if (pathname.includes("/deletedVaults/")) return found(deletedVault);
    if (pathname.includes("/managedClusters/")) return found(cluster);
    if (pathname.endsWith("/providers")) return found({ value: services });
    return found({ value: pathname.endsWith("/skus") ? skus : [...quotas, ...room] });
  });
  const plan = planOf({ chat: {} }, "westus3");
  const names = azureNames({ prefix: "contoso", environment: "dev", region: "westus3" });
  return promiseOf(checkedRegion({ plan, settings: azureSchema.parse({ ...written, ...settings }), names }));
}

/** An output as a promise, which also fails where the output does. */
function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
  const { isKnown, isSecret } = output as unknown as Record<"isKnown" | "isSecret", Promise<boolean>>;
  void Promise.allSettled([isKnown, isSecret]); // they fail with it, and nobody else would look
  return (output as unknown as { promise(): Promise<T> }).promise();
}

const unchecked = "quota, sizes and zones in westus3 were not checked: ";

it("without credentials is the plan's, and a warning says what was not checked", async () => {
  expect(await region([])).toBe("westus3");
  expect(warn.mock.calls).toEqual([[expect.stringMatching(new RegExp(`^${unchecked}`))]]);
  expect(fetched).not.toHaveBeenCalled();
});

it("when Azure does not answer is the plan's, and a warning says what it said", async () => {
  vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token");
  expect(await region([], {}, 503)).toBe("westus3");
  expect(warn.mock.calls).toEqual([
    [expect.stringMatching(new RegExp(`^${unchecked}.*/providers/Microsoft.Compute/.* answered 503$`))],
    [expect.stringMatching(/^registered services: not checked: .*\/providers answered 503$/)],
  ]);
});

it("when Azure has all that the pools need is the plan's, and nothing is said", async () => {
  vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token");
  expect(await region([usage("a10s", 72), usage("ds", 32)])).toBe("westus3");
  expect(warn.mock.calls).toEqual([]);
  const { origin, pathname } = new URL(String(fetched.mock.calls[0]![0]));
  expect(origin + pathname).toBe(
    "https://management.azure.com/subscriptions/00000000-0000-4000-8000-000000000001/providers/Microsoft.Compute/skus",
  );
  expect(fetched.mock.calls[0]![1]!.headers).toEqual({ authorization: "Bearer a-token" });
});

it("asks the cloud that the environment names, with or without a slash at its end", async () => {
  vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token");
  await region([usage("a10s", 72), usage("ds", 32)], { armEndpoint: "https://arm.example/" });
  expect(called.find(({ token }) => token.endsWith(":getClientToken"))!.inputs).toEqual({ endpoint: "https://arm.example" });
  expect(new Set(fetched.mock.calls.map(([url]) => new URL(String(url)).host))).toEqual(new Set(["arm.example"]));
  expect(String(fetched.mock.calls[0]![0])).toMatch(/^https:\/\/arm\.example\/subscriptions\//);
});

it("when Azure may have too little is the plan's, with a warning for each family", async () => {
  vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token");
  expect(await region([usage("a10s", 72, 1), usage("ds", 32, 9)])).toBe("westus3");
  expect(warn.mock.calls).toEqual([
    [`3 × Standard_D4s_v5, 3 × Standard_D4s_v5 may need 24 vCPUs of ds; 23 of 32 are free, less what this environment runs already`],
    [`2 × ${a10} may need 72 vCPUs of a10s; 71 of 72 are free, less what this environment runs already`],
  ]);
});

it("when Azure has too little is none, so that nothing is made; every lack is reported", async () => {
  vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token");
  await expect(region([usage("a10s", 71), usage("ds", 32)], { zones: ["1", "2"] })).rejects.toThrow(
    new pulumi.RunError(
      [
        "Azure says no:",
        `azure.systemPool.zones: Standard_D4s_v5 is not in zone 2 of westus3, got ["1","2"]; use zones 1`,
        `azure.workPool.zones: Standard_D4s_v5 is not in zone 2 of westus3, got ["1","2"]; use zones 1`,
        `azure.pools.${a10}.zones: ${a10} is not in zone 2 of westus3, got ["1","2"]; use zones 1`,
        `azure.pools.${a10}: needs 72 vCPUs of a10s, and the quota is 71, got "2 × ${a10}"; ask for more quota, or lower maxNodes`,
      ].join("\n"),
    ),
  );
  expect(warn).not.toHaveBeenCalled();
});

const vaultName = azureNames({ prefix: "contoso", environment: "dev", region: "westus3" }).vault;

describe("the subscription itself", () => {
  const enough = [usage("a10s", 72), usage("ds", 32)];
  beforeEach(() => vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token"));

  it("must have registered the services that an environment uses", async () => {
    const services = registered.map((service) =>
      service.namespace === "Microsoft.KeyVault" ? { ...service, registrationState: "NotRegistered" } : service,
    );
    await expect(region(enough, {}, 200, { services: services.slice(1) })).rejects.toThrow(
      [
        "Azure says no:",
        "azure: the subscription must have registered Microsoft.AlertsManagement, got nothing; az provider register --namespace Microsoft.AlertsManagement --wait",
        'azure: the subscription must have registered Microsoft.KeyVault, got "NotRegistered"; az provider register --namespace Microsoft.KeyVault --wait',
      ].join("\n"),
    );
  });

  it("must hold the networks that are peered", async () => {
    const network = (subscription: string) =>
      `/subscriptions/${subscription}/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub`;
    const own = network(account.subscriptionId.toUpperCase());
    expect(await region(enough, { network: { kind: "create", peers: [own] } })).toBe("westus3");
    await expect(region(enough, { network: { kind: "create", peers: [own, network("other")] } })).rejects.toThrow(
      `azure.network.peers: must lie in the subscription ${account.subscriptionId}, got "${network("other")}"; peer it by hand and use azure.network.kind existing, or name a network of this subscription`,
    );
  });

  it.each([
    [false, `, or free the name: az keyvault purge --name ${vaultName} --location westus3`],
    [true, ""],
  ])("must have the vault's name free, where a deleted one (protected from purge: %s) keeps it", async (purgeProtectionEnabled, purge) => {
    const deletedVault = { properties: { scheduledPurgeDate: "2026-12-02T00:00:00Z", location: "westus3", purgeProtectionEnabled } };
    const message = `azure.vault: its name is kept for a deleted vault until 2026-12-02T00:00:00Z, got "${vaultName}"; take the deleted vault back with its secrets: azure.vault.recover: true${purge}`;
    await expect(region(enough, {}, 200, { deletedVault })).rejects.toThrow(message);
    expect(await region(enough, { vault: { recover: true } }, 200, { deletedVault })).toBe("westus3");
    expect(warn).not.toHaveBeenCalled();
  });

  it("has no deleted vault to take back: a warning", async () => {
    expect(await region(enough, { vault: { recover: true } })).toBe("westus3");
    expect(warn.mock.calls).toEqual([[`azure.vault.recover: there is no deleted vault ${vaultName}; leave it out once the vault is back`]]);
  });

  const outdated = "must be supported; its support ended with 2026-07";
  const running = (currentKubernetesVersion: string) => ({ cluster: { properties: { currentKubernetesVersion } } });

  it("takes a version past its support for the cluster that runs it, and for no other", async () => {
    expect(await region(enough, { kubernetesVersion: "1.33" }, 200, running("1.33.13"))).toBe("westus3");
    expect(warn.mock.calls).toEqual([
      [`azure.kubernetesVersion: ${outdated}; the cluster goes on, without fixes: use 1.34, 1.35, 1.36, 1.37`],
    ]);
    await expect(region(enough, { kubernetesVersion: "1.33" })).rejects.toThrow(`azure.kubernetesVersion: ${outdated}, got "1.33"`);
  });

  it("that cannot be asked may have no such cluster", async () => {
    vi.unstubAllEnvs();
    await expect(region(enough, { kubernetesVersion: "1.33" })).rejects.toThrow(`azure.kubernetesVersion: ${outdated}, got "1.33"`);
  });

  it("upgrades a cluster by one minor version at a time, and moves it by itself where the channel says so", async () => {
    expect(await region(enough, { kubernetesVersion: "1.36" }, 200, running("1.35.6"))).toBe("westus3");
    await expect(region(enough, { kubernetesVersion: "1.36" }, 200, running("1.34.9"))).rejects.toThrow(
      'azure.kubernetesVersion: must be at most one minor version above 1.34.9, which the cluster runs, got "1.36"; go by "1.35" first',
    );
    expect(await region(enough, { kubernetesVersion: "1.35", upgrades: { channel: "rapid" } }, 200, running("1.37.1"))).toBe("westus3");
  });
});
