/** Resources that hold every rule, to be broken one property at a time. Inputs as Pulumi hands them to the engine. */

/** A resource as a program registers it. */
export interface Fixture {
  readonly type: string;
  readonly name: string;
  readonly props: Record<string, unknown>;
  readonly opts: FixtureOptions;
}

/** Resource options that rules read. */
export interface FixtureOptions {
  readonly protect?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly createSeconds?: number;
  /** Names of resources that are made before. */
  readonly dependsOn?: readonly string[];
}

/** Changes a copy of a fixture's inputs, by path; `undefined` removes a value. */
export type Change = Readonly<Record<string, unknown>>;

/** A copy under another name, with some inputs changed: `change` names them by path, e.g. `spec.replicas`, `spec.ports.0.port`. */
export function changed(base: Fixture, name: string, change: Change = {}, opts: FixtureOptions = {}): Fixture {
  const props = JSON.parse(JSON.stringify(base.props)) as Record<string, unknown>; // unlike a structured clone, it keeps no object shared
  for (const [path, value] of Object.entries(change)) set(props, path.split("."), value);
  return { ...base, name, props, opts: { ...base.opts, ...opts } };
}

function set(target: Record<string, unknown>, [key = "", ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    if (value === undefined) delete target[key];
    else target[key] = value;
    return;
  }
  target[key] ??= /^\d+$/.test(rest[0]!) ? [] : {};
  set(target[key] as Record<string, unknown>, rest, value);
}

export const image = `docker.io/vllm/vllm-openai@sha256:${"a".repeat(64)}`;
/** Path of the pod in a Deployment, and of its server. */
export const pod = "spec.template.spec";
export const server = `${pod}.containers.0`;

const labels = { "app.kubernetes.io/name": "vllm", "app.kubernetes.io/instance": "chat" };
const probe = (failureThreshold: number, periodSeconds: number) => ({
  httpGet: { path: "/health", port: "http" },
  failureThreshold,
  periodSeconds,
});

const container = {
  name: "vllm",
  image,
  args: ["--model", "Qwen/Qwen3-8B", "--shutdown-timeout", "45"],
  env: [{ name: "HOME", value: "/tmp" }],
  ports: [{ name: "http", containerPort: 8000 }],
  resources: {
    requests: { cpu: "4", memory: "16Gi", "nvidia.com/gpu": "1" },
    limits: { memory: "16Gi", "nvidia.com/gpu": "1" },
  },
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
  lifecycle: { preStop: { sleep: { seconds: 15 } } },
  startupProbe: probe(180, 2),
  readinessProbe: probe(2, 5),
  livenessProbe: probe(6, 10),
  volumeMounts: [{ name: "shared-memory", mountPath: "/dev/shm" }],
};

/** A model server that starts within 360 s. */
export const deployment: Fixture = {
  type: "kubernetes:apps/v1:Deployment",
  name: "chat-server",
  opts: { createSeconds: 900, dependsOn: ["deny-all"] },
  props: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "chat", namespace: "slm", labels },
    spec: {
      replicas: 1,
      progressDeadlineSeconds: 900,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
          terminationGracePeriodSeconds: 65,
          nodeSelector: { agentpool: "gpua100" },
          tolerations: [
            { key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" },
            { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
          ],
          initContainers: [{ ...container, name: "bring", args: [], ports: [], startupProbe: undefined, lifecycle: undefined }],
          containers: [container],
          volumes: [{ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "2Gi" } }],
        },
      },
    },
  },
};

export const namespace: Fixture = {
  type: "kubernetes:core/v1:Namespace",
  name: "slm",
  opts: {},
  props: {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "slm", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  },
};

export const denyAll: Fixture = {
  type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  name: "deny-all",
  opts: {},
  props: {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "deny-all", namespace: "slm" },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  },
};

export const service: Fixture = {
  type: "kubernetes:core/v1:Service",
  name: "chat-service",
  opts: {},
  props: {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "chat", namespace: "slm", labels },
    spec: { type: "ClusterIP", selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
  },
};

export const configMap: Fixture = {
  type: "kubernetes:core/v1:ConfigMap",
  name: "settings",
  opts: {},
  props: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "slm" }, data: { mode: "fast" } },
};

const tags = { environment: "seeded", "managed-by": "pulumi" };
const resourceGroupName = "rg-slm";

export const cluster: Fixture = {
  type: "azure-native:containerservice:ManagedCluster",
  name: "aks",
  opts: { protect: true },
  props: {
    resourceGroupName,
    location: "eastus",
    apiServerAccessProfile: { enablePrivateCluster: true },
    agentPoolProfiles: [{ name: "system", mode: "System", vmSize: "Standard_D4s_v5", count: 1 }],
    tags,
  },
};

export const gpuPool: Fixture = {
  type: "azure-native:containerservice:AgentPool",
  name: "gpua100",
  opts: { protect: true, ignoreChanges: ["count"] },
  props: {
    resourceGroupName,
    resourceName: "aks",
    agentPoolName: "gpua100",
    vmSize: "Standard_NC24ads_A100_v4",
    enableAutoScaling: true,
    count: 1,
    minCount: 0,
    maxCount: 2,
    nodeTaints: ["sku=gpu:NoSchedule"],
    tags,
  },
};

export const registry: Fixture = {
  type: "azure-native:containerregistry:Registry",
  name: "acr",
  opts: {},
  props: { resourceGroupName, location: "eastus", sku: { name: "Premium" }, publicNetworkAccess: "Disabled", tags },
};

export const vault: Fixture = {
  type: "azure-native:keyvault:Vault",
  name: "kv",
  opts: { protect: true },
  props: {
    resourceGroupName,
    location: "eastus",
    properties: {
      tenantId: "00000000-0000-0000-0000-000000000000",
      sku: { family: "A", name: "standard" },
      enablePurgeProtection: true,
      publicNetworkAccess: "Disabled",
    },
    tags,
  },
};

export const gateway: Fixture = {
  type: "kubernetes:gateway.networking.k8s.io/v1:Gateway",
  name: "gateway",
  opts: {},
  props: {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "front", namespace: "slm" },
    spec: {
      gatewayClassName: "envoy",
      listeners: [{ name: "https", port: 443, protocol: "HTTPS", tls: { certificateRefs: [{ name: "front-tls" }] } }],
    },
  },
};

export const keys: Fixture = {
  type: "kubernetes:gateway.envoyproxy.io/v1alpha1:SecurityPolicy",
  name: "keys",
  opts: {},
  props: {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "SecurityPolicy",
    metadata: { name: "keys", namespace: "slm" },
    spec: {
      targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "front" }],
      apiKeyAuth: { credentialRefs: [{ name: "client-keys" }], extractFrom: [{ headers: ["authorization"] }] },
    },
  },
};
