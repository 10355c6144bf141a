import { expect, it } from "vitest";

import { planOf } from "../../../lib/environment/plan-request";
import { policyConfig } from "../../../tools/lib/policy-config";
import { controllerExemptions, daemonExemptions, unprotectedPools } from "../../../tools/lib/policy-exemptions";
import { environmentFile, onAzure } from "../../support/environments";

const logs = { monitoring: { mode: "operator", logs: { kind: "otlp", endpoint: "https://logs.example" } } };
const gpus = {
  ...onAzure(),
  models: { chat: { engine: "vllm", model: "Qwen/Qwen3-4B", size: "Standard_NC4as_T4_v3", dtype: "float16", contextTokens: 4096 } },
};
const exempt = (raw: object) => {
  const { environment } = environmentFile("staging", raw);
  return daemonExemptions(environment, planOf(environment));
};
const names = (raw: object) => Object.fromEntries(Object.entries(exempt(raw)).map(([rule, resources]) => [rule, Object.keys(resources)]));
const daemons = ["nc4as-t4-v3-device-plugin", "nc4as-t4-v3-dcgm-exporter"];

it("no resource is exempt where no daemon needs a part of its node", () => {
  expect(exempt({})).toEqual({});
  expect(exempt({ monitoring: { mode: "operator" } })).toEqual({});
  expect(exempt({ ...onAzure(), models: { chat: { engine: "ollama", model: "qwen3-0.6b", cpu: true } } })).toEqual({});
});

it("a pool that the environment unprotects is, from its protection alone, and no other is", () => {
  const { environment } = environmentFile("staging", gpus);
  const plan = planOf(environment);
  const unprotect = (...sizes: string[]) => unprotectedPools({ ...environment, azure: { ...environment.azure!, unprotect: sizes } }, plan);
  expect(unprotect("Standard_NC4as_T4_v3")).toEqual({
    "protected-resources": { "nc4as-t4-v3-pool": "is named under azure.unprotect, for the update that replaces it" },
  });
  expect(unprotect()).toEqual({});
  expect(unprotect("Standard_D4s_v5")).toEqual({});
  const raw = { ...gpus, ...onAzure({ unprotect: ["Standard_NC4as_T4_v3"] }) };
  expect(policyConfig(environmentFile("staging", raw))["protected-resources"]).toMatchObject({
    exempt: { "nc4as-t4-v3-pool": expect.any(String) },
  });
});

it("the reader of log files is, for what it mounts alone", () => {
  expect(exempt(logs)).toEqual({
    "host-access": { "monitoring-log-reader-daemon": "reads the log files that the node keeps of its containers, and may not write them" },
    "restricted-namespace": { "monitoring-logs-namespace": "holds the reader of log files, which mounts their folder, and nothing else" },
  });
});

it("NVIDIA's daemons are, on each pool with GPUs of a cluster on Azure", () => {
  expect(names(gpus)).toEqual({
    "host-access": daemons,
    "restricted-pod": daemons,
    "network-policy": daemons,
    "restricted-namespace": ["gpu-system"],
  });
  expect(exempt(gpus)["restricted-namespace"]).toEqual({ "gpu-system": "holds the daemons that see the node's GPUs, and nothing else" });
  expect(names({ models: gpus.models })).toEqual({});
});

it("each rule has the exemptions of all of them, and those of the environment beside", () => {
  expect(names({ ...gpus, ...logs })).toEqual({
    "host-access": [...daemons, "monitoring-log-reader-daemon"],
    "restricted-pod": daemons,
    "network-policy": daemons,
    "restricted-namespace": ["gpu-system", "monitoring-logs-namespace"],
  });
  const own = "is taken down every evening";
  const reason = "says itself why that is so";
  const policies = {
    exempt: { "host-access": { mine: own }, "restricted-namespace": { "monitoring-logs-namespace": reason }, drain: { chat: own } },
  };
  const config = policyConfig(environmentFile("staging", { ...logs, policies })) as Record<string, { exempt: object }>;
  expect(["host-access", "restricted-namespace", "drain", "tags"].map((rule) => config[rule]!.exempt)).toEqual([
    { "monitoring-log-reader-daemon": "reads the log files that the node keeps of its containers, and may not write them", mine: own },
    { "monitoring-logs-namespace": reason },
    { chat: own },
    {},
  ]);
});

it("a controller of the front door may list Secrets of its namespaces, where the stack makes one", () => {
  const gateway = { host: "models.example.com", tls: "selfSigned" };
  const consumers = { app: { models: ["chat"] } };
  const of = (raw: object) => environmentFile("staging", raw);
  const reason = "finds keys and certificates by watching the Secrets of the namespaces of the gateway and the models, and of no other";
  const exempted = { "gateway-controller-watch-0-role": reason, "gateway-controller-watch-1-role": reason };
  expect(controllerExemptions(of({ gateway, consumers }).environment)).toEqual({ "least-privilege": exempted });
  expect(policyConfig(of({ gateway, consumers }))["least-privilege"]).toMatchObject({ exempt: exempted });
  expect(controllerExemptions(of({}).environment)).toEqual({});
  expect(controllerExemptions(of({ gateway: { ...gateway, existing: { class: "eg" } }, consumers }).environment)).toEqual({});
});
