import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { envoyConfig } from "../../../components/local/envoy-config";
import { LocalEnvironment } from "../../../components/local/local-environment";
import { fleetOf, grafanaStart, prometheusStart } from "../../../components/local/monitoring-config";
import { mistakes, tiny } from "../../support/environments";
import { mockPulumi, optionsOf, registered, reset } from "../../support/mocks";
import { digest } from "../../support/serving";
import { writtenPlan } from "../../support/serving-plans";

beforeAll(mockPulumi);
beforeEach(reset);

const plan = {
  models: [
    writtenPlan({ name: "chat", engine: "ollama", version: "0.32.15" }),
    writtenPlan({ name: "other", engine: "onnx", version: "0.14.1" }),
  ],
  faults: [],
  usdPerMonth: 0,
};
const fleet = fleetOf("test", plan as never);
const image = (name: string) => `example.test/${name}@${digest}`;
const images = Object.fromEntries(["ollama", "python", "envoy", "prometheus", "grafana"].map((name) => [name, image(name)]));

/** Containers of an environment, by the end of their names. */
async function containers(section?: object): Promise<Record<string, Record<string, unknown>>> {
  const environment = new LocalEnvironment("test", {
    target: "docker",
    gateway: { host: "localhost", tls: "selfSigned" },
    consumers: { me: { models: ["chat"] } },
    models: { chat: tiny },
    ...{ images, lock: { "library:qwen3:0.6b": { files: {} } } },
    ...(section ? { docker: { monitoring: section } } : {}),
  } as never);
  await new Promise((resolve) => environment.gateway.container.id.apply(resolve));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return Object.fromEntries(
    registered
      .filter(({ type }) => type === "docker:index/container:Container")
      .map(({ inputs }) => [inputs["name"].slice("slm-test-".length), inputs]),
  );
}

describe("an environment on Docker that is monitored", () => {
  it("has Prometheus, which only this machine reaches, without rights, on a volume that outlives it", async () => {
    const { prometheus, series, gateway } = await containers({ port: 9191, retentionDays: 3 });
    expect(prometheus).toMatchObject({
      ports: [{ internal: 9090, external: 9191, ip: "127.0.0.1" }],
      networksAdvanced: [{ name: "slm-test-models" }, { name: "slm-test-door", aliases: ["prometheus"] }],
      volumes: [{ volumeName: "slm-test-series", containerPath: "/prometheus", readOnly: false }],
      ...{ user: "65532:65532", readOnly: true, memory: 512, memorySwap: 512, restart: "unless-stopped", capabilities: { drops: ["ALL"] } },
    });
    expect(prometheus!["command"]).toEqual([expect.stringContaining("--storage.tsdb.retention.time=3d")]);
    expect(series).toMatchObject({ user: "0:65532", networkMode: "none", command: ["chgrp 65532 /prometheus && chmod 0770 /prometheus"] });
    expect(optionsOf("monitoring-series")).toMatchObject({ retainOnDelete: true, parent: "monitoring" });
    expect(JSON.parse((gateway!["command"] as string[])[1]!).admin.address.socket_address.address).toBe("127.0.0.1");
  });
  it("has Grafana where it has a port", async () => {
    const { grafana } = await containers({ grafanaPort: 3001 });
    expect(grafana).toMatchObject({
      ports: [{ internal: 3000, external: 3001, ip: "127.0.0.1" }],
      networksAdvanced: [{ name: "slm-test-door" }],
    });
  });
  it("has neither where it does not ask, and Envoy tells nothing", async () => {
    const made = await containers();
    expect(Object.keys(made)).toEqual(expect.arrayContaining(["chat", "gateway"]));
    expect(Object.keys(made)).not.toEqual(expect.arrayContaining(["prometheus"]));
    expect(JSON.parse((made["gateway"]!["command"] as string[])[1]!).admin).toBeUndefined();
  });
});

describe("Prometheus on Docker", () => {
  const { line, envs } = prometheusStart(fleet, 15);
  const [config, { groups }] = Object.values(envs).map((text) => JSON.parse(text));
  it("reads Envoy and engines that have metrics, under the labels of a cluster", () => {
    const jobs = config.scrape_configs.map((each: Record<string, unknown>) => [each["job_name"], each["static_configs"]]);
    const labels = (container: string) => ({ environment: "test", namespace: "slm-test", pod: `slm-test-${container}` });
    expect(jobs).toEqual([
      ["prometheus", [{ targets: ["127.0.0.1:9090"] }]],
      ["slm-gateway", [{ targets: ["gateway:19001"], labels: labels("gateway") }]],
      ["slm-models", [{ targets: ["other:8000"], labels: { ...labels("other"), model: "other" } }]],
    ]);
  });
  it("gives a series of Envoy the name of the model that its cluster is", () => {
    const { metric_relabel_configs: rules } = config.scrape_configs[1];
    expect(rules).toContainEqual({ source_labels: ["envoy_cluster_name"], regex: "(chat|other)", target_label: "model" });
  });
  it("evaluates rules that need no cluster, and says where it finds them", () => {
    expect(config.rule_files).toEqual(["/tmp/slm/rules.json"]);
    const names = groups.flatMap((group: { rules: { alert?: string }[] }) => group.rules.flatMap(({ alert }) => alert ?? []));
    expect(names).toContain("AvailabilityBurnFast");
    expect(JSON.stringify(groups)).not.toContain("kube_");
  });
  it("begins when its volume is open to it, with its files written", () => {
    expect(line.split("\n")).toEqual([
      "until [ -w /prometheus ]; do sleep 0.5; done",
      "mkdir -p /tmp/slm",
      'printf %s "$FILE_0" > /tmp/slm/prometheus.json',
      'printf %s "$FILE_1" > /tmp/slm/rules.json',
      expect.stringMatching(/^exec prometheus --config\.file=\/tmp\/slm\/prometheus\.json --storage\.tsdb\.path=\/prometheus /),
    ]);
  });
});

describe("Grafana on Docker", () => {
  const { line, envs } = grafanaStart(fleet);
  it("finds Prometheus and the dashboards, and has no account", () => {
    expect(line.split("\n")).toEqual(
      expect.arrayContaining([
        "mkdir -p /tmp/slm/dashboards",
        expect.stringMatching(/> \/tmp\/slm\/dashboards\/slm-gateway-test\.json$/),
        "exec /run.sh",
      ]),
    );
    expect(envs["FILE_0"]).toContain('"url":"http://prometheus:9090"');
    expect(envs).toMatchObject({ GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: "true", GF_AUTH_BASIC_ENABLED: "false" });
  });
});

describe("the metrics of Envoy", () => {
  const door = { host: "localhost", models: [{ name: "chat", names: ["chat"] }], consumers: [], limits: {} as never };
  it("are all that its own listener answers, to nobody who asks for more", () => {
    const { static_resources: made } = envoyConfig({ ...door, metrics: true }) as {
      static_resources: { listeners: unknown[]; clusters: unknown[] };
    };
    const [, listener] = made.listeners;
    expect(JSON.stringify(listener)).toContain('"routes":[{"match":{"path":"/stats/prometheus"},"route":{"cluster":"envoy_admin"}}]');
  });
});

describe("its settings", () => {
  const on = (docker: object) => ({
    target: "docker",
    gateway: { host: "localhost", tls: "selfSigned" },
    consumers: { me: { models: ["chat"] } },
    docker,
  });
  it("are ports that differ from each other", () =>
    expect(mistakes(on({ port: 9090, monitoring: { grafanaPort: 9090 } }))).toEqual([
      "docker.monitoring.port: must be another port than docker.port, got 9090",
      "docker.monitoring.grafanaPort: must be another port than docker.port, got 9090",
    ]));
});
