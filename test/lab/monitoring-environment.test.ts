import { randomUUID } from "node:crypto";

import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { restrictedContainer, restrictedPod } from "../../components/kubernetes/pod-security";
import { labImage } from "../../lab/images-on-demand";
import { network, nodeName } from "../../lab/layout";
import { type Outputs, Stack } from "../../tools/lib/stack";
import { apply, digests, kubectl, labEnvironment, steps } from "../support/lab";
import { logRecords, spans } from "../support/otlp";
import { listen, type Sample, until } from "../support/watching";

const name = "watched-test";
const own = `${name}-monitoring`;
const images = ["onnx-server", "smollm2-onnx", "vllm-cpu", "smollm2-hf", "prometheus", "alertmanager", "otel-collector"] as const;

const model = (engine: "onnx" | "vllm", image: string) => ({
  engine,
  model: "smollm2-135m-instruct",
  cpu: true,
  contextTokens: 1024,
  cpuCores: 0.2,
  enforceEager: true,
  coldStart: { loadSeconds: 900 }, // two cores that are busy with everything else
  weights: { [engine]: { kind: "image", image } },
});

/** Grafana and kube-state-metrics are left out: their images cannot be had here. */
const monitoring = {
  mode: "standalone",
  namespace: own,
  storageGib: 1,
  memoryMib: 256,
  receivers: { hook: { kind: "webhook", url: { secret: "hook", key: "url" } } },
  routes: { critical: "hook", warning: "hook", watchdog: "hook" },
  logs: { kind: "files", storageGib: 1, keepDays: 1 },
  traces: { ratio: 1 },
};
const environment = () =>
  labEnvironment(name, (settings) => {
    settings["slm:models"] = { small: model("onnx", "smollm2-onnx"), chat: model("vllm", "smollm2-hf") };
    Object.assign(settings, { "slm:monitoring": monitoring });
  });

let stack: Stack;
let outputs: Outputs;
let hook: Awaited<ReturnType<typeof listen>>;

const prometheus = async (path: string) =>
  JSON.parse(await kubectl("get", "--raw", `/api/v1/namespaces/${own}/services/monitoring-prometheus:9090/proxy/api/v1/${path}`)).data;
const query = async (expr: string): Promise<Sample[]> => (await prometheus(`query?query=${encodeURIComponent(expr)}`)).result;

/** A pod that mounts the collector's files: the collector's own image has no shell. */
const peek = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "peek", namespace: own },
  spec: {
    ...restrictedPod,
    containers: [
      {
        ...restrictedContainer,
        name: "peek",
        image: "",
        command: ["/bin/sh", "-c", "sleep 3600"],
        volumeMounts: [{ name: "kept", mountPath: "/logs", readOnly: true }],
      },
    ],
    volumes: [{ name: "kept", persistentVolumeClaim: { claimName: "monitoring-collector" } }],
  },
};
const kept = (file: string): Promise<string> => kubectl("exec", "--namespace", own, "peek", "--", "cat", `/logs/${file}.json`);

const logs = async () => logRecords(await kept("logs"));
const traces = async () => spans(await kept("traces"));

/** Asks a model under a request id, with a word in the prompt that is found nowhere else. */
async function ask(of: string, id: string, word: string): Promise<string | null> {
  const client = new OpenAI({ baseURL: outputs.addresses[of]!, apiKey: "unused", timeout: 120_000, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: `Say something about ${word}.` }];
  const { response } = await client.chat.completions
    .create({ model: of, max_tokens: 8, temperature: 0, messages }, { headers: { "x-request-id": id } })
    .withResponse();
  return response.headers.get("x-request-id");
}

describe("an environment that is watched", () => {
  const planted = `zebrafish${randomUUID().replaceAll("-", "")}`;

  beforeAll(async () => {
    hook = await listen("0.0.0.0");
    for (const image of images) await labImage(image);
    await (await Stack.open(environment())).destroy(); // what a failed run of these tests left
    stack = await Stack.open(environment());
    await stack.up();
    outputs = await stack.outputs();
    // The namespace is the stack's: what is secret in it can only come now.
    const url = `http://${network().host}:${hook.port}/`;
    await apply({ apiVersion: "v1", kind: "Secret", metadata: { name: "hook", namespace: own }, stringData: { url } });
    peek.spec.containers[0]!.image = digests()["busybox"]!;
    await apply(peek);
    await kubectl("wait", "pod/peek", "--namespace", own, "--for=condition=Ready", "--timeout=120s");
  }, 1_800_000);
  afterAll(async () => {
    await (await Stack.open(environment())).destroy();
    hook?.server.close();
  });

  it("has every target up: models, and the parts of the monitoring", async () => {
    const jobs = async () => (await query("sum by (job) (up)")).map(({ metric, value }) => [metric["job"], value[1]]).sort();
    const wanted = [
      ["alertmanager", "1"],
      ["collector", "1"],
      ["prometheus", "1"],
      ["slm-models", "2"],
    ];
    await until(async () => (JSON.stringify(await jobs()) === JSON.stringify(wanted) ? true : undefined), 90, "every target is up").catch(
      () => undefined,
    );
    expect(await jobs()).toEqual(wanted);
    expect((await query("up")).length).toBe(5);
  });

  it("has loaded every rule, and evaluates it", async () => {
    const map = JSON.parse(await kubectl("get", "configmap", "monitoring-prometheus-config", "--namespace", own, "--output=json"));
    type Group = { rules: { alert?: string; record?: string; name?: string; health?: string; lastError?: string }[] };
    const written = (JSON.parse(map.data["rules.json"]).groups as Group[]).flatMap(({ rules }) =>
      rules.map((rule) => rule.alert ?? rule.record),
    );
    const loaded = async () => ((await prometheus("rules")).groups as Group[]).flatMap(({ rules }) => rules);
    await until(async () => ((await loaded()).every(({ health }) => health === "ok") ? true : undefined), 180, "each rule is evaluated");
    expect((await loaded()).map((rule) => rule.name).sort()).toEqual(written.sort());
    expect(written).toContain("MonitoringDown");
  });

  it("tells the receiver, once its secret is there", async () => {
    // The kubelet looks at a pod's volumes about once a minute, and at once when the pod changes.
    await kubectl("annotate", "pod", "--all", "--namespace", own, "look=again");
    const heard = () => hook.notifications.find(({ labels }) => labels["alertname"] === "Watchdog");
    const [reported] = await until(heard, 240, "the watchdog's message");
    expect(reported.labels["environment"]).toBe(name);
  });

  it("keeps a request's line, found by its id, with its model and its namespace", async () => {
    const id = `lab-${randomUUID()}`;
    expect(await ask("small", id, planted)).toBe(id);
    const find = async () => (await logs()).find((record) => record["request_id"] === id);
    const [line] = await until(find, 60, "the line is kept");
    expect(line).toMatchObject({
      model: "small",
      "k8s.namespace.name": name,
      "k8s.container.name": "onnx-server",
      "deployment.environment.name": name,
      path: "/v1/chat/completions",
      status: "200",
    });
    expect(line["k8s.pod.name"]).toMatch(/^small-onnx-/);
  });

  it("keeps a span of vLLM's request, found by the same kind of id, and vLLM's own lines", async () => {
    const id = `lab-${randomUUID()}`;
    expect(await ask("chat", id, planted)).toBe(id);
    const find = async () => (await traces()).find((span) => span["gen_ai.request.id"]?.includes(id));
    const [span] = await until(find, 60, "the span is kept");
    expect(span).toMatchObject({
      model: "chat",
      "service.name": "chat",
      "k8s.namespace.name": name,
      "deployment.environment.name": name,
      "gen_ai.usage.completion_tokens": "8",
    });
    const [line] = await until(async () => (await logs()).find((record) => record["model"] === "chat"), 60, "a line of vLLM");
    expect(line).toMatchObject({ "k8s.container.name": "vllm", "k8s.namespace.name": name });
  });

  it("keeps no word of a prompt anywhere: not in logs, not in spans", async () => {
    await ask("small", `lab-${randomUUID()}`, planted);
    for (const file of ["logs", "traces"]) {
      const text = await kept(file);
      expect(text.length).toBeGreaterThan(100);
      expect(text.includes(planted), file).toBe(false);
    }
  });

  it("reads logs as a user that is not root, without credentials, and holds nothing else in that namespace", async () => {
    const { items } = JSON.parse(await kubectl("get", "pods", "--namespace", `${own}-logs`, "--output=json"));
    for (const { spec } of items) {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532, runAsGroup: 0 });
      expect(spec.automountServiceAccountToken).toBe(false);
      expect(spec.volumes.filter(({ hostPath }: { hostPath?: object }) => hostPath)).toEqual([
        { name: "pods", hostPath: { path: "/var/log/pods", type: "Directory" } },
      ]);
    }
    expect(items.length).toBeGreaterThan(0);
  });

  it("takes less than 600 MiB: all parts of the monitoring on this node together", async () => {
    const text = await kubectl("get", "--raw", `/api/v1/nodes/${nodeName}/proxy/metrics/resource`);
    const used = [...text.matchAll(/^container_memory_working_set_bytes\{.*namespace="([^"]+)",pod="([^"]+)"\} (\S+)/gm)];
    const parts = used.filter(([, namespace, pod]) => namespace!.startsWith(own) && pod !== "peek");
    const mib = parts.map(([, , pod, bytes]) => [pod!, Math.round(Number(bytes) / 2 ** 20)] as const);
    console.log(mib.map(([pod, used]) => `${pod}: ${used} MiB`).join(", "));
    expect(mib).toHaveLength(4);
    expect(mib.reduce((sum, [, used]) => sum + used, 0)).toBeLessThan(600);
  });

  it("changes nothing when nothing changed", async () => {
    expect(await steps(stack)).toEqual({});
  });

  it("leaves nothing when it is destroyed", async () => {
    await kubectl("delete", "pod", "peek", "--namespace", own, "--grace-period=1");
    await stack.destroy();
    for (const namespace of [name, own, `${own}-logs`])
      expect(await kubectl("get", "namespace", namespace, "--ignore-not-found"), namespace).toBe("");
    const volumes = JSON.parse(await kubectl("get", "persistentvolumes", "--output=json")).items as {
      spec: { claimRef: { namespace: string } };
    }[];
    expect(volumes.filter(({ spec }) => spec.claimRef.namespace.startsWith(name))).toEqual([]);
    const everywhere = await kubectl("get", "clusterroles,clusterrolebindings", "--output=name");
    expect(everywhere.split("\n").filter((one) => /monitoring-|watched-test/.test(one))).toEqual([]);
  });
});
