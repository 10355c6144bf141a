import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import type { AzureObservabilityArgs } from "./azure-observability-args";

const stream = "Microsoft-PrometheusMetrics";
const destination = "MonitoringAccount1";

/** The way from the cluster's metrics to a workspace, as in Azure's own template (prometheus-collector, AddonBicepTemplate, 2026-07-21). */
export function metricsPipeline(
  name: string,
  { context, names, cluster }: AzureObservabilityArgs,
  opts: pulumi.CustomResourceOptions,
): azure.monitor.AzureMonitorWorkspace {
  const { resourceGroupName, location, tags } = context;
  const shared = { resourceGroupName, location, tags };
  const workspace = new azure.monitor.AzureMonitorWorkspace(
    `${name}-workspace`,
    { azureMonitorWorkspaceName: names.monitor, ...shared },
    opts,
  );
  const named = (length: number) => pulumi.interpolate`MSProm-${location}-${cluster.azureName}`.apply((text) => text.slice(0, length));
  const endpoint = new azure.monitor.DataCollectionEndpoint(
    `${name}-endpoint`,
    { dataCollectionEndpointName: named(44), kind: "Linux", ...shared },
    opts,
  );
  const rule = new azure.monitor.DataCollectionRule(
    `${name}-rule`,
    {
      dataCollectionRuleName: named(64),
      kind: "Linux",
      ...shared,
      dataCollectionEndpointId: endpoint.id,
      dataSources: { prometheusForwarder: [{ name: "PrometheusDataSource", streams: [stream], labelIncludeFilter: {} }] },
      destinations: { monitoringAccounts: [{ accountResourceId: workspace.id, name: destination }] },
      dataFlows: [{ streams: [stream], destinations: [destination] }],
    },
    opts,
  );
  new azure.monitor.DataCollectionRuleAssociation(
    `${name}-association`,
    { associationName: named(64), resourceUri: cluster.id, dataCollectionRuleId: rule.id },
    opts,
  );
  return workspace;
}
