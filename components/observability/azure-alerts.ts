import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import type { AzureObservabilityArgs } from "./azure-observability-args";

/** Shares of the budget at which someone is notified, in percent: of what is spent, and of what the month is on its way to. */
const thresholds = { spent80: [80, "Actual"], spent100: [100, "Actual"], forecast110: [110, "Forecasted"] } as const;

/** Who is notified, and of which rules. */
export function alerting(
  name: string,
  { context, names, cluster, alertEmails, ruleGroups = [] }: AzureObservabilityArgs,
  workspace: azure.monitor.AzureMonitorWorkspace,
  opts: pulumi.CustomResourceOptions,
): azure.monitor.ActionGroup {
  const { resourceGroupName, location, tags } = context;
  const actions = new azure.monitor.ActionGroup(
    `${name}-alerts`,
    {
      actionGroupName: names.alerts,
      groupShortName: "slm",
      enabled: true,
      resourceGroupName,
      location: "global",
      tags,
      emailReceivers: alertEmails.map((emailAddress) => ({ name: emailAddress, emailAddress, useCommonAlertSchema: true })),
    },
    opts,
  );
  for (const { name: group, interval, rules } of ruleGroups) {
    new azure.alertsmanagement.PrometheusRuleGroup(
      `${name}-rules-${group}`,
      {
        ruleGroupName: `${cluster.azureName}-${group}`,
        resourceGroupName,
        location,
        tags,
        enabled: true,
        interval,
        clusterName: cluster.name,
        scopes: [workspace.id, cluster.id],
        rules: rules.map((rule) => ("alert" in rule ? { ...rule, actions: [{ actionGroupId: actions.id }] } : rule)),
      },
      opts,
    );
  }
  return actions;
}

/** Tells when the environment costs more than was meant. The scope is the subscription, since nodes are paid in a group of their own. */
export function budget(
  name: string,
  { context: { subscriptionId }, names, alertEmails, budget: { usdPerMonth, from = thisMonth(), resourceGroups } }: AzureObservabilityArgs,
  actions: azure.monitor.ActionGroup,
  opts: pulumi.CustomResourceOptions,
): azure.consumption.Budget {
  const notification = (threshold: number, thresholdType: string) => ({
    enabled: true,
    operator: "GreaterThanOrEqualTo",
    threshold,
    thresholdType,
    contactEmails: [...alertEmails],
    contactGroups: [actions.id],
  });
  return new azure.consumption.Budget(
    `${name}-budget`,
    {
      budgetName: names.budget,
      scope: pulumi.interpolate`/subscriptions/${subscriptionId}`,
      category: "Cost",
      amount: usdPerMonth,
      timeGrain: "Monthly",
      timePeriod: { startDate: `${from}-01T00:00:00Z` },
      filter: { dimensions: { name: "ResourceGroupName", operator: "In", values: [...resourceGroups] } },
      notifications: Object.fromEntries(Object.entries(thresholds).map(([key, [share, kind]]) => [key, notification(share, kind)])),
    },
    // Azure changes the start of no budget, and takes the old one when it is sent again.
    { ...opts, ignoreChanges: ["timePeriod"] },
  );
}

const thisMonth = (): string => new Date().toISOString().slice(0, 7);
