import { readFileSync } from "node:fs";
import path from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";
import { beforeAll, beforeEach, expect, it } from "vitest";

import { ComponentProvider } from "../../../components/plugin/provider";
import { repoRoot } from "../../../tools/lib/paths";
import { quiet } from "../../support/azure-mocks";
import { mockPulumi, optionsOf, registered, reset, settled } from "../../support/mocks";
import { pinned, resources } from "../../support/program";

beforeAll(mockPulumi);
beforeEach(reset);

const provider = new ComponentProvider();
const args = { engine: "ollama", model: "qwen3-0.6b", namespace: "models", image: pinned("ollama"), verifierImage: pinned("python") };
const make = (inputs: object, type = "slm:serving:Model") => provider.construct("chat", type, inputs as pulumi.Inputs, {});
const refused = (inputs: object, type?: string): Promise<string> =>
  make(inputs, type).then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );

it("tells the version and the schema of the package", async () => {
  const { version } = JSON.parse(readFileSync(path.join(repoRoot, "package.json"), "utf8"));
  expect(provider.version).toBe(version);
  const schema = JSON.parse(await provider.getSchema());
  expect([schema.name, schema.version, Object.keys(schema.resources)]).toEqual([
    "slm",
    version,
    ["slm:serving:Model", "slm:namespace:ModelNamespace", "slm:scaling:Autoscaler", "slm:environment:Environment"],
  ]);
});

it("makes a model with what is known only later, and returns its outputs", async () => {
  const namespace = pulumi.output("models");
  const { urn, state } = await make({ ...args, namespace });
  expect(await settled(urn as pulumi.Output<string>)).toMatch(/::slm:serving:Model::chat$/);
  expect(await settled(pulumi.output(state))).toEqual({
    url: "http://chat.models.svc.cluster.local/v1",
    addressUrl: "http://10.0.0.7/v1",
    measured: {},
  });
});

it("makes a namespace", async () => {
  const { state } = await make({ clients: [{ namespace: "default" }] }, "slm:namespace:ModelNamespace");
  expect(await settled(pulumi.output(state))).toEqual({ namespaceName: "chat" });
});

it("makes a scaler", async () => {
  const own = {
    ...{ namespace: "models", deployment: pulumi.output("chat-onnx"), environment: "prod", prometheusUrl: "http://prometheus:9090" },
    release: { engine: "onnx", version: "0.18.0" },
    scaling: { min: 1, max: 3 },
    coldStart: { imageSeconds: 60, weightsSeconds: 10, loadSeconds: 30 },
  };
  const { urn } = await make(own, "slm:scaling:Autoscaler");
  expect(await settled(urn as pulumi.Output<string>)).toMatch(/::slm:scaling:Autoscaler::chat$/);
  expect(await refused({ ...own, scaling: { min: 2, max: 1 } }, "slm:scaling:Autoscaler")).toContain(
    "scaling.min: must be at most max (1)",
  );
  expect(await refused({ ...own, release: { engine: "onnx", version: "1" } }, "slm:scaling:Autoscaler")).toContain(
    "release.version: must be 0.18.0",
  );
});

it("makes an environment, with a secret token", async () => {
  const lock = { "library:qwen3:0.6b": { files: { blob: "a".repeat(64) } } };
  const images = { ollama: pinned("ollama"), python: pinned("python") };
  const models = { small: { engine: "ollama", model: "qwen3-0.6b" } };
  const { state } = await make({ models, images, lock, hfToken: pulumi.secret("hf_x") }, "slm:environment:Environment");
  expect(await settled(pulumi.output(state))).toMatchObject({
    endpoints: { small: "http://small.slm.svc.cluster.local/v1" },
    namespaceName: "slm",
  });
  expect(resources()).toContain("slm:environment:Environment chat");
});

it("hands on the options of the resource", async () => {
  await provider.construct("chat", "slm:serving:Model", args, { aliases: [{ name: "old" }] });
  await quiet();
  expect(optionsOf("chat", "slm:serving:Model").aliases).toEqual([{ name: "old" }]);
});

it("refuses wrong shapes all at once, each by argument with value and bound, and makes nothing", async () => {
  const wrong = { ...args, cpuCores: 0, typo: 1, image: "ollama:latest", weights: { ollama: { kind: "library" } } };
  expect(await refused(wrong)).toBe(
    [
      "slm:serving:Model (chat):",
      'image: must be pinned by digest (name@sha256:<64 hex>), got "ollama:latest"',
      "weights.ollama.tag: Invalid input: expected string, received undefined",
      "cpuCores: must be at least 0.1 cores, got 0",
      'arguments: Unrecognized key: "typo"',
    ].join("\n"),
  );
  expect(registered).toEqual([]);
});

it("refuses an output where the plan must know the value, wherever it stands, and says what to do", async () => {
  const size = pulumi.output<string>(unknown as never);
  const tag = pulumi.output("qwen3:0.6b");
  const fix = "must be known when the program is planned, got the output of a resource; write it out";
  expect(await refused({ ...args, size, weights: { ollama: { kind: "library", tag } } })).toBe(
    ["slm:serving:Model (chat):", `size: ${fix}`, `weights.ollama.tag: ${fix}`].join("\n"),
  );
});

it("tells what the plan refuses by argument, and which components there are", async () => {
  expect(await refused({ ...args, contextTokens: 10 ** 9 })).toBe(
    "slm:serving:Model (chat):\ncontextTokens: must be a whole number from 256 to 40960, got 1000000000; qwen3-0.6b reads at most 40960 tokens",
  );
  expect(await refused({}, "slm:serving:Other")).toBe(
    "slm:serving:Other: must be one of slm:serving:Model, slm:namespace:ModelNamespace, slm:scaling:Autoscaler, slm:environment:Environment",
  );
});
