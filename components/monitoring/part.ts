import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { restrictedContainer, restrictedPod } from "../kubernetes/pod-security";

/** One program of the monitoring: `prometheus`, `alertmanager`, `grafana`, `kube-state-metrics`, `collector` or `log-reader`. */
export interface Part {
  /** Name of the whole monitoring. */
  readonly owner: string;
  readonly role: string;
  readonly namespace: pulumi.Input<string>;
  readonly port: number;
  /** Further ports by name. @default none */
  readonly overrides?: Readonly<Record<string, number>>;
}

/** Name in the cluster, and of the Service. */
export const nameOf = ({ owner, role }: Pick<Part, "owner" | "role">): string => `${owner}-${role}`;

export const labelsOf = ({ owner, role }: Part): Record<string, string> => ({
  "app.kubernetes.io/name": role,
  "app.kubernetes.io/instance": owner,
  "app.kubernetes.io/part-of": "slm-monitoring",
});

export const metadataOf = (part: Part): k8s.types.input.meta.v1.ObjectMeta => ({
  name: nameOf(part),
  namespace: part.namespace,
  labels: labelsOf(part),
});

/** The ports by name; the first one is `http`. */
const portsOf = ({ port, overrides: more = {} }: Part): [string, number][] => [["http", port], ...Object.entries(more)];

/** `host:port` in the cluster. */
export const addressOf = (part: Part): pulumi.Output<string> => pulumi.interpolate`${nameOf(part)}.${part.namespace}.svc:${part.port}`;

/** Flags of a program whose pages people reach under another address; its own paths stay at the root. */
export const externalUrlFlags = (url: string | undefined): string[] =>
  url === undefined ? [] : [`--web.external-url=${url}`, "--web.route-prefix=/"];

/** Files as a ConfigMap. */
export const files = (self: pulumi.Resource, part: Part, role: string, data: Record<string, pulumi.Input<string>>): k8s.core.v1.ConfigMap =>
  new k8s.core.v1.ConfigMap(
    `${nameOf(part)}-${role}`,
    { metadata: { ...metadataOf(part), name: `${nameOf(part)}-${role}` }, data },
    { parent: self },
  );

/** Annotation of a pod that changes with its configuration, so that a change rolls out, and a broken one fails the update. */
export const configHash = (data: Record<string, pulumi.Input<string>>): Record<string, pulumi.Output<string>> => ({
  "slm/config": pulumi.output(data).apply((contents) => createHash("sha256").update(JSON.stringify(contents)).digest("hex").slice(0, 16)),
});

/** A pod of one restricted container, with probes on its port, or on `readyPort`. */
export function podSpec(
  part: Part,
  container: Omit<k8s.types.input.core.v1.Container, "name" | "ports" | "securityContext"> & { readyPath: string; readyPort?: string },
  overrides: Partial<k8s.types.input.core.v1.PodSpec> = {},
): k8s.types.input.core.v1.PodSpec {
  const { readyPath, readyPort = "http", ...rest } = container;
  const probe = { httpGet: { path: readyPath, port: readyPort }, timeoutSeconds: 3 };
  return {
    ...restrictedPod,
    terminationGracePeriodSeconds: 60,
    ...overrides,
    containers: [
      {
        ...restrictedContainer,
        ...rest,
        name: part.role,
        ports: portsOf(part).map(([name, containerPort]) => ({ name, containerPort })),
        // Reading back what was not yet written to a block takes Prometheus minutes after a crash.
        startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 150 },
        readinessProbe: { ...probe, periodSeconds: 5 },
        livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
      },
    ],
  };
}

/**
 * Volume of a part. It is a claim of its own, and not a template of a StatefulSet, which binds an old claim again whatever size is asked for:
 * a larger one grows the volume where its storage class can, and a smaller one is refused by Kubernetes. One that binds at its first consumer
 * is never ready before its pod: it is not waited for.
 */
export const volumeClaim = (self: pulumi.Resource, part: Part, role: string, storageGib: number): k8s.core.v1.PersistentVolumeClaim =>
  new k8s.core.v1.PersistentVolumeClaim(
    `${nameOf(part)}-${role}`,
    {
      metadata: { ...metadataOf(part), annotations: { "pulumi.com/skipAwait": "true" } },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: `${storageGib}Gi` } } },
    },
    { parent: self },
  );

/** The same as a volume of its pod, by the name under which it is mounted. */
export const claimed = (part: Part, name: string): k8s.types.input.core.v1.Volume => ({
  name,
  persistentVolumeClaim: { claimName: nameOf(part) },
});

/** What runs of a part that keeps something, and the files that it starts from. */
interface StatefulPod {
  readonly spec: k8s.types.input.core.v1.PodSpec;
  readonly data: Record<string, pulumi.Input<string>>;
}

/** A part that keeps something: one pod, which has ended before the next one starts, started anew when its files change. */
export function statefulSet(
  self: pulumi.Resource,
  part: Part,
  { spec, data }: StatefulPod,
  dependsOn: pulumi.Resource[],
): k8s.apps.v1.StatefulSet {
  const labels = labelsOf(part);
  return new k8s.apps.v1.StatefulSet(
    `${nameOf(part)}-server`,
    {
      metadata: metadataOf(part),
      spec: {
        serviceName: nameOf(part),
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels, annotations: configHash(data) }, spec },
      },
    },
    { parent: self, dependsOn },
  );
}

/** Service of one part; the workload that it depends on is ready, so it is not waited for. */
export const service = (self: pulumi.Resource, part: Part, workload: pulumi.Resource): k8s.core.v1.Service =>
  new k8s.core.v1.Service(
    `${nameOf(part)}-service`,
    {
      metadata: { ...metadataOf(part), annotations: { "pulumi.com/skipAwait": "true" } },
      spec: { selector: labelsOf(part), ports: portsOf(part).map(([name, port]) => ({ name, port, targetPort: name })) },
    },
    { parent: self, dependsOn: [workload] },
  );

/** Who may reach one part: pods of the monitoring, and of other namespaces by name. Made before the pods that it guards. */
export const guard = (self: pulumi.Resource, part: Part, readers: readonly pulumi.Input<string>[] = []): k8s.networking.v1.NetworkPolicy =>
  new k8s.networking.v1.NetworkPolicy(
    `${nameOf(part)}-guard`,
    {
      metadata: metadataOf(part),
      spec: {
        podSelector: { matchLabels: labelsOf(part) },
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [
              { podSelector: { matchLabels: { "app.kubernetes.io/part-of": "slm-monitoring" } } },
              ...readers.map((namespace) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } })),
            ],
            ports: portsOf(part).map(([, port]) => ({ port })),
          },
        ],
      },
    },
    { parent: self },
  );

/** What pods of one namespace may be read by a service account: a Role and its binding there. */
export function allow(
  self: pulumi.Resource,
  part: Part,
  role: string,
  namespace: pulumi.Input<string>,
  rules: k8s.types.input.rbac.v1.PolicyRule[],
): k8s.rbac.v1.RoleBinding {
  const metadata = { ...metadataOf(part), namespace };
  const granted = new k8s.rbac.v1.Role(`${nameOf(part)}-${role}-role`, { metadata, rules }, { parent: self });
  return new k8s.rbac.v1.RoleBinding(
    `${nameOf(part)}-${role}-binding`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: granted.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: nameOf(part), namespace: part.namespace }],
    },
    { parent: self },
  );
}

/** The account of a part that asks the API server. */
export const account = (self: pulumi.Resource, part: Part): k8s.core.v1.ServiceAccount =>
  new k8s.core.v1.ServiceAccount(
    `${nameOf(part)}-account`,
    { metadata: metadataOf(part), automountServiceAccountToken: false },
    { parent: self },
  );
