import { z } from "zod";

import { loginModes } from "../azure/kubeconfig";
import * as limits from "../azure/limits";
import { api, network, privateLink } from "./azure-network-config";
import { autoPool, pool, zones } from "./azure-pool-config";

const upgrades = z.strictObject({
  channel: z
    .enum(["none", "patch", "stable", "rapid", "node-image"])
    .default("patch")
    .describe("Which versions of Kubernetes AKS upgrades to by itself."),
  nodeChannel: z
    .enum(["None", "NodeImage", "SecurityPatch"])
    .default("NodeImage")
    .describe("Which images of the nodes' system AKS upgrades to by itself."),
  day: z
    .enum(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"])
    .default("Sunday")
    .describe("Day of the week on which AKS upgrades."),
  startTime: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be HH:MM")
    .default("02:00")
    .describe("Time at which it may begin, as HH:MM."),
  hours: limits.windowHours.default(4).describe("Length of the window, in hours."),
  utcOffset: z
    .string()
    .regex(/^[+-]\d{2}:\d{2}$/, "must be like +00:00")
    .default("+00:00")
    .describe("Offset of that time from UTC, such as +01:00."),
});

const deployer = z
  .union(
    [
      z.enum(["User", "ServicePrincipal"]),
      z.strictObject({
        objectId: limits.objectId.describe("Object id in Entra ID."),
        type: z.enum(["User", "ServicePrincipal", "Group"]).describe("What the object is."),
      }),
    ],
    "must be User, ServicePrincipal, or { objectId, type } with the type User, ServicePrincipal or Group",
  )
  .default("User")
  .describe(
    'Who administers the cluster because they deploy: whoever runs the program, a person or a pipeline with an identity of its own; or, where several take turns, an object of Entra ID, such as the group of all of them. Default: "User".',
  );

const registry = z
  .strictObject({
    untaggedDays: limits.untaggedDays.optional().describe("Days that untagged images are kept. Default: for ever."),
    regions: z.array(z.string()).default([]).describe("Further regions that hold a copy. Default: none."),
    zoneRedundant: z.boolean().default(false).describe("Keep copies in several zones."),
    build: z
      .boolean()
      .default(false)
      .describe(
        "Build the images of `images/` that models need and the images file does not pin, and push them here; takes Docker with buildx. Default: false.",
      ),
  })
  .prefault({})
  .describe("The container registry.");

const vault = z
  .strictObject({
    softDeleteDays: limits.softDeleteDays
      .default(90)
      .describe("Days that a deleted vault or secret can be recovered. It cannot be changed later."),
    purgeProtection: z
      .boolean()
      .default(true)
      .describe("Nobody can delete a vault for good before those days are over; it cannot be turned off."),
    recover: z
      .boolean()
      .default(false)
      .describe("Take back a deleted vault of this name, with its secrets, where the environment is made again. Default: false."),
    sync: z
      .enum(["csi", "external-secrets"], "must be csi or external-secrets")
      .default("csi")
      .describe("Who copies secrets to pods: the CSI driver of AKS's add-on, or External Secrets, which you install."),
    pollInterval: limits.pollInterval.default("2m").describe("How often new versions of secrets are looked for."),
  })
  .prefault({})
  .describe("The key vault.");

const observability = z
  .strictObject({
    alertEmails: z
      .array(z.email("must be an e-mail address"))
      .min(1, "must name at least one address")
      .describe("Who is notified of alerts and of the budget."),
    budget: z
      .strictObject({
        usdPerMonth: limits.usdPerMonth.describe(
          "In the currency that the subscription is billed in, which Azure does not ask for; written for USD.",
        ),
        from: z
          .string()
          .regex(/^\d{4}-(0[1-9]|1[0-2])$/, "must be the first month, as YYYY-MM")
          .optional()
          .describe("First month; it counts when the budget is made, and never changes. Default: the month in which it is made."),
      })
      .describe("The budget, which counts everything of the environment."),
    logs: z
      .strictObject({
        days: limits.logDays.describe("Days that logs are kept."),
        gbPerDay: z.number().positive("must be above 0 GB").describe("Most that is taken in each day, in GB."),
      })
      .optional()
      .describe("Absent: the control plane's logs are not kept."),
  })
  .describe("Alerts, budget and logs of the subscription.");

/** The section `azure:` of an environment: a cluster of its own with what belongs to it. */
export const azureSchema = z.strictObject({
  prefix: limits.prefix.describe("Part of every name; keeps global ones apart from others'. Replaces everything."),
  tags: z
    .strictObject({
      owner: limits.tag.describe("Who answers for it, such as a mail address."),
      costCentre: limits.tag.describe("Who pays for it."),
    })
    .describe("Tags of every resource."),
  production: z
    .boolean()
    .default(false)
    .describe("Whether models here must outlive the loss of a node, and resources a mistaken delete. Default: false."),
  protect: z
    .boolean()
    .optional()
    .describe("Refuse to delete or replace cluster, GPU pools, registry, vault and resource group. Default: what `production` says."),
  unprotect: z
    .array(z.string())
    .default([])
    .describe("VM sizes whose pools may be replaced or deleted all the same, for as long as they stand here. Default: none."),
  resourceGroup: z.string().optional().describe("An existing resource group. Absent: one is made. Replaces everything."),
  kubernetesVersion: z
    .string()
    .regex(/^1\.\d+$/, 'must be major.minor in quotes, such as "1.36"')
    .describe("As major.minor. Quoted, or YAML reads 1.40 as 1.4."),
  longTermSupport: z.boolean().default(false).describe("Support past the version's end of life; needs and sets the Premium tier."),
  tier: z.enum(["Free", "Standard"]).default("Standard").describe("Standard has an uptime agreement, Free has none."),
  network,
  api,
  deployer,
  login: z
    .enum(loginModes, `must be ${loginModes.join(", ")}`)
    .optional()
    .describe(
      "How kubelogin signs the program in to the cluster. Default: what the variables ask for: ARM_USE_MSI, ARM_USE_OIDC, a client secret; else the Azure CLI's session.",
    ),
  adminGroups: z
    .array(limits.objectId)
    .min(1, "must name at least one group: there are no local accounts")
    .describe("Entra groups whose members administer the cluster, and Grafana."),
  viewerGroups: z.array(limits.objectId).default([]).describe("Entra groups whose members look at Grafana."),
  zones: zones.default([]).describe("Zones of all nodes. Replaces the pools. Default: none."),
  systemPool: autoPool("Standard_D4s_v5", 2, 3).describe("AKS's own pods."),
  workPool: autoPool("Standard_D4s_v5", 1, 3).describe("Gateway, scaler and whatever else needs no GPU."),
  pools: z.record(z.string(), pool).default({}).describe("Changes to the pools that the plan makes, by VM size."),
  upgrades: upgrades.prefault({}).describe("When AKS upgrades the cluster and its nodes by itself."),
  imageCleanerHours: limits.cleanerHours.default(168).describe("Hours between two runs of the image cleaner."),
  registry,
  privateLink,
  vault,
  observability,
  armEndpoint: z.url("must be a URL").default("https://management.azure.com").describe("Azure Resource Manager of another cloud."),
});

/** The section, parsed. */
export type AzureSettings = z.infer<typeof azureSchema>;
