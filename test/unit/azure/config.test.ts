import { describe, expect, it } from "vitest";

import { azureSchema } from "../../../lib/environment/azure-config";
import { written } from "../../support/azure-settings";

const guid = "22222222-2222-4222-8222-222222222222";
const id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";

it("a section that says only what it must has these defaults", () => {
  expect(azureSchema.parse(written)).toEqual({
    ...written,
    production: false,
    longTermSupport: false,
    tier: "Standard",
    unprotect: [],
    network: {
      kind: "create",
      peers: [],
      network: "10.240.0.0/16",
      nodes: "10.240.0.0/20",
      endpoints: "10.240.16.0/24",
      pods: "10.244.0.0/16",
      services: "10.0.0.0/16",
    },
    deployer: "User",
    viewerGroups: [],
    zones: [],
    systemPool: { size: "Standard_D4s_v5", minNodes: 2, maxNodes: 3 },
    workPool: { size: "Standard_D4s_v5", minNodes: 1, maxNodes: 3 },
    pools: {},
    upgrades: { channel: "patch", nodeChannel: "NodeImage", day: "Sunday", startTime: "02:00", hours: 4, utcOffset: "+00:00" },
    imageCleanerHours: 168,
    registry: { regions: [], zoneRedundant: false, build: false },
    privateLink: false,
    vault: { softDeleteDays: 90, purgeProtection: true, recover: false, sync: "csi", pollInterval: "2m" },
    armEndpoint: "https://management.azure.com",
  });
});

it.each([
  [{ pools: { S: {} } }, {}],
  [{ pools: { S: { spot: {} } } }, { pools: { S: { spot: { maxUsdPerHour: -1, eviction: "Delete" } } } }],
  [
    { network: { kind: "existing", networkId: id, nodeSubnetId: id, endpointSubnetId: id } },
    {
      network: {
        kind: "existing",
        networkId: id,
        nodeSubnetId: id,
        endpointSubnetId: id,
        pods: "10.244.0.0/16",
        services: "10.0.0.0/16",
      },
    },
  ],
  [{ systemPool: { size: "S" } }, { systemPool: { size: "S", minNodes: 2, maxNodes: 3 } }],
  [{ workPool: { maxNodes: 7 } }, { workPool: { size: "Standard_D4s_v5", minNodes: 1, maxNodes: 7 } }],
])("%j is completed by its defaults", (change, completed) => {
  expect(azureSchema.parse({ ...written, ...change })).toEqual({ ...azureSchema.parse(written), ...change, ...completed });
});

it("takes everything that can be said, as it is said", () => {
  const full = {
    ...written,
    production: true,
    protect: false,
    resourceGroup: "rg-ours",
    longTermSupport: true,
    tier: "Free",
    network: {
      kind: "create",
      peers: [`${id}`],
      network: "10.1.0.0/16",
      nodes: "10.1.0.0/20",
      endpoints: "10.1.16.0/24",
      pods: "10.2.0.0/16",
      services: "10.3.0.0/16",
    },
    api: { kind: "public", authorizedRanges: ["203.0.113.0/24"] },
    deployer: { objectId: guid, type: "Group" },
    login: "workloadidentity",
    unprotect: ["A"],
    viewerGroups: [guid],
    zones: ["1", "2", "3"],
    systemPool: { size: "S", minNodes: 1, maxNodes: 1000 },
    workPool: { size: "S", minNodes: 1, maxNodes: 1 },
    pools: {
      A: { scale: { kind: "fixed", nodes: 0 }, spot: { maxUsdPerHour: 1.5, eviction: "Deallocate" }, zones: [], osDiskGib: 64 },
      B: { scale: { kind: "auto", minNodes: 0, maxNodes: 1000 } },
    },
    upgrades: { channel: "node-image", nodeChannel: "None", day: "Friday", startTime: "23:59", hours: 24, utcOffset: "-08:30" },
    imageCleanerHours: 24,
    registry: { untaggedDays: 0, regions: ["northeurope"], zoneRedundant: true, build: true },
    privateLink: true,
    vault: { softDeleteDays: 7, purgeProtection: false, recover: true, sync: "external-secrets", pollInterval: "1h" },
    observability: { ...written.observability, logs: { days: 30, gbPerDay: 0.5 } },
    armEndpoint: "https://management.example",
  };
  expect(azureSchema.parse(full)).toEqual(full);
});

const { observability } = written;
const logs = { days: 30, gbPerDay: 1 };
const existing = { kind: "existing", networkId: id, nodeSubnetId: id, endpointSubnetId: id };
const deployerMessage = "must be User, ServicePrincipal, or { objectId, type } with the type User, ServicePrincipal or Group";
const resourceIdMessage = "must be a full resource id (/subscriptions/…)";
const cidrMessage = "must be a range such as 10.0.0.0/16, written from its first address";

/** Each bound itself is tested with `limits`; here is where it applies. */
const wrong: [path: string, change: object, message: string][] = [
  ["prefix", { prefix: "A" }, "must be 2 to 8 of a-z and 0-9, starting with a letter"],
  ["tags.owner", { tags: { owner: "", costCentre: "1" } }, "must not be empty"],
  ["tags.costCentre", { tags: { owner: "us", costCentre: "" } }, "must not be empty"],
  ["kubernetesVersion", { kubernetesVersion: "1.36.1" }, 'must be major.minor in quotes, such as "1.36"'],
  ["kubernetesVersion", { kubernetesVersion: "2.1" }, 'must be major.minor in quotes, such as "1.36"'],
  ["network.network", { network: { kind: "create", network: "x" } }, cidrMessage],
  ["network.nodes", { network: { kind: "create", nodes: "x" } }, cidrMessage],
  ["network.endpoints", { network: { kind: "create", endpoints: "x" } }, cidrMessage],
  ["network.pods", { network: { kind: "create", pods: "x" } }, cidrMessage],
  ["network.services", { network: { kind: "create", services: "x" } }, cidrMessage],
  [
    "network.peers.0",
    { network: { kind: "create", peers: ["x"] } },
    "must be the id of a virtual network (/subscriptions/…/virtualNetworks/…)",
  ],
  ["network.networkId", { network: { ...existing, networkId: "x" } }, resourceIdMessage],
  ["network.nodeSubnetId", { network: { ...existing, nodeSubnetId: "x" } }, resourceIdMessage],
  ["network.endpointSubnetId", { network: { ...existing, endpointSubnetId: "x" } }, resourceIdMessage],
  ["network.pods", { network: { ...existing, pods: "x" } }, cidrMessage],
  ["network.services", { network: { ...existing, services: "x" } }, cidrMessage],
  ["api.authorizedRanges", { api: { kind: "public", authorizedRanges: [] } }, "must name at least one range"],
  ["api.authorizedRanges.0", { api: { kind: "public", authorizedRanges: ["x"] } }, cidrMessage],
  ["deployer", { deployer: "Group" }, deployerMessage],
  ["deployer.objectId", { deployer: { objectId: "x", type: "User" } }, "must be a GUID"],
  ["login", { login: "devicecode" }, "must be azurecli, workloadidentity, spn, msi"],
  ["adminGroups", { adminGroups: [] }, "must name at least one group: there are no local accounts"],
  ["adminGroups.0", { adminGroups: ["x"] }, "must be a GUID"],
  ["viewerGroups.0", { viewerGroups: ["x"] }, "must be a GUID"],
  ["zones.1", { zones: ["1", "4"] }, 'must be "1", "2" or "3"'],
  ["systemPool.minNodes", { systemPool: { minNodes: 0 } }, "must be at least 1 node"],
  ["systemPool.maxNodes", { systemPool: { maxNodes: 1001 } }, "must be at most 1000 nodes"],
  ["workPool.minNodes", { workPool: { minNodes: 0 } }, "must be at least 1 node"],
  ["workPool.maxNodes", { workPool: { maxNodes: 1001 } }, "must be at most 1000 nodes"],
  ["pools.S.scale.nodes", { pools: { S: { scale: { kind: "fixed", nodes: -1 } } } }, "must be at least 0 nodes"],
  ["pools.S.scale.minNodes", { pools: { S: { scale: { kind: "auto", minNodes: -1, maxNodes: 1 } } } }, "must be at least 0 nodes"],
  ["pools.S.scale.maxNodes", { pools: { S: { scale: { kind: "auto", minNodes: 1, maxNodes: 1001 } } } }, "must be at most 1000 nodes"],
  ["pools.S.spot.maxUsdPerHour", { pools: { S: { spot: { maxUsdPerHour: 0 } } } }, "must be -1, or above 0 with at most five decimals"],
  ["pools.S.zones.0", { pools: { S: { zones: ["0"] } } }, 'must be "1", "2" or "3"'],
  ["pools.S.osDiskGib", { pools: { S: { osDiskGib: 63 } } }, "must be at least 64 GiB"],
  ["upgrades.startTime", { upgrades: { startTime: "24:00" } }, "must be HH:MM"],
  ["upgrades.startTime", { upgrades: { startTime: "19:60" } }, "must be HH:MM"],
  ["upgrades.startTime", { upgrades: { startTime: "2:00" } }, "must be HH:MM"],
  ["upgrades.startTime", { upgrades: { startTime: "02:00:00" } }, "must be HH:MM"],
  ["upgrades.hours", { upgrades: { hours: 3 } }, "must be at least 4 h"],
  ["upgrades.utcOffset", { upgrades: { utcOffset: "01:00" } }, "must be like +00:00"],
  ["upgrades.utcOffset", { upgrades: { utcOffset: "+1:00" } }, "must be like +00:00"],
  ["upgrades.utcOffset", { upgrades: { utcOffset: "+01:00x" } }, "must be like +00:00"],
  ["imageCleanerHours", { imageCleanerHours: 23 }, "must be at least 24 h"],
  ["registry.untaggedDays", { registry: { untaggedDays: 366 } }, "must be at most 365 days"],
  ["vault.softDeleteDays", { vault: { softDeleteDays: 6 } }, "must be at least 7 days"],
  ["vault.sync", { vault: { sync: "push" } }, "must be csi or external-secrets"],
  ["vault.pollInterval", { vault: { pollInterval: "2s" } }, "must be a number of minutes or hours, such as 2m or 1h"],
  ["observability.alertEmails", { observability: { ...observability, alertEmails: [] } }, "must name at least one address"],
  ["observability.alertEmails.0", { observability: { ...observability, alertEmails: ["us"] } }, "must be an e-mail address"],
  [
    "observability.budget.usdPerMonth",
    { observability: { ...observability, budget: { usdPerMonth: 0, from: "2026-12" } } },
    "must be above 0 USD",
  ],
  ...["2026-13", "2026-00", "2026-1", "26-12", "2026-12-01"].map((from): [string, object, string] => [
    "observability.budget.from",
    { observability: { ...observability, budget: { usdPerMonth: 1, from } } },
    "must be the first month, as YYYY-MM",
  ]),
  ["observability.logs.days", { observability: { ...observability, logs: { ...logs, days: 29 } } }, "must be at least 30 days"],
  ["observability.logs.gbPerDay", { observability: { ...observability, logs: { ...logs, gbPerDay: 0 } } }, "must be above 0 GB"],
  ["armEndpoint", { armEndpoint: "management.azure.com" }, "must be a URL"],
];

describe("refuses, at the setting itself,", () => {
  it.each(wrong)("%s in %j: %s", (path, change, message) => {
    const issues = azureSchema.safeParse({ ...written, ...change }).error?.issues.map((issue) => [issue.path.join("."), issue.message]);
    expect(issues).toEqual([[path, message]]);
  });

  it.each([
    ["", {}],
    ["tags", { tags: { owner: "us", costCentre: "1" } }],
    ["network", { network: { kind: "create" } }],
    ["network", { network: existing }],
    ["api", { api: { kind: "private" } }],
    ["systemPool", { systemPool: {} }],
    ["pools.S", { pools: { S: {} } }],
    ["pools.S.scale", { pools: { S: { scale: { kind: "fixed", nodes: 1 } } } }],
    ["pools.S.spot", { pools: { S: { spot: {} } } }],
    ["upgrades", { upgrades: {} }],
    ["registry", { registry: {} }],
    ["vault", { vault: {} }],
    ["observability", { observability }],
    ["observability.budget", { observability }],
    ["observability.logs", { observability: { ...observability, logs } }],
  ])("what it does not know in %j", (path, change) => {
    const section = structuredClone({ ...written, ...change }) as Record<string, unknown>;
    const at = path === "" ? [] : path.split(".");
    const inner = at.reduce<Record<string, unknown>>((object, key) => object[key] as Record<string, unknown>, section);
    inner["nonsense"] = true;
    const issues = azureSchema.safeParse(section).error?.issues.map((issue) => [issue.path.join("."), issue.message]);
    expect(issues).toEqual([[path, 'Unrecognized key: "nonsense"']]);
  });

  it.each(["prefix", "tags", "kubernetesVersion", "api", "adminGroups", "observability"])("a section without %s", (key) => {
    const section = Object.fromEntries(Object.entries(written).filter(([other]) => other !== key));
    expect(azureSchema.safeParse(section).error?.issues.map((issue) => issue.path.join("."))).toEqual([key]);
  });
});
