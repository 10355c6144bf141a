import type { RuleName } from "../../../lib/policy-facts";
import {
  type Change,
  changed,
  ciliumDenyAll,
  cluster,
  configMap,
  deployment,
  type Fixture,
  type FixtureOptions,
  gateway,
  gpuPool,
  keys,
  namespace,
  ollama,
  pod,
  registry,
  server,
  service,
  vault,
} from "./fixtures";

/** Resources that hold every rule together. */
export const clean: readonly Fixture[] = [
  namespace,
  ciliumDenyAll,
  cluster,
  gpuPool,
  registry,
  vault,
  deployment,
  ollama,
  service,
  configMap,
  gateway,
  keys,
];

/** A model server on a CPU, so that seeds take no GPU from each other. */
const cpuServer = changed(deployment, "cpu", {
  [`${server}.resources`]: { requests: { cpu: "1", memory: "16Gi" }, limits: { memory: "16Gi" } },
  [`${pod}.nodeSelector`]: undefined,
  [`${pod}.tolerations`]: undefined,
});

const named = (base: Fixture, name: string, change: Change = {}, opts: FixtureOptions = {}): Fixture =>
  changed(base, name, { ...(base.props["metadata"] ? { "metadata.name": name } : {}), ...change }, opts);
const serverWith = (name: string, change: Change = {}, opts: FixtureOptions = {}): Fixture => named(cpuServer, name, change, opts);
const poolWith = (name: string, change: Change = {}, opts: FixtureOptions = {}): Fixture =>
  named(gpuPool, name, { agentPoolName: name, nodeLabels: {}, maxCount: 1, ...change }, opts);
const instance = (name: string): Change => ({
  "spec.template.metadata.labels": { "app.kubernetes.io/name": "vllm", "app.kubernetes.io/instance": name },
});
const digest = `sha256:${"a".repeat(64)}`;
const surge = (replicas: number): Change => ({ "spec.replicas": replicas, "spec.strategy.rollingUpdate.maxSurge": 1 });

/** For each rule at least two resources that break it, and no other rule. Each is named after its rule, or listed with it in `expected`. */
export const seeds: Readonly<Record<RuleName, readonly Fixture[]>> = {
  "allowed-region": [
    named(vault, "allowed-region-1", { location: "chinanorth3" }),
    named(registry, "allowed-region-2", { location: "Brazil South" }),
  ],
  "autoscaled-count": [
    poolWith("autoscaled-count-1", {}, { ignoreChanges: [] }),
    poolWith("autoscaled-count-2", {}, { ignoreChanges: ["nodeTaints"] }),
  ],
  drain: [
    serverWith("drain-1", { [`${pod}.terminationGracePeriodSeconds`]: 30 }),
    serverWith("drain-2", { [`${server}.lifecycle`]: undefined }),
  ],
  "gpu-pool-size": [
    poolWith("gpu-pool-size-1", { vmSize: "Standard_NC4as_T4_v3", maxCount: 5 }),
    poolWith("gpu-pool-size-2", { vmSize: "Standard_NC4as_T4_v3", enableAutoScaling: false, count: 6 }),
  ],
  "gpu-tolerations": [
    named(deployment, "gpu-tolerations-1", {
      ...{ [`${pod}.tolerations`]: undefined, [`${pod}.nodeSelector`]: { agentpool: "elsewhere" } },
      "spec.strategy.rollingUpdate.maxSurge": 0,
    }),
    serverWith("gpu-tolerations-2", { [`${pod}.tolerations`]: [{ operator: "Exists" }] }),
    poolWith("gpu-tolerations-3", { nodeTaints: [] }),
  ],
  "host-access": [
    serverWith("host-access-1", { [`${pod}.hostNetwork`]: true }),
    serverWith("host-access-2", { [`${pod}.volumes.3`]: { name: "host", hostPath: { path: "/" } } }),
    serverWith("host-access-3", { [`${server}.securityContext.privileged`]: true }),
    leaderWorkerSet("host-access-4", { hostNetwork: true }),
    object("host-access-5", "v1", "PersistentVolume", { spec: { hostPath: { path: "/models" } } }),
  ],
  "image-digest": [
    serverWith("image-digest-1", { [`${server}.image`]: "docker.io/vllm/vllm-openai:latest" }),
    serverWith("image-digest-2", { [`${pod}.initContainers`]: [initContainer("docker.io/ollama/ollama")] }),
  ],
  "image-registry": [
    serverWith("image-registry-1", { [`${server}.image`]: `registry.example/vllm@${digest}` }),
    serverWith("image-registry-2", { [`${pod}.initContainers`]: [initContainer(`busybox@${digest}`)] }),
  ],
  "known-types": [
    { ...named(vault, "known-types-1"), type: "azure-native:storage:StorageAccount" },
    { ...named(vault, "known-types-2"), type: "azure-native:compute/v20240301:VirtualMachine" },
  ],
  labels: [
    serverWith("labels-1", { "metadata.labels": {} }),
    named(service, "labels-2", { "metadata.labels": { "app.kubernetes.io/name": "x" } }),
  ],
  "least-privilege": [
    object("least-privilege-1", "rbac.authorization.k8s.io/v1", "Role", {
      rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }],
    }),
    object("least-privilege-2", "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    }),
  ],
  "local-accounts": [
    named(cluster, "local-accounts-1", { disableLocalAccounts: false }),
    {
      ...named(cluster, "local-accounts-2", { "aadProfile.managed": false }),
      type: "azure-native:containerservice/v20250101:ManagedCluster",
    },
  ],
  "mig-autoscaling": [
    poolWith("mig-autoscaling-1", { gpuInstanceProfile: "MIG1g" }),
    poolWith("mig-autoscaling-2", { gpuInstanceProfile: "MIG3g" }),
  ],
  "model-licence": [
    serverWith("model-licence-1", { ...instance("model-licence-1"), [`${server}.args`]: ["--model", "google/gemma-3-4b-it"] }),
    serverWith("model-licence-2", { ...instance("model-licence-2"), [`${server}.args`]: ["--model", "acme/unheard-of-1b"] }),
  ],
  "monthly-cost": [
    poolWith("monthly-cost-1", { vmSize: "Standard_ND96isr_H100_v5", maxCount: 4 }),
    poolWith("monthly-cost-2", { vmSize: "Standard_NX_future" }),
  ],
  "network-policy": [
    serverWith("network-policy-1", { "metadata.namespace": "elsewhere" }),
    serverWith("network-policy-2", {}, { dependsOn: [] }),
  ],
  "plain-secrets": [
    serverWith("plain-secrets-1", { [`${server}.env.1`]: { name: "HF_TOKEN", value: "in clear" } }),
    named(configMap, "plain-secrets-2", { "data.password": "in clear" }),
  ],
  "private-endpoints": [
    named(vault, "private-endpoints-1", { "properties.publicNetworkAccess": "Enabled" }),
    {
      ...named(registry, "private-endpoints-2", { publicNetworkAccess: undefined }),
      type: "azure-native:containerregistry/v20230701:Registry",
    },
    named(cluster, "private-endpoints-3", { apiServerAccessProfile: {}, agentPoolProfiles: [] }),
  ],
  probes: [
    serverWith("probes-1", { [`${server}.startupProbe`]: undefined }),
    serverWith("probes-2", { [`${server}.readinessProbe`]: undefined }),
  ],
  "protected-resources": [
    named(vault, "protected-resources-1", {}, { protect: false }),
    poolWith("protected-resources-2", {}, { protect: false }),
  ],
  "public-endpoint": [
    named(service, "public-endpoint-1", { "spec.type": "LoadBalancer", "spec.ports": [{ port: 443, targetPort: "http" }] }),
    named(gateway, "public-endpoint-2"),
    named(service, "public-endpoint-3", { "spec.type": "NodePort" }),
  ],
  "purge-protection": [
    named(vault, "purge-protection-1", { "properties.enablePurgeProtection": undefined }),
    {
      ...named(vault, "purge-protection-2", { "properties.enableSoftDelete": false }),
      type: "azure-native_keyvault_v20230701:keyvault:Vault",
    },
  ],
  "resource-limits": [
    serverWith("resource-limits-1", { [`${server}.resources.limits`]: {}, [`${server}.volumeMounts`]: undefined }),
    serverWith("resource-limits-2", { [`${server}.resources.requests.cpu`]: undefined }),
  ],
  "restricted-namespace": [
    named(namespace, "restricted-namespace-1", { "metadata.labels": {} }),
    named(namespace, "restricted-namespace-2", { "metadata.labels": { "pod-security.kubernetes.io/enforce": "baseline" } }),
  ],
  "restricted-pod": [
    serverWith("restricted-pod-1", { [`${pod}.securityContext.runAsUser`]: 0 }),
    serverWith("restricted-pod-2", { [`${server}.securityContext.capabilities`]: {} }),
  ],
  "shared-memory": [
    serverWith("shared-memory-1", { [`${pod}.volumes.2.emptyDir.sizeLimit`]: undefined }),
    serverWith("shared-memory-2", { [`${pod}.volumes.2.emptyDir.sizeLimit`]: "16Gi" }),
  ],
  "startup-budget": [
    serverWith("startup-budget-1", instance("slow")),
    serverWith("startup-budget-2", { "spec.progressDeadlineSeconds": 120 }),
  ],
  "surge-headroom": [
    poolWith("surgepool", { agentPoolName: "surgepool" }),
    named(deployment, "surge-headroom-1", { ...surge(1), [`${pod}.nodeSelector.agentpool`]: "surgepool" }),
    named(deployment, "surge-headroom-2", {
      ...surge(2),
      [`${pod}.nodeSelector`]: { "node.kubernetes.io/instance-type": "Standard_NC80adis_H100_v5" },
    }),
  ],
  tags: [named(vault, "tags-1", { tags: undefined }), named(registry, "tags-2", { "tags.environment": undefined })],
};

/** An object of Kubernetes. */
function object(name: string, apiVersion: string, kind: string, more: object): Fixture {
  const props = { apiVersion, kind, metadata: { name, namespace: "slm" }, ...more };
  return { type: `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`, name, props, opts: {} };
}

/** A custom resource whose pods are those of the server on a CPU, with a change. */
function leaderWorkerSet(name: string, change: object): Fixture {
  const { metadata, spec } = serverWith(name).props as { metadata: object; spec: { template: { metadata: object; spec: object } } };
  const workerTemplate = { ...spec.template, spec: { ...spec.template.spec, ...change } };
  const custom = object(name, "leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", {
    metadata,
    spec: { leaderWorkerTemplate: { workerTemplate } },
  });
  return { ...custom, opts: cpuServer.opts };
}

function initContainer(image: string): object {
  const {
    ports: _,
    startupProbe: __,
    readinessProbe: ___,
    livenessProbe: ____,
    lifecycle: _____,
    volumeMounts: ______,
    ...rest
  } = container();
  return { ...rest, name: "setup", image };
}

function container(): Record<string, unknown> {
  const { spec } = cpuServer.props as { spec: { template: { spec: { containers: Record<string, unknown>[] } } } };
  return spec.template.spec.containers[0]!;
}

/** What the pack is given in the seeded runs. */
export const seededFacts = {
  usdPerMonth: 60_000,
  maxGpuNodes: 4,
  licences: ["apache-2.0", "mit"],
  pools: [{ size: "Standard_NC80adis_H100_v5", maxNodes: 1 }],
  models: {
    chat: { loadSeconds: 400, model: "qwen3-8b" },
    draft: { loadSeconds: 200, model: "qwen3-0.6b" },
    slow: { loadSeconds: 900, model: "qwen3-8b" },
  },
  settings: { "slm:apiKey": "in clear", "slm:note": "harmless" },
};
