import { z } from "zod";

import { loginModes } from "../azure/kubeconfig";
import * as limits from "../azure/limits";
import { defaultAddresses } from "../azure/network";

const scale = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("fixed"), nodes: limits.nodes }),
  z.strictObject({ kind: z.literal("auto"), minNodes: limits.nodes, maxNodes: limits.nodes }),
]);

const zones = z.array(z.enum(["1", "2", "3"], { error: 'must be "1", "2" or "3"' }));

const pool = z.strictObject({
  /** @default as many nodes as the plan needs and one more: from 0, or in production from what it needs; cut GPUs: always as many */
  scale: scale.optional(),
  /** Absent: Azure takes no node back. */
  spot: z
    .strictObject({
      maxUsdPerHour: limits.spotMaxUsd.default(-1),
      eviction: z.enum(["Delete", "Deallocate"]).default("Delete"),
    })
    .optional(),
  /** @default the environment's */
  zones: zones.optional(),
  osDiskGib: limits.osDiskGib.optional(),
});

const cidrs = z.strictObject({
  kind: z.literal("create"),
  /** Virtual networks of the same subscription that are peered with it: the one that the program runs in, where the API server is private. @default none */
  peers: z.array(limits.networkId).default([]),
  network: limits.cidr.default(defaultAddresses.network),
  nodes: limits.cidr.default(defaultAddresses.nodes),
  endpoints: limits.cidr.default(defaultAddresses.endpoints),
  pods: limits.cidr.default(defaultAddresses.pods),
  services: limits.cidr.default(defaultAddresses.services),
});

/** A network that is there, which the program reaches where the API server is private. Its ranges are not known here, so they are not compared with those of pods and services. */
const existingNetwork = z.strictObject({
  kind: z.literal("existing"),
  networkId: limits.resourceId,
  nodeSubnetId: limits.resourceId,
  endpointSubnetId: limits.resourceId,
  pods: limits.cidr.default(defaultAddresses.pods),
  services: limits.cidr.default(defaultAddresses.services),
});

const api = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("private") }),
  z.strictObject({ kind: z.literal("public"), authorizedRanges: z.array(limits.cidr).min(1, "must name at least one range") }),
]);

const upgrades = z.strictObject({
  channel: z.enum(["none", "patch", "stable", "rapid", "node-image"]).default("patch"),
  nodeChannel: z.enum(["None", "NodeImage", "SecurityPatch"]).default("NodeImage"),
  day: z.enum(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]).default("Sunday"),
  startTime: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be HH:MM")
    .default("02:00"),
  hours: limits.windowHours.default(4),
  utcOffset: z
    .string()
    .regex(/^[+-]\d{2}:\d{2}$/, "must be like +00:00")
    .default("+00:00"),
});

const autoPool = (size: string, minNodes: number, maxNodes: number) =>
  z
    .strictObject({
      size: z.string().default(size),
      minNodes: limits.systemNodes.default(minNodes),
      maxNodes: limits.systemNodes.default(maxNodes),
    })
    .prefault({});

/** The section `azure:` of an environment: a cluster of its own with what belongs to it. */
export const azureSchema = z.strictObject({
  /** Part of every name; keeps global ones apart from others'. Replaces everything. */
  prefix: limits.prefix,
  tags: z.strictObject({ owner: limits.tag, costCentre: limits.tag }),
  /** Whether models here must outlive the loss of a node, and resources a mistaken delete. @default false */
  production: z.boolean().default(false),
  /** Refuse to delete or replace cluster, GPU pools, registry, vault and resource group. @default what `production` says */
  protect: z.boolean().optional(),
  /** VM sizes whose pools may be replaced or deleted all the same, for as long as they stand here. @default none */
  unprotect: z.array(z.string()).default([]),
  /** An existing resource group. Absent: one is made. */
  resourceGroup: z.string().optional(),
  /** As major.minor. Quoted, or YAML reads 1.40 as 1.4. */
  kubernetesVersion: z.string().regex(/^1\.\d+$/, 'must be major.minor in quotes, such as "1.36"'),
  longTermSupport: z.boolean().default(false),
  tier: z.enum(["Free", "Standard"]).default("Standard"),
  network: z.discriminatedUnion("kind", [cidrs, existingNetwork]).prefault({ kind: "create" }),
  api,
  /**
   * Who administers the cluster because they deploy: whoever runs the program, a person or a pipeline with an identity of its own; or, where
   * several take turns, an object of Entra ID, such as the group of all of them. @default "User"
   */
  deployer: z
    .union(
      [
        z.enum(["User", "ServicePrincipal"]),
        z.strictObject({ objectId: limits.objectId, type: z.enum(["User", "ServicePrincipal", "Group"]) }),
      ],
      "must be User, ServicePrincipal, or { objectId, type } with the type User, ServicePrincipal or Group",
    )
    .default("User"),
  /** How kubelogin signs the program in to the cluster. @default what the variables ask for: ARM_USE_MSI, ARM_USE_OIDC, a client secret; else the Azure CLI's session */
  login: z.enum(loginModes, `must be ${loginModes.join(", ")}`).optional(),
  /** Entra groups whose members administer the cluster, and Grafana. */
  adminGroups: z.array(limits.objectId).min(1, "must name at least one group: there are no local accounts"),
  /** Entra groups whose members look at Grafana. */
  viewerGroups: z.array(limits.objectId).default([]),
  /** Zones of all nodes. @default none */
  zones: zones.default([]),
  /** AKS's own pods. */
  systemPool: autoPool("Standard_D4s_v5", 2, 3),
  /** Gateway, scaler and whatever else needs no GPU. */
  workPool: autoPool("Standard_D4s_v5", 1, 3),
  /** Changes to the pools that the plan makes, by VM size. */
  pools: z.record(z.string(), pool).default({}),
  upgrades: upgrades.prefault({}),
  imageCleanerHours: limits.cleanerHours.default(168),
  registry: z
    .strictObject({
      untaggedDays: limits.untaggedDays.optional(),
      regions: z.array(z.string()).default([]),
      zoneRedundant: z.boolean().default(false),
      /** Build the images of `images/` that models need and the images file does not pin, and push them here; takes Docker with buildx. @default false */
      build: z.boolean().default(false),
    })
    .prefault({}),
  /** Reach registry and vault by private addresses only. The program must then run inside the network. @default false */
  privateLink: z.boolean().default(false),
  vault: z
    .strictObject({
      softDeleteDays: limits.softDeleteDays.default(90),
      purgeProtection: z.boolean().default(true),
      /** Take back a deleted vault of this name, with its secrets, where the environment is made again. @default false */
      recover: z.boolean().default(false),
      /** Who copies secrets to pods: the CSI driver of AKS's add-on, or External Secrets, which you install. */
      sync: z.enum(["csi", "external-secrets"], "must be csi or external-secrets").default("csi"),
      /** How often new versions of secrets are looked for. */
      pollInterval: limits.pollInterval.default("2m"),
    })
    .prefault({}),
  observability: z.strictObject({
    alertEmails: z.array(z.email("must be an e-mail address")).min(1, "must name at least one address"),
    budget: z.strictObject({
      /** In the currency that the subscription is billed in, which Azure does not ask for; written for USD. */
      usdPerMonth: limits.usdPerMonth,
      /** First month; it counts when the budget is made, and never changes. @default the month in which it is made */
      from: z
        .string()
        .regex(/^\d{4}-(0[1-9]|1[0-2])$/, "must be the first month, as YYYY-MM")
        .optional(),
    }),
    /** Absent: the control plane's logs are not kept. */
    logs: z.strictObject({ days: limits.logDays, gbPerDay: z.number().positive("must be above 0 GB") }).optional(),
  }),
  /** Azure Resource Manager of another cloud. */
  armEndpoint: z.url("must be a URL").default("https://management.azure.com"),
});

/** The section, parsed. */
export type AzureSettings = z.infer<typeof azureSchema>;
