import type * as k8s from "@pulumi/kubernetes";

import {
  AksCluster,
  AzureObservability,
  ContainerRegistry,
  GpuNodePool,
  KeyVaultStore,
  Network,
  PrivateLink,
} from "../../components/azure";
import type { AksClusterArgs } from "../../components/cluster/aks-args";
import type { AzureContext } from "../../components/cluster/azure-context";
import type { GpuNodePoolArgs } from "../../components/cluster/gpu-node-pool";
import {
  Environment,
  KubernetesSecretStore,
  Model,
  ModelEndpoint,
  ModelNamespace,
  type ModelPlan,
  type ModelServer,
  Monitoring,
  OllamaServer,
  OnnxServer,
  type ServerArgs,
  VllmServer,
} from "../../components/index";
import type { AzureObservabilityArgs } from "../../components/observability/azure-observability-args";

/**
 * Arguments that are none: the compiler refuses each, and refuses this file where it does not. Nothing here runs. The lines before them show that
 * it is the combination which is refused.
 */
declare const pinned: string;
declare const plan: ModelPlan;
declare const server: ModelServer;
declare const provider: k8s.Provider;
declare const context: AzureContext;
declare const aks: AksClusterArgs;
declare const pool: GpuNodePoolArgs;
declare const observability: AzureObservabilityArgs;

const settings = { namespace: "slm", image: pinned, verifierImage: pinned };
const chat = { ...settings, engine: "ollama", model: "qwen3-0.6b" } as const;
const onDisk = { source: { kind: "volume", claim: "weights" } } as const;
const served: ServerArgs = { namespace: "slm", image: pinned, weights: onDisk };

export const models = () => [
  new Model("chat", { ...chat, weights: { ollama: { kind: "library", tag: "qwen3:0.6b" } } }),
  new Model("chat", { ...settings, plan }),
  // @ts-expect-error what is planned is not asked for again
  new Model("chat", { ...chat, plan }),
  // @ts-expect-error an engine that there is
  new Model("chat", { ...chat, engine: "llama.cpp" }),
  // @ts-expect-error Ollama's library is Ollama's
  new Model("chat", { ...chat, weights: { vllm: { kind: "library", tag: "qwen3:0.6b" } } }),
  // @ts-expect-error Ollama reads no folder of Hugging Face
  new Model("chat", { ...chat, weights: { ollama: { kind: "huggingFace", repository: "Qwen/Qwen3-0.6B" } } }),
  // @ts-expect-error one source
  new Model("chat", { ...chat, weights: { ollama: { kind: "library", tag: "qwen3:0.6b", claim: "weights" } } }),
  // @ts-expect-error a token without the mount that brings it
  new Model("chat", { ...chat, hfToken: { name: "hugging-face" } }),
  // @ts-expect-error a name that is none
  new Model("chat", { ...chat, contextToken: 4096 }),
  // @ts-expect-error a model needs somebody who asks it
  new Model("chat", { engine: "ollama", model: "qwen3-0.6b", namespace: "slm", image: pinned }),
];

export const environments = () => [
  new Environment("dev", { images: { ollama: pinned }, models: { chat: { engine: "ollama", model: "qwen3-0.6b" } } }),
  // @ts-expect-error read already, and to be read
  new Environment("dev", { environment: {} as never, plan: {} as never, secrets: {}, from: "file", models: {} }),
  // @ts-expect-error at least the models
  new Environment("dev", { images: {} }),
  // @ts-expect-error a file's name is no argument here
  new Environment("dev", { images: "images.json", models: {} }),
  // @ts-expect-error ranges are for a public API server
  new Environment("dev", { images: {}, models: {}, azure: { api: { kind: "private", authorizedRanges: [] } } }),
];

export const servers = () => [
  new VllmServer("chat", { ...served, adapters: { sql: onDisk } }),
  new OllamaServer("chat", { ...served, modelfile: { system: "Rhyme." } }),
  new OnnxServer("chat", served),
  // @ts-expect-error Ollama's on vLLM
  new VllmServer("chat", { ...served, modelfile: { system: "Rhyme." } }),
  // @ts-expect-error Ollama's on vLLM
  new VllmServer("chat", { ...served, keepAlive: "5m" }),
  // @ts-expect-error vLLM's on Ollama
  new OllamaServer("chat", { namespace: "slm", image: pinned, weights: onDisk, adapters: { sql: onDisk } }),
  // @ts-expect-error Ollama takes no arguments
  new OllamaServer("chat", { namespace: "slm", image: pinned, weights: onDisk, args: ["--verbose"] }),
  // @ts-expect-error vLLM's on ONNX
  new OnnxServer("chat", { ...served, telemetry: { environment: "dev" } }),
  // @ts-expect-error both bounds of a rollout
  new OnnxServer("chat", { ...served, rollout: { maxSurge: 1 } }),
  // @ts-expect-error two sources
  new VllmServer("chat", { ...served, weights: { source: { kind: "volume", claim: "weights", repository: "Qwen/Qwen3-8B" } } }),
];

export const places = () => [
  new ModelNamespace("models", { clients: [{ namespace: "app" }, { cidr: "10.0.0.0/8" }], weights: [{ name: "hf.co", ports: [443] }] }),
  // @ts-expect-error a namespace or a range
  new ModelNamespace("models", { clients: [{ namespace: "app", cidr: "10.0.0.0/8" }] }),
  // @ts-expect-error a range or a host
  new ModelNamespace("models", { weights: [{ cidr: "10.0.0.0/8", name: "hf.co", ports: [443] }] }),
  // @ts-expect-error a data plane that there is
  new ModelNamespace("models", { dataPlane: "calico" }),
  new ModelEndpoint("chat", { server, namespace: "slm", verifierImage: pinned }),
  // @ts-expect-error a name is no server
  new ModelEndpoint("chat", { server: "chat", namespace: "slm", verifierImage: pinned }),
  new KubernetesSecretStore("secrets", { values: {}, provider }),
  // @ts-expect-error a vault's on the cluster's own store
  new KubernetesSecretStore("secrets", { values: {}, provider, vaultName: "kv" }),
];

const monitored = { namespace: "monitoring", environment: "dev", fleet: { namespace: "slm", models: [] } };
const images = { prometheus: pinned, alertmanager: pinned };
const reported = { receivers: {}, routes: { critical: "a", warning: "a" } };
const own = { ...monitored, ...reported, mode: "standalone", images } as const;
const secret = { secret: "grafana", key: "password" };
const stored = { mount: {} as never, name: "grafana" };
const logs = { image: pinned, readerNamespace: "logs" };

export const monitorings = () => [
  new Monitoring("monitoring", { ...own, grafana: { image: pinned, adminPassword: secret } }),
  new Monitoring("monitoring", { ...monitored, mode: "operator", labels: { release: "kube-prometheus-stack" } }),
  // @ts-expect-error an operator brings its own programs
  new Monitoring("monitoring", { ...monitored, mode: "operator", images }),
  // @ts-expect-error Azure has no volume of ours
  new Monitoring("monitoring", { ...monitored, mode: "azure", storageGib: 10 }),
  // @ts-expect-error our own Prometheus has its labels
  new Monitoring("monitoring", { ...own, labels: { release: "x" } }),
  // @ts-expect-error one place for a password
  new Monitoring("monitoring", { ...own, grafana: { image: pinned, adminPassword: { ...secret, ...stored } } }),
  // @ts-expect-error a channel is Slack's
  new Monitoring("monitoring", { ...own, receivers: { a: { kind: "webhook", url: secret, channel: "#a" } } }),
  // @ts-expect-error files have no endpoint
  new Monitoring("monitoring", { ...own, logs: { ...logs, target: { kind: "files", endpoint: "https://x" } } }),
];

const zones: readonly string[] = [];
const zone = { id: "zone", networkId: "network", ready: [] };
const link = { subnetId: "subnet", networkId: "network" };
const nodes = { ...pool.pool, scale: { kind: "fixed", nodes: 1 } } as const;
const range = { context, vaultName: "kv", values: {}, cluster: { oidcIssuerUrl: "https://x", provider } };

export const onAzure = () => [
  new AksCluster("aks", { ...aks, api: { kind: "public", authorizedRanges: zones } }),
  // @ts-expect-error ranges are for a public API server
  new AksCluster("aks", { ...aks, api: { kind: "private", authorizedRanges: zones } }),
  // @ts-expect-error a zone of its own is for a private one
  new AksCluster("aks", { ...aks, api: { kind: "public", authorizedRanges: zones, zone } }),
  new GpuNodePool("gpu", { ...pool, pool: nodes }),
  // @ts-expect-error a fixed pool has no bounds
  new GpuNodePool("gpu", { ...pool, pool: { ...nodes, scale: { kind: "fixed", nodes: 1, maxNodes: 2 } } }),
  new ContainerRegistry("registry", { context, registryName: "cr", pullers: {}, privateLink: link }),
  // @ts-expect-error an address is in a subnet of a network
  new ContainerRegistry("registry", { context, registryName: "cr", pullers: {}, privateLink: { networkId: "network" } }),
  new KeyVaultStore("secrets", { ...range, privateLink: link }),
  // @ts-expect-error who copies secrets
  new KeyVaultStore("secrets", { ...range, sync: "vault-agent" }),
  // @ts-expect-error ranges of its own
  new Network("network", { context, networkName: "vnet", maxNodes: 3 }),
  // @ts-expect-error a registry or a vault
  new PrivateLink("link", { context, endpointName: "pe", target: { id: "id", group: "storage" }, ...link }),
  new AzureObservability("observability", observability),
  // @ts-expect-error logs are kept for some days
  new AzureObservability("observability", { ...observability, logs: { gbPerDay: 1 } }),
];
