import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { ModelEndpoint } from "../../../components/serving/model-endpoint";
import type { ModelServer } from "../../../components/serving/server";
import { messageOf } from "../../support/errors";
import { dependenciesOf, mockPulumi, only, registered, reset, settled } from "../../support/mocks";
import { digest, environmentOf } from "../../support/serving";

/** Status of every pod that is made from here on. */
let status: object | undefined;

beforeAll(async () => {
  await mockPulumi();
  const monitor = pulumi.runtime.getMonitor() as unknown as { mocks: pulumi.runtime.Mocks };
  const { newResource, call } = monitor.mocks;
  const withStatus: typeof newResource = (args) => {
    const made = newResource(args) as pulumi.runtime.MockResourceResult;
    return args.type.endsWith(":Pod") && status ? { ...made, state: { ...made.state, status } } : made;
  };
  monitor.mocks = { newResource: withStatus, call };
});
beforeEach(() => {
  reset();
  status = undefined;
});

const labels = { app: "server" };
const args = (more: Partial<ModelServer> = {}, replicas = 1) => ({
  server: {
    deployment: new k8s.apps.v1.Deployment("server", { spec: { replicas, selector: { matchLabels: labels }, template: {} } }),
    ...{ engine: "vllm" as const, servedNames: ["chat"], revision: "r1", onGpu: false, serves: true },
    ...more,
  },
  namespace: "slm",
  verifierImage: `python@${digest}`,
});
/** Inputs of the Service of a name. */
const service = (name: string) =>
  registered.find(({ type, inputs }) => type === "kubernetes:core/v1:Service" && inputs["metadata"].name === name)!.inputs;
const verifier = () => only("kubernetes:core/v1:Pod").inputs["spec"].containers[0];
const environmentFor = async (given: ReturnType<typeof args>) => {
  reset();
  await settled(new ModelEndpoint("chat", given).measured);
  return environmentOf(verifier());
};

it.each(["ollama", "vllm", "onnx"] as const)(
  "has one address, with %s behind it, and moves to that server when it is ready",
  async (engine) => {
    const endpoint = new ModelEndpoint("chat", args({ engine }));
    expect(await settled(endpoint.url)).toBe("http://chat.slm.svc.cluster.local/v1");
    expect(await settled(endpoint.addressUrl)).toBe("http://10.0.0.7/v1");
    expect(service("chat")["spec"]).toEqual({
      selector: labels,
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    });
    expect(dependenciesOf("chat-service")).toEqual(["server"]);
    const ports = [{ name: "http", port: engine === "ollama" ? 11434 : 8000, targetPort: "http" }];
    expect(service("chat-all-pods")["spec"]).toEqual({ clusterIP: "None", selector: labels, ports });
    expect(service("chat-new-pods")["spec"]).toEqual({ clusterIP: "None", selector: { ...labels, "slm-stack/revision": "r1" }, ports });
  },
);

it("asks for a vector those names that answer with one, and no others", async () => {
  expect((await environmentFor(args()))["EMBEDS"]).toBeUndefined();
  expect((await environmentFor(args({ servedNames: ["chat", "search"], embeds: ["search"] })))["EMBEDS"]).toBe("search");
});

it("is asked for the server's model, whatever the endpoint is called", async () => {
  await settled(new ModelEndpoint("assistant", args()).measured);
  expect(service("assistant")["metadata"].labels["app.kubernetes.io/instance"]).toBe("assistant");
  expect(environmentOf(verifier())).toMatchObject({
    ...{ URL: "http://assistant", MODELS: "chat" },
    ...{ ALL_PODS: "assistant-all-pods:8000", NEW_PODS: "assistant-new-pods:8000" },
  });
  expect(dependenciesOf("assistant-verified").sort()).toEqual(
    ["assistant-all-pods", "assistant-new-pods", "assistant-service", "server"].sort(),
  );
});

describe("the verifier", () => {
  it("runs again when the server changes, and only then", async () => {
    const { REVISION: first } = await environmentFor(args());
    const spec = { clusterIP: "10.0.0.7", replicas: 1, selector: { matchLabels: labels }, template: {} };
    expect(first).toBe(createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 12));
    expect((await environmentFor(args())).REVISION).toBe(first);
    expect((await environmentFor(args({}, 2))).REVISION).not.toBe(first);
  });

  it("asks every name that the server answers to", async () => {
    expect((await environmentFor(args({ servedNames: ["chat", "pirate", "poet"] }))).MODELS).toBe("chat\npirate\npoet");
  });

  it.each([
    ["a GPU where the server holds one", true, "gpu"],
    ["none where it holds none", false, "cpu"],
  ])("expects %s", async (_what, onGpu, device) => expect((await environmentFor(args({ onGpu }))).DEVICE).toBe(device));

  it("asks nobody where the server has no pods", async () => {
    expect(await settled(new ModelEndpoint("chat", args({ serves: false })).measured)).toEqual({});
    expect(registered.map(({ type }) => type)).not.toContain("kubernetes:core/v1:Pod");
  });

  it.each([
    ["nothing, until it has ended", undefined, {}],
    ["nothing, where no container has started", { containerStatuses: [] }, {}],
    ["nothing, where its container has no state", { containerStatuses: [{}] }, {}],
    ["nothing, where its state says nothing", { containerStatuses: [{ state: {} }] }, {}],
    ["nothing, while it runs", { containerStatuses: [{ state: { running: {} } }] }, {}],
    ["nothing, where it has said nothing", { containerStatuses: [{ state: { terminated: {} } }] }, {}],
    [
      "what each name showed",
      { containerStatuses: [{ state: { terminated: { message: '{"chat":{"ttftSeconds":0.5,"tokensPerSecond":30}}' } } }] },
      { chat: { ttftSeconds: 0.5, tokensPerSecond: 30 } },
    ],
  ])("tells %s", async (_what, given, measured) => {
    status = given;
    expect(await settled(new ModelEndpoint("chat", args()).measured)).toEqual(measured);
  });
});

it.each([
  ["chat", "python:3", 'verifierImage: must be pinned by digest (name@sha256:<64 hex>), got "python:3"'],
  ["Chat", `python@${digest}`, 'name: must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter, got "Chat"'],
])("refuses the name %s with the image %s", (name, verifierImage, message) => {
  expect(messageOf(() => new ModelEndpoint(name, { ...args(), verifierImage }))).toBe(message);
});
