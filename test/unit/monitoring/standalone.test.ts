import { beforeAll, describe, expect, it } from "vitest";

import type { Monitoring } from "../../../components/monitoring/monitoring";
import { alertmanagerConfig } from "../../../lib/monitoring/alertmanager-config";
import { collectorConfig, readerConfig } from "../../../lib/monitoring/log-config";
import { gatewayTarget, gpuTarget, modelTarget, scrapeConfig } from "../../../lib/monitoring/scrape";
import { dependenciesOf, mockPulumi, optionsOf, registered, secretInputsOf, settled } from "../../support/mocks";
import { byName, made, whole } from "../../support/monitored";
import { expected } from "../../support/monitoring-fixtures";

/** Everything a standalone monitoring makes, in full. It is made once: nothing here changes it. */
let monitoring: Monitoring;
beforeAll(async () => {
  await mockPulumi();
  monitoring = await made(whole);
}, 60_000);

const stateful = "apps/v1:StatefulSet";
const deployment = "apps/v1:Deployment";
const map = "core/v1:ConfigMap";
const guard = "networking.k8s.io/v1:NetworkPolicy";
const role = "rbac.authorization.k8s.io/v1:Role";
const binding = "rbac.authorization.k8s.io/v1:RoleBinding";
const service = "core/v1:Service";
const account = "core/v1:ServiceAccount";
/** Name without its owner, type, and what it waits for beside its inputs. */
const everything: [string, string, ...string[]][] = [
  ["alertmanager-config", map],
  ["alertmanager-guard", guard],
  ["alertmanager-server", stateful, "alertmanager-config", "alertmanager-guard", "alertmanager-state"],
  ["alertmanager-state", "core/v1:PersistentVolumeClaim"],
  ["alertmanager-service", service, "alertmanager-server"],
  ["collector-config", map],
  ["collector-guard", guard],
  ["collector-server", stateful, "collector-config", "collector-guard", "collector-kept"],
  ["collector-kept", "core/v1:PersistentVolumeClaim"],
  ["collector-service", service, "collector-server"],
  ["grafana-dashboards", map],
  ["grafana-guard", guard],
  ["grafana-provisioning", map],
  ["grafana-server", deployment, "grafana-dashboards", "grafana-guard", "grafana-provisioning", "grafana-state"],
  ["grafana-service", service, "grafana-server"],
  ["grafana-state", "core/v1:PersistentVolumeClaim"],
  ["kube-state-metrics-account", account],
  ["kube-state-metrics-guard", guard],
  ["kube-state-metrics-server", deployment, "kube-state-metrics-account", "kube-state-metrics-guard", "kube-state-metrics-slm-binding"],
  ["kube-state-metrics-service", service, "kube-state-metrics-server"],
  ["kube-state-metrics-slm-binding", binding],
  ["kube-state-metrics-slm-role", role],
  ["log-reader-config", map],
  ["log-reader-daemon", "apps/v1:DaemonSet", "log-reader-config", "log-reader-guard"],
  ["log-reader-guard", guard],
  ["prometheus-account", account],
  ["prometheus-config", map],
  ["prometheus-gateway-binding", binding],
  ["prometheus-gateway-role", role],
  ["prometheus-gpu-binding", binding],
  ["prometheus-gpu-role", role],
  ["prometheus-guard", guard],
  [
    "prometheus-server",
    stateful,
    "prometheus-account",
    "prometheus-config",
    "prometheus-gateway-binding",
    "prometheus-gpu-binding",
    "prometheus-guard",
    "prometheus-series",
    "prometheus-slm-binding",
  ],
  ["prometheus-series", "core/v1:PersistentVolumeClaim"],
  ["prometheus-service", service, "prometheus-server"],
  ["prometheus-slm-binding", binding],
  ["prometheus-slm-role", role],
];
const parts = ["alertmanager", "collector", "grafana", "kube-state-metrics", "log-reader", "prometheus"];
const partOf = (name: string): string => parts.find((part) => name.startsWith(`watch-${part}-`))!;
const labelsOf = (part: string) => ({
  "app.kubernetes.io/name": part,
  "app.kubernetes.io/instance": "watch",
  "app.kubernetes.io/part-of": "slm-monitoring",
});
const own = () => registered.filter(({ name }) => name !== "watch");

it("a standalone monitoring is exactly these resources, each after what it needs", () => {
  const made = own().map(({ type, name }) => {
    const { aliases: _ofTheSdk, dependsOn = [], parent, ...more } = optionsOf(name);
    expect([parent, more], name).toEqual(["watch", {}]);
    return [name, type.replace("kubernetes:", ""), ...dependsOn];
  });
  const whole = everything.map(([name, type, ...needs]) => [`watch-${name}`, type, ...needs.map((need) => `watch-${need}`)]);
  expect(made.toSorted()).toEqual(whole.toSorted());
});

it("no credential passes through Pulumi: nothing that is made holds a secret", () => {
  expect(own().flatMap(({ type, name }) => secretInputsOf(name, type))).toEqual([]);
});

it("a right is given after the role that has it", () => {
  for (const [name] of everything.filter(([, one]) => one === binding))
    expect(dependenciesOf(`watch-${name}`), name).toEqual([`watch-${name.replace("binding", "role")}`]);
});

it("tells where Prometheus is, and registers what it gives", async () => {
  expect(await settled(monitoring.prometheusUrl!)).toBe("http://watch-prometheus.monitoring.svc:9090");
  expect(monitoring.rules.map(({ name }) => name)).toEqual(["slm", "slm-slow"]);
  expect(monitoring.dashboards).toHaveLength(6);
});

it("every resource bears its part's labels, in the monitoring's namespace or the one that it reads", () => {
  for (const { name, inputs } of own()) {
    const part = partOf(name);
    const namespace = /-(slm|gateway|gpu)-(role|binding)$/.exec(name)?.[1] ?? (part === "log-reader" ? "monitoring-logs" : "monitoring");
    const named = /-(config|dashboards|provisioning)$/.test(name) ? name : `watch-${part}`;
    const { annotations: _annotations, ...metadata } = inputs["metadata"];
    expect(metadata, name).toEqual({ name: named, namespace, labels: labelsOf(part) });
  }
});

describe.each(parts)("%s", (part) => {
  it("runs as it is written here, restricted, and starts anew when its files change", () => {
    const { type, inputs } = registered.find(({ name }) => new RegExp(`^watch-${part}-(server|daemon)$`).test(name))!;
    const spec = structuredClone(inputs["spec"]);
    const { annotations } = spec.template.metadata;
    if (part === "kube-state-metrics") expect(annotations).toBeUndefined();
    else {
      expect(annotations["slm/config"]).toMatch(/^[0-9a-f]{16}$/);
      annotations["slm/config"] = "HASH";
    }
    expect({ type: type.replace("kubernetes:", ""), spec }).toEqual(expected(`workloads/${part}`));
  });
});

it("Grafana's volume is one node's, and not waited for before its pod", () => {
  const { metadata, spec } = byName("watch-grafana-state");
  expect(metadata.annotations).toEqual({ "pulumi.com/skipAwait": "true" });
  expect(spec).toEqual({ accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } });
});

describe("files", () => {
  const filesOf = (name: string): Record<string, unknown> =>
    Object.fromEntries(Object.entries(byName(name)["data"] as Record<string, string>).map(([file, text]) => [file, JSON.parse(text)]));

  it("tell Prometheus of the pods and of the monitoring's own parts, and keep the labels of kube-state-metrics alone", () => {
    const part = (job: string, target: string, honorLabels = false) => ({
      job_name: job,
      honor_labels: honorLabels,
      static_configs: [{ targets: [target] }],
    });
    const { gateway, gpus } = whole;
    const fleet = { ...whole.fleet, environment: "test" };
    const targets = [modelTarget(fleet)!, gatewayTarget(fleet, gateway!), gpuTarget(fleet, gpus!)];
    expect(filesOf("watch-prometheus-config")).toEqual({
      "prometheus.json": expect.objectContaining({
        global: expect.objectContaining({ external_labels: { environment: "test" } }),
        rule_files: ["/etc/prometheus/rules.json"],
        alerting: { alertmanagers: [{ static_configs: [{ targets: ["watch-alertmanager.monitoring.svc:9093"] }] }] },
        scrape_configs: [
          ...targets.map(scrapeConfig),
          part("prometheus", "127.0.0.1:9090"),
          part("alertmanager", "watch-alertmanager.monitoring.svc:9093"),
          part("kube-state-metrics", "watch-kube-state-metrics.monitoring.svc:8080", true),
          part("grafana", "watch-grafana.monitoring.svc:3000"),
          part("collector", "watch-collector.monitoring.svc:8888"),
        ],
      }),
      "rules.json": { groups: monitoring.rules },
    });
  });

  it("watch each part that there is, by an alert", () => {
    const down = monitoring.rules[0]!.rules.find((rule) => "alert" in rule && rule.alert === "MonitoringDown")!;
    expect(down.expr).toContain('up{job=~"prometheus|alertmanager|kube-state-metrics|grafana|collector"} == 0');
    expect(down.expr).toContain('prometheus_notifications_alertmanagers_discovered{job="prometheus"} < 1');
  });

  it("tell Alertmanager, the collector and the reader what is asked for", () => {
    const { receivers, routes } = whole;
    expect(filesOf("watch-alertmanager-config")).toEqual({ "alertmanager.json": alertmanagerConfig(receivers, routes) });
    expect(filesOf("watch-collector-config")).toEqual({
      "collector.json": collectorConfig({ target: { kind: "files" }, traces: {}, memoryMib: 256 }),
    });
    expect(filesOf("watch-log-reader-config")).toEqual({
      "reader.json": readerConfig({
        environment: "test",
        namespaces: ["slm", "gateway"],
        models: ["chat", "small", "tiny"],
        engines: ["vllm", "onnx", "ollama"],
        collector: "http://watch-collector.monitoring.svc:4318",
        memoryMib: 128,
      }),
    });
  });

  it("give Grafana our Prometheus, and its dashboards a folder that nobody edits", () => {
    const source = { name: "Prometheus", uid: "slm-prometheus", type: "prometheus", isDefault: true, editable: false };
    const provider = { name: "slm", folder: "SLM", type: "file", allowUiUpdates: false, options: { path: "/etc/grafana/dashboards" } };
    expect(filesOf("watch-grafana-provisioning")).toEqual({
      "datasource.yaml": { apiVersion: 1, datasources: [{ ...source, url: "http://watch-prometheus.monitoring.svc:9090" }] },
      "provider.yaml": { apiVersion: 1, providers: [provider] },
    });
    expect(filesOf("watch-grafana-dashboards")).toEqual(
      Object.fromEntries(monitoring.dashboards.map((dashboard) => [`${dashboard.uid}.json`, JSON.parse(JSON.stringify(dashboard))])),
    );
  });
});
