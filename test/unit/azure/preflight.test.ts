import { afterEach, describe, expect, it, vi } from "vitest";

import { preflight } from "../../../components/cluster/preflight";
import { type PoolRequirement, quotaResult, type Sku, type Usage } from "../../../lib/azure/preflight";

const size = "Standard_NV36ads_A10_v5";
const family = "StandardNVADSA10v5Family";
const sku: Sku = {
  name: size,
  resourceType: "virtualMachines",
  family,
  locationInfo: [{ location: "eastus", zones: ["3", "1"] }],
  capabilities: [
    { name: "MaxResourceVolumeMB", value: "1" },
    { name: "vCPUs", value: "36" },
  ],
};
const requirement: PoolRequirement = { path: `azure.pools.${size}`, size, nodes: 4, zones: [], spot: false, surge: 0 };
const usage = (limit: number, currentValue = 0): Usage[] => [
  { name: { value: "cores" }, limit: 1000, currentValue: 0 },
  { name: { value: "lowPriorityCores" }, limit: 3, currentValue: 0 },
  { name: { value: family.toLowerCase() }, limit, currentValue },
];
const closed = (...zones: string[]): NonNullable<Sku["restrictions"]>[number] => ({
  type: "Zone",
  reasonCode: "NotAvailableForSubscription",
  restrictionInfo: { zones },
});

describe("what Azure offers", () => {
  it.each<[string, Partial<PoolRequirement>, Partial<Sku>]>([
    ["whole", {}, {}],
    ["in zones", { zones: ["1", "3"] }, {}],
    ["where a zone is closed that nobody asks for", { zones: ["1"] }, { restrictions: [closed("3")] }],
    ["without zones where all are closed", {}, { restrictions: [closed("1", "3")] }],
  ])("is enough: %s", (_, asked, offered) => {
    expect(quotaResult([{ ...requirement, ...asked }], [{ ...sku, ...offered }], usage(144), "eastus")).toEqual({
      faults: [],
      warnings: [],
    });
  });

  const choose = "choose another size or region";
  const zones = `${requirement.path}.zones`;

  it.each<[string, Partial<PoolRequirement>, Sku[], object]>([
    ["no such size", {}, [], { path: requirement.path, value: size, bound: "must be offered in eastus", fix: choose }],
    [
      "the size as something other than a machine",
      {},
      [{ ...sku, resourceType: "disks" }],
      { path: requirement.path, value: size, bound: "must be offered in eastus", fix: choose },
    ],
    [
      "the size to others",
      {},
      [{ ...sku, restrictions: [closed("1"), { type: "Location", reasonCode: "NotAvailableForSubscription" }] }],
      { path: requirement.path, value: size, bound: "must be offered in eastus (NotAvailableForSubscription)", fix: choose },
    ],
    [
      "two zones of three",
      { zones: ["1", "2", "3"] },
      [sku],
      { path: zones, value: ["1", "2", "3"], bound: `${size} is not in zone 2 of eastus`, fix: "use zones 1, 3" },
    ],
    [
      "a zone to others",
      { zones: ["1"] },
      [{ ...sku, restrictions: [closed("1")] }],
      { path: zones, value: ["1"], bound: `${size} is not in zone 1 of eastus`, fix: "use zones 3" },
    ],
    [
      "no zones",
      { zones: ["1", "2"] },
      [{ ...sku, locationInfo: [{ location: "eastus" }] }],
      { path: zones, value: ["1", "2"], bound: `${size} is not in zone 1, 2 of eastus`, fix: "use no zones" },
    ],
  ])("is too little: %s", (_, asked, skus, fault) => {
    expect(quotaResult([{ ...requirement, ...asked }], skus, usage(144), "eastus").faults).toEqual([fault]);
  });
});

describe("the quota", () => {
  it("is enough when it just holds all nodes", () => {
    expect(quotaResult([requirement], [sku], usage(144), "eastus")).toEqual({ faults: [], warnings: [] });
  });

  it("is too little by one processor", () => {
    expect(quotaResult([requirement], [sku], usage(143), "eastus")).toEqual({
      faults: [
        {
          path: requirement.path,
          value: `4 × ${size}`,
          bound: `needs 144 vCPUs of ${family}, and the quota is 143`,
          fix: "ask for more quota, or lower maxNodes",
        },
      ],
      warnings: [],
    });
  });

  it("counts all pools of a family together, by what each size has", () => {
    const small = { ...sku, name: "Standard_NV6ads_A10_v5", capabilities: [{ name: "vCPUs", value: "6" }] };
    const pools = [requirement, { ...requirement, path: "azure.pools.small", size: small.name, nodes: 2 }];
    expect(quotaResult(pools, [sku, small], usage(156), "eastus")).toEqual({ faults: [], warnings: [] });
    expect(quotaResult(pools, [sku, small], usage(155), "eastus").faults).toMatchObject([
      { path: requirement.path, value: `4 × ${size}, 2 × ${small.name}`, bound: `needs 156 vCPUs of ${family}, and the quota is 155` },
    ]);
  });

  it("counts families apart", () => {
    const other = { ...sku, name: "Standard_D4s_v5", family: "standardDSv5Family", capabilities: [{ name: "vCPUs", value: "4" }] };
    const quotas = [...usage(144), { name: { value: "StandardDSv5Family" }, limit: 7, currentValue: 0 }];
    expect(
      quotaResult([requirement, { ...requirement, path: "azure.workPool", size: other.name, nodes: 2 }], [sku, other], quotas, "eastus")
        .faults,
    ).toMatchObject([{ path: "azure.workPool", bound: "needs 8 vCPUs of standardDSv5Family, and the quota is 7" }]);
  });

  it("that is in use may be in use by this very environment: a warning", () => {
    expect(quotaResult([requirement], [sku], usage(188, 44), "eastus")).toEqual({ faults: [], warnings: [] });
    expect(quotaResult([requirement], [sku], usage(188, 45), "eastus")).toEqual({
      faults: [],
      warnings: [`4 × ${size} may need 144 vCPUs of ${family}; 143 of 188 are free, less what this environment runs already`],
    });
  });

  it("that Azure does not tell is a warning", () => {
    expect(quotaResult([requirement], [sku], usage(144).slice(0, 1), "eastus")).toEqual({
      faults: [],
      warnings: [`${family}: Azure tells no quota; 144 vCPUs are needed`],
    });
    expect(quotaResult([requirement], [sku], usage(144).slice(2), "eastus").warnings).toEqual([
      "the region (cores): Azure tells no quota; 144 vCPUs are needed",
    ]);
  });

  it("of the region holds for all families together", () => {
    const region = (limit: number) => [{ name: { value: "cores" }, limit, currentValue: 0 }, ...usage(144).slice(1)];
    expect(quotaResult([requirement], [sku], region(144), "eastus").faults).toEqual([]);
    expect(quotaResult([requirement], [sku], region(143), "eastus").faults).toMatchObject([
      { path: requirement.path, bound: "needs 144 vCPUs of the region (cores), and the quota is 143" },
    ]);
  });

  it("of spot nodes is one of the region's own, and the family's does not count", () => {
    const spot = { ...requirement, spot: true };
    const quotas = (limit: number) => [{ name: { value: "LowPriorityCores" }, limit, currentValue: 0 }];
    expect(quotaResult([spot], [sku], quotas(144), "eastus")).toEqual({ faults: [], warnings: [] });
    expect(quotaResult([spot], [sku], [...usage(1000).slice(2), ...quotas(143)], "eastus").faults).toMatchObject([
      { path: requirement.path, bound: "needs 144 vCPUs of the region's spot nodes (lowPriorityCores), and the quota is 143" },
    ]);
  });

  it("that has no room for an upgrade's surge nodes is a warning", () => {
    const surging = { ...requirement, surge: 1 };
    expect(quotaResult([surging], [sku], usage(180), "eastus").warnings).toEqual([]);
    expect(quotaResult([surging], [sku], usage(179), "eastus")).toEqual({
      faults: [],
      warnings: [`4 × ${size}: an upgrade at that size needs 180 vCPUs of ${family} for its surge nodes, and the quota is 179`],
    });
  });
});

describe("asking Azure", () => {
  const access = { endpoint: "https://arm.example", subscriptionId: "sub", token: "a-token" };
  const base = "https://arm.example/subscriptions/sub/providers/Microsoft.Compute";
  const skusUrl = `${base}/skus?api-version=2021-07-01&$filter=location%20eq%20'eastus'`;
  const usagesUrl = `${base}/locations/eastus/usages?api-version=2024-11-01`;
  const answers: Record<string, () => Response> = {};
  const asked: { url: string; authorization: string | null }[] = [];
  const timeout = vi.spyOn(AbortSignal, "timeout");
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, options) => {
    asked.push({ url: String(url), authorization: new Headers(options?.headers).get("authorization") });
    return answers[String(url)]?.() ?? new Response(null, { status: 404 });
  });
  afterEach(() => {
    asked.splice(0);
    timeout.mockClear();
  });

  it("reads every page of both lists, with the token, and waits 30 s for each", async () => {
    Object.assign(answers, {
      [skusUrl]: () => Response.json({ value: [{ ...sku, name: "other" }], nextLink: "https://arm.example/next" }),
      "https://arm.example/next": () => Response.json({ value: [sku] }),
      [usagesUrl]: () => Response.json({ value: usage(143) }),
    });
    expect(await preflight([requirement], "eastus", access)).toEqual(quotaResult([requirement], [sku], usage(143), "eastus"));
    expect(asked.map(({ url }) => url).toSorted()).toEqual(["https://arm.example/next", usagesUrl, skusUrl].toSorted());
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer a-token"]));
    expect(timeout.mock.calls).toEqual([[30_000], [30_000], [30_000]]);
  });

  it("asks again when Azure, which was asked too often, says that it may, if that is soon", async () => {
    const busy = (seconds: string) => new Response(null, { status: 429, headers: { "retry-after": seconds } });
    const answered = [busy("0"), busy("0"), Response.json({ value: usage(143) })];
    Object.assign(answers, { [skusUrl]: () => Response.json({ value: [sku] }), [usagesUrl]: () => answered.shift() });
    expect(await preflight([requirement], "eastus", access)).toEqual(quotaResult([requirement], [sku], usage(143), "eastus"));
    Object.assign(answers, { [usagesUrl]: () => busy("31") });
    const silent = "/subscriptions/sub/providers/Microsoft.Compute/locations/eastus/usages answered 429";
    expect(await preflight([requirement], "eastus", access)).toBe(silent);
    asked.splice(0);
    Object.assign(answers, { [usagesUrl]: () => busy("0") });
    expect(await preflight([requirement], "eastus", access)).toBe(silent);
    expect(asked.filter(({ url }) => url === usagesUrl)).toHaveLength(3);
  });

  it("says what Azure answered where it answers no", async () => {
    Object.assign(answers, { [usagesUrl]: () => new Response(null, { status: 403 }) });
    expect(await preflight([requirement], "eastus", access)).toBe(
      "/subscriptions/sub/providers/Microsoft.Compute/locations/eastus/usages answered 403",
    );
  });

  it("says what went wrong where nobody answers", async () => {
    Object.assign(answers, {
      [skusUrl]: () => {
        throw "down";
      },
    });
    expect(await preflight([requirement], "eastus", access)).toBe("down");
  });
});
