import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, it, vi } from "vitest";
import type * as cluster from "../../../components/environment/cluster";
import type { SecretStore } from "../../../components/secrets/secret-store";
import { dependenciesOf, registered } from "../../support/mocks";
import { jsonFiles, pinned, resources, runProgram } from "../../support/program";

const granted: unknown[] = [];
const secrets: SecretStore = {
  grant(workload, names) {
    granted.push([workload.name, names]);
    return { serviceAccountName: "granted", podLabels: {}, volumes: [], volumeMounts: [], file: String, env: () => ({}), ready: [] };
  },
};
const asked: Parameters<typeof cluster.makeCluster>[] = [];

/** What a cluster that the stack makes gives the program: a pool for the one model, an image that was built, and outputs. */
vi.mock("../../../components/environment/cluster", () => ({
  makeCluster: (...args: Parameters<typeof cluster.makeCluster>): cluster.Cluster => {
    asked.push(args);
    const provider = new k8s.Provider("made");
    const pool = new k8s.core.v1.Namespace("pool", {}, { provider });
    return {
      provider,
      secrets,
      nodes: { chat: { labels: { pool: "chat" }, taints: ["sku=gpu:NoSchedule"], ready: [pool] } },
      images: { ollama: pulumi.output(pinned("built")) },
      outputs: { clusterName: pulumi.output("aks") },
    };
  },
}));

const tiny = { engine: "ollama", model: "qwen3-0.6b" };
const files = jsonFiles({
  images: Object.fromEntries(["ollama", "python", "prometheus", "alertmanager", "grafana"].map((name) => [name, pinned(name)])),
  lock: { "library:qwen3:0.6b": { files: { blob: "a".repeat(64) } } },
});

let outputs: Record<string, unknown>;
beforeAll(async () => {
  vi.stubEnv("PASSWORD", "pw");
  const monitoring = {
    mode: "standalone",
    receivers: { oncall: { kind: "webhook", url: { secret: "oncall", key: "url" } } },
    routes: { critical: "oncall", warning: "oncall" },
    grafana: { adminPassword: { env: "PASSWORD" } },
  };
  outputs = (await runProgram({ ...files, monitoring, models: { chat: tiny, other: tiny } })) as Record<string, unknown>;
}, 60_000);

const podOf = (name: string) => registered.find((resource) => resource.name === `${name}-server`)!.inputs["spec"].template.spec;

it("the cluster is asked for with the environment, its plan and its secrets", () => {
  const [[environment, plan, values]] = asked as [Parameters<typeof cluster.makeCluster>];
  expect([environment.name, plan.models.map(({ name }) => name), Object.keys(values)]).toEqual([
    "test",
    ["chat", "other"],
    ["grafana-admin"],
  ]);
});

it("each model goes to the nodes that the cluster has for it, once they are there", () => {
  expect([podOf("chat").nodeSelector, podOf("other").nodeSelector]).toEqual([{ pool: "chat" }, undefined]);
  expect(podOf("chat").tolerations).toEqual([{ key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" }]);
  expect(dependenciesOf("chat-server")).toContain("pool");
  expect(dependenciesOf("other-server")).not.toContain("pool");
});

it("an image that the stack builds goes before the images file", () => {
  expect([podOf("chat").containers[0].image, podOf("other").containers[0].image]).toEqual([pinned("built"), pinned("built")]);
});

it("the monitoring has the store that keeps its password, and its Prometheus is among the outputs", () => {
  expect(granted).toEqual([["monitoring-grafana", ["grafana-admin"]]]);
  expect(outputs).toMatchObject({ prometheus: { prometheusUrl: expect.stringMatching(/^http:\/\//) }, cluster: { clusterName: "aks" } });
  expect(resources()).toContain("slm:monitoring:Monitoring monitoring");
});
