import * as k8s from "@pulumi/kubernetes";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { grafanaPasswordName, makeMonitoring } from "../../../components/environment/monitoring";
import { defaultRunbookBase } from "../../../components/monitoring/settings";
import { KubernetesSecretStore } from "../../../components/secrets/kubernetes-secret-store";
import { type MonitoringSection, monitoring } from "../../../lib/environment/monitoring-config";
import { monitoredGateway } from "../../../lib/gateway/metrics";
import { ruleGroups } from "../../../lib/monitoring/alerts";
import { dashboards } from "../../../lib/monitoring/dashboards";
import type { Fleet, MonitoredModel } from "../../../lib/monitoring/fleet";
import type { EnvironmentPlan } from "../../../lib/planner/types";
import type { Environment } from "../../../stacks/environment";
import { dependenciesOf, mockPulumi, optionsOf, registered, reset } from "../../support/mocks";
import { byName, container, image, quieted } from "../../support/monitored";

beforeAll(mockPulumi);
beforeEach(reset);

const stages = { nodeSeconds: 600, imageSeconds: 100, weightsSeconds: 200, loadSeconds: 300 };
const coldStart = { ...stages, compileSeconds: 150, totalSeconds: 1200 };
const plan = {
  models: [
    { name: "chat", engine: "vllm", version: "0.33.0", replicas: 2, placement: { usdPerHour: 3 }, coldStart },
    { name: "tiny", engine: "ollama", version: "0.32.15", replicas: 0, placement: { usdPerHour: 0.25 }, coldStart },
    { name: "own", engine: "onnx", version: "0.18.0", replicas: 1, placement: { usdPerHour: 0 }, coldStart },
  ],
} as unknown as EnvironmentPlan;
const firstToken = { seconds: 2.5, ratio: 0.95 };
const models: MonitoredModel[] = [
  {
    name: "chat",
    release: { engine: "vllm", version: "0.33.0" },
    objectives: { availability: 0.999, firstToken },
    coldStart: stages,
    usdPerHour: 1.5,
  },
  {
    name: "tiny",
    release: { engine: "ollama", version: "0.32.15" },
    objectives: { availability: 0.99 },
    coldStart: stages,
    usdPerHour: 0.25,
    scalesToZero: true,
  },
  { name: "own", release: { engine: "onnx", version: "0.18.0" }, objectives: { availability: 0.99, firstToken }, coldStart: stages },
];
const fleet: Fleet = { environment: "test", namespace: "models", models, keys: [] };

const standalone = {
  mode: "standalone",
  receivers: { oncall: { kind: "webhook", url: { secret: "oncall", key: "url" } } },
  routes: { critical: "oncall", warning: "oncall" },
  objectives: { chat: { availability: 0.999 } },
};
const operator = { mode: "operator", objectives: standalone.objectives };
const digests = Object.fromEntries(["prometheus", "alertmanager", "grafana", "otel-collector"].map((name) => [name, image(name)]));

/** Makes the monitoring of an environment with this section, and waits until everything is registered. */
async function made(section: object | undefined, images: object = digests, secrets?: KubernetesSecretStore, more: object = {}) {
  const environment = {
    name: "test",
    kubernetes: { namespace: "models" },
    imageDigests: images,
    models: { chat: { replicas: 2 }, tiny: { replicas: 0 }, own: {} },
    ...(section ? { monitoring: monitoring.parse(section) satisfies MonitoringSection } : {}),
    ...more,
  } as unknown as Environment;
  const result = makeMonitoring(environment, plan, new k8s.Provider("cluster", { kubeconfig: "x" }), secrets);
  await quieted();
  return result;
}
const names = () => registered.map(({ name }) => name);
const ourParts = { jobs: ["prometheus", "alertmanager"], alertmanager: true, storageGib: 10 };
const nothing = { jobs: [], alertmanager: false };

it("an environment without a section has no monitoring", async () => {
  expect(await made(undefined)).toBeUndefined();
  expect(names()).toEqual(["cluster"]);
});

describe("a namespace", () => {
  it("of its own is made for the monitoring, restricted, in the environment's cluster", async () => {
    await made({ ...standalone, namespace: "watch" });
    const restricted = Object.fromEntries(["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]));
    expect(byName("monitoring-namespace")["metadata"]).toEqual({ name: "watch", labels: restricted });
    expect(optionsOf("monitoring-namespace").provider).toBe("cluster");
    expect(optionsOf("monitoring").providers).toEqual({ kubernetes: "cluster" });
    expect(byName("monitoring-prometheus-server")["metadata"].namespace).toBe("watch");
    expect(names()).not.toContain("monitoring-logs-namespace");
  });

  it("is made for the readers of logs, which need a folder of their nodes, where logs are asked for", async () => {
    await made({ ...standalone, logs: { kind: "files" } });
    expect(byName("monitoring-logs-namespace")["metadata"]).toEqual({
      name: "slm-monitoring-logs",
      labels: { "pod-security.kubernetes.io/enforce": "privileged" },
    });
    expect(optionsOf("monitoring-logs-namespace").provider).toBe("cluster");
    expect(byName("monitoring-log-reader-daemon")["metadata"].namespace).toBe("slm-monitoring-logs");
    expect(container("monitoring-collector-server").image).toBe(image("otel-collector"));
  });
});

describe("what is watched", () => {
  it("is each model with its promises, its budget, the price of one replica, and whether it may have none", async () => {
    const result = (await made(operator))!;
    expect(result.rules).toEqual(ruleGroups(fleet, nothing, "docs/runbooks"));
    expect(JSON.stringify(result.dashboards)).toBe(JSON.stringify(dashboards(fleet)));
    expect(byName("monitoring-slm-models")["spec"].namespaceSelector).toEqual({ matchNames: ["models"] });
  });

  it("is the gateway, GPUs and keys where the section names them", async () => {
    const label = { name: "app", value: "x" };
    const gateway = { namespace: "gateway", label, clusterPattern: "outbound_(.*)", consumerLabel: "consumer" };
    const keys = [{ name: "team-a", expiresAt: "2027-06-01" }];
    const gpus = { namespace: "gpu", label, port: "dcgm", counters: "throttling" };
    const result = (await made({ ...operator, gateway, gpus, keys, runbookBase: "https://runbooks.example" }))!;
    const whole: Fleet = {
      ...fleet,
      keys,
      gateway: { clusterPattern: "outbound_(.*)", consumerLabel: "consumer" },
      gpuCounters: "throttling",
    };
    expect(result.rules).toEqual(ruleGroups(whole, nothing, "https://runbooks.example"));
    expect(JSON.stringify(result.dashboards)).toBe(JSON.stringify(dashboards(whole, "https://runbooks.example")));
    const ports = ["gateway", "gpus"].map((name) => {
      const monitor = registered.find((one) => one.type.endsWith(":PodMonitor") && one.name === `monitoring-slm-${name}`)!;
      const { namespaceSelector, selector, podMetricsEndpoints } = monitor.inputs["spec"];
      return [namespaceSelector.matchNames, selector.matchExpressions, podMetricsEndpoints[0].port];
    });
    const matched = [{ key: "app", operator: "In", values: ["x"] }];
    expect(ports).toEqual([
      [["gateway"], matched, "metrics"],
      [["gpu"], matched, "dcgm"],
    ]);
  });

  it("is the environment's own front door: as many pods as it has, and what it does with requests that nobody counts", async () => {
    const gateway = { namespace: "door", replicas: 3, whenUncounted: "closed" };
    const result = (await made(operator, digests, undefined, { gateway }))!;
    const { clusterPattern } = monitoredGateway(gateway);
    const whole: Fleet = { ...fleet, gateway: { clusterPattern, replicas: 3, whenUncounted: "closed" } };
    expect(result.rules).toEqual(ruleGroups(whole, nothing, defaultRunbookBase));
  });

  it("is a gateway without consumers, and GPUs by their default counters, unless set otherwise", async () => {
    const label = { name: "app", value: "x" };
    const result = (await made({ ...operator, gateway: { namespace: "gateway", label }, gpus: { namespace: "gpu", label } }))!;
    expect(JSON.stringify(result.dashboards)).toBe(JSON.stringify(dashboards({ ...fleet, gateway: {}, gpuCounters: "default" })));
  });
});

it("with an operator, sends messages where the section says, and keeps the operator's namespace out of its objects", async () => {
  const messages = { receivers: standalone.receivers, routes: standalone.routes };
  await made({ ...operator, prometheusNamespace: "prom", messages });
  const config = registered.find(({ name }) => name === "monitoring-alerts")!.inputs;
  expect(config["metadata"].namespace).toBe("models");
  expect(config["spec"].receivers).toMatchObject([{ name: "nobody" }, { name: "oncall" }]);
});

describe("standalone", () => {
  it("runs the images of the images file, and kube-state-metrics only where it is named there", async () => {
    const without = (await made(standalone))!;
    expect(["prometheus", "alertmanager"].map((part) => container(`monitoring-${part}-server`).image)).toEqual([
      image("prometheus"),
      image("alertmanager"),
    ]);
    expect(without.rules).toEqual(ruleGroups({ ...fleet, kubeState: false }, ourParts, "docs/runbooks"));
    expect(names().filter((name) => /kube-state|grafana|collector/.test(name))).toEqual([]);
    reset();
    await made(standalone, { ...digests, "kube-state-metrics": image("ksm") });
    expect(container("monitoring-kube-state-metrics-server").image).toBe(image("ksm"));
  });

  it("hands on what the section says of Prometheus, receivers and readers", async () => {
    const routes = { critical: "oncall", warning: "oncall", watchdog: "oncall" };
    await made({ ...standalone, routes, readers: ["keda"], retentionDays: 3, storageGib: 20, retentionGib: 4, memoryMib: 700 });
    const { args, resources } = container("monitoring-prometheus-server");
    expect(args.slice(2)).toEqual(["--storage.tsdb.retention.time=3d", "--storage.tsdb.retention.size=4096MB"]);
    expect(resources.limits).toEqual({ memory: "700Mi" });
    expect(byName("monitoring-prometheus-guard")["spec"].ingress[0].from).toHaveLength(2);
    const config = JSON.parse(byName("monitoring-alertmanager-config")["data"]["alertmanager.json"]);
    expect(config.route.routes[0].receiver).toBe("oncall");
    expect(JSON.parse(byName("monitoring-prometheus-config")["data"]["prometheus.json"]).global.external_labels).toEqual({
      environment: "test",
    });
  });

  it("gives Grafana a password from a Secret that is there", async () => {
    await made({ ...standalone, grafana: { adminPassword: { secret: "grafana", key: "pw" }, storageGib: 2 } });
    expect(container("monitoring-grafana-server").image).toBe(image("grafana"));
    expect(byName("monitoring-grafana-server")["spec"].template.spec.volumes.at(-1)).toEqual({
      name: "password",
      secret: { secretName: "grafana", items: [{ key: "pw", path: "password" }] },
    });
    expect(byName("monitoring-grafana-state")["spec"].resources.requests.storage).toBe("2Gi");
  });

  it("gives Grafana's pods alone the password that the environment's store keeps", async () => {
    const provider = new k8s.Provider("other", { kubeconfig: "x" });
    const store = new KubernetesSecretStore("secrets", { values: { [grafanaPasswordName]: "planted" }, provider });
    await made({ ...standalone, grafana: { adminPassword: { env: "GRAFANA_PASSWORD" } } }, digests, store);
    expect(byName("secrets-monitoring-grafana-grafana-admin")["metadata"]).toEqual({
      name: "monitoring-grafana-grafana-admin",
      namespace: "slm-monitoring",
    });
    const { spec } = byName("monitoring-grafana-server")["spec"].template;
    expect(spec.serviceAccountName).toBe("monitoring-grafana");
    expect(spec.containers[0].env.at(-1)).toEqual({ name: "GF_SECURITY_ADMIN_PASSWORD__FILE", value: "/mnt/secrets/grafana-admin" });
    expect(dependenciesOf("monitoring-grafana-server")).toEqual(
      expect.arrayContaining(["secrets-monitoring-grafana-account", "secrets-monitoring-grafana-grafana-admin"]),
    );
  });
});

it("sends logs where the section says, and takes spans only where it asks for them", async () => {
  const logs = { kind: "otlp", endpoint: "https://logs.example" };
  const pipelines = async (more: object): Promise<string[]> => {
    reset();
    await made({ ...operator, logs, ...more });
    const config = JSON.parse(byName("monitoring-collector-config")["data"]["collector.json"]);
    expect(config.exporters.otlp_http.endpoint).toBe("https://logs.example");
    return Object.keys(config.service.pipelines);
  };
  expect(await pipelines({})).toEqual(["logs"]);
  expect(await pipelines({ traces: { ratio: 0.5 } })).toEqual(["logs", "traces"]);
});
