import * as k8s from "@pulumi/kubernetes";
import { beforeAll, beforeEach, expect, it } from "vitest";

import { ModelEndpoint } from "../../../components/serving/model-endpoint";
import { OllamaServer } from "../../../components/serving/ollama-server";
import { OnnxServer } from "../../../components/serving/onnx-server";
import { VllmServer } from "../../../components/serving/vllm-server";
import { mockPulumi, registeredOutputs, reset, settled } from "../../support/mocks";
import { argsOf, digest } from "../../support/serving";
import { writtenPlan } from "../../support/serving-plans";

beforeAll(mockPulumi);
beforeEach(reset);

it.each([
  ["vllm", VllmServer],
  ["ollama", OllamaServer],
  ["onnx", OnnxServer],
] as const)("a server of %s shows the name of its Deployment", async (engine, Server) => {
  const { deployment } = new Server("chat", argsOf(writtenPlan({ engine })));
  expect(await registeredOutputs("chat")).toEqual({ deployment: await settled(deployment.metadata.name) });
});

it("an endpoint shows its addresses and what was measured", async () => {
  const deployment = new k8s.apps.v1.Deployment("server", { spec: { selector: { matchLabels: { app: "x" } }, template: {} } });
  const server = { deployment, engine: "vllm", servedNames: ["chat"], revision: "r1", onGpu: false, serves: true } as const;
  const endpoint = new ModelEndpoint("chat", { server, namespace: "slm", verifierImage: `python@${digest}` });
  expect(await registeredOutputs("chat")).toEqual({
    url: "http://chat.slm.svc.cluster.local/v1",
    addressUrl: "http://10.0.0.7/v1",
    measured: await settled(endpoint.measured),
  });
});
