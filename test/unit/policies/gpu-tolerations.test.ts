import { expect, it } from "vitest";

import { gpuTolerations } from "../../../policies/gpu-tolerations";
import { evaluate } from "../../support/policies/evaluate";
import { changed, cluster, deployment, gpuPool, ollama, pod, server, service } from "../../support/policies/fixtures";

const violations = (...resources: Parameters<typeof evaluate>[1]) => evaluate(gpuTolerations, resources);
const bears = "chat: spec.template.spec.tolerations";
const [sku, gpu, present] = ["sku=gpu:NoSchedule", "nvidia.com/gpu:NoSchedule", "nvidia.com/gpu=present:NoSchedule"];
const taints = `${sku}, ${gpu}, ${present}`;
const cpuOnly = { [`${server}.resources`]: {} };
const tolerating = (...tolerations: object[]) => ({ [`${pod}.tolerations`]: tolerations });
const onSku = { key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" };
const onGpu = { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" };

it.each([
  ["what the components make", {}],
  ["a toleration of everything", tolerating({ operator: "Exists" })],
  ["tolerations of every effect", tolerating({ key: "sku", value: "gpu" }, { key: "nvidia.com/gpu", operator: "Exists" })],
  ["slices of a GPU", { [`${server}.resources`]: { limits: { "nvidia.com/mig-1g.10gb": "1" } } }],
  ["a GPU of AMD", { [`${server}.resources`]: { requests: { "amd.com/gpu": 1 } } }],
  ["no GPU, and a taint of something else", { ...cpuOnly, ...tolerating({ key: "other", operator: "Exists" }) }],
  ["no GPU, for a pod that ends", { ...cpuOnly, [`${pod}.restartPolicy`]: "OnFailure" }],
])("accepts %s", (_, change) =>
  expect(violations(gpuPool, cluster, ollama, service, changed(deployment, "chat", { ...change }))).toEqual([]),
);

it("lets a DaemonSet serve GPU nodes without asking for a GPU", () => {
  expect(violations({ ...changed(deployment, "plugin", cpuOnly), type: "kubernetes:apps/v1:DaemonSet" })).toEqual([]);
});

it.each([
  [{ [`${pod}.tolerations`]: undefined }, `${bears}: must bear ${taints}, got []; add the tolerations`],
  [
    tolerating(onSku, { ...onGpu, effect: "NoExecute" }),
    `${bears}: must bear ${gpu}, ${present}, got ["sku","nvidia.com/gpu"]; add the tolerations`,
  ],
  [tolerating({ ...onSku, value: "cpu" }, onGpu), `${bears}: must bear ${sku}, got ["sku","nvidia.com/gpu"]; add the tolerations`],
  // Without an operator, a toleration is of one value, and that is the empty one where none is given.
  [tolerating(onSku, { key: "nvidia.com/gpu" }), `${bears}: must bear ${present}, got ["sku","nvidia.com/gpu"]; add the tolerations`],
  [tolerating({ key: "other", operator: "Exists" }), `${bears}: must bear ${taints}, got ["other"]; add the tolerations`],
  [
    { ...cpuOnly, ...tolerating(onSku) },
    `${bears}: must not bear ${sku} without asking for a GPU, got ["sku"]; remove it, or ask for a GPU`,
  ],
  [
    { ...cpuOnly, ...tolerating({ operator: "Exists" }) },
    `${bears}: must not bear ${taints} without asking for a GPU, got ["*"]; remove it, or ask for a GPU`,
  ],
  [
    { [`${server}.resources.limits`]: {}, [`${server}.resources.requests`]: { "nvidia.com/gpu": "0" }, ...tolerating(onSku) },
    `${bears}: must not bear ${sku} without asking for a GPU, got ["sku"]; remove it, or ask for a GPU`,
  ],
])("refuses %o", (change, message) => expect(violations(changed(deployment, "chat", { ...change }))).toEqual([message]));

it("asks for the taints of the pool that a pod selects, and of no other", () => {
  const spot = changed(gpuPool, "spot", { agentPoolName: "spot", nodeLabels: {}, scaleSetPriority: "Spot" });
  const own = changed(gpuPool, "own", { agentPoolName: "own", nodeLabels: {}, nodeTaints: [sku, "team=a:NoSchedule"] });
  const selecting = (agentpool: string) => changed(deployment, "chat", { [`${pod}.nodeSelector`]: { agentpool } });
  const got = 'got ["sku","nvidia.com/gpu","nvidia.com/gpu"]; add the tolerations';
  expect(violations(gpuPool, spot, own, changed(deployment, "chat"))).toEqual([]);
  expect(violations(gpuPool, spot, own, selecting("spot"))).toEqual([
    `${bears}: must bear kubernetes.azure.com/scalesetpriority=spot:NoSchedule, ${got}`,
  ]);
  expect(violations(gpuPool, spot, own, selecting("own"))).toEqual([`${bears}: must bear team=a:NoSchedule, ${got}`]);
  expect(violations(gpuPool, spot, own, selecting("elsewhere"))).toEqual([]);
});

it.each([
  [{ nodeTaints: [] }, `gpua100: nodeTaints: must hold one of ${taints}, got []; use ${sku}`],
  [{ nodeTaints: undefined }, `gpua100: nodeTaints: must hold one of ${taints}, got []; use ${sku}`],
  [{ nodeTaints: [sku, gpu] }, `gpua100: nodeTaints: must hold one of ${taints}, got ["${sku}","${gpu}"]; use ${sku}`],
  [{ vmSize: "Standard_D4s_v5" }, `gpua100: nodeTaints: must not hold a GPU taint on a pool without GPUs, got ["${sku}"]; remove it`],
])("refuses a pool with %o", (change, message) => expect(violations(changed(gpuPool, "gpua100", { ...change }))).toEqual([message]));

it("accepts a pool with one GPU taint and others, and one without GPUs that bears others", () => {
  expect(violations(changed(gpuPool, "gpua100", { nodeTaints: ["team=a:NoSchedule", present] }))).toEqual([]);
  expect(violations(changed(gpuPool, "cpu", { vmSize: "Standard_D4s_v5", nodeTaints: ["team=a:NoSchedule"] }))).toEqual([]);
});

it("looks at the pools that a cluster declares inline", () => {
  expect(violations(changed(cluster, "aks", { "agentPoolProfiles.0.nodeTaints": [gpu] }))).toEqual([
    `aks: agentPoolProfiles[system].nodeTaints: must not hold a GPU taint on a pool without GPUs, got ["${gpu}"]; remove it`,
  ]);
});
