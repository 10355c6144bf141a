import type * as k8s from "@pulumi/kubernetes";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { OllamaServer, type OllamaServerArgs } from "../../../components/serving/ollama-server";
import { OnnxServer } from "../../../components/serving/onnx-server";
import { VllmServer, type VllmServerArgs } from "../../../components/serving/vllm-server";
import type { ModelRequest } from "../../../lib/planner/types";
import { messageOf } from "../../support/errors";
import { mockPulumi, only, registered, reset, settled } from "../../support/mocks";
import { digest, environmentOf, pod, serverArgs } from "../../support/serving";

beforeAll(mockPulumi);
beforeEach(reset);

const image = { kind: "image", reference: `weights@${digest}` } as const;
const requests: Record<string, ModelRequest> = {
  vllm: { engine: "vllm", model: "qwen3-0.6b", weights: { vllm: image } },
  ollama: { engine: "ollama", model: "qwen3-0.6b", weights: { ollama: { ...image, path: "m.gguf" } } },
  onnx: { engine: "onnx", model: "phi-4-mini-instruct", weights: { onnx: image } },
};
type Args = VllmServerArgs & OllamaServerArgs;
const make: Record<string, (args: Args) => { deployment: k8s.apps.v1.Deployment }> = {
  vllm: (args) => new VllmServer("chat", args),
  ollama: (args) => new OllamaServer("chat", args),
  onnx: (args) => new OnnxServer("chat", args),
};
const engines = Object.keys(requests);
const made = async (engine: string, more: Partial<ModelRequest> = {}, args: Partial<Args> = {}, planned = {}) =>
  settled(make[engine]!({ ...serverArgs({ ...requests[engine]!, ...more }, planned), ...args }).deployment.urn);

describe.each(engines)("a server of %s", (engine) => {
  it("is a Deployment and a disruption budget, and nothing else", async () => {
    await made(engine);
    expect(
      registered
        .slice(1)
        .map(({ type, name }) => [type, name])
        .sort(),
    ).toEqual([
      ["kubernetes:apps/v1:Deployment", "chat-server"],
      ["kubernetes:policy/v1:PodDisruptionBudget", "chat-disruption"],
    ]);
    expect(only("kubernetes:apps/v1:Deployment").inputs["metadata"].name).toBe(`chat-${engine}`);
  });

  it("has a volume of its own where weights are downloaded once", async () => {
    const source = engine === "ollama" ? { kind: "library" as const, tag: "x" } : { kind: "huggingFace" as const, repository: "a/b" };
    await made(engine, { weights: { [engine]: source }, volumeGib: 7, volumeClass: "fast" });
    const { spec } = only("kubernetes:core/v1:PersistentVolumeClaim").inputs;
    expect(spec).toEqual({ accessModes: ["ReadWriteOnce"], storageClassName: "fast", resources: { requests: { storage: "7Gi" } } });
    expect(only("kubernetes:batch/v1:Job").name).toBe("chat-download");
    expect(pod().initContainers?.length).toBe(engine === "ollama" ? 1 : undefined);
    expect(only("kubernetes:apps/v1:Deployment").inputs["spec"].strategy.rollingUpdate).toEqual({ maxSurge: 0, maxUnavailable: 1 });
  });

  it("runs every container restricted, without credentials of the cluster and without variables of its neighbours", async () => {
    await made(engine);
    const { securityContext, automountServiceAccountToken, enableServiceLinks, initContainers, containers } = pod();
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } });
    expect([automountServiceAccountToken, enableServiceLinks]).toEqual([false, false]);
    for (const container of [...(initContainers ?? []), ...containers]) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  it("takes probes, deadlines and drain from one budget: the startup probe covers the load, grace covers pause and shutdown", async () => {
    await made(engine, { coldStart: { imageSeconds: 10, weightsSeconds: 20, loadSeconds: 30 } });
    expect(only("kubernetes:apps/v1:Deployment").inputs["spec"].progressDeadlineSeconds).toBe(90);
    const { containers, terminationGracePeriodSeconds } = pod();
    const [{ startupProbe, livenessProbe, readinessProbe, lifecycle }] = containers;
    expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(30);
    expect([livenessProbe.periodSeconds, readinessProbe.periodSeconds]).toEqual([engine === "ollama" ? 30 : 10, 5]);
    expect(lifecycle.preStop).toBeDefined();
    expect(terminationGracePeriodSeconds).toBe(15 + 45 + 15);
  });

  it("lands on GPU nodes by size, tolerates their taints, and spreads", async () => {
    if (engine === "onnx" || engine === "ollama")
      await made(engine, { cpu: false }, {}, { pools: [{ size: "Standard_NC4as_T4_v3", maxNodes: 1 }] });
    else await made(engine, {}, {}, { pools: [{ size: "Standard_NC4as_T4_v3", maxNodes: 1 }] });
    expect(pod().nodeSelector).toEqual({ "node.kubernetes.io/instance-type": "Standard_NC4as_T4_v3" });
    expect(pod().tolerations).toEqual([
      { key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" },
      { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
      { key: "nvidia.com/gpu", operator: "Equal", value: "present", effect: "NoSchedule" },
    ]);
    expect(pod().containers[0].resources.limits["nvidia.com/gpu"]).toBe("1");
    expect(pod().topologySpreadConstraints.map(({ topologyKey }: { topologyKey: string }) => topologyKey)).toEqual([
      "topology.kubernetes.io/zone",
      "kubernetes.io/hostname",
    ]);
  });

  it("tolerates the taints of the pool that it goes to, each once", async () => {
    const nodes = { taints: ["sku=gpu:NoSchedule", "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"] };
    const gpu = engine === "vllm" ? {} : { cpu: false };
    await made(engine, gpu, { nodes }, { pools: [{ size: "Standard_NC4as_T4_v3", maxNodes: 1 }] });
    expect(pod().tolerations.map(({ key, value }: { key: string; value?: string }) => [key, value])).toEqual([
      ["sku", "gpu"],
      ["nvidia.com/gpu", undefined],
      ["nvidia.com/gpu", "present"],
      ["kubernetes.azure.com/scalesetpriority", "spot"],
    ]);
  });

  it("has locked files compared by a job before it, which remembers only where it may write", async () => {
    const key = `image:weights@${digest}/${engine === "ollama" ? "m.gguf" : ""}`;
    await made(engine, {}, {}, { lock: { [key]: { files: { "m.gguf": "b".repeat(64) } } } });
    const [check] = only("kubernetes:batch/v1:Job").inputs["spec"].template.spec.containers;
    expect(environmentOf(check)).toMatchObject({
      FOLDER_0: "/weights",
      STAMP_0: "",
      DOWNLOADED_0: "",
      LOCK_0: `${"b".repeat(64)}  m.gguf`,
    });
    expect(check.volumeMounts).toContainEqual(expect.objectContaining({ mountPath: "/weights", readOnly: true }));
    expect(check.command[2]).not.toContain("b".repeat(64));
  });

  it.each(["app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "slm-stack/role"])(
    "refuses a label %s of the user's",
    (key) => {
      const args = { ...serverArgs(requests[engine]!), pod: { labels: { team: "acme", [key]: "x" } } };
      expect(messageOf(() => make[engine]!(args))).toBe(
        `pod.labels: must leave app.kubernetes.io/name, /instance, /managed-by and slm-stack/ to the stack, got {"team":"acme","${key}":"x"}`,
      );
    },
  );

  it.each([
    [{ image: "vllm:latest" }, 'image: must be pinned by digest (name@sha256:<64 hex>), got "vllm:latest"'],
    [{ volume: { gib: 0 } }, "volume.gib: must be at least 1 GiB, got 0"],
    [{ replicas: -1 }, "replicas: must be at least 0, got -1"],
    [
      { rollout: { maxSurge: 0, maxUnavailable: 0 } },
      'rollout: must let one pod start above, or one end below, the replicas, got {"maxSurge":0,"maxUnavailable":0}',
    ],
  ])("refuses %o", (bad, message) => {
    expect(messageOf(() => make[engine]!({ ...serverArgs(requests[engine]!), ...bad }))).toBe(message);
  });

  it("refuses a version without a table", () => {
    expect(messageOf(() => make[engine]!({ ...serverArgs(requests[engine]!), version: "0.0.1" }))).toMatch(
      /^version: must be [\d.]+( or [\d.]+)*, got "0\.0\.1"$/,
    );
  });
});
