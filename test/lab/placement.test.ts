import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { repoRoot, workDir } from "../../tools/lib/paths";
import { Stack } from "../../tools/lib/stack";
import { digests, kubectl, labEnvironment } from "../support/lab";

/** Simulated GPU nodes show where pods land and that rollouts end; no engine runs there, so verifiers are left out. */
const name = "placement-test";
const a100 = { size: "Standard_NC24ads_A100_v4", maxNodes: 2 };
const t4 = { size: "Standard_NC4as_T4_v3", maxNodes: 1 };
const images = path.join(workDir, "placement-images.json");

const model = (more: object) => ({
  engine: "vllm",
  model: "qwen3-8b",
  contextTokens: 4096,
  weights: { vllm: { kind: "image", image: `example.invalid/weights@sha256:${"c".repeat(64)}` } },
  ...more,
});
const environment = (cpuCores: number) =>
  labEnvironment(name, (settings) => {
    settings["slm:images"] = path.relative(repoRoot, images);
    Object.assign(settings, { "slm:pools": [a100, t4] });
    settings["slm:models"] = {
      large: model({ replicas: 2, cpuCores }),
      small: model({ model: "qwen3-0.6b", gpu: "t4", cpuCores }),
    };
  });

interface Pod {
  metadata: { deletionTimestamp?: string };
  spec: { nodeName: string; tolerations: { key: string }[]; containers: { resources: { requests: Record<string, string> } }[] };
  status: { phase: string };
}
const pods = async (instance: string): Promise<Pod[]> =>
  JSON.parse(
    await kubectl(
      "get",
      "pods",
      "--namespace",
      name,
      "--selector",
      `slm-stack/role=server,app.kubernetes.io/instance=${instance}`,
      "--output=json",
    ),
  ).items;

/** Brings everything up but what only a real engine could answer. */
async function upServers(cpuCores: number): Promise<string> {
  const stack = await Stack.open(environment(cpuCores));
  const targets = [
    ":Environment::*",
    "namespace**",
    "serving:Model::large",
    "serving:Model::small",
    "VllmServer::large",
    "VllmServer::small",
    "large-server",
    "small-server",
  ].map((target) => `--target=**${target}`);
  return stack.pulumi(["up", "--yes", "--skip-preview", ...targets], { quiet: true });
}

beforeAll(async () => {
  mkdirSync(workDir, { recursive: true });
  writeFileSync(images, JSON.stringify({ ...digests(), vllm: `example.invalid/vllm@sha256:${"a".repeat(64)}` }));
  await (await Stack.open(environment(2))).destroy(); // what a failed run of these tests left
  const namespace = ["--target=**:Environment::*", "--target=**namespace**"];
  await (await Stack.open(environment(2))).pulumi(["up", "--yes", "--skip-preview", ...namespace], { quiet: true });
  await upServers(2);
});
afterAll(async () => (await Stack.open(environment(2))).destroy());

it("puts each model on the pool that the plan chose, one GPU a pod, spread over nodes and zones", async () => {
  const [large, small] = [await pods("large"), await pods("small")];
  expect(large.map(({ spec }) => spec.nodeName).sort()).toEqual(["aks-gpua100-sim-vmss000000", "aks-gpua100-sim-vmss000001"]);
  expect(small.map(({ spec }) => spec.nodeName)).toEqual(["aks-gput4-sim-vmss000000"]);
  for (const { spec } of [...large, ...small]) {
    expect(spec.containers[0]!.resources.requests["nvidia.com/gpu"]).toBe("1");
    expect(spec.tolerations.map(({ key }) => key)).toEqual(expect.arrayContaining(["sku", "nvidia.com/gpu"]));
  }
});

it("ends a rollout on full pools, where a surge would wait for ever", async () => {
  const strategy = (deployment: string) =>
    kubectl("get", "deployment", deployment, "--namespace", name, "--output=jsonpath={.spec.strategy.rollingUpdate}");
  for (const deployment of ["large-vllm", "small-vllm"])
    expect(JSON.parse(await strategy(deployment))).toEqual({ maxSurge: 0, maxUnavailable: 1 });
  await upServers(1);
  for (const [instance, replicas] of [
    ["large", 2],
    ["small", 1],
  ] as const) {
    const left = (await pods(instance)).filter(({ metadata }) => !metadata.deletionTimestamp);
    expect(left.map(({ spec, status }) => [spec.containers[0]!.resources.requests["cpu"], status.phase])).toEqual(
      Array(replicas).fill(["1", "Running"]),
    );
  }
});

it("a surge on the same full pool does wait: the second pod stays pending", async () => {
  const surge = JSON.stringify({
    spec: { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }, template: { metadata: { annotations: { again: "1" } } } },
  });
  await kubectl("patch", "deployment", "small-vllm", "--namespace", name, "--patch", surge);
  await expect(kubectl("rollout", "status", "deployment/small-vllm", "--namespace", name, "--timeout=8s")).rejects.toThrow(
    /timed out|1 old replicas are pending/,
  );
  expect((await pods("small")).map(({ status }) => status.phase).sort()).toEqual(["Pending", "Running"]);
});
