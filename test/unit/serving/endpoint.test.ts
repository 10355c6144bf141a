import * as k8s from "@pulumi/kubernetes";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { ModelEndpoint } from "../../../components/serving/model-endpoint";
import type { ModelRequest } from "../../../lib/planner/types";
import { messageOf } from "../../support/errors";
import { mockPulumi, only, registered, reset, settled } from "../../support/mocks";
import { digest, environmentOf, planned } from "../../support/serving";

beforeAll(mockPulumi);
beforeEach(reset);

const request: ModelRequest = { model: "qwen3-0.6b", engine: "ollama", weights: { ollama: { kind: "baked", path: "/m.gguf" } } };
const args = (more: Partial<ModelRequest> = {}, replicas = 1) => ({
  plan: planned({ ...request, ...more }),
  deployment: new k8s.apps.v1.Deployment("server", { spec: { replicas, selector: {}, template: {} } }),
  namespace: "slm",
  verifierImage: `python@${digest}`,
});
const verifier = () => only("kubernetes:core/v1:Pod").inputs["spec"].containers[0];

it("is a Service and a verifier, and nothing else", async () => {
  await settled(new ModelEndpoint("chat", args()).measured);
  expect(registered.map(({ type, name }) => [type, name]).filter(([, name]) => name !== "server")).toEqual([
    ["slm:serving:ModelEndpoint", "chat"],
    ["kubernetes:core/v1:Service", "chat-service"],
    ["kubernetes:core/v1:Pod", "chat-verified"],
  ]);
});

it("has one address, whichever engine is behind it, and moves to the server's own pods", async () => {
  for (const engine of ["ollama", "vllm"] as const) {
    reset();
    const endpoint = new ModelEndpoint("chat", args({ engine, cpu: true }));
    expect(await settled(endpoint.url)).toBe("http://chat.slm.svc.cluster.local/v1");
    expect(await settled(endpoint.addressUrl)).toBe("http://10.0.0.7/v1");
    expect(only("kubernetes:core/v1:Service").inputs["spec"].selector).toMatchObject({
      "app.kubernetes.io/name": engine,
      "app.kubernetes.io/instance": "chat",
    });
  }
});

it("is verified again when the server changes, and only then", async () => {
  const revision = async (replicas: number) => {
    reset();
    await settled(new ModelEndpoint("chat", args({}, replicas)).measured);
    return environmentOf(verifier())["REVISION"];
  };
  const first = await revision(1);
  expect(first).toMatch(/^[0-9a-f]{12}$/);
  expect(await revision(1)).toBe(first);
  expect(await revision(2)).not.toBe(first);
});

it("asks every name that the server answers to, and for a GPU where one was planned", async () => {
  await settled(new ModelEndpoint("chat", { ...args({ cpu: false }), alsoServes: ["pirate"] }).measured);
  expect(environmentOf(verifier())).toMatchObject({ MODELS: "chat\npirate", DEVICE: "gpu", URL: "http://chat" });
});

it("runs its verifier restricted, and starts it again when it failed", async () => {
  await settled(new ModelEndpoint("chat", args()).measured);
  const { restartPolicy, securityContext, automountServiceAccountToken } = only("kubernetes:core/v1:Pod").inputs["spec"];
  expect([restartPolicy, securityContext.runAsNonRoot, automountServiceAccountToken]).toEqual(["OnFailure", true, false]);
  expect(verifier().securityContext.capabilities).toEqual({ drop: ["ALL"] });
});

it("refuses a floating image", () => {
  expect(messageOf(() => new ModelEndpoint("chat", { ...args(), verifierImage: "python:3" }))).toBe(
    'verifierImage: must be pinned by digest (name@sha256:<64 hex>), got "python:3"',
  );
});
