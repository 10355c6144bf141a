import * as k8s from "@pulumi/kubernetes";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { agentPool, poolTaints } from "../../../components/cluster/agent-pool";
import { GpuNodePool, type GpuNodePoolArgs } from "../../../components/cluster/gpu-node-pool";
import type { NodePool } from "../../../lib/azure/pools";
import { gpuPool, nodeSubnet } from "../../support/azure-cluster";
import { context, fresh, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { messageOf } from "../../support/errors";
import { differences, fixture, type Made, made } from "../../support/made";
import { registered } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
beforeAll(mockAzure);
afterEach(async () => {
  await quiet();
  expect(refused).toEqual([]);
});
beforeEach(fresh);

const standard = fixture("gpu-node-pool") as Record<string, Made>;
const place = { context, clusterName: "aks-test", subnetId: nodeSubnet };

function make(change: Partial<NodePool> = {}, more: Partial<GpuNodePoolArgs> = {}): GpuNodePool {
  const provider = new k8s.Provider("k8s", { kubeconfig: "x" });
  const pool = { ...gpuPool, ...change };
  return new GpuNodePool("gpu", { place, pool, kubernetes: { provider, namespace: "gpu-system" }, ...more });
}

const env = (role: string): string => `gpu-${role}.spec.template.spec.containers[0]`;
const spot = {
  "gpu-pool.nodeTaints[1]": "kubernetes.azure.com/scalesetpriority=spot:NoSchedule",
  "gpu-pool.nodeLabels.kubernetes.azure.com/scalesetpriority": "spot",
  "gpu-pool.scaleSetPriority": "Spot",
  "gpu-pool.upgradeSettings.maxSurge": "gone",
  "gpu-pool.upgradeSettings.maxUnavailable": "gone",
  "gpu-pool.upgradeSettings.drainTimeoutInMinutes": "gone",
};

/** An upgrade takes nodes one by one, an hour each at most. */
const upgradedWithin = (minutes: number): Record<string, unknown> => ({ "gpu-pool options.customTimeouts.update": `${minutes}m` });

describe("GpuNodePool", () => {
  it("makes a pool that scales from nothing, a device plugin and an exporter, and nothing else", async () => {
    const { nodeSelector, taints } = make();
    expect({ nodeSelector, taints }).toEqual({ nodeSelector: { "slm.dev/pool": "ga10abcd" }, taints: ["sku=gpu:NoSchedule"] });
    await quiet();
    expect(made()).toEqual(standard);
  });

  it.each<[Partial<NodePool>, Record<string, unknown>]>([
    [{ size: "Standard_NC4as_T4_v3" }, { "gpu-pool.vmSize": "Standard_NC4as_T4_v3" }],
    [{ name: "gother" }, { "gpu-pool.agentPoolName": "gother", "gpu-pool.nodeLabels.slm.dev/pool": "gother" }],
    [{ osDiskGib: 512 }, { "gpu-pool.osDiskSizeGB": 512 }],
    [{ zones: ["1", "3"] }, { "gpu-pool.availabilityZones[0]": "1", "gpu-pool.availabilityZones[1]": "3" }],
    [{ models: ["other"] }, {}],
    [
      { scale: { kind: "auto", minNodes: 1, maxNodes: 9 } },
      { "gpu-pool.minCount": 1, "gpu-pool.count": 1, "gpu-pool.maxCount": 9, ...upgradedWithin(540) },
    ],
    [
      { scale: { kind: "fixed", nodes: 2 } },
      {
        "gpu-pool.enableAutoScaling": false,
        "gpu-pool.count": 2,
        "gpu-pool.minCount": "gone",
        "gpu-pool.maxCount": "gone",
        "gpu-pool options.ignoreChanges[0]": "gone",
        ...upgradedWithin(120),
      },
    ],
    [
      { spot: { maxUsdPerHour: 1.5, eviction: "Deallocate" } },
      { ...spot, "gpu-pool.scaleSetEvictionPolicy": "Deallocate", "gpu-pool.spotMaxPrice": 1.5 },
    ],
    [
      { spot: { maxUsdPerHour: -1, eviction: "Delete" } },
      { ...spot, "gpu-pool.scaleSetEvictionPolicy": "Delete", "gpu-pool.spotMaxPrice": -1 },
    ],
    [
      { gpu: { key: "a100-80gb-pcie", driver: "Install", migProfile: "MIG3g" }, scale: { kind: "fixed", nodes: 2 } },
      {
        "gpu-pool.enableAutoScaling": false,
        "gpu-pool.count": 2,
        "gpu-pool.minCount": "gone",
        "gpu-pool.maxCount": "gone",
        "gpu-pool options.ignoreChanges[0]": "gone",
        ...upgradedWithin(120),
        "gpu-pool.gpuInstanceProfile": "MIG3g",
        [`${env("device-plugin")}.env[0].value`]: "single",
      },
    ],
    [
      { gpu: { key: "mi300x-192gb", driver: "None", migProfile: null } },
      {
        "gpu-pool.gpuProfile.driver": "None",
        "gpu-device-plugin": "gone",
        "gpu-dcgm-exporter": "gone",
      },
    ],
  ])("of a pool with %j differs by this and nothing else", async (change, expected) => {
    const { taints } = make(change);
    await quiet();
    expect(differences(standard, made())).toEqual(expected);
    expect(registered.find(({ name }) => name === "gpu-pool")!.inputs["nodeTaints"]).toEqual(taints);
  });

  it.each<[Partial<GpuNodePoolArgs>, Record<string, unknown>]>([
    [{ protect: false }, { "gpu-pool options.protect": "gone" }],
    [
      { images: { devicePlugin: "plugin@sha256:1", dcgmExporter: "exporter@sha256:2" } },
      { [`${env("device-plugin")}.image`]: "plugin@sha256:1", [`${env("dcgm-exporter")}.image`]: "exporter@sha256:2" },
    ],
    [
      { place: { ...place, clusterName: "other", subnetId: "/subnet" } },
      { "gpu-pool.resourceName": "other", "gpu-pool.vnetSubnetID": "/subnet" },
    ],
  ])("with %j differs by this and nothing else", async (change, expected) => {
    make({}, change);
    await quiet();
    expect(differences(standard, made())).toEqual(expected);
  });

  it("lets its daemons follow the key, which the replacement of a pool has too", async () => {
    make({ key: "other" });
    await quiet();
    const daemons = (role: string) => ({
      [`gpu-${role}.metadata.name`]: `${role}-other`,
      [`gpu-${role}.metadata.labels.app.kubernetes.io/instance`]: "other",
      [`gpu-${role}.spec.selector.matchLabels.app.kubernetes.io/instance`]: "other",
      [`gpu-${role}.spec.template.metadata.labels.app.kubernetes.io/instance`]: "other",
      [`gpu-${role}.spec.template.spec.nodeSelector.slm.dev/pool-key`]: "other",
    });
    expect(differences(standard, made())).toEqual({
      "gpu-pool.nodeLabels.slm.dev/pool-key": "other",
      ...daemons("device-plugin"),
      ...daemons("dcgm-exporter"),
    });
  });

  it.each<[Partial<NodePool>, string]>([
    [
      { gpu: { key: "a100-80gb-pcie", driver: "Install", migProfile: "MIG3g" } },
      'pool.scale: the autoscaler does not know GPUs partitioned by MIG (MIG3g), got "auto"; use kind fixed',
    ],
    [{ gpu: null }, 'pool.size: must have a GPU, got "Standard_NV36ads_A10_v5"; use agentPool for processors alone'],
  ])("refuses %j", (change, message) => expect(messageOf(() => make(change))).toBe(message));
});

describe("agentPool", () => {
  it("of processors alone has no taint, no driver, and upgrades with a spare node", async () => {
    agentPool("cpu", { ...gpuPool, name: "cwork", key: "work", gpu: null }, place, { protect: true });
    await quiet();
    const pool = standard["gpu-pool"]!;
    const { parent: _, ...options } = pool.options!;
    expect(differences({ cpu: { ...pool, options } }, made())).toEqual({
      "cpu.agentPoolName": "cwork",
      "cpu.nodeLabels.slm.dev/pool": "cwork",
      "cpu.nodeLabels.slm.dev/pool-key": "work",
      "cpu.gpuProfile.driver": "gone",
      "cpu.nodeTaints[0]": "gone",
      "cpu.nodeTaints": "[]",
      "cpu.upgradeSettings.maxSurge": "1",
      "cpu.upgradeSettings.maxUnavailable": "gone",
      "cpu.upgradeSettings.drainTimeoutInMinutes": "gone",
    });
  });

  it.each([
    [gpuPool.gpu, null, ["sku=gpu:NoSchedule"]],
    [null, null, []],
    [null, { maxUsdPerHour: -1, eviction: "Delete" }, ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]],
    [
      gpuPool.gpu,
      { maxUsdPerHour: -1, eviction: "Delete" },
      ["sku=gpu:NoSchedule", "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"],
    ],
  ] as const)("with GPU %j and spot %j bears %j", (gpu, spot, taints) => expect(poolTaints({ gpu, spot })).toEqual(taints));
});
