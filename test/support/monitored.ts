import { Monitoring } from "../../components/monitoring/monitoring";
import type { MonitoringArgs, StandaloneArgs } from "../../components/monitoring/settings";
import { models, wholeFleet } from "./fleet";
import { registered, settled } from "./mocks";

export const image = (name: string): string => `registry.example/${name}@sha256:${"a".repeat(64)}`;

/** The least that a standalone monitoring is reported. */
export const standalone: StandaloneArgs = {
  mode: "standalone",
  namespace: "monitoring",
  environment: "test",
  fleet: { namespace: "slm", models: [models.chat] },
  images: { prometheus: image("prometheus"), alertmanager: image("alertmanager") },
  receivers: { oncall: { kind: "webhook", url: { secret: "oncall", key: "url" } } },
  routes: { critical: "oncall", warning: "oncall" },
};

/** All that a standalone monitoring can have. */
export const whole: StandaloneArgs = {
  ...standalone,
  fleet: wholeFleet,
  gateway: { namespace: "gateway", label: { name: "app.kubernetes.io/name", value: "envoy" }, port: "metrics" },
  gpus: { namespace: "gpu", label: { name: "app.kubernetes.io/name", value: "dcgm-exporter" }, port: "metrics" },
  images: { ...standalone.images, kubeStateMetrics: image("kube-state-metrics") },
  grafana: { image: image("grafana"), adminPassword: { secret: "grafana", key: "password" } },
  readers: ["keda"],
  logs: { image: image("otel-collector"), readerNamespace: "monitoring-logs", target: { kind: "files" }, traces: {} },
};

/** Makes the component under mocks, and waits until every child is registered. */
export async function made(args: MonitoringArgs): Promise<Monitoring> {
  const monitoring = new Monitoring("watch", args);
  await settled(monitoring.urn);
  await quieted();
  return monitoring;
}

/** Waits until nothing more is registered. */
export async function quieted(): Promise<void> {
  for (let before = -1; before !== registered.length; await new Promise((resolve) => setTimeout(resolve, 20))) before = registered.length;
}

/** Type and name of each child, sorted. */
export const children = (): string[][] =>
  registered
    .slice(1)
    .map(({ type, name }) => [type.replace("kubernetes:", ""), name])
    .sort();
export const byName = (name: string) => registered.find((one) => one.name === name)!.inputs;
export const container = (name: string) => byName(name)["spec"].template.spec.containers[0];
