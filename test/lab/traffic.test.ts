import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labImage } from "../../lab/images-on-demand";
import { Stack } from "../../tools/lib/stack";
import { kubectl, labEnvironment } from "../support/lab";
import { load } from "../support/load";

const name = "traffic-test";
const workers = 4;

const environment = (memoryMib: number) =>
  labEnvironment(name, (settings) => {
    settings["slm:models"] = {
      smollm2: {
        engine: "onnx",
        model: "smollm2-135m-instruct",
        contextTokens: 512,
        concurrency: workers,
        replicas: 2,
        cpuCores: 0.2,
        memoryMib,
        coldStart: { loadSeconds: 600 },
        weights: { onnx: { kind: "image", image: "smollm2-onnx" } },
      },
    };
  });

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { containers: { resources: { limits: { memory: string } } }[] };
}
const pods = async (): Promise<Pod[]> =>
  JSON.parse(await kubectl("get", "pods", "--namespace", name, "--selector", "app.kubernetes.io/name=onnx", "--output=json")).items;
/** Requests that a pod has answered in the last seconds, by its log. */
const served = async ({ metadata }: Pod): Promise<number> =>
  (await kubectl("logs", "--namespace", name, metadata.name, "--since=5s"))
    .split("\n")
    .filter((line) => line.includes("/v1/chat/completions")).length;
const memory = ({ spec }: Pod) => spec.containers[0]!.resources.limits.memory;

let url: string;
beforeAll(async () => {
  for (const image of ["smollm2-onnx", "onnx-server"] as const) await labImage(image);
  await (await Stack.open(environment(1200))).destroy(); // what a failed run of these tests left
  const stack = await Stack.open(environment(1200));
  await stack.up();
  url = (await stack.outputs()).addresses["smollm2"]!;
}, 1_200_000);
afterAll(async () => (await Stack.open(environment(1200))).destroy());

describe("under constant load", () => {
  it("a rolling update loses none of 2,000 requests", async () => {
    const traffic = load(url, "smollm2", workers);
    await sleep(2000);
    await (await Stack.open(environment(1210))).up();
    while ((await pods()).some((pod) => memory(pod) !== "1210Mi")) await sleep(1000); // until the last old pod is gone
    while (traffic.seen.answered < 2000) await sleep(200);
    const { answered, lost } = await traffic.stop();
    console.log(`rolling update: ${answered} answered, ${lost.length} lost`);
    expect(lost).toEqual([]);
    expect(answered).toBeGreaterThanOrEqual(2000);
  }, 1_200_000);

  it("killing a pod loses only what that pod was serving, and retries are answered", async () => {
    const traffic = load(url, "smollm2", workers);
    await sleep(2000);
    const [victim] = await pods();
    expect(await served(victim!)).toBeGreaterThan(0);
    await kubectl("delete", "pod", "--namespace", name, victim!.metadata.name, "--grace-period=0", "--force");
    const before = traffic.seen.answered;
    while (traffic.seen.answered < before + 200) await sleep(200);
    const { lost, recovered } = await traffic.stop();
    console.log(`killed pod: ${lost.length} lost, ${recovered} answered when tried again`);
    expect(lost.length).toBeLessThanOrEqual(workers);
    expect(recovered).toBe(lost.length);
  });
});
