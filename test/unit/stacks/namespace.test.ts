import { describe, expect, it } from "vitest";

import { namespaceArgs } from "../../../components/environment/namespace";
import { planOf } from "../../../lib/environment/plan-request";
import { parsed, tiny } from "../../support/environments";

const baked = { ...tiny, weights: { ollama: { kind: "baked", path: "/models/x.gguf" } } };
const args = (raw: object) => {
  const environment = parsed(raw);
  return namespaceArgs(environment, planOf(environment));
};

describe("the namespace of an environment", () => {
  it("is open to nobody and to nothing but where weights come from, unless the environment says so", () => {
    expect(args({})).toEqual({
      namespace: "slm",
      clients: [],
      weights: [{ cidr: "0.0.0.0/0", ports: [443] }],
      dataPlane: "kubernetes",
      maxPods: 12,
    });
  });

  it("has the name, the data plane and the clients that the environment names", () => {
    const clients = [{ namespace: "app" }, { cidr: "10.0.0.0/8" }];
    expect(args({ kubernetes: { namespace: "models", dataPlane: "cilium" }, clients })).toMatchObject({
      namespace: "models",
      dataPlane: "cilium",
      clients,
    });
  });

  it("is closed where every model's weights are in its image", () => {
    expect(args({ models: { a: baked } }).weights).toEqual([]);
    expect(args({ models: { a: baked, b: tiny } }).weights).toHaveLength(1);
  });

  it.each<[string, number[]]>([
    ["https://mirror.example", [443]],
    ["https://mirror.example:443", [443]],
    ["https://mirror.example:8443/hub", [443, 8443]],
    ["http://mirror.example", [443, 80]],
    ["http://mirror.example:5000", [443, 5000]],
  ])("lets weights come from %s by the ports %j", (hfEndpoint, ports) => {
    expect(args({ hfEndpoint }).weights).toEqual([{ cidr: "0.0.0.0/0", ports }]);
  });

  it("lets weights come from each range and host that is named", () => {
    const weightsFrom = ["10.1.0.0/16", { name: "*.hf.co" }];
    expect(args({ weightsFrom, kubernetes: { dataPlane: "cilium" } }).weights).toEqual([
      { cidr: "10.1.0.0/16", ports: [443] },
      { name: "*.hf.co", ports: [443] },
    ]);
  });

  it.each([
    [{ a: tiny }, 12],
    [{ a: { ...baked, replicas: 3 } }, 20],
    [{ a: { ...baked, replicas: 3 }, b: tiny }, 24],
  ])("has room for the pods of %j: %i", (models, maxPods) => expect(args({ models }).maxPods).toBe(maxPods));

  it("counts a model without replicas as one, so that it can come back", () => {
    const environment = parsed();
    const plan = planOf(environment);
    const none = { ...plan, models: plan.models.map((model) => ({ ...model, replicas: 0 })) };
    expect(namespaceArgs(environment, none).maxPods).toBe(12);
  });

  it("runs Cilium on Azure, whatever the section kubernetes says", () => {
    const environment = parsed();
    const onAzure = { ...environment, azure: {} as never };
    expect(namespaceArgs(onAzure, planOf(environment)).dataPlane).toBe("cilium");
  });
});

describe("with monitoring", () => {
  const standalone = {
    mode: "standalone",
    namespace: "watch",
    receivers: { oncall: { kind: "webhook", url: { secret: "oncall", key: "url" } } },
    routes: { critical: "oncall", warning: "oncall" },
  };

  it("lets in whoever reads the metrics, beside the clients: the stack's Prometheus, an operator's, Azure's add-on", () => {
    expect(args({ monitoring: standalone, clients: [{ namespace: "app" }] }).clients).toEqual([
      { namespace: "app" },
      { namespace: "watch" },
    ]);
    expect(args({ monitoring: { mode: "operator", prometheusNamespace: "prom" } }).clients).toEqual([{ namespace: "prom" }]);
    expect(args({ monitoring: { mode: "azure" } }).clients).toEqual([{ namespace: "kube-system" }]);
    expect(args({}).clients).toEqual([]);
  });

  it("lets spans go to the collector where there are any, and there alone", () => {
    const logs = { kind: "otlp", endpoint: "https://logs.example" };
    expect(args({ monitoring: { ...standalone, logs } })).not.toHaveProperty("collector");
    expect(args({ monitoring: { ...standalone, logs, traces: {} } }).collector).toEqual({
      namespace: "watch",
      labels: {
        "app.kubernetes.io/instance": "monitoring",
        "app.kubernetes.io/name": "collector",
        "app.kubernetes.io/part-of": "slm-monitoring",
      },
      port: 4317,
    });
  });
});
