import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { OllamaServer } from "../../../components/serving/ollama-server";
import { OnnxServer } from "../../../components/serving/onnx-server";
import { VllmServer } from "../../../components/serving/vllm-server";
import { mockPulumi, only, optionsOf, reset, settled } from "../../support/mocks";
import { digest, environmentOf, pod } from "../../support/serving";

beforeAll(mockPulumi);
beforeEach(reset);

const given = { namespace: "slm", image: `engine@${digest}` };
const image = { source: { kind: "image", reference: `weights@${digest}` } } as const;
const repository = { source: { kind: "huggingFace", repository: "acme/model" } } as const;
const spec = () => only("kubernetes:apps/v1:Deployment").inputs["spec"];

describe("a server of which only namespace, image and weights are said", () => {
  it("is one pod, named like the component, that may surge, with the budget and resources of the documentation", async () => {
    const server = new VllmServer("chat", { ...given, weights: image });
    await settled(server.deployment.urn);
    expect([server.servedNames, server.serves, server.onGpu, server.claim]).toEqual([["chat"], true, false, undefined]);
    expect([spec().replicas, spec().strategy.rollingUpdate]).toEqual([1, { maxSurge: 1, maxUnavailable: 0 }]);
    const [{ args, resources }] = pod().containers;
    expect(args).toEqual(["--model", "/weights", "--served-model-name", "chat"]);
    expect(resources).toEqual({ requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "2Gi" } });
    expect([pod().volumes[0], pod().affinity, pod().nodeSelector]).toEqual([
      { name: "scratch", emptyDir: { sizeLimit: "10Gi" } },
      undefined,
      undefined,
    ]);
    expect(optionsOf("chat-server").customTimeouts!.create).toBe(`${Math.ceil(1.5 * (152 + 600 + 473))}s`);
  });

  it("makes room before it starts anew where its volume serves one node, of 20 GiB", async () => {
    const server = new OnnxServer("chat", { ...given, weights: repository });
    await settled(server.deployment.urn);
    expect(spec().strategy.rollingUpdate).toEqual({ maxSurge: 0, maxUnavailable: 1 });
    expect(only("kubernetes:core/v1:PersistentVolumeClaim").inputs["spec"].resources.requests.storage).toBe("20Gi");
  });

  it("surges where its volume serves several", async () => {
    const server = new OnnxServer("chat", { ...given, weights: repository, volume: { gib: 5, shared: true } });
    await settled(server.deployment.urn);
    expect([spec().strategy.rollingUpdate, pod().affinity]).toEqual([{ maxSurge: 1, maxUnavailable: 0 }, undefined]);
  });
});

it("what is said replaces a default, and leaves the others", async () => {
  const more = {
    servedName: "assistant",
    replicas: 0,
    resources: { scratchGib: 3 },
    coldStart: { imageSeconds: 1, weightsSeconds: 2, loadSeconds: 3 },
  };
  const server = new VllmServer("chat", { ...given, weights: image, ...more });
  await settled(server.deployment.urn);
  expect([server.servedNames, server.serves, spec().replicas]).toEqual([["assistant"], false, 0]);
  expect(pod().volumes[0].emptyDir.sizeLimit).toBe("3Gi");
  expect(pod().containers[0].resources.limits).toEqual({ memory: "2Gi" });
  expect(optionsOf("chat-server").customTimeouts!.create).toBe("9s");
});

it.each([OllamaServer, OnnxServer])("a server without pods serves nobody", async (Server) => {
  const made = [0, 1].map((replicas) => new Server(`of-${replicas}`, { ...given, weights: image, replicas }));
  await Promise.all(made.map(({ deployment }) => settled(deployment.urn)));
  expect(made.map(({ serves }) => serves)).toEqual([false, true]);
});

it("keeps an affinity of the user's where no volume asks for one", async () => {
  const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } };
  await settled(new VllmServer("chat", { ...given, weights: image, pod: { affinity } }).deployment.urn);
  expect(pod().affinity).toEqual(affinity);
});

it("has every blob of a tag compared, one a line", async () => {
  const lock = { files: { "blobs/a": "a".repeat(64), "blobs/b": "b".repeat(64) }, sizes: { "blobs/a": 2 ** 20, "blobs/b": 1 } };
  await settled(new OllamaServer("chat", { ...given, weights: { source: { kind: "library", tag: "x" }, lock } }).deployment.urn);
  const [download] = only("kubernetes:batch/v1:Job").inputs["spec"].template.spec.containers;
  expect(environmentOf(download)).toMatchObject({ LOCKED_0: `${"a".repeat(64)}\n${"b".repeat(64)}`, MIB_0: "2" });
});
