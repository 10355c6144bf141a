import { expect, it } from "vitest";

import { gpuTolerations } from "../../../policies/gpu-tolerations";
import { changed, cluster, deployment, gpuPool, pod, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (...resources: Parameters<typeof judge>[1]) => judge(gpuTolerations, resources);
const bears = "chat: spec.template.spec.tolerations";
const taints = "sku=gpu:NoSchedule, nvidia.com/gpu:NoSchedule, nvidia.com/gpu=present:NoSchedule";
const cpuOnly = { [`${server}.resources`]: {}, [`${pod}.initContainers`]: [] };

it("accepts GPU pods that bear the taints, and others that do not", () => {
  const plain = changed(deployment, "web", { ...cpuOnly, [`${pod}.tolerations`]: [{ key: "other", operator: "Exists" }] });
  expect(judged(gpuPool, cluster, deployment, plain)).toEqual([]);
  expect(judged(changed(deployment, "chat", { [`${pod}.tolerations`]: [{ operator: "Exists" }] }))).toEqual([]);
});

it("lets a DaemonSet serve GPU nodes without asking for a GPU", () => {
  expect(judged({ ...changed(deployment, "plugin", cpuOnly), type: "kubernetes:apps/v1:DaemonSet" })).toEqual([]);
});

it.each([
  [{ [`${pod}.tolerations`]: undefined }, [`${bears}: must bear ${taints}, got []; add the tolerations`]],
  [
    { [`${pod}.tolerations.1.effect`]: "NoExecute" },
    [`${bears}: must bear nvidia.com/gpu:NoSchedule, nvidia.com/gpu=present:NoSchedule, got ["sku","nvidia.com/gpu"]; add the tolerations`],
  ],
  [
    { [`${pod}.tolerations.0.value`]: "cpu" },
    [`${bears}: must bear sku=gpu:NoSchedule, got ["sku","nvidia.com/gpu"]; add the tolerations`],
  ],
  [cpuOnly, [`${bears}: must not bear ${taints} without asking for a GPU, got ["sku","nvidia.com/gpu"]; remove it, or ask for a GPU`]],
])("refuses %o", (change, messages) => expect(judged(changed(deployment, "chat", { ...change }))).toEqual(messages));

it("asks for the taints of the pool that a pod selects, and of no other", () => {
  const spot = changed(gpuPool, "gpuspot", { agentPoolName: "gpuspot", scaleSetPriority: "Spot" });
  expect(judged(gpuPool, spot, changed(deployment, "chat"))).toEqual([]);
  expect(judged(gpuPool, spot, changed(deployment, "chat", { [`${pod}.nodeSelector`]: { agentpool: "gpuspot" } }))).toEqual([
    `${bears}: must bear kubernetes.azure.com/scalesetpriority=spot:NoSchedule, got ["sku","nvidia.com/gpu"]; add the tolerations`,
  ]);
});

it.each([
  [{ nodeTaints: [] }, `gpua100: nodeTaints: must hold one of ${taints}, got []; use sku=gpu:NoSchedule`],
  [
    { nodeTaints: ["sku=gpu:NoSchedule", "nvidia.com/gpu:NoSchedule"] },
    `gpua100: nodeTaints: must hold one of ${taints}, got ["sku=gpu:NoSchedule","nvidia.com/gpu:NoSchedule"]; use sku=gpu:NoSchedule`,
  ],
  [
    { vmSize: "Standard_D4s_v5" },
    'gpua100: nodeTaints: must not hold a GPU taint on a pool without GPUs, got ["sku=gpu:NoSchedule"]; remove it',
  ],
])("refuses a pool with %o", (change, message) => expect(judged(changed(gpuPool, "gpua100", { ...change }))).toEqual([message]));
