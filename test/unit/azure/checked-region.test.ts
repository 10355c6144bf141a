import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";

import { azureSchema } from "../../../stacks/azure-config";
import { checkedRegion } from "../../../stacks/azure-preflight";
import { a10, planOf } from "../../support/azure-cluster";
import { called, fresh, mockAzure } from "../../support/azure-mocks";
import { written } from "../../support/azure-settings";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
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

/** The outcome for one A10 (at most two nodes) where Azure has these quotas; `status` is what it answers with. */
function region(quotas: object[], settings: object = {}, status = 200): Promise<string> {
  fetched.mockImplementation(async (url) => Response.json({ value: String(url).includes("/skus") ? skus : quotas }, { status }));
  const output = checkedRegion(planOf({ chat: {} }, "westus3"), azureSchema.parse({ ...written, ...settings }));
  return promiseOf(output);
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
  expect(warn.mock.calls).toEqual([[expect.stringMatching(new RegExp(`^${unchecked}.*/providers/Microsoft.Compute/.* answered 503$`))]]);
});

it("when Azure has all that the pools need is the plan's, and nothing is said", async () => {
  vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token");
  expect(await region([usage("a10s", 72), usage("ds", 24)])).toBe("westus3");
  expect(warn.mock.calls).toEqual([]);
  const { origin, pathname } = new URL(String(fetched.mock.calls[0]![0]));
  expect(origin + pathname).toBe(
    "https://management.azure.com/subscriptions/00000000-0000-4000-8000-000000000001/providers/Microsoft.Compute/skus",
  );
  expect(fetched.mock.calls[0]![1]!.headers).toEqual({ authorization: "Bearer a-token" });
});

it("asks the cloud that the environment names, with or without a slash at its end", async () => {
  vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token");
  await region([usage("a10s", 72), usage("ds", 24)], { armEndpoint: "https://arm.example/" });
  expect(called.find(({ token }) => token.endsWith(":getClientToken"))!.inputs).toEqual({ endpoint: "https://arm.example" });
  expect(new Set(fetched.mock.calls.map(([url]) => new URL(String(url)).host))).toEqual(new Set(["arm.example"]));
  expect(String(fetched.mock.calls[0]![0])).toMatch(/^https:\/\/arm\.example\/subscriptions\//);
});

it("when Azure may have too little is the plan's, with a warning for each family", async () => {
  vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token");
  expect(await region([usage("a10s", 72, 1), usage("ds", 24, 1)])).toBe("westus3");
  expect(warn.mock.calls).toEqual([
    [`3 × Standard_D4s_v5, 3 × Standard_D4s_v5 may need 24 vCPUs of ds; 23 of 24 are free, less what this environment runs already`],
    [`2 × ${a10} may need 72 vCPUs of a10s; 71 of 72 are free, less what this environment runs already`],
  ]);
});

it("when Azure has too little is none, so that nothing is made; every lack is told", async () => {
  vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "a-token");
  await expect(region([usage("a10s", 71), usage("ds", 24)], { zones: ["1", "2"] })).rejects.toThrow(
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
