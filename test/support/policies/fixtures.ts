import { readFileSync } from "node:fs";
import path from "node:path";

import { parse } from "yaml";

import { repoRoot } from "../../../tools/lib/paths";

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
  /** Name of the component that it is part of. */
  readonly parent?: string;
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

/** What the components of this project make of one environment; test/unit/policies/fixtures.test.ts writes the file. */
const components = parse(readFileSync(path.join(repoRoot, "test/fixtures/policies/components.yaml"), "utf8")) as Fixture[];
const component = (kind: string, name: string): Fixture =>
  components.find((fixture) => fixture.type.endsWith(`:${kind}`) && fixture.name === name)!;

/** Path of the pod in a Deployment, and of its server. */
export const pod = "spec.template.spec";
export const server = `${pod}.containers.0`;

/** A vLLM server on a GPU: its weights are downloaded by a pod of their own. */
export const deployment = component("Deployment", "chat-server");
/** An Ollama server on processors, whose init container makes its models. */
export const ollama = component("Deployment", "draft-server");
export const namespace = component("Namespace", "namespace");
export const service = component("Service", "chat-service");
export const cluster = component("ManagedCluster", "aks-cluster");
export const gpuPool = component("AgentPool", "nc24ads-a100-v4-pool");
export const registry = component("Registry", "registry-registry");
export const vault = component("Vault", "secrets-vault");
/** Cilium's own kind of policy, as components make it on Azure. */
export const ciliumDenyAll = component("CiliumNetworkPolicy", "namespace-deny-all");

/** Kubernetes' own kind, as components make it elsewhere. */
export const denyAll: Fixture = {
  type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  name: "namespace-deny-all",
  opts: {},
  props: {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "deny-all", namespace: "slm" },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  },
};

export const configMap: Fixture = {
  type: "kubernetes:core/v1:ConfigMap",
  name: "settings",
  opts: {},
  props: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "slm" }, data: { mode: "fast" } },
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
