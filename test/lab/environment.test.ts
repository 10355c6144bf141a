import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import execa from "execa";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { built } from "../../lab/built";
import { files, network, registryPort } from "../../lab/layout";
import { planOf } from "../../lib/environment/plan-request";
import { ask } from "../../tools/ask";
import { compareModels } from "../../tools/compare/environment";
import { repoRoot } from "../../tools/lib/paths";
import { type Outputs, Stack } from "../../tools/lib/stack";
import { withEndpoint } from "../../tools/lib/with-endpoint";
import { digests, kubectl, labEnvironment, steps } from "../support/lab";

const name = "e2e-test";
const environment = (memoryMib = 1024) =>
  labEnvironment(name, (settings) => {
    settings["slm:models"]["smollm2"]!["memoryMib"] = memoryMib;
  });

let stack: Stack;
let outputs: Outputs;
const podsOf = async (engine: string) =>
  JSON.parse(await kubectl("get", "pods", "--namespace", name, "--selector", `app.kubernetes.io/name=${engine}`, "--output=json")).items;
const client = () => new OpenAI({ baseURL: outputs.addresses["smollm2"]!, apiKey: "unused", timeout: 120_000 });

beforeAll(async () => {
  stack = await Stack.open(environment());
  await stack.destroy(); // what a failed run of these tests left
  stack = await Stack.open(environment());
  await stack.up();
  outputs = await stack.outputs();
});
afterAll(async () => (await Stack.open(environment())).destroy());

describe("an environment in the lab", () => {
  it("lists its model, and the model answers through the official client", async () => {
    const models = await client().models.list();
    expect(models.data.map(({ id }) => id)).toEqual(["smollm2:latest"]);
    const answer = await client().chat.completions.create({
      model: "smollm2",
      temperature: 0,
      max_tokens: 32,
      messages: [{ role: "user", content: "What is the capital of France?" }],
    });
    expect(answer.choices[0]!.message.content).toContain("Paris");
    expect(answer.usage!.completion_tokens).toBeGreaterThan(3);
  });

  it("streams: the first token comes before the last", async () => {
    const parts: string[] = [];
    const { text, ttftSeconds, tokensPerSecond } = await ask(outputs.addresses["smollm2"]!, "smollm2", "Count from one to ten.", (part) =>
      parts.push(part),
    );
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.join("")).toBe(text);
    expect(ttftSeconds).toBeGreaterThan(0);
    expect(tokensPerSecond).toBeGreaterThan(0);
  });

  it("had its model made by an init container, and loaded before it was ready", async () => {
    const [pod] = await podsOf("ollama");
    expect(pod.status.initContainerStatuses[0]).toMatchObject({ name: "create-models", state: { terminated: { exitCode: 0 } } });
    expect(pod.status.containerStatuses[0].restartCount).toBe(0);
    const loaded = await kubectl("exec", "--namespace", name, "deployment/smollm2-ollama", "--container=ollama", "--", "ollama", "ps");
    expect(loaded).toMatch(/smollm2:latest[\s\S]*Forever/);
  });

  it("runs images by digest, as a user that is not root, under the restricted Pod Security level", async () => {
    const [pod] = await podsOf("ollama");
    for (const { image } of [...pod.spec.initContainers, ...pod.spec.containers]) expect(image).toBe(digests()["ollama"]);
    expect(await kubectl("exec", "--namespace", name, "deployment/smollm2-ollama", "--container=ollama", "--", "id", "-u")).toBe("65532");
    expect(await kubectl("get", "namespace", name, "--output=jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}")).toBe(
      "restricted",
    );
    const refused = await kubectl("run", "root", "--namespace", name, `--image=${digests()["busybox"]}`).catch(
      (error: Error) => error.message,
    );
    expect(refused).toContain('violates PodSecurity "restricted');
  });

  it("changes nothing when nothing changed", async () => {
    expect(await steps(stack)).toEqual({});
    await stack.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"], { quiet: true });
  });

  it("measured the model from inside the cluster, as stack outputs", () => {
    const { ttftSeconds, tokensPerSecond } = outputs.verification["smollm2"]!["smollm2"]!;
    expect(ttftSeconds).toBeGreaterThan(0);
    expect(tokensPerSecond).toBeGreaterThan(0);
  });

  it("is compared: asked by its address, and measured by what the cluster and its node tell of its pod", async () => {
    const file = environment();
    const settings = { models: undefined, concurrency: 2, requests: 2, tokens: 8, restart: true };
    const rows = await compareModels(file, planOf(file.environment).models, "test", settings);
    const measured = expect.toSatisfy((value: unknown) => typeof value === "number" && value > 0);
    expect(rows).toMatchObject([
      {
        ...{ environment: name, model: "smollm2", memoryMib: measured, diskMib: measured, loadSeconds: measured },
        levels: [1, 2].map((concurrency) => ({ concurrency, requests: 2, failed: 0, tokensPerSecond: measured })),
      },
    ]);
  });

  it("is at most eight Kubernetes objects a model", async () => {
    const { deployment } = await stack.export();
    const objects = deployment.resources!.filter(({ urn }) => /kubernetes:.*::smollm2-/.test(urn));
    expect(objects.map(({ urn }) => urn.split("::").at(-1)).sort()).toEqual([
      "smollm2-all-pods",
      "smollm2-disruption",
      "smollm2-new-pods",
      "smollm2-server",
      "smollm2-service",
      "smollm2-verified",
    ]);
    expect(objects.length).toBeLessThanOrEqual(8);
  });

  it("updates the deployment in place when the memory changes, and verifies the model again", async () => {
    stack = await Stack.open(environment(1100));
    expect(await steps(stack)).toEqual({
      "smollm2-server": { op: "update", replaces: [] },
      "smollm2-verified": { op: "replace", replaces: [expect.stringMatching(/env/)] },
    });
    await stack.up();
    expect(await steps(stack)).toEqual({});
    const renewed = (await podsOf("ollama")).find(
      (pod: { spec: { containers: { resources: { limits: { memory: string } } }[] } }) =>
        pod.spec.containers[0]!.resources.limits.memory === "1100Mi",
    );
    expect(renewed.status.containerStatuses[0].ready).toBe(true);
  });

  it.each([
    ["SIGINT", 1200],
    ["SIGKILL", 1300],
  ] as const)("continues after a run that %s ended half-way", async (signal, memoryMib) => {
    const child = execa(process.execPath, ["--import", "tsx", "test/support/up.ts", name, String(memoryMib)], {
      cwd: repoRoot,
      reject: false,
      detached: true,
      all: true,
    });
    await waitFor(async () =>
      (await kubectl("get", "deployment", "smollm2-ollama", "--namespace", name, "--output=jsonpath={..limits.memory}")).includes(
        `${memoryMib}Mi`,
      ),
    );
    process.kill(-child.pid!, signal); // as Ctrl-C does: to the whole group
    expect((await child).exitCode).not.toBe(0);
    stack = await Stack.open(environment(memoryMib));
    await stack.up();
    expect(await steps(stack)).toEqual({});
    expect((await ask(outputs.addresses["smollm2"]!, "smollm2", "What is the capital of France?", () => undefined)).text).toContain(
      "Paris",
    );
  });

  it("leaves nothing when it is destroyed: no namespace, no volume, no state", async () => {
    await stack.destroy();
    expect(await kubectl("get", "namespace", name, "--ignore-not-found")).toBe("");
    expect(
      JSON.parse(await kubectl("get", "persistentvolumes", "--output=json")).items.filter(
        (volume: { spec: { claimRef: { namespace: string } } }) => volume.spec.claimRef.namespace === name,
      ),
    ).toEqual([]);
    await expect(stack.export()).rejects.toThrow(`no stack named '${name}' found`);
  });
});

async function waitFor(condition: () => Promise<boolean>, seconds = 60): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await condition()); await sleep(250)) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s`);
  }
}

describe("the same stack file against any other cluster, named by KUBECONFIG and a context", () => {
  const other = (images: string) =>
    labEnvironment("other-cluster-test", (settings) => {
      settings["slm:images"] = images;
      settings["slm:kubernetes"] = { context: "slm-lab", namespace: "other-cluster-test" };
      Object.assign(settings, { "slm:policies": { registries: [`${network().node}:${registryPort}`, "docker.io"] } });
    });
  beforeAll(async () => {
    vi.stubEnv("KUBECONFIG", files.kubeconfig);
    vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "for-a-test");
    await (await Stack.open(other(path.relative(repoRoot, files.images)))).destroy(); // what a failed run of these tests left
  });
  afterAll(async () => {
    await (await Stack.open(other(path.relative(repoRoot, files.images)))).destroy();
    vi.unstubAllEnvs();
  });

  it("previews with the official image, by digest", async () => {
    const preview = await (await Stack.open(other("stacks/images.json"))).pulumi(["preview", "--json"], { quiet: true });
    expect(preview).toMatch(/"image": "docker\.io\/ollama\/ollama:[\d.]+@sha256:[0-9a-f]{64}"/);
    expect(preview).toContain('"context": "slm-lab"');
  });

  it("comes up, keeps its state out of the lab's, and answers through a port-forward", async () => {
    vi.stubEnv("PATH", `${(await built()).kubernetes}:${process.env["PATH"]}`); // for kubectl
    const away = await Stack.open(other(path.relative(repoRoot, files.images)));
    expect(away.inLab).toBe(false);
    await away.up();
    const answer = await withEndpoint(away, await away.outputs(), "smollm2", (url) => {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
      return ask(url, "smollm2", "What is the capital of France?", () => undefined);
    });
    expect(answer.text).toContain("Paris");
  });
});
