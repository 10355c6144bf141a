import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { AzureArgs, OperatorArgs } from "../../../components/monitoring/settings";
import { alertmanagerConfig } from "../../../lib/monitoring/alertmanager-config";
import { ruleGroups } from "../../../lib/monitoring/alerts";
import { gatewayTarget, gpuTarget, modelTarget, podMonitorSpec } from "../../../lib/monitoring/scrape";
import { wholeFleet } from "../../support/fleet";
import { mockPulumi, optionsOf, registered, reset } from "../../support/mocks";
import { children, made, whole } from "../../support/monitored";

const operator: OperatorArgs = {
  mode: "operator",
  namespace: "slm",
  environment: "test",
  fleet: wholeFleet,
  gateway: whole.gateway!,
  gpus: whole.gpus!,
};
const azure: AzureArgs = {
  mode: "azure",
  namespace: "slm",
  environment: "test",
  fleet: wholeFleet,
  gateway: whole.gateway!,
  gpus: whole.gpus!,
};

beforeAll(mockPulumi);
beforeEach(reset);

const inCluster = ["cold-starts", "fleet", "gateway", "gpus", "model", "replicas"].map((name) => [
  "core/v1:ConfigMap",
  `watch-slm-${name}-test`,
]);
const monitors = ["watch-slm-gateway", "watch-slm-gpus", "watch-slm-models"];
const own = { "app.kubernetes.io/instance": "watch", "app.kubernetes.io/part-of": "slm-monitoring" };
const targets = {
  "watch-slm-models": modelTarget(wholeFleet)!,
  "watch-slm-gateway": gatewayTarget(wholeFleet, whole.gateway!),
  "watch-slm-gpus": gpuTarget(wholeFleet, whole.gpus!),
};
/** What is registered under a name, of one kind. */
const ofKind = (kind: string, name: string) => registered.find((one) => one.type.endsWith(`:${kind}`) && one.name === name)!.inputs;

describe.each<["operator" | "azure", OperatorArgs | AzureArgs, string, string[][]]>([
  [
    "operator",
    operator,
    "monitoring.coreos.com/v1",
    [
      ["monitoring.coreos.com/v1:PrometheusRule", "watch-rules"],
      ["monitoring.coreos.com/v1alpha1:AlertmanagerConfig", "watch-alerts"],
    ],
  ],
  ["azure", azure, "azmonitoring.coreos.com/v1", [["core/v1:ConfigMap", "watch-rules"]]],
])("Monitoring, mode %s", (mode, args, apiVersion, rules) => {
  it("makes monitors, the rules and a ConfigMap for each dashboard, and nothing that runs", async () => {
    const monitoring = await made(args);
    expect(children()).toEqual([...inCluster, ...rules, ...monitors.map((name) => [`${apiVersion}:PodMonitor`, name])].sort());
    for (const { type, name } of registered.slice(1)) expect(optionsOf(name, type).parent, name).toBe("watch");
    expect(monitoring.prometheusUrl).toBeUndefined();
    expect(monitoring.dashboards).toHaveLength(6);
  });

  it("finds the same pods as Prometheus of our own, every 15 seconds", async () => {
    await made(args);
    for (const [name, target] of Object.entries(targets))
      expect(ofKind("PodMonitor", name)).toEqual({
        apiVersion,
        kind: "PodMonitor",
        metadata: { name, namespace: "slm", labels: own },
        spec: podMonitorSpec(target, "15s"),
      });
  });

  it("gives dashboards as files, which the sidecar of Grafana's chart finds where there is an operator", async () => {
    const monitoring = await made(args);
    const labels = { ...own, ...(mode === "operator" ? { grafana_dashboard: "1" } : {}) };
    for (const dashboard of monitoring.dashboards) {
      const name = `watch-${dashboard.uid}`;
      const { metadata, data } = ofKind("ConfigMap", name);
      expect(metadata).toEqual({ name, namespace: "slm", labels });
      expect(data).toEqual({ [`${dashboard.uid}.json`]: JSON.stringify(dashboard) });
    }
  });

  it("has rules that know Kubernetes, watch nothing of ours, and link to this repository unless set otherwise", async () => {
    const { rules: groups } = await made(args);
    expect(groups).toEqual(ruleGroups(wholeFleet, { jobs: [], alertmanager: false }, "docs/runbooks"));
    reset();
    const { rules: published } = await made({ ...args, runbookBase: "https://runbooks.example" });
    expect(published).toEqual(ruleGroups(wholeFleet, { jobs: [], alertmanager: false }, "https://runbooks.example"));
  });
});

it("rules are an operator's object, under the labels that it looks for, and Grafana's sidecar's are as it is set to", async () => {
  const labels = { release: "prom" };
  const { rules } = await made({ ...operator, labels, dashboardLabels: { dashboard: "yes" } });
  expect(ofKind("PrometheusRule", "watch-rules")).toEqual({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "watch-rules", namespace: "slm", labels: { ...own, ...labels } },
    spec: { groups: rules },
  });
  expect(ofKind("PodMonitor", "watch-slm-models")["metadata"].labels).toEqual({ ...own, ...labels });
  expect(ofKind("ConfigMap", "watch-slm-fleet-test")["metadata"].labels).toEqual({ ...own, ...labels, dashboard: "yes" });
});

describe("the operator's Alertmanager", () => {
  const spec = async (more: Partial<OperatorArgs>) => {
    reset();
    await made({ ...operator, namespace: "watch", ...more });
    return ofKind("AlertmanagerConfig", "watch-alerts");
  };

  it("mutes ours as our own would, in the namespace that our alerts are labelled with", async () => {
    const { metadata, spec: config } = await spec({ labels: { release: "prom" } });
    expect(metadata).toEqual({ name: "watch-alerts", namespace: "slm", labels: { ...own, release: "prom" } });
    const { rules } = await made(operator);
    for (const rule of rules.flatMap((group) => group.rules)) expect(rule.labels).toMatchObject({ namespace: "slm", environment: "test" });
    const { inhibit_rules: ours } = alertmanagerConfig({}, { critical: "a", warning: "a" }) as {
      inhibit_rules: Record<string, string[]>[];
    };
    const written = ({ name, matchType, value }: Record<string, string>) => `${name}${matchType}"${value}"`;
    expect(Object.keys(config)).toEqual(["inhibitRules"]);
    expect(
      config.inhibitRules.map(({ sourceMatch, targetMatch, equal }: Record<string, Record<string, string>[]>) => ({
        source_matchers: sourceMatch!.map(written),
        target_matchers: targetMatch!.map(written),
        equal,
      })),
    ).toEqual(ours);
  });

  it("sends messages where it is asked to, with credentials from Secrets of that namespace", async () => {
    const url = { secret: "oncall", key: "url" };
    const receivers = { pager: { kind: "pagerduty", routingKey: url }, team: { kind: "slack", url, channel: "#slm" } } as const;
    const { spec: config } = await spec({ messages: { receivers, routes: { critical: "pager", warning: "team" } } });
    const selected = { name: "oncall", key: "url" };
    expect(config.route).toMatchObject({
      receiver: "team",
      routes: [{ receiver: "nobody" }, { matchers: [{ name: "severity", matchType: "=", value: "critical" }], receiver: "pager" }],
    });
    expect(config.receivers).toMatchObject([
      { name: "nobody" },
      { name: "pager", pagerdutyConfigs: [{ sendResolved: true, routingKey: selected }] },
      { name: "team", slackConfigs: [{ sendResolved: true, apiURL: selected, channel: "#slm" }] },
    ]);
  });
});

it("rules for Azure are a file, to be compared with its rule groups", async () => {
  const { rules } = await made(azure);
  const { metadata, data } = ofKind("ConfigMap", "watch-rules");
  expect(metadata).toEqual({ name: "watch-rules", namespace: "slm", labels: own });
  expect(data).toEqual({ "rules.json": JSON.stringify({ groups: rules }) });
});
