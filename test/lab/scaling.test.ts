import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labImage } from "../../lab/images-on-demand";
import { decisionSeconds, failureThreshold, scaleInSeconds } from "../../lib/scaling/promise";
import { driftOf } from "../../tools/drift/drift";
import { Stack } from "../../tools/lib/stack";
import { installKedaKinds } from "../support/keda-lab";
import { kubectl, labEnvironment, steps } from "../support/lab";
import { load } from "../support/load";
import { type Sample, until } from "../support/watching";

const name = "scaling-test";
const watcher = `${name}-monitoring`;
const images = ["onnx-server", "smollm2-onnx", "prometheus", "alertmanager", "keda", "keda-metrics-apiserver"] as const;
/** Requests at once: three pods of two each are full with six. */
const [most, each] = [3, 2];
const scaling = { min: 1, max: most, quietSeconds: 60 };

const environment = (memoryMib = 900) =>
  labEnvironment(name, (settings) => {
    settings["slm:models"] = {
      smollm2: {
        engine: "onnx",
        model: "smollm2-135m-instruct",
        contextTokens: 512,
        concurrency: each,
        scaling,
        cpuCores: 0.2,
        memoryMib,
        coldStart: { loadSeconds: 600 },
        weights: { onnx: { kind: "image", image: "smollm2-onnx" } },
      },
    };
    Object.assign(settings, {
      "slm:scaling": { namespace: `${name}-keda` },
      "slm:monitoring": {
        mode: "standalone",
        namespace: watcher,
        storageGib: 1,
        memoryMib: 256,
        receivers: { hook: { kind: "webhook", url: { secret: "hook", key: "url" } } },
        routes: { critical: "hook", warning: "hook" },
      },
    });
  });

let stack: Stack;
let url: string;
beforeAll(async () => {
  for (const image of images) await labImage(image);
  await installKedaKinds();
  await (await Stack.open(environment())).destroy(); // what a failed run of these tests left
  stack = await Stack.open(environment());
  await stack.up();
  url = (await stack.outputs()).addresses["smollm2"]!;
}, 1_800_000);
afterAll(async () => {
  await (await Stack.open(environment())).destroy();
  const left = await kubectl("get", "namespaces,clusterroles,clusterrolebindings,apiservices", "--output=name");
  expect(left.split("\n").filter((line) => /scaling-test|keda|external\.metrics/.test(line))).toEqual([]);
}, 900_000);

const deployment = async () => JSON.parse(await kubectl("get", "deployment", "smollm2-onnx", "--namespace", name, "--output=json"));
const wanted = async (): Promise<number> => (await deployment()).spec.replicas;
const ready = async (): Promise<number> => (await deployment()).status.readyReplicas ?? 0;
const scaledObject = async () => JSON.parse(await kubectl("get", "scaledobject", "smollm2", "--namespace", name, "--output=json"));
const query = async (expr: string): Promise<Sample[]> =>
  JSON.parse(
    await kubectl(
      "get",
      "--raw",
      `/api/v1/namespaces/${watcher}/services/monitoring-prometheus:9090/proxy/api/v1/query?query=${encodeURIComponent(expr)}`,
    ),
  ).data.result;
const holds = (check: () => Promise<boolean>) => async () => ((await check().catch(() => false)) ? true : undefined);
/** Seconds that a machine with other work to do may add to what is promised. */
const slackSeconds = 60;

describe("a model under load", () => {
  it("gets more pods within what is promised, keeps them through an update and a look at drift, and gives them back; no request fails", async () => {
    const traffic = load(url, "smollm2", 8);
    const [, decided] = await until(
      holds(async () => (await wanted()) > 1),
      decisionSeconds + slackSeconds,
      "a further pod is asked for",
    );
    const [, reached] = await until(
      holds(async () => (await wanted()) === most),
      600,
      `${most} pods are asked for`,
    );
    const [, served] = await until(
      holds(async () => (await ready()) === most),
      900,
      `${most} pods answer`,
    );
    console.log(
      `more pods: decided after ${decided.toFixed(0)} s (promised ${decisionSeconds} s), ${most} asked for ${reached.toFixed(0)} s later, ready after ${served.toFixed(0)} s more`,
    );

    expect(await steps(stack)).toEqual({});
    expect(driftOf((await stack.driftEvents()).events)).toMatchObject([
      { name: "smollm2-server", properties: [], expected: [{ property: "spec.replicas" }] },
    ]);
    await (await Stack.open(environment(910))).up(); // another version of the server, which is rolled out
    expect(await wanted()).toBe(most);

    while (traffic.seen.answered < 2000) await sleep(500);
    const before = await traffic.stop();
    console.log(`under load: ${before.answered} answered, ${before.lost.length} lost`);
    expect(before.lost).toEqual([]);

    const quiet = load(url, "smollm2", 1); // somebody still asks while pods leave
    const [, took] = await until(
      holds(async () => (await wanted()) === 1),
      scaleInSeconds(scaling, never, most, 1) + slackSeconds,
      "one pod is left",
    );
    await until(
      holds(async () => (await deployment()).status.replicas === 1),
      300,
      "the others are gone",
    );
    const after = await quiet.stop();
    console.log(
      `fewer pods: one is left after ${took.toFixed(0)} s, promised ${scaleInSeconds(scaling, never, most, 1)} s; ${after.answered} answered, ${after.lost.length} lost`,
    );
    expect(after.lost).toEqual([]);
  }, 3_600_000);
});
const never = { imageSeconds: 0, weightsSeconds: 0, loadSeconds: 0 };

describe("without an answer", () => {
  it("the pods that there are stay: Prometheus is stopped while there are two", async () => {
    await kubectl(
      "patch",
      "scaledobject",
      "smollm2",
      "--namespace",
      name,
      "--type=merge",
      "--patch",
      JSON.stringify({ spec: { minReplicaCount: 2 } }),
    );
    await until(
      holds(async () => (await ready()) === 2),
      600,
      "two pods answer",
    );
    await kubectl("scale", "statefulset", "monitoring-prometheus", "--namespace", watcher, "--replicas=0");
    await until(
      holds(async () => (await falling()) === true),
      60 + failureThreshold * 30 + slackSeconds,
      "the fallback holds",
    );
    await kubectl(
      "patch",
      "scaledobject",
      "smollm2",
      "--namespace",
      name,
      "--type=merge",
      "--patch",
      JSON.stringify({ spec: { minReplicaCount: 1 } }),
    );
    await sleep((scaling.quietSeconds + 60) * 1000); // longer than it takes to go to the fewest
    expect(await wanted()).toBe(2);
    await kubectl("scale", "statefulset", "monitoring-prometheus", "--namespace", watcher, "--replicas=1");
    await until(
      holds(async () => (await wanted()) === 1),
      600,
      "one pod is left, once Prometheus answers again",
    );
  }, 1_800_000);

  it("of one series too: the scaler does not go to the fewest, and an alert tells that it is blind", async () => {
    const blind = (on: boolean) =>
      kubectl(
        "patch",
        "scaledobject",
        "smollm2",
        "--namespace",
        name,
        "--type=merge",
        "--patch",
        JSON.stringify({ spec: { minReplicaCount: on ? 2 : 1 } }),
      );
    await blind(true);
    await until(
      holds(async () => (await ready()) === 2),
      600,
      "two pods answer",
    );
    await kubectl("patch", "service", "smollm2", "--namespace", name, "--type=merge", "--patch", "{}");
    await hideMetrics(true);
    await until(
      holds(async () => (await falling()) === true),
      400,
      "the fallback holds",
    );
    await blind(false);
    const told = 'ALERTS{alertname="ScalerBlind",model="smollm2",alertstate="firing"}';
    await until(
      holds(async () => (await query(told)).length > 0),
      400,
      "ScalerBlind fires",
    );
    await sleep((scaling.quietSeconds + 60) * 1000);
    expect(await wanted()).toBe(2);
    await hideMetrics(false);
    await until(
      holds(async () => (await wanted()) === 1),
      600,
      "one pod is left, once the series is back",
    );
  }, 1_800_000);
});

/** Whether KEDA says that it falls back. */
const falling = async (): Promise<boolean> =>
  (await scaledObject()).status.conditions.some(
    ({ type, status }: { type: string; status: string }) => type === "Fallback" && status === "True",
  );

/** Takes Prometheus the way to the models' pods, and gives it back: their series end, as those of a renamed metric do. */
async function hideMetrics(hidden: boolean): Promise<void> {
  const rule = { podSelector: { matchLabels: { "slm-stack/role": "server" } }, policyTypes: ["Ingress"] };
  const policy = JSON.parse(await kubectl("get", "networkpolicy", "servers-answer", "--namespace", name, "--output=json"));
  const from = hidden
    ? policy.spec.ingress[0].from.filter((peer: object) => !JSON.stringify(peer).includes(watcher))
    : [...policy.spec.ingress[0].from, { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": watcher } } }];
  await kubectl(
    "patch",
    "networkpolicy",
    "servers-answer",
    "--namespace",
    name,
    "--type=merge",
    "--patch",
    JSON.stringify({ spec: { ...rule, ingress: [{ ...policy.spec.ingress[0], from }] } }),
  );
}
