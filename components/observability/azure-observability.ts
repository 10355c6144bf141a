import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import type { AzureContext } from "../cluster/azure-context";
import { assignRole } from "../cluster/role";
import { alerting, budget } from "./azure-alerts";
import { controlPlaneLogs } from "./azure-logs";
import { metricsPipeline } from "./azure-metrics";
import type { AzureObservabilityArgs } from "./azure-observability-args";

/** Metrics, dashboards, alerts, logs and money of one environment, as Azure's own services. */
export class AzureObservability extends pulumi.ComponentResource {
  /** Where PromQL is asked; needs a token of Azure. */
  public readonly queryEndpoint: pulumi.Output<string>;
  public readonly grafanaUrl: pulumi.Output<string>;
  /** Identity with which KEDA asks for metrics (TriggerAuthentication, provider azure-workload). */
  public readonly scalerClientId: pulumi.Output<string>;

  constructor(name: string, args: AzureObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:observability:AzureObservability", name, args, opts);

    if (args.alertEmails.length === 0) throw new pulumi.ResourceError("alertEmails: must name at least one address, got []", this, true);
    const { context, names, cluster } = args;
    const parent = { parent: this };

    const workspace = metricsPipeline(name, args, parent);
    const actions = alerting(name, args, workspace, parent);
    budget(name, args, actions, parent);
    if (args.logs) controlPlaneLogs(name, args, args.logs, parent);
    const grafana = dashboards(name, args, workspace.id, parent);
    const scaler = this.scaler(name, context, cluster, workspace.id);

    this.queryEndpoint = workspace.metrics.apply((metrics) => metrics?.prometheusQueryEndpoint ?? "");
    this.grafanaUrl = grafana.properties.apply((properties) => properties?.endpoint ?? `https://${names.grafana}`);
    this.scalerClientId = scaler.clientId;
    this.registerOutputs({ queryEndpoint: this.queryEndpoint, grafanaUrl: this.grafanaUrl, scalerClientId: this.scalerClientId });
  }

  /** KEDA's operator is a pod of AKS's own: it gets an identity that reads metrics, and nothing else. */
  private scaler(
    name: string,
    context: AzureContext,
    { azureName, oidcIssuerUrl }: AzureObservabilityArgs["cluster"],
    workspaceId: pulumi.Input<string>,
  ): azure.managedidentity.UserAssignedIdentity {
    const { resourceGroupName, location, tags } = context;
    const identity = new azure.managedidentity.UserAssignedIdentity(
      `${name}-scaler`,
      { resourceName: `id-${azureName}-keda`, resourceGroupName, location, tags },
      { parent: this },
    );
    new azure.managedidentity.FederatedIdentityCredential(
      `${name}-scaler-credential`,
      {
        federatedIdentityCredentialResourceName: "keda-operator",
        resourceName: identity.name,
        resourceGroupName,
        issuer: oidcIssuerUrl,
        subject: "system:serviceaccount:kube-system:keda-operator",
        audiences: ["api://AzureADTokenExchange"],
      },
      { parent: this },
    );
    const { principalId } = identity;
    const grant = { role: "monitoringDataReader", scope: workspaceId, principalId, principalType: "ServicePrincipal" } as const;
    assignRole(`${name}-scaler-reads-metrics`, context, grant, { parent: this });
    return identity;
  }
}

function dashboards(
  name: string,
  { context, names, grafana: { admins, viewers } }: AzureObservabilityArgs,
  workspaceId: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): azure.dashboard.Grafana {
  const grafana = new azure.dashboard.Grafana(
    `${name}-grafana`,
    {
      workspaceName: names.grafana,
      resourceGroupName: context.resourceGroupName,
      location: context.location,
      tags: context.tags,
      sku: { name: "Standard" },
      identity: { type: "SystemAssigned" },
      properties: {
        apiKey: "Disabled",
        grafanaIntegrations: { azureMonitorWorkspaceIntegrations: [{ azureMonitorWorkspaceResourceId: workspaceId }] },
      },
    },
    opts,
  );
  const itself = grafana.identity.apply((identity) => identity?.principalId ?? "");
  assignRole(
    `${name}-grafana-reads-metrics`,
    context,
    { role: "monitoringDataReader", scope: workspaceId, principalId: itself, principalType: "ServicePrincipal" },
    opts,
  );
  const groups = [...admins.map((id) => ["grafanaAdmin", id] as const), ...viewers.map((id) => ["grafanaViewer", id] as const)];
  for (const [role, id] of groups) {
    assignRole(`${name}-${role}-${id.slice(0, 8)}`, context, { role, scope: grafana.id, principalId: id, principalType: "Group" }, opts);
  }
  return grafana;
}
