import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { alertmanagerConfigSpec } from "../../lib/monitoring/alertmanager-config";
import { intervalSeconds } from "../../lib/monitoring/alerts";
import type { RuleGroup } from "../../lib/monitoring/rule";
import { type PodTarget, podMonitorSpec } from "../../lib/monitoring/scrape";
import { dashboardFiles } from "./grafana";
import type { AzureArgs, OperatorArgs } from "./settings";

type Args = OperatorArgs | AzureArgs;

const labelsOf = (args: Args, name: string): Record<string, string> => ({
  "app.kubernetes.io/instance": name,
  "app.kubernetes.io/part-of": "slm-monitoring",
  ...(args.mode === "operator" ? args.labels : {}),
});

/** One PodMonitor for each kind of pods. Azure's reads the same specification under an API group of its own. */
export function addMonitors(self: pulumi.Resource, name: string, args: Args, group: string, targets: readonly PodTarget[]): void {
  for (const target of targets) {
    new k8s.apiextensions.CustomResource(
      `${name}-${target.job}`,
      {
        apiVersion: `${group}/v1`,
        kind: "PodMonitor",
        metadata: { name: `${name}-${target.job}`, namespace: args.namespace, labels: labelsOf(args, name) },
        spec: podMonitorSpec(target, `${intervalSeconds}s`),
      },
      { parent: self },
    );
  }
}

/** The rules as the operator reads them; Azure has no object for rules in the cluster, so they are kept as a file, to be compared with its rule groups. */
export function addRules(self: pulumi.Resource, name: string, args: Args, groups: readonly RuleGroup[]): void {
  const metadata = { name: `${name}-rules`, namespace: args.namespace, labels: labelsOf(args, name) };
  if (args.mode === "operator")
    new k8s.apiextensions.CustomResource(
      `${name}-rules`,
      { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", metadata, spec: { groups } },
      { parent: self },
    );
  else new k8s.core.v1.ConfigMap(`${name}-rules`, { metadata, data: { "rules.json": JSON.stringify({ groups }) } }, { parent: self });
}

/** What mutes our alerts, and where they go, for the operator's Alertmanager: in the models' namespace, whose alerts alone it may touch. */
export function addAlertmanagerConfig(self: pulumi.Resource, name: string, args: OperatorArgs): void {
  new k8s.apiextensions.CustomResource(
    `${name}-alerts`,
    {
      apiVersion: "monitoring.coreos.com/v1alpha1",
      kind: "AlertmanagerConfig",
      metadata: { name: `${name}-alerts`, namespace: args.fleet.namespace, labels: labelsOf(args, name) },
      spec: alertmanagerConfigSpec(args.messages),
    },
    { parent: self },
  );
}

/** A ConfigMap for each dashboard, as the sidecar of Grafana's chart finds it. */
export function addDashboards(self: pulumi.Resource, name: string, args: Args, dashboards: readonly Dashboard[]): void {
  const found = args.mode === "operator" ? (args.dashboardLabels ?? { grafana_dashboard: "1" }) : {};
  for (const [file, contents] of Object.entries(dashboardFiles(dashboards))) {
    const role = `${name}-${file.replace(".json", "")}`;
    new k8s.core.v1.ConfigMap(
      role,
      { metadata: { name: role, namespace: args.namespace, labels: { ...labelsOf(args, name), ...found } }, data: { [file]: contents } },
      { parent: self },
    );
  }
}
