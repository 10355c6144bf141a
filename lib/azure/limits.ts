import { z } from "zod";

import { parseCidr } from "./cidr";

/** Bounds of what an environment says about Azure. Each bound is written here once. */

/** Organisation or team; part of every name. */
export const prefix = z.string().regex(/^[a-z][a-z0-9]{1,7}$/, "must be 2 to 8 of a-z and 0-9, starting with a letter");

/** A range of IPv4 addresses. */
export const cidr = z
  .string()
  .refine((text) => parseCidr(text) !== undefined, "must be a range such as 10.0.0.0/16, written from its first address");

/** Nodes of one pool (AKS: 0 to 1000 for user pools). */
export const nodes = z.int("must be a whole number of nodes").min(0, "must be at least 0 nodes").max(1000, "must be at most 1000 nodes");

/** Nodes of the system pool, which must never be empty. */
export const systemNodes = z
  .int("must be a whole number of nodes")
  .min(1, "must be at least 1 node")
  .max(1000, "must be at most 1000 nodes");

/** Disk of a node's operating system, in GiB. */
export const osDiskGib = z.int("must be a whole number of GiB").min(64, "must be at least 64 GiB").max(2048, "must be at most 2048 GiB");

/** Most that a spot node may cost, in USD per hour; -1: up to the pay-as-you-go price. */
export const spotMaxUsd = z
  .number()
  .refine(
    (price) => price === -1 || (price > 0 && Math.abs(price * 1e5 - Math.round(price * 1e5)) < 1e-6),
    "must be -1, or above 0 with at most five decimals",
  );

/** An object of Entra ID: a group, a user or an application. */
export const objectId = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "must be a GUID");

/** Part of a resource id. */
export const resourceId = z
  .string()
  .regex(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/.+/i, "must be a full resource id (/subscriptions/…)");

/** Id of a virtual network. */
export const networkId = z
  .string()
  .regex(
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Network\/virtualNetworks\/[^/]+$/i,
    "must be the id of a virtual network (/subscriptions/…/virtualNetworks/…)",
  );

/** Id of a private DNS zone whose own name is like this. */
const zoneId = (name: RegExp, example: string) =>
  z
    .string()
    .regex(
      new RegExp(`^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\\.Network/privateDnsZones/(${name.source})$`, "i"),
      `must be the id of the private DNS zone ${example} (/subscriptions/…/privateDnsZones/…)`,
    );

/** Zones that private names are written into (azure-docs, private-endpoint-dns.md; azure-aks-docs, private-clusters.md). */
export const registryZoneId = zoneId(/privatelink\.azurecr\.io/, "privatelink.azurecr.io");
export const vaultZoneId = zoneId(/privatelink\.vaultcore\.azure\.net/, "privatelink.vaultcore.azure.net");
export const apiZoneId = zoneId(/([\w-]+\.)?privatelink\.[a-z0-9]+\.azmk8s\.io/, "privatelink.<region>.azmk8s.io");

/** Text of a tag (Azure: at most 256 characters). */
export const tag = z.string().min(1, "must not be empty").max(256, "must be at most 256 characters");

/** Money of one month, in USD. */
export const usdPerMonth = z.number().positive("must be above 0 USD");

/** Days that logs are kept; interactive retention of a workspace with the PerGB2018 price is 30 to 730 days. */
export const logDays = z.int("must be a whole number of days").min(30, "must be at least 30 days").max(730, "must be at most 730 days");

/** Days that a deleted vault can be recovered (Azure: 7 to 90). */
export const softDeleteDays = z.int("must be a whole number of days").min(7, "must be at least 7 days").max(90, "must be at most 90 days");

/** Time between two looks at a vault, which counts each as a transaction; the Key Vault add-on looks every two minutes by default. */
export const pollInterval = z.string().regex(/^[1-9]\d*[mh]$/, "must be a number of minutes or hours, such as 2m or 1h");

/** Days that untagged images are kept. */
export const untaggedDays = z.int("must be a whole number of days").min(0, "must be at least 0 days").max(365, "must be at most 365 days");

/** Hours between two runs of the image cleaner (AKS: 24 to three months). */
export const cleanerHours = z.int("must be a whole number of hours").min(24, "must be at least 24 h").max(2160, "must be at most 2160 h");

/** Hours of a maintenance window; AKS needs at least four to upgrade. */
export const windowHours = z.int("must be a whole number of hours").min(4, "must be at least 4 h").max(24, "must be at most 24 h");
