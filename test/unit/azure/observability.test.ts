import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";

import { AzureObservability } from "../../../components/observability/azure-observability";
import type { AzureObservabilityArgs } from "../../../components/observability/azure-observability-args";
import { context, fresh, idIn, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { messageOf } from "../../support/errors";
import { differences, fixture, type Made, made } from "../../support/made";
import { settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
beforeAll(mockAzure);
beforeEach(fresh);
afterEach(async () => {
  await quiet();
  expect(refused).toEqual([]);
});

const standard = fixture("azure-observability") as Record<string, Made>;

/** Everything that can be asked for. */
const args: AzureObservabilityArgs = {
  context,
  names: { monitor: "amw-test", grafana: "amg-test-1", logs: "log-test", alerts: "ag-test", budget: "budget-test" },
  cluster: {
    id: idIn("Microsoft.ContainerService/managedClusters/aks-test"),
    name: "aks-test",
    azureName: "aks-test",
    oidcIssuerUrl: "https://issuer",
  },
  grafana: { admins: ["11111111-1111-4111-8111-111111111111"], viewers: ["22222222-2222-4222-8222-222222222222"] },
  alertEmails: ["us@example.com", "them@example.com"],
  ruleGroups: [
    {
      name: "models",
      interval: "PT1M",
      rules: [
        { alert: "Down", expression: "up == 0", for: "PT5M", severity: 1 },
        { record: "a:b", expression: "sum(up)" },
      ],
    },
  ],
  logs: { days: 30, gbPerDay: 1 },
  budget: { usdPerMonth: 100, from: "2026-12", resourceGroups: ["rg-test", "rg-test-nodes"] },
};

it("makes the way of the metrics, Grafana, an identity for the scaler, alerts, logs and a budget, and nothing else", async () => {
  const { queryEndpoint, grafanaUrl, scalerClientId } = new AzureObservability("obs", args);
  expect(await settled(pulumi.all([queryEndpoint, grafanaUrl, scalerClientId]))).toEqual([
    "https://amw-test.eastus.prometheus.monitor.azure.com",
    "https://amg-test-1.grafana.azure.com",
    expect.stringMatching(/^[0-9a-f-]{36}$/),
  ]);
  await quiet();
  expect(made()).toEqual(standard);
});

const { logs: _logs, ...unlogged } = args;
const { ruleGroups: _rules, ...unruled } = args;
const notices = ["spent80", "spent100", "forecast110"];

it.each<[string, AzureObservabilityArgs, Record<string, unknown>]>([
  ["without logs", unlogged, { "obs-logs": "gone", "obs-control-plane": "gone" }],
  ["without rules", unruled, { "obs-rules-models": "gone" }],
  ["with other days of logs", { ...args, logs: { days: 90, gbPerDay: 1 } }, { "obs-logs.retentionInDays": 90 }],
  ["with other room for logs", { ...args, logs: { days: 30, gbPerDay: 2.5 } }, { "obs-logs.workspaceCapping.dailyQuotaGb": 2.5 }],
  ["with no viewers", { ...args, grafana: { ...args.grafana, viewers: [] } }, { "obs-grafanaViewer-22222222": "gone" }],
  [
    "with more administrators",
    { ...args, grafana: { ...args.grafana, admins: [...args.grafana.admins, "33333333-3333-4333-8333-333333333333"] } },
    { "obs-grafanaAdmin-33333333": "authorization:RoleAssignment" },
  ],
  ["with another budget", { ...args, budget: { ...args.budget, usdPerMonth: 250 } }, { "obs-budget.amount": 250 }],
  [
    "from another month",
    { ...args, budget: { ...args.budget, from: "2027-01" } },
    { "obs-budget.timePeriod.startDate": "2027-01-01T00:00:00Z" },
  ],
  [
    "for one resource group",
    { ...args, budget: { ...args.budget, resourceGroups: ["a"] } },
    { "obs-budget.filter.dimensions.values[0]": "a", "obs-budget.filter.dimensions.values[1]": "gone" },
  ],
  [
    "with one address",
    { ...args, alertEmails: ["us@example.com"] },
    {
      "obs-alerts.emailReceivers[1].emailAddress": "gone",
      "obs-alerts.emailReceivers[1].name": "gone",
      "obs-alerts.emailReceivers[1].useCommonAlertSchema": "gone",
      ...Object.fromEntries(notices.map((notice) => [`obs-budget.notifications.${notice}.contactEmails[1]`, "gone"])),
    },
  ],
  [
    "with other names",
    { ...args, names: { monitor: "amw-o", grafana: "amg-o", logs: "log-o", alerts: "ag-o", budget: "budget-o" } },
    {
      "obs-workspace.azureMonitorWorkspaceName": "amw-o",
      "obs-grafana.workspaceName": "amg-o",
      "obs-logs.workspaceName": "log-o",
      "obs-alerts.actionGroupName": "ag-o",
      "obs-budget.budgetName": "budget-o",
    },
  ],
])("%s differs by this and nothing else", async (_, change, expected) => {
  new AzureObservability("obs", change);
  await quiet();
  expect(differences(standard, made())).toEqual(expected);
});

it("cuts names that Azure would refuse: of the endpoint at 44 characters, of the rule and its association at 64", async () => {
  const azureName = `aks-${"n".repeat(60)}`;
  new AzureObservability("obs", { ...args, cluster: { ...args.cluster, azureName } });
  await quiet();
  const long = `MSProm-eastus-${azureName}`;
  expect(differences(standard, made())).toEqual({
    "obs-endpoint.dataCollectionEndpointName": long.slice(0, 44),
    "obs-rule.dataCollectionRuleName": long.slice(0, 64),
    "obs-association.associationName": long.slice(0, 64),
    "obs-rules-models.ruleGroupName": `${azureName}-models`,
    "obs-scaler.resourceName": `id-${azureName}-keda`,
    "obs-scaler-credential.resourceName": `id-${azureName}-keda`,
  });
});

it("refuses to have nobody to tell", () => {
  expect(messageOf(() => new AzureObservability("obs", { ...args, alertEmails: [] }))).toBe(
    "alertEmails: must name at least one address, got []",
  );
});
