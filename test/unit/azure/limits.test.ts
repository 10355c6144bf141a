import { describe, expect, it } from "vitest";
import type { z } from "zod";

import * as limits from "../../../lib/azure/limits";

const guid = "0123abcd-4567-89ef-ABCD-0123456789ab";
const group = "/subscriptions/s/resourceGroups/g/providers";

/** A whole number: both sides of each bound, and what is between two numbers. */
const whole = (unit: string, [least, leastText]: [number, string], [most, mostText]: [number, string]) => ({
  good: [least, most],
  bad: [
    [least - 1, `must be at least ${leastText}`],
    [most + 1, `must be at most ${mostText}`],
    [least + 0.5, `must be a whole number of ${unit}`],
  ] as [unknown, string][],
});

const prefixMessage = "must be 2 to 8 of a-z and 0-9, starting with a letter";
const idMessage = "must be a full resource id (/subscriptions/…)";
const cidrMessage = "must be a range such as 10.0.0.0/16, written from its first address";
const spotMessage = "must be -1, or above 0 with at most five decimals";
const pollMessage = "must be a number of minutes or hours, such as 2m or 1h";

/** Ids of zones: of the names that are meant, and what is none of them. */
const zones = (example: string, good: string[], others: string[]) => ({
  good: good.map((name) => `${group}/Microsoft.Network/privateDnsZones/${name}`),
  bad: [
    good[0]!,
    `${group}/Microsoft.Network/privateDnsZones/x/${good[0]}`,
    `${group}/Microsoft.Network/virtualNetworks/${good[0]}`,
    ...others.map((name) => `${group}/Microsoft.Network/privateDnsZones/${name}`),
  ].map((value) => [value, `must be the id of the private DNS zone ${example} (/subscriptions/…/privateDnsZones/…)`] as [unknown, string]),
});

const table: Record<keyof typeof limits, { good: unknown[]; bad: [unknown, string][] }> = {
  prefix: {
    good: ["ab", "a1", "abcdefgh"],
    bad: ["a", "abcdefghi", "1a", "Ab", "aB", "a-b", "ab\nc", " ab"].map((value) => [value, prefixMessage]),
  },
  cidr: {
    good: ["10.0.0.0/16", "0.0.0.0/0", "10.1.2.3/32"],
    bad: ["10.0.0.1/16", "10.0.0.0", "10.0.0.0/33"].map((value) => [value, cidrMessage]),
  },
  nodes: whole("nodes", [0, "0 nodes"], [1000, "1000 nodes"]),
  systemNodes: whole("nodes", [1, "1 node"], [1000, "1000 nodes"]),
  osDiskGib: whole("GiB", [64, "64 GiB"], [2048, "2048 GiB"]),
  spotMaxUsd: {
    good: [-1, 0.00001, 0.12345, 3.673, 1000],
    bad: [0, -0.5, -2, 0.000001, 0.123456].map((value) => [value, spotMessage]),
  },
  objectId: {
    good: [guid, guid.toUpperCase()],
    bad: [guid.slice(1), `${guid}0`, guid.replaceAll("-", ""), guid.replace("a", "g"), `{${guid}}`].map((value) => [
      value,
      "must be a GUID",
    ]),
  },
  resourceId: {
    good: [`${group}/Microsoft.Network/virtualNetworks/v`, `${group}/x`.toUpperCase().replace("SUBSCRIPTIONS", "subscriptions")],
    bad: ["vnet", "/subscriptions/s/resourceGroups/g", `${group}/`, ` ${group}/x`, "/subscriptions//resourceGroups/g/providers/x"].map(
      (value) => [value, idMessage],
    ),
  },
  networkId: {
    good: [`${group}/Microsoft.Network/virtualNetworks/hub`],
    bad: ["hub", `${group}/Microsoft.Network/virtualNetworks/hub/subnets/nodes`, `${group}/Microsoft.Network/subnets/x`].map((value) => [
      value,
      "must be the id of a virtual network (/subscriptions/…/virtualNetworks/…)",
    ]),
  },
  registryZoneId: zones(
    "privatelink.azurecr.io",
    ["privatelink.azurecr.io"],
    ["azurecr.io", "privatelinkXazurecr.io", "x.privatelink.azurecr.io"],
  ),
  vaultZoneId: zones("privatelink.vaultcore.azure.net", ["privatelink.vaultcore.azure.net"], ["privatelink.azurecr.io"]),
  apiZoneId: zones(
    "privatelink.<region>.azmk8s.io",
    ["privatelink.eastus.azmk8s.io", "team-b.privatelink.eastus2.azmk8s.io"],
    ["eastus.azmk8s.io", "privatelink.azmk8s.io", "a.b.privatelink.eastus.azmk8s.io"],
  ),
  tag: {
    good: ["x", "x".repeat(256)],
    bad: [
      ["", "must not be empty"],
      ["x".repeat(257), "must be at most 256 characters"],
    ],
  },
  usdPerMonth: { good: [0.01, 1e6], bad: [0, -1].map((value) => [value, "must be above 0 USD"]) },
  logDays: whole("days", [30, "30 days"], [730, "730 days"]),
  softDeleteDays: whole("days", [7, "7 days"], [90, "90 days"]),
  pollInterval: {
    good: ["2m", "1h", "10m"],
    bad: ["0m", "02m", "m", "2", "2s", "2d", "-2m", "1h30m", " 2m"].map((value) => [value, pollMessage]),
  },
  untaggedDays: whole("days", [0, "0 days"], [365, "365 days"]),
  cleanerHours: whole("hours", [24, "24 h"], [2160, "2160 h"]),
  windowHours: whole("hours", [4, "4 h"], [24, "24 h"]),
};

const schemas = new Map<string, z.ZodType>(Object.entries(limits));

describe.each(Object.entries(table))("%s", (name, { good, bad }) => {
  const schema = schemas.get(name)!;

  it.each(good)("takes %j", (value) => expect(schema.safeParse(value)).toEqual({ success: true, data: value }));

  it.each(bad)("refuses %j: %s", (value, message) => {
    expect(schema.safeParse(value).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });
});
