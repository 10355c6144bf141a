import * as azure from "@pulumi/azure-native";
import type * as pulumi from "@pulumi/pulumi";

import type { AzureObservabilityArgs, LogArgs } from "./azure-observability-args";

/** What the control plane tells of itself: who changed what, who was let in, and why nodes came and went. */
const categories = ["kube-audit-admin", "guard", "cluster-autoscaler"];

/** Keeps the control plane's logs in a workspace. */
export function controlPlaneLogs(
  name: string,
  { context, names, cluster }: AzureObservabilityArgs,
  { days, gbPerDay }: LogArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const workspace = new azure.operationalinsights.Workspace(
    `${name}-logs`,
    {
      workspaceName: names.logs,
      resourceGroupName: context.resourceGroupName,
      location: context.location,
      tags: context.tags,
      sku: { name: "PerGB2018" },
      retentionInDays: days,
      workspaceCapping: { dailyQuotaGb: gbPerDay },
    },
    opts,
  );
  new azure.monitor.DiagnosticSetting(
    `${name}-control-plane`,
    {
      name: "control-plane",
      resourceUri: cluster.id,
      workspaceId: workspace.id,
      logAnalyticsDestinationType: "Dedicated",
      logs: categories.map((category) => ({ category, enabled: true })),
    },
    opts,
  );
}
