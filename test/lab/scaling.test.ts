import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labImage } from "../../lab/images-on-demand";
import { decisionSeconds, failureThreshold, scaleInSeconds } from "../../lib/scaling/promise";
import { keda } from "../../tools/build/recipes";
import { driftOf, isReal } from "../../tools/drift/drift";
import { Stack } from "../../tools/lib/stack";
import { installKinds } from "../support/install-kinds";
import { kubectl, labEnvironment, steps } from "../support/lab";
import { type Load, load } from "../support/load";
import { type Sample, until } from "../support/watching";

const name = "scaling-test";
const monitors = `${name}-monitoring`;
const images = ["onnx-server", "smollm2-onnx", "prometheus", "alertmanager", "keda", "keda-metrics-apiserver"] as const;
/** Requests at once: three pods of two each are full with six. */
const [most, each] = [3, 2];
const scaling = { min: 1, max: most, quietSeconds: 60 };

const environment = (memoryMib = 900) =>
  labEnvironment(name, (settings) => {
    settings["slm:models"] = {
      smollm2: {
        ...{ engine: "onnx", model: "smollm2-135m-instruct", contextTokens: 512, concurrency: each, scaling, cpuCores: 0.2, memoryMib },
        ...{ coldStart: { loadSeconds: 600 }, weights: { onnx: { kind: "image", image: "smollm2-onnx" } } },
      },
    };
    Object.assign(settings, {
      "slm:scaling": { namespace: `${name}-keda` },
      "slm:monitoring": {
        ...{ mode: "standalone", namespace: monitors, storageGib: 1, memoryMib: 256 },
        receivers: { hook: { kind: "webhook", url: { secret: "hook", key: "url" } } },
        routes: { critical: "hook", warning: "hook" },
      },
    });
  });

let stack: Stack;
let url: string;
beforeAll(async () => {
  for (const image of images) await labImage(image);
  await installKinds(keda);
  await (await Stack.open(environment())).destroy(); // what a failed run of these tests left
  stack = await Stack.open(environment());
  await stack.up();
  url = (await stack.outputs()).addresses["smollm2"]!;
});
afterAll(async () => {
  await (await Stack.open(environment())).destroy();
  const left = await kubectl("get", "namespaces,clusterroles,clusterrolebindings,apiservices", "--output=name");
  const kinds = /\.keda\.sh$/; // the API server's own entries for KEDA's kinds, which stay
  expect(left.split("\n").filter((line) => /scaling-test|keda|external\.metrics/.test(line) && !kinds.test(line))).toEqual([]);
});

const read = async (kind: string, object: string) => JSON.parse(await kubectl("get", kind, object, "--namespace", name, "--output=json"));
const wanted = async (): Promise<number> => (await read("deployment", "smollm2-onnx")).spec.replicas;
const pods = async (): Promise<number> => (await read("deployment", "smollm2-onnx")).status.replicas;
const ready = async (): Promise<number> => (await read("deployment", "smollm2-onnx")).status.readyReplicas ?? 0;
/** Whether KEDA says that it falls back. */
const fallsBack = async (): Promise<boolean> =>
  ((await read("scaledobject", "smollm2")).status.conditions as { type: string; status: string }[]).some(
    ({ type, status }) => type === "Fallback" && status === "True",
  );
const query = async (expression: string): Promise<Sample[]> => {
  const prometheus = `/api/v1/namespaces/${monitors}/services/monitoring-prometheus:9090/proxy/api/v1/query`;
  return JSON.parse(await kubectl("get", "--raw", `${prometheus}?query=${encodeURIComponent(expression)}`)).data.result;
};
const within = async (seconds: number, what: string, check: () => Promise<boolean>): Promise<number> =>
  (await until(async () => ((await check().catch(() => false)) ? true : undefined), seconds, what))[1];
/** Seconds that a machine with other work to do may add to what is promised. */
const slackSeconds = 120;
const patch = (kind: string, object: string, spec: object) =>
  kubectl("patch", kind, object, "--namespace", name, "--type=merge", "--patch", JSON.stringify({ spec }));
const fewest = (minReplicaCount: number) => patch("scaledobject", "smollm2", { minReplicaCount });

/** What a constant load saw while something happened. */
async function during(workers: number, action: (seen: Load) => Promise<void>): Promise<Load> {
  const running = load(url, "smollm2", workers);
  try {
    await action(running.seen);
  } finally {
    await running.stop();
  }
  return running.seen;
}

describe("a model under load", () => {
  it("gets more pods within what is promised, keeps them through an update and a look at drift, and loses no request", async () => {
    const { lost } = await during(8, async (seen) => {
      await within(decisionSeconds + slackSeconds, "a further pod is asked for", async () => (await wanted()) > 1);
      await within(600, `${most} pods are asked for`, async () => (await wanted()) === most);
      await within(900, `${most} pods answer`, async () => (await ready()) === most);

      expect(await steps(stack)).toEqual({});
      expect(driftOf((await stack.driftEvents()).events).filter(isReal)).toEqual([]);
      await (await Stack.open(environment(910))).up(); // another version of the server, which is rolled out
      expect(await wanted()).toBe(most);
      while (seen.answered < 2000) await sleep(500);
    });
    expect(lost).toEqual([]);
  });

  it("gives them back when fewer do, while somebody still asks", async () => {
    const { lost } = await during(1, async () => {
      const promised = scaleInSeconds(scaling, { imageSeconds: 0, weightsSeconds: 0, loadSeconds: 0 }, most, 1);
      await within(promised + slackSeconds, "one pod is left", async () => (await wanted()) === 1);
      await within(300, "the others are gone", async () => (await pods()) === 1);
    });
    expect(lost).toEqual([]);
  });
});

/** Takes Prometheus the way to the models' pods, or gives it back: their series end, as those of a renamed metric do. */
async function hideMetrics(hidden: boolean): Promise<void> {
  const { ingress } = (await read("networkpolicy", "servers-answer")).spec;
  const prometheus = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": monitors } } };
  const others = (ingress[0].from as object[]).filter((peer) => !JSON.stringify(peer).includes(monitors));
  await patch("networkpolicy", "servers-answer", { ingress: [{ ...ingress[0], from: hidden ? others : [...others, prometheus] }] });
}

/** For so long Prometheus answers with the last value of a series (--query.lookback-delta), if nothing ended it: it was away. */
const lookBackSeconds = 300;

describe("without an answer the pods that there are stay", () => {
  const prometheus = (replicas: number) =>
    kubectl("scale", "statefulset", "monitoring-prometheus", "--namespace", monitors, `--replicas=${replicas}`);
  /** Longer than it takes to go to the fewest. */
  const keepsTwo = async () => {
    await sleep((scaling.quietSeconds + 60) * 1000);
    expect(await wanted()).toBe(2);
  };

  it("when Prometheus knows nothing of the model: the fallback holds them, and an alert tells", async () => {
    await fewest(2);
    await within(600, "two pods answer", async () => (await ready()) === 2);
    await hideMetrics(true);
    await kubectl("delete", "pod", "monitoring-prometheus-0", "--namespace", monitors); // connections that are open outlive a policy
    await within(lookBackSeconds + failureThreshold * 30 + slackSeconds, "the fallback holds", fallsBack);
    await fewest(1);
    const alert = 'ALERTS{alertname="ScalerBlind",model="smollm2",alertstate="firing"}';
    await within(600, "ScalerBlind fires", async () => (await query(alert)).length > 0);
    await keepsTwo();
  });

  it("and when it is gone itself; once it tells again, fewer pods do", async () => {
    await prometheus(0);
    await keepsTwo();
    expect(await fallsBack()).toBe(true);
    await hideMetrics(false);
    await prometheus(1);
    await within(600, "one pod is left", async () => (await wanted()) === 1);
  });
});
