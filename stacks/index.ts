import * as k8s from "@pulumi/kubernetes";

import { OllamaServer } from "../components/serving/ollama-server";
import { fromRoot, loadEnvironment, loadImages } from "./config";

const { kubernetes, images, models } = loadEnvironment();
const { ollama: image } = loadImages(images);

const provider = new k8s.Provider("cluster", {
  ...(kubernetes.kubeconfig ? { kubeconfig: fromRoot(kubernetes.kubeconfig) } : {}),
  ...(kubernetes.context ? { context: kubernetes.context } : {}),
});

const namespace = new k8s.core.v1.Namespace(
  "namespace",
  { metadata: { name: kubernetes.namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
  { provider },
);

const servers = Object.entries(models).map(
  ([name, { engine, ...model }]) =>
    [name, new OllamaServer(name, { ...model, image, namespace: namespace.metadata.name }, { provider })] as const,
);

/** OpenAI-compatible base URL of each model, by the name that clients ask for. */
export const endpoints = Object.fromEntries(servers.map(([name, { url }]) => [name, url]));

/** The same by the Service's address, for a client that reaches the cluster's network but not its DNS. */
export const addresses = Object.fromEntries(servers.map(([name, { addressUrl }]) => [name, addressUrl]));

export const namespaceName = namespace.metadata.name;
