import { describe, expect, it } from "vitest";

import { driftOf, driftText, isReal } from "../../../tools/drift/drift";
import type { Step } from "../../../tools/lib/events";

const kinds = {
  deployment: "kubernetes:apps/v1:Deployment",
  pool: "azure-native:containerservice:AgentPool",
  cluster: "azure-native:containerservice:ManagedCluster",
};
const found = (op: string, type: string, name: string, properties: readonly string[] = [], old: object = {}): Step => ({
  op,
  type,
  urn: `urn:pulumi:prod::slm::${type}::${name}`,
  old: { inputs: old as Record<string, unknown> },
  new: null,
  detailedDiff: Object.fromEntries(properties.map((property) => [property, {}])),
});
const drifts = (...results: Step[]) => driftOf({ results });
const summary = (...results: Step[]) =>
  drifts(...results).map(({ name, properties, expected }) => [name, properties.join(), expected.map(({ property }) => property).join()]);

const chat = { metadata: { name: "chat-vllm", namespace: "slm" } };
const scaled = (type: string, ref: object, namespace = "slm") =>
  found("same", `kubernetes:${type}`, "scaler", [], { metadata: { namespace }, spec: { scaleTargetRef: ref } });

describe("drift", () => {
  it("is what differs, or is gone; what is as it was left is none", () => {
    expect(
      drifts(
        found("same", kinds.deployment, "a"),
        found("update", kinds.deployment, "b", ["spec.x", "spec.a"]),
        found("delete", "kubernetes:core/v1:Service", "c"),
      ),
    ).toEqual([
      { name: "b", type: kinds.deployment, gone: false, properties: ["spec.a", "spec.x"], expected: [] },
      { name: "c", type: "kubernetes:core/v1:Service", gone: true, properties: [], expected: [] },
    ]);
    const { detailedDiff: _detailed, ...plain } = found("update", kinds.deployment, "d");
    expect(drifts({ ...plain, diffs: ["spec"] })[0]!.properties).toEqual(["spec"]);
  });

  it.each([
    ["a HorizontalPodAutoscaler", scaled("autoscaling/v2:HorizontalPodAutoscaler", { kind: "Deployment", name: "chat-vllm" }), true],
    ["a ScaledObject, whose kind is a Deployment by default", scaled("keda.sh/v1alpha1:ScaledObject", { name: "chat-vllm" }), true],
    ["a scaler of another one", scaled("keda.sh/v1alpha1:ScaledObject", { name: "other" }), false],
    ["a scaler of another namespace", scaled("keda.sh/v1alpha1:ScaledObject", { name: "chat-vllm" }, "else"), false],
    ["a scaler of another kind", scaled("keda.sh/v1alpha1:ScaledObject", { kind: "StatefulSet", name: "chat-vllm" }), false],
    ["something else that names it", scaled("core/v1:ConfigMap", { name: "chat-vllm" }), false],
  ])("a number of replicas is expected where the stack has %s: %o", (_what, scaler, isExpected) => {
    const step = found("update", kinds.deployment, "chat-server", ["spec.replicas", "spec.paused"], chat);
    expect(summary(step, scaler)).toEqual([
      ["chat-server", isExpected ? "spec.paused" : "spec.paused,spec.replicas", isExpected ? "spec.replicas" : ""],
    ]);
  });

  it("in the nodes of a pool is expected where it is autoscaled, and there alone", () => {
    const pool = (enableAutoScaling: boolean) => found("update", kinds.pool, "gpu-pool", ["count"], { enableAutoScaling });
    expect([summary(pool(true)), summary(pool(false))]).toEqual([[["gpu-pool", "", "count"]], [["gpu-pool", "count", ""]]]);
    const cluster = (enableAutoScaling: boolean) =>
      found("update", kinds.cluster, "aks", ["agentPoolProfiles[0].count"], { agentPoolProfiles: [{ enableAutoScaling }] });
    expect([summary(cluster(true))[0]![1], summary(cluster(false))[0]![1]]).toEqual(["", "agentPoolProfiles[0].count"]);
  });

  it("in versions is expected where a channel upgrades them", () => {
    const cluster = (upgradeChannel?: string) =>
      found("update", kinds.cluster, "aks", ["kubernetesVersion"], { autoUpgradeProfile: { upgradeChannel } });
    const pool = found("update", kinds.pool, "gpu-pool", ["orchestratorVersion"]);
    expect(summary(cluster("patch"), pool).map(([, real]) => real)).toEqual(["", ""]);
    for (const channel of ["none", undefined])
      expect(summary(cluster(channel), pool).map(([, real]) => real)).toEqual(["kubernetesVersion", "orchestratorVersion"]);
  });

  it("is real where something is gone, or differs for no known reason", () => {
    const pool = found("update", kinds.pool, "gpu-pool", ["count"], { enableAutoScaling: true });
    expect(
      drifts(
        pool,
        found("delete", kinds.pool, "x"),
        found("update", kinds.deployment, "y", ["spec.a"]),
        found("update", kinds.pool, "z"),
      ).map(isReal),
    ).toEqual([false, true, true, true]);
  });

  it("is reported in lines, what is real first", () => {
    const pool = found("update", kinds.pool, "gpu-pool", ["count"], { enableAutoScaling: true });
    expect(
      driftText(
        "prod",
        drifts(
          pool,
          found("delete", "kubernetes:core/v1:Service", "c"),
          found("update", kinds.deployment, "b", ["spec.a", "spec.b"]),
          found("update", kinds.pool, "z"),
        ),
      ),
    ).toBe(
      [
        "prod: 3 DRIFTED, 1 changed as expected",
        "  ! c (kubernetes:core/v1:Service): is gone",
        "  ! b (kubernetes:apps/v1:Deployment): spec.a, spec.b",
        "  ! z (azure-native:containerservice:AgentPool): differs",
        "  - gpu-pool: count: the cluster's autoscaler sets the number of nodes",
        "make up ENV=prod REFRESH=1 puts it right; what shall stay belongs into the environment's file",
        "",
      ].join("\n"),
    );
    expect(driftText("prod", [])).toBe("prod: no drift\n");
  });
});
