import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, it } from "vitest";

import {
  KubernetesSecretStore,
  Model,
  ModelEndpoint,
  ModelNamespace,
  Monitoring,
  type MonitoringArgs,
  OllamaServer,
  OnnxServer,
  type ServerArgs,
  VllmServer,
} from "../../components/index";
import { mockPulumi } from "../support/mocks";
import { digest, serverArgs } from "../support/serving";

beforeAll(mockPulumi);

const image = `x@${digest}`;
const {
  settings: _settings,
  adapters: _adapters,
  additionalModels: _overrides,
  ...served
} = serverArgs({ engine: "vllm", model: "Qwen/Qwen3-0.6B" });
const server = (more: Partial<ServerArgs>): ServerArgs => ({ ...served, ...more });
const { args: _args, ...ollama } = server({ version: "0.1" });
const monitored = { namespace: "m", environment: "dev", fleet: { namespace: "slm", models: [] } };
const standalone = { mode: "standalone", receivers: {}, routes: { critical: "a", warning: "a" } } as const;
const monitoring: MonitoringArgs = { ...monitored, ...standalone, images: { prometheus: "prom:latest", alertmanager: image } };

/** One mistake in an argument of each component: what makes it, and the message that it gets. */
it.each<[string, () => unknown, RegExp]>([
  [
    "Model",
    () => new Model("c", { engine: "ollama", model: "qwen3-0.6b", namespace: "s", image, verifierImage: image, replicas: -1 }),
    /^replicas: must be a whole number from 0 to 1000, got -1; choose /,
  ],
  [
    "VllmServer",
    () => new VllmServer("c", server({ image: "vllm:latest" })),
    /^image: must be pinned by digest \(.*\), got "vllm:latest"$/,
  ],
  ["OllamaServer", () => new OllamaServer("c", ollama), /^version: must be [\d. or]+, got "0\.1"$/],
  ["OnnxServer", () => new OnnxServer("C", server({})), /^name: must be a DNS label: .*, got "C"$/],
  [
    "ModelEndpoint",
    () => new ModelEndpoint("c", { server: {} as never, namespace: "s", verifierImage: "python:3" }),
    /^verifierImage: must be pinned by digest \(.*\), got "python:3"$/,
  ],
  ["ModelNamespace", () => new ModelNamespace("c", { namespace: "A_b" }), /^namespace: must be a DNS label: .*, got "A_b"$/],
  [
    "KubernetesSecretStore",
    () => new KubernetesSecretStore("c", { values: { "a/b": "x" }, provider: new k8s.Provider("p") }),
    /^values: must be a DNS label: .*, got "a\/b"$/,
  ],
  ["Monitoring", () => new Monitoring("c", monitoring), /^images\.prometheus: must be pinned by digest \(.*\), got "prom:latest"$/],
])("%s tells a mistake under its own name, by argument, bound and value, and with no stack", (component, make, message) => {
  try {
    make();
  } catch (error) {
    const { resource, hideStack, message: reported } = error as pulumi.ResourceError;
    expect(pulumi.ResourceError.isInstance(error), String(error)).toBe(true);
    expect([(resource as { constructor: { name: string } }).constructor.name, hideStack]).toEqual([component, true]);
    expect(reported).toMatch(message);
    return;
  }
  expect.unreachable();
});
